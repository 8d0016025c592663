"""How the command asks: the running daemon through the socket in `var`, or the same functions without it.

Looking opens the database beside whoever has it. What changes something is asked of the daemon; only when none runs
here is the house built, under its lock, asked, and closed again. Either way it is the API of router/api that answers.
"""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import os
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any, TextIO, cast
from urllib.parse import quote, urlencode

from intake_daemon.errors import BadSettings, Fault, IntakeError
from intake_daemon.lines import open_journal

_SECONDS = 300.0
"""How long one question may take; rebuilding and replaying come in pieces."""

Answered = tuple[int, bytes]


class NotRunning(IntakeError):  # noqa: N818 -- a state, not an error
    """No daemon answers on the socket."""

    detail = "No daemon runs here. Start it: intake run"


class Refused(IntakeError):  # noqa: N818 -- an answer, not an error
    """The daemon said no: a code for programs, a sentence for people; `said`: the whole problem."""

    def __init__(self, status: int, code: str, detail: str, said: Mapping[str, Any] | None = None) -> None:
        super().__init__(code)
        self.status = status
        self.detail = detail
        self.said = dict(said or {"status": status, "code": code, "detail": detail})


class Asked:
    """Whoever answers. `running`: whether it is the daemon."""

    def __init__(
        self, send: Callable[[str, str, bytes, Mapping[str, str]], Answered], who: str, *, running: bool
    ) -> None:
        self._send = send
        self._who = who
        self.running = running

    def get(self, path: str, **query: object) -> Any:  # noqa: ANN401 -- JSON
        """The answer's JSON. Raises Refused."""
        said = urlencode({name: _plain(value) for name, value in query.items() if value is not None})
        return self._ask("GET", f"{_path(path)}?{said}" if said else _path(path), b"", {})

    def post(self, path: str, body: object = None, *, headers: Mapping[str, str] | None = None, **query: object) -> Any:  # noqa: ANN401 -- JSON
        """The same; `body` is JSON, or bytes as they are."""
        said = urlencode({name: _plain(value) for name, value in query.items() if value is not None})
        content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
        return self._ask("POST", f"{_path(path)}?{said}" if said else _path(path), content, headers or {})

    def _ask(self, method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Any:  # noqa: ANN401 -- JSON
        named = {"intake-as": self._who} if self._who else {}
        status, content = self._send(method, target, body, {**headers, **named})
        try:
            said = json.loads(content)
        except ValueError:
            raise Refused(status, "no_answer", f"The daemon answered {status}; its journal says why.") from None
        if status >= 400:  # noqa: PLR2004 -- HTTP
            raise Refused(status, str(said.get("code", "")), str(said.get("detail", "")), said)
        return said


def _plain(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _path(path: str) -> str:
    return "/api/v1" + quote(path)


def place(given: Path | None, *, demo: bool = False) -> Path:
    """The configuration's folder; the shipped one for the demo, also where only a demo has run. Raises BadSettings."""
    from intake_daemon.command import configuration

    if demo:
        return given or configuration.shipped("config")
    try:
        return configuration.find(given)
    except BadSettings:
        if given or os.environ.get("INTAKE_CONFIG") or not Path("var/demo").is_dir():
            raise
        return configuration.shipped("config")


@contextmanager
def asking(
    given: Path | None, *, demo: bool = False, changes: bool = False, who: str = "", only_running: bool = False
) -> Iterator[Asked]:
    """Whoever answers. `changes`: something will be written; `who`: as which principal. Raises BadSettings, and
    NotRunning with `only_running`."""
    folder = place(given, demo=demo)
    var = _var(folder)
    path = var / "intake.sock"
    if _answers(path):
        yield Asked(_through(path), who, running=True)
        return
    if only_running:
        raise NotRunning("not_running")
    from intake_daemon.command.configuration import read

    configured = read(folder, letters=changes)
    quiet()
    with asyncio.Runner() as runner:
        office = _changing(configured) if changes else _looking(configured)
        router = runner.run(office.__aenter__())
        try:
            yield Asked(lambda *asked: runner.run(_call(router, *asked)), who, running=False)
        finally:
            runner.run(office.__aexit__(None, None, None))


class _Nowhere(io.TextIOBase):
    """A journal that nobody reads: what a command does is told by the command."""

    def write(self, line: str) -> int:
        return len(line)


def quiet() -> None:
    """The journal of a house that this command builds goes nowhere."""
    open_journal("json", to=cast("TextIO", _Nowhere()))


def _var(folder: Path) -> Path:
    """Where the daemon of this configuration keeps its things; nothing else of the configuration is looked at."""
    from intake_daemon.settings import open_document

    return Path(str(open_document(folder / "intake.yaml").get(("var",)) or "var"))


def _answers(path: Path) -> bool:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as tried:
            tried.connect(str(path))
    except PermissionError:
        problem = "this socket belongs to another user."
        raise BadSettings([Fault(str(path), 0, problem, "Run this as the daemon's user (sudo -u …).")]) from None
    except OSError:
        return False
    return True


class _Connection(http.client.HTTPConnection):
    """HTTP over a unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


def _through(path: Path) -> Callable[[str, str, bytes, Mapping[str, str]], Answered]:
    def send(method: str, target: str, body: bytes, headers: Mapping[str, str]) -> Answered:
        connection = _Connection(path)
        try:
            connection.request(method, target, body or None, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read()
        except (OSError, http.client.HTTPException) as error:
            raise Refused(503, "no_answer", f"The daemon went away ({type(error).__name__}). Try again.") from None
        finally:
            connection.close()

    return send


# --- without a daemon -------------------------------------------------------------------------------------------------


@asynccontextmanager
async def _looking(configured: Any) -> AsyncIterator[Any]:  # noqa: ANN401 -- a Configuration; its import is heavy
    from starlette.routing import Router

    from intake_daemon.command import office
    from router import api

    async with office.reading(configured) as found:
        yield Router(api.routes(found))


@asynccontextmanager
async def _changing(configured: Any) -> AsyncIterator[Any]:  # noqa: ANN401 -- the same
    """The house, built under its lock and not started, but for its broker."""
    from starlette.routing import Router

    from intake_daemon.command import office
    from intake_daemon.command.building import build

    house = await build(configured)
    try:
        await house.broker.start()
        yield Router(list(office.routes(house)))
        keys = await house.ledger.vault_erasures()
        if keys:
            await house.vault.erase(keys)
            await house.ledger.vault_erased(keys)
    finally:
        await house.close()


async def _call(
    router: Callable[..., Awaitable[None]], method: str, target: str, body: bytes, headers: Mapping[str, str]
) -> Answered:
    """One request to the routes, without a socket (ASGI)."""
    path, _, query = target.partition("?")
    from urllib.parse import unquote

    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": unquote(path),
        "raw_path": path.encode(),
        "root_path": "",
        "query_string": query.encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": None,
        "server": ("here", None),
    }
    status = 500
    answer = bytearray()

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Mapping[str, Any]) -> None:
        nonlocal status
        status = message.get("status", status)
        answer.extend(message.get("body", b""))

    await router(scope, receive, send)
    return status, bytes(answer)
