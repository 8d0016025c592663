"""The two HTTP doors: the public one, where customers and providers knock, and the internal one, for our own people.

What hangs where
----------------
public     what connectors ask for through `Door.http`, under absolute paths; `/health/live`
internal   `/health/ready` (a reason per part, 503 when not well), `/metrics`, and what the composition root hands in
local      the internal routes once more, on a unix socket that only our own user may open (the `intake` command)

Rules
-----
1. Both run in our own loop, in uvicorn's `Server.serve`; signals are the daemon's, so uvicorn catches none.
2. What a stranger may cost us is bounded in `guard.Limits`; no bound may cost a customer's words without telling them.
3. A handler that fails is told to the journal by type and place only, and to the other side without details.
   `Temporary` is 503 with Retry-After: it was not held, come back.
4. Every answer carries the security headers; a handler may set its own in their place.
5. `stop` lets requests that are under way finish, for 5 seconds at most.
6. WebSockets only at the public door, where a connector asked for one; their messages are bounded, none is compressed,
   and who does not answer a ping is gone.

`guard.py` stands around every request, `listener.py` binds and serves.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from typing import Literal

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, Router, WebSocketRoute

from intake_daemon import journal
from intake_daemon.contract import Handler, SocketHandler
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.web.guard import NEVER_STORED, Guard, Limits
from intake_daemon.web.listener import Listen, Server, bind, bind_local

__all__ = ["Limits", "Listen", "Ready", "Web", "Where"]

Where = Literal["public", "internal"]
Ready = Callable[[], Mapping[str, str | None]]
"""Each part and why it is not well, as a code; None when it is."""
Notes = Callable[[], Mapping[str, str]]
"""What else an operator should know; it makes nothing unready."""


class Web:
    """Both listeners and the socket. Routes may be added while it runs: a connector that starts anew replaces its."""

    def __init__(
        self,
        *,
        ready: Ready,
        notes: Notes = dict,
        registry: CollectorRegistry,
        public: Listen | None = None,
        internal: Listen | None = None,
        local: Path | None = None,
        routes: Sequence[BaseRoute] = (),
        limits: Limits | None = None,
        proxies: str = "127.0.0.1",
    ) -> None:
        """`local`: the unix socket's path. `proxies`: whose X-Forwarded-For and -Proto count, separated by commas."""
        self._ready = ready
        self._notes = notes
        self._registry = registry
        self._limits = limits or Limits()
        self._proxies = proxies
        self._places = {"public": public, "internal": internal}
        self._local = local
        self._public = Router([Route("/health/live", _live)])
        self._internal = Router(
            [
                Route("/health/live", _live),
                Route("/health/ready", self._health),
                Route("/metrics", self._metrics),
                *routes,
            ]
        )
        self._owners: dict[Where, dict[str, str]] = {"public": {}, "internal": {}}
        self._running: list[tuple[Server, asyncio.Task[None]]] = []
        self._bound: dict[str, tuple[str, int]] = {}

    def http(
        self,
        path: str,
        handler: Handler,
        *,
        methods: Sequence[str] = ("GET", "POST"),
        owner: str = "",
        door: Where = "public",
    ) -> None:
        """Hang `handler` at the absolute `path` (Starlette's syntax) of a listener.

        The same `owner` may ask again: the newer handler counts. BadSettings when somebody else holds the path.
        """
        self._own(door, path, owner).routes.append(Route(path, handler, methods=list(methods)))

    def websocket(self, path: str, handler: SocketHandler, *, owner: str = "") -> None:
        """Hang a WebSocket at the absolute `path` of the public listener; otherwise like `http`."""
        self._own("public", path, owner).routes.append(WebSocketRoute(path, handler))

    def _own(self, door: Where, path: str, owner: str) -> Router:
        """The listener's routes, without one at this path; from now on the path is the owner's."""
        router = self._public if door == "public" else self._internal
        taken = {getattr(route, "path", ""): "" for route in router.routes} | self._owners[door]
        if (other := taken.get(path, owner)) != owner:
            what = f"{owner} and {other or 'the daemon'} both want {path}."
            raise BadSettings([Fault("intake.yaml", 0, what, "Give one of them another path.")])
        self._owners[door][path] = owner
        router.routes[:] = [route for route in router.routes if getattr(route, "path", None) != path]
        return router

    def address(self, door: str) -> tuple[str, int]:
        """Host and port at which `public` or `internal` really listens. KeyError before `start`."""
        return self._bound[door]

    def url(self, door: str) -> str:
        """The same as a URL without a final slash."""
        host, port = self.address(door)
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Bind and serve. BadSettings when a port is taken (and no next one may be taken): then nothing listens."""
        doors: list[tuple[str, socket.socket]] = []
        try:
            doors.extend((door, bind(door, place)) for door, place in self._places.items() if place is not None)
            if self._local is not None:
                doors.append(("local", bind_local(self._local)))
        except BadSettings:
            for _, listening in doors:
                listening.close()
            raise
        for door, listening in doors:
            await self._serve(door, listening)

    async def stop(self) -> None:
        """No new requests; those under way finish (`drain_seconds` at most). Returns when all is closed."""
        for server, _ in self._running:
            server.should_exit = True
        await asyncio.gather(*(task for _, task in self._running), return_exceptions=True)
        self._running.clear()
        if self._local is not None:
            self._local.unlink(missing_ok=True)

    async def _serve(self, door: str, listening: socket.socket) -> None:
        router = self._public if door == "public" else self._internal
        guard = Guard(router, door, self._limits)
        server = Server(guard, self._limits, self._proxies, sockets=door == "public")
        task = asyncio.create_task(server.serve(sockets=[listening]), name=f"web-{door}")
        self._running.append((server, task))
        await server.up(task)
        if door != "local":
            host, port = listening.getsockname()[:2]
            self._bound[door] = (host, port)
            journal.listening(door, host, port)

    async def _health(self, _request: Request) -> Response:
        parts = self._ready()
        well = not any(parts.values())
        body: dict[str, object] = {
            "ready": well,
            "parts": {part: reason or "ok" for part, reason in sorted(parts.items())},
        }
        if notes := self._notes():
            body["notes"] = dict(sorted(notes.items()))
        return JSONResponse(body, HTTPStatus.OK if well else HTTPStatus.SERVICE_UNAVAILABLE, NEVER_STORED)

    async def _metrics(self, request: Request) -> Response:
        encode, media_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._registry), headers={"content-type": media_type})


async def _live(_request: Request) -> Response:
    return PlainTextResponse("ok\n", headers=NEVER_STORED)
