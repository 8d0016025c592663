"""Where the doors stand: sockets that we bind ourselves, and uvicorn upon them.

We bind, so that port 0 and a taken port can be answered, the real address can be read, and the unix socket is closed to
others from its first moment. uvicorn is made a guest of our loop: it catches no signals and logs no requests.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import h11
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.web.guard import Limits

_NEXT_PORTS = 50
_BACKLOG = 1024


@dataclass(frozen=True)
class Listen:
    """Where a listener stands. Port 0 takes any free one; `next_free`: a taken port is no fault, take the next one."""

    host: str
    port: int
    next_free: bool = False


class Server(uvicorn.Server):
    """uvicorn as a guest in our loop: signals belong to the daemon."""

    def __init__(self, app: ASGIApp, limits: Limits, proxies: str, *, sockets: bool = False) -> None:
        """`sockets`: WebSockets are spoken here."""
        patient = type("_Patient", (_Patient,), {"limits": limits})
        super().__init__(
            uvicorn.Config(
                app,
                http=patient,
                ws="websockets-sansio" if sockets else "none",
                ws_max_size=limits.socket_bytes,
                ws_per_message_deflate=False,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                forwarded_allow_ips=proxies,
                limit_concurrency=limits.connections,
                timeout_graceful_shutdown=limits.drain_seconds,
            )
        )

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Catch none."""
        yield

    async def up(self, task: asyncio.Task[None]) -> None:
        """Returns when it takes connections; raises what ended `task` if that came first."""
        while not self.started:  # uvicorn has no event for it; it takes a few turns of the loop
            if task.done():
                task.result()
                return
            await asyncio.sleep(0)


class _Patient(H11Protocol):
    """HTTP/1.1 with a bound on how long a head may take, which uvicorn has not (its keep-alive time begins later).

    After an early answer, such as 413, uvicorn reads on and throws away: a browser looks at an answer only when its
    upload is through. That is bounded here too.
    """

    limits = Limits()
    _patience: asyncio.TimerHandle | None = None
    _upgraded = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._begin(self.limits.head_seconds)

    def data_received(self, data: bytes) -> None:
        before = self.cycle
        super().data_received(data)
        if self._upgraded:
            return
        if self.cycle is not before:
            self._end()
        elif getattr(before, "response_complete", True):  # or there was none yet
            leftover = self.conn.their_state is h11.SEND_BODY
            self._begin(self.limits.linger_seconds if leftover else self.limits.head_seconds)

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        """From here on it is a socket, which keeps its own time."""
        self._end()
        self._upgraded = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end()
        super().connection_lost(exc)

    def _begin(self, seconds: float) -> None:
        if self._patience is None:
            self._patience = self.loop.call_later(seconds, self.transport.close)

    def _end(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None


def bind(door: str, place: Listen) -> socket.socket:
    """A socket that listens at once, so that two starts at one moment cannot both have the port. Raises BadSettings."""
    last = place.port + _NEXT_PORTS if place.next_free and place.port else place.port
    family = socket.AF_INET6 if ":" in place.host else socket.AF_INET
    for port in range(place.port, last):
        try:
            return socket.create_server((place.host, port), family=family, backlog=_BACKLOG)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _cannot(door, place, error) from None
    try:
        return socket.create_server((place.host, last), family=family, backlog=_BACKLOG)
    except OSError as error:
        raise _cannot(door, place, error) from None


def bind_local(path: Path) -> socket.socket:
    """A unix socket with mode 0600 from its first moment. What an earlier life left there is replaced."""
    path.unlink(missing_ok=True)
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        listening.bind(str(path))
    except OSError as error:
        listening.close()
        what = f"cannot listen on {path}: {error.strerror or error}."
        raise BadSettings([Fault("intake.yaml", 0, what, "A folder with a short path will do.")]) from None
    finally:
        os.umask(before)
    listening.listen(_BACKLOG)
    return listening


def _cannot(door: str, place: Listen, error: OSError) -> BadSettings:
    what = f"the {door} web door cannot listen on {place.host}:{place.port}: {error.strerror}."
    return BadSettings([Fault("intake.yaml", 0, what, "Write another host or port.")])
