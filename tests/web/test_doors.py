"""The two web doors over real sockets: health, metrics, limits, headers, failures, and how they begin and end."""

from __future__ import annotations

import asyncio
import io
import signal
import stat
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest
from prometheus_client import CollectorRegistry, Counter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from intake_daemon.errors import BadSettings, Temporary
from intake_daemon.web import Limits, Listen, Web
from intake_daemon.web.guard import SECURITY
from tests.web.conftest import ANYWHERE


async def read_all(request: Request) -> Response:
    """A handler that reads the whole body and says how much it was."""
    return PlainTextResponse(str(len(await request.body())))


@asynccontextmanager
async def opened(
    *, limits: Limits | None = None, ill: Mapping[str, str | None] | None = None, local: Path | None = None
) -> AsyncIterator[Web]:
    """Both doors, with one route each, and a counter."""
    registry = CollectorRegistry()
    Counter("held", "How many", registry=registry).inc()
    web = Web(
        ready=lambda: ill or {},
        registry=registry,
        public=ANYWHERE,
        internal=ANYWHERE,
        local=local,
        routes=[Route("/api/v1/ping", read_all)],
        limits=limits,
    )
    web.http("/hooks/here", read_all, owner="hook")
    await web.start()
    try:
        yield web
    finally:
        await web.stop()


async def talk(web: Web, *sent: bytes) -> bytes:
    """Send these bytes as they are, and return all that comes until the other side closes."""
    reader, writer = await asyncio.open_connection(*web.address("public"))
    for each in sent:
        writer.write(each)
        await writer.drain()
    heard = await asyncio.wait_for(reader.read(), 60)
    writer.close()
    await writer.wait_closed()
    return heard


class TestRoutes:
    """What hangs where."""

    async def test_each_door_has_its_own(self) -> None:
        """Customers see no metrics and no API; both say that they live."""
        async with opened() as web, httpx2.AsyncClient() as client:
            public, internal = web.url("public"), web.url("internal")
            assert (await client.get(f"{public}/health/live")).text == "ok\n"
            assert (await client.post(f"{public}/hooks/here", content=b"abc")).text == "3"
            assert (await client.get(f"{internal}/api/v1/ping")).status_code == 200
            for path in ("/metrics", "/health/ready", "/api/v1/ping"):
                assert (await client.get(public + path)).status_code == 404
            assert (await client.get(f"{internal}/hooks/here")).status_code == 404
            assert (await client.delete(f"{public}/hooks/here")).status_code == 405

    async def test_ready_says_why_not(self) -> None:
        """503 with a reason per part while anything is not well."""
        async with opened(ill={"broker": "not_connected", "ledger": None}) as web, httpx2.AsyncClient() as client:
            answer = await client.get(f"{web.url('internal')}/health/ready")
            assert answer.status_code == 503
            assert answer.json() == {"ready": False, "parts": {"broker": "not_connected", "ledger": "ok"}}
        async with opened(ill={"broker": None}) as web, httpx2.AsyncClient() as client:
            answer = await client.get(f"{web.url('internal')}/health/ready")
            assert answer.status_code == 200
            assert answer.json() == {"ready": True, "parts": {"broker": "ok"}}

    async def test_metrics_in_both_formats(self) -> None:
        """Plain, and OpenMetrics for who asks for it."""
        async with opened() as web, httpx2.AsyncClient() as client:
            url = f"{web.url('internal')}/metrics"
            plain = await client.get(url)
            openly = await client.get(url, headers={"accept": "application/openmetrics-text; version=1.0.0"})
            assert "held_total 1.0" in plain.text
            assert plain.headers["content-type"].startswith("text/plain")
            assert openly.headers["content-type"].startswith("application/openmetrics-text")
            assert openly.text.endswith("# EOF\n")

    async def test_a_path_has_one_owner_who_may_ask_again(self) -> None:
        """A connector that starts anew replaces its handler; another one is refused at the start."""

        async def newer(_request: Request) -> Response:
            return PlainTextResponse("newer")

        async with opened() as web, httpx2.AsyncClient() as client:
            web.http("/hooks/here", newer, owner="hook")
            assert (await client.get(f"{web.url('public')}/hooks/here")).text == "newer"
            with pytest.raises(BadSettings, match="/hooks/here"):
                web.http("/hooks/here", newer, owner="other")
            with pytest.raises(BadSettings, match="the daemon"):
                web.http("/health/live", newer, owner="other")

    async def test_the_local_socket_is_for_our_own_user_only(self, tmp_path: Path) -> None:
        """Mode 0600, the internal routes, in the place of what a dead process left, and gone afterwards."""
        path = tmp_path / "intake.sock"
        path.write_text("left over")
        async with opened(local=path):
            assert stat.S_ISSOCK(path.stat().st_mode)
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
            transport = httpx2.AsyncHTTPTransport(uds=str(path))
            async with httpx2.AsyncClient(transport=transport) as client:
                assert (await client.get("http://local/api/v1/ping")).status_code == 200
        assert not path.exists()


class TestPorts:
    """Where they listen."""

    async def test_a_taken_port_is_a_fault_with_its_name(self) -> None:
        """It says which door and port, and then nothing listens."""
        async with opened() as first:
            host, port = first.address("public")
            second = Web(ready=dict, registry=CollectorRegistry(), internal=ANYWHERE, public=Listen(host, port))
            with pytest.raises(BadSettings, match=f"the public web door cannot listen on {host}:{port}"):
                await second.start()
            with pytest.raises(KeyError):
                second.address("internal")

    async def test_in_the_demo_the_next_port_is_taken_and_can_be_read(self) -> None:
        """The demo starts beside whatever runs."""
        async with opened() as first, httpx2.AsyncClient() as client:
            host, port = first.address("public")
            second = Web(ready=dict, registry=CollectorRegistry(), public=Listen(host, port, next_free=True))
            await second.start()
            try:
                assert port < second.address("public")[1] <= port + 50
                assert (await client.get(f"{second.url('public')}/health/live")).status_code == 200
            finally:
                await second.stop()

    async def test_a_host_that_is_not_ours_is_a_fault(self) -> None:
        """Not a traceback."""
        web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("192.0.2.1", 8080))
        with pytest.raises(BadSettings, match=r"192\.0\.2\.1"):
            await web.start()

    async def test_signals_stay_with_the_daemon(self) -> None:
        """Otherwise uvicorn would take SIGTERM for itself."""
        before = signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)
        async with opened():
            assert (signal.getsignal(signal.SIGTERM), signal.getsignal(signal.SIGINT)) == before


class TestFailures:
    """What the other side hears."""

    async def test_a_failing_handler_tells_nothing_to_the_outside(self, told: io.StringIO) -> None:
        """500 without details; type and place in the journal, once."""

        async def failing(_request: Request) -> Response:
            raise ValueError("Wombat")

        async with opened() as web, httpx2.AsyncClient() as client:
            web.http("/fails", failing)
            answer = await client.get(f"{web.url('public')}/fails")
        assert answer.status_code == 500
        assert "Wombat" not in answer.text
        assert told.getvalue().count("ValueError") == 1
        assert "test_doors.py" in told.getvalue()
        assert "Wombat" not in told.getvalue()

    async def test_temporary_means_come_back(self) -> None:
        """503, with the time that was asked for."""

        async def away(_request: Request) -> Response:
            raise Temporary("not_connected", after=7)

        async with opened() as web, httpx2.AsyncClient() as client:
            web.http("/away", away)
            answer = await client.get(f"{web.url('public')}/away")
        assert answer.status_code == 503
        assert answer.headers["retry-after"] == "7"

    async def test_every_answer_carries_the_security_headers(self) -> None:
        """Also those that nobody wrote; a handler's own counts more; and no server names itself."""

        async def own(_request: Request) -> Response:
            return PlainTextResponse("x", headers={"Content-Security-Policy": "default-src 'self'"})

        async with opened() as web, httpx2.AsyncClient() as client:
            web.http("/own", own)
            for path in ("/health/live", "/nowhere", "/hooks/here"):
                answer = await client.get(web.url("public") + path)
                assert {name: answer.headers[name] for name in SECURITY} == SECURITY
                assert "server" not in answer.headers
            answer = await client.get(web.url("public") + "/own")
            assert answer.headers.get_list("content-security-policy") == ["default-src 'self'"]


class TestLimits:
    """What a stranger may cost us."""

    async def test_an_announced_size_is_refused_before_anything_is_read(self) -> None:
        """413 although not one byte of the body was sent."""
        async with opened(limits=Limits(body_bytes=1000)) as web:
            head = b"POST /hooks/here HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n"
            assert (await talk(web, head)).startswith(b"HTTP/1.1 413")

    async def test_an_unannounced_size_is_counted(self) -> None:
        """Chunked bodies end at the limit; what fits passes."""
        head = b"POST /hooks/here HTTP/1.1\r\nHost: x\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
        async with opened(limits=Limits(body_bytes=1000)) as web:
            assert (await talk(web, head, b"3e8\r\n" + b"x" * 1000 + b"\r\n0\r\n\r\n")).endswith(b"1000")
            assert (await talk(web, head, b"3e9\r\n" + b"x" * 1001 + b"\r\n")).startswith(b"HTTP/1.1 413")

    async def test_a_client_that_goes_on_sending_still_hears_why(self) -> None:
        """Many megabytes over the limit: the answer arrives, not a reset."""
        async with opened(limits=Limits(body_bytes=1000)) as web, httpx2.AsyncClient() as client:
            answer = await client.post(f"{web.url('public')}/hooks/here", content=b"x" * 20_000_000)
            assert answer.status_code == 413

    @pytest.mark.parametrize("sent", [b"", b"GET / HT"])
    async def test_a_head_that_does_not_come_is_cut(self, sent: bytes) -> None:
        """Whether it has begun or not."""
        async with opened(limits=Limits(head_seconds=0.3)) as web:
            assert await talk(web, sent) == b""

    async def test_also_the_second_head_of_a_connection_is_cut(self) -> None:
        """A drop of it keeps uvicorn's own time from running."""
        async with opened(limits=Limits(head_seconds=0.3)) as web:
            reader, writer = await asyncio.open_connection(*web.address("public"))
            writer.write(b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n")
            await reader.readuntil(b"ok\n")
            writer.write(b"GET /")
            assert await asyncio.wait_for(reader.read(), 60) == b""
            writer.close()
            await writer.wait_closed()

    async def test_a_head_in_time_lets_its_request_take_longer(self) -> None:
        """The bound is for the head alone."""

        async def slow(_request: Request) -> Response:
            await asyncio.sleep(0.8)
            return PlainTextResponse("done")

        async with opened(limits=Limits(head_seconds=0.3)) as web, httpx2.AsyncClient() as client:
            web.http("/slow", slow)
            assert (await client.get(f"{web.url('public')}/slow")).text == "done"

    async def test_a_body_that_stops_coming_is_told_so(self) -> None:
        """408."""
        async with opened(limits=Limits(idle_seconds=0.3)) as web:
            head = b"POST /hooks/here HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc"
            assert (await talk(web, head)).startswith(b"HTTP/1.1 408")

    async def test_who_leaves_in_the_middle_is_no_failure(self, told: io.StringIO) -> None:
        """Nothing is written about it."""
        async with opened() as web, httpx2.AsyncClient() as client:
            _, writer = await asyncio.open_connection(*web.address("public"))
            writer.write(b"POST /hooks/here HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nabc")
            await writer.drain()
            writer.close()
            await writer.wait_closed()
            assert (await client.get(f"{web.url('public')}/health/live")).status_code == 200
        assert "failed" not in told.getvalue()
        assert "library" not in told.getvalue()

    async def test_more_connections_than_allowed_are_asked_to_come_back(self) -> None:
        """503, and the others go on."""
        async with opened(limits=Limits(connections=2)) as web:
            _, idle = await asyncio.open_connection(*web.address("public"))
            assert (await talk(web, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")).startswith(
                b"HTTP/1.1 503"
            )
            idle.close()
            await idle.wait_closed()


class TestStopping:
    """Drains."""

    async def test_a_request_under_way_finishes(self) -> None:
        """And new connections are refused meanwhile."""
        begun, go_on = asyncio.Event(), asyncio.Event()

        async def slow(_request: Request) -> Response:
            begun.set()
            await go_on.wait()
            return PlainTextResponse("done")

        async with opened() as web, httpx2.AsyncClient(timeout=60) as client:
            web.http("/slow", slow)
            url = web.url("public")
            asked = asyncio.create_task(client.get(f"{url}/slow"))
            await begun.wait()
            stopping = asyncio.create_task(web.stop())
            async with asyncio.timeout(30):
                while True:
                    try:
                        _, writer = await asyncio.open_connection(*web.address("public"))
                    except (ConnectionRefusedError, ConnectionResetError):
                        break  # the other one: it waited to be taken when the listener was closed
                    writer.close()
                    await asyncio.sleep(0.02)
            await asyncio.wait({stopping}, timeout=0.5)
            assert not stopping.done()
            go_on.set()
            assert (await asked).text == "done"
            await stopping

    async def test_what_does_not_finish_is_cut(self) -> None:
        """After `drain_seconds`."""
        begun = asyncio.Event()

        async def endless(_request: Request) -> Response:
            begun.set()
            await asyncio.Event().wait()
            return PlainTextResponse("never")

        async with opened(limits=Limits(drain_seconds=1)) as web, httpx2.AsyncClient(timeout=60) as client:
            web.http("/endless", endless)
            asked = asyncio.create_task(client.get(f"{web.url('public')}/endless"))
            await begun.wait()
            async with asyncio.timeout(30):
                await web.stop()
            asked.cancel()
            await asyncio.wait([asked])
