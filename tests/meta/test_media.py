"""Files behind ids and links: where our token goes, where Meta may send us on to, and what is never asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from connectors.links import Outside, is_public
from connectors.meta.content import Media
from connectors.meta.graph import Graph
from connectors.meta.media import Fetching, MediaLimits
from intake_daemon.contract import File
from tests.fakes.meta import FakeApp
from tests.mail.tls import Certificate, make
from tests.promises import PNG


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1."""
    return make(tmp_path_factory.mktemp("tls"))


@dataclass
class Depot:
    """Where the files lie: another host, by https. Keeps what it was asked, head by head."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    @property
    def link(self) -> str:
        """A file's."""
        return f"https://127.0.0.1:{self.port}/a/b.png?signed=1"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answers.pop(0) if self.answers else served(PNG))
        await writer.drain()
        writer.close()


def served(content: bytes, media_type: str = "image/png", status: str = "200 OK", more: str = "") -> bytes:
    """An answer."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {len(content)}\r\n{more}"
    return f"{head}connection: close\r\n\r\n".encode() + content


@asynccontextmanager
async def depot(certificate: Certificate) -> AsyncIterator[Depot]:
    """It runs for the length of the block."""
    found = Depot()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=certificate.server())
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


def fetching(app: FakeApp, certificate: Certificate, *, public: bool = True) -> Fetching:
    """As the connector has it; `127.0.0.1` stands for Meta's depot, and counts as public, or does not."""
    limits = MediaLimits(file_bytes=10_000, files=10, seconds=20, hosts=("127.0.0.1", "fbcdn.net"))
    sure = (lambda _: True) if public else is_public
    graph = Graph(f"{app.meta.url}/v25.0", 5)
    outside = Outside(limits.hosts, public=sure, trust=certificate.client())
    return Fetching(graph, limits, outside=outside)


async def fetched(
    app: FakeApp, certificate: Certificate, one: Media, *, public: bool = True, token: str = ""
) -> File | str:
    """What becomes of a file."""
    done = await fetching(app, certificate, public=public).fetch([one], token or app.token)
    return done.files[0] if done.files else done.missing[0]["why"]


def linked(url: str) -> Media:
    """A file of Messenger's."""
    return Media("photo.png", "image/png", url=url)


BY_ID = Media("photo.png", "image/png", id="77")


async def test_from_the_depot(app: FakeApp, certificate: Certificate) -> None:
    """A link is asked without any token; where the API says that WhatsApp's file lies, with it."""
    async with depot(certificate) as there:
        assert await fetched(app, certificate, linked(there.link)) == File("photo.png", "image/png", PNG)
        assert there.asked[0].startswith("GET /a/b.png?signed=1 ")
        assert "authorization" not in there.asked[0].lower()
        app.know("77", {"url": there.link, "mime_type": "image/png; x=y", "file_size": len(PNG)})
        assert await fetched(app, certificate, BY_ID) == File("photo.png", "image/png", PNG)
        assert f"authorization: Bearer {app.token}" in there.asked[1]


async def test_sent_on_once(app: FakeApp, certificate: Certificate) -> None:
    """One redirect, within Meta's depots, without the token; a second one is not followed."""
    on = served(b"", status="302 Found", more="location: /c.png\r\n")
    async with depot(certificate) as there:
        app.know("77", {"url": there.link, "mime_type": "image/png"})
        there.answers = [on]
        assert isinstance(await fetched(app, certificate, BY_ID), File)
        assert ["authorization" in each.lower() for each in there.asked] == [True, False]
        there.answers = [on, on]
        assert await fetched(app, certificate, BY_ID) == "file_foreign"
        there.answers = [served(b"", status="302 Found", more="location: https://elsewhere.example/1\r\n")]
        assert await fetched(app, certificate, BY_ID) == "file_foreign"


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/1",
        "https://fbcdn.net.elsewhere.example/1",
        "https://evilfbcdn.net/1",
        "https://fbcdn.net@elsewhere.example/1",
        "https://user@127.0.0.1:{port}/1",
        "http://127.0.0.1:{port}/1",
        "file:///etc/passwd",
        "https://[::1/",
        "//169.254.169.254/latest/meta-data",
        "https://169.254.169.254/latest/meta-data",
        "nonsense",
    ],
)
async def test_nowhere_else(app: FakeApp, certificate: Certificate, to: str) -> None:
    """Only https, only to the listed hosts, without a user in it; nobody else is even asked, and gets no token."""
    async with depot(certificate) as there:
        link = to.replace("{port}", str(there.port))
        assert await fetched(app, certificate, linked(link)) == "file_foreign"
        app.know("77", {"url": link})
        assert await fetched(app, certificate, BY_ID) == "file_foreign"
        assert not there.asked


async def test_a_listed_host_with_an_inner_address(app: FakeApp, certificate: Certificate) -> None:
    """A name that leads inside is not asked, however it is called."""
    async with depot(certificate) as there:
        assert await fetched(app, certificate, linked(there.link), public=False) == "file_private"
        assert not there.asked


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (served(b"<svg/>", "image/svg+xml"), "file_type"),
        (served(b"<p>", "text/html"), "file_type"),
        (served(b"MZ\x90\0", "application/octet-stream"), "file_type"),
        (served(b"#!/bin/sh\n", "text/plain"), "file_type"),
        (served(b"x" * 20_000), "file_too_large"),
        (served(b"", status="410 Gone"), "file_gone"),
        (served(b"", status="403 Forbidden"), "file_gone"),
    ],
)
async def test_what_is_not_taken(app: FakeApp, certificate: Certificate, answer: bytes, why: str) -> None:
    """By what it says it is, by what it is, by its size; what is gone is gone."""
    async with depot(certificate) as there:
        there.answers = [answer]
        assert await fetched(app, certificate, linked(there.link)) == why


async def test_a_link_that_has_expired_is_asked_for_anew(app: FakeApp, certificate: Certificate) -> None:
    """WhatsApp's links are good for five minutes: the id gives another one."""
    app.keep("77", PNG, "image/png")
    app.fail(f"files/{app.token}/77", {"status": 404})
    assert isinstance(await fetched(app, certificate, BY_ID), File)
    paths = [each["path"] for each in app.seen()["asked"]]
    assert paths.count("/v25.0/77") == 2


async def test_too_many_too_large(app: FakeApp, certificate: Certificate) -> None:
    """The twelfth of ten is told as missing; what says that it is too large is not even asked for."""
    app.keep("77", PNG, "image/png")
    done = await fetching(app, certificate).fetch([BY_ID] * 12, app.token)
    assert (len(done.files), [each["why"] for each in done.missing]) == (10, ["file_too_many"] * 2)
    before = len(app.seen()["asked"])
    large = Media("v.mp4", "video/mp4", id="77", size=20_000)
    assert await fetched(app, certificate, large) == "file_too_large"
    app.know("78", {"url": "https://fbcdn.net/1", "file_size": 20_000})
    assert await fetched(app, certificate, Media("v.mp4", "video/mp4", id="78")) == "file_too_large"
    assert len(app.seen()["asked"]) == before + 1


def test_what_is_public() -> None:
    """The open network's addresses are, nothing else."""
    assert all(map(is_public, ("157.240.1.1", "2a03:2880:f10c::1")))
    inner = "127.0.0.1 10.1.1.1 192.168.1.1 169.254.169.254 ::1 fe80::1 ::ffff:10.0.0.1 224.0.0.1 0.0.0.0 nonsense"
    inner += " 2002:7f00:1:: 64:ff9b::a9fe:a9fe"  # 6to4, NAT64
    assert not any(map(is_public, inner.split()))
