"""What stands around every request: limits, the answer's headers, and what the other side hears when a handler fails.

Reading a body raises `HTTPException` 413 (too large; an announced length is refused before anything is read) or 408
(nothing came for too long). A handler that wants to explain it in the customer's language catches them; otherwise the
plain sentence below is the answer.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from starlette.websockets import WebSocketDisconnect
from websockets.frames import CloseCode

from intake_daemon import journal
from intake_daemon.errors import Temporary

SECURITY = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
}
"""What every answer carries unless its handler said otherwise (OWASP: HTTP headers)."""

NEVER_STORED = {"cache-control": "no-store"}

_RETRY_AFTER = 30
_TOO_LARGE = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
_SAID = {
    HTTPStatus.REQUEST_TIMEOUT: "We waited for the rest of your message and it did not come. Please send it again.",
    _TOO_LARGE: "This is more than we can take in one go. Please send less.",
    HTTPStatus.INTERNAL_SERVER_ERROR: "Something failed on our side. Please try again.",
    HTTPStatus.SERVICE_UNAVAILABLE: "We cannot take this just now. Please try again in a moment.",
}


@dataclass(frozen=True)
class Limits:
    """What a stranger may cost us. Bytes and seconds."""

    body_bytes: int = 100 * 1024 * 1024
    """Larger bodies are answered with 413. Generous: connectors keep far less of it, and count for themselves."""
    head_seconds: float = 15.0
    """A request's head must be here in this time."""
    idle_seconds: float = 30.0
    """A body may pause this long. How long it takes in all is not bounded: a slow line is no reason to refuse."""
    linger_seconds: float = 60.0
    """How long, after an early answer, the rest of a body is read and thrown away."""
    socket_bytes: int = 256 * 1024
    """A message on a WebSocket; a larger one closes it."""
    connections: int = 1000
    """More at once are answered with 503."""
    drain_seconds: int = 5
    """What requests under way get to finish when we stop."""


class Guard:
    """The outermost part of a door's application."""

    def __init__(self, app: ASGIApp, door: str, limits: Limits) -> None:
        self._app = app
        self._door = door
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request, or one WebSocket (ASGI)."""
        if scope["type"] == "websocket":
            await self._socket(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send, self._limits)
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except ClientDisconnect:  # it went away in the middle of its request: there is nobody to answer
            return
        except HTTPException as error:
            await exchange.answer(_plain(error.status_code, error.headers))
        except Temporary as error:
            journal.not_held(self._door, error.code)
            after = str(int(error.after or _RETRY_AFTER))
            await exchange.answer(_plain(HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": after}))
        except Exception as error:  # noqa: BLE001 -- the last door: whatever it was, the other side gets an answer
            journal.failed(f"web.{self._door}", error)
            await exchange.answer(_plain(HTTPStatus.INTERNAL_SERVER_ERROR))

    async def _socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A socket whose handler fails is closed; the other side comes again or goes another way."""
        try:
            await self._app(scope, receive, send)
        except (ClientDisconnect, WebSocketDisconnect):
            return
        except HTTPException:  # it may not open: said before it did, that is a 403
            await send({"type": "websocket.close", "code": CloseCode.POLICY_VIOLATION})
        except Exception as error:  # noqa: BLE001 -- the last door
            if not isinstance(error, Temporary):
                journal.failed(f"web.{self._door}", error)
            with contextlib.suppress(RuntimeError, ClientDisconnect, OSError):  # it was closed, or never accepted
                await send({"type": "websocket.close", "code": CloseCode.INTERNAL_ERROR})


class _Exchange:
    """One request and its answer: counts the body as it is read, completes the head of the answer."""

    def __init__(self, scope: Scope, receive: Receive, send: Send, limits: Limits) -> None:
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limits = limits
        self._read = 0
        self._more = True
        self._started = False
        announced = dict(scope["headers"]).get(b"content-length", b"")
        self._announced = int(announced) if announced.isdigit() else 0

    async def receive(self) -> Message:
        """The next piece of the body. Raises HTTPException 413 or 408."""
        if self._announced > self._limits.body_bytes:
            raise HTTPException(_TOO_LARGE)
        try:
            async with asyncio.timeout(self._limits.idle_seconds if self._more else None):
                message = await self._receive()
        except TimeoutError:
            raise HTTPException(HTTPStatus.REQUEST_TIMEOUT, headers={"connection": "close"}) from None
        self._more = self._more and message.get("more_body", False)
        self._read += len(message.get("body", b""))
        if self._read > self._limits.body_bytes:
            raise HTTPException(_TOO_LARGE)
        return message

    async def send(self, message: Message) -> None:
        """A piece of the answer; its head gets the security headers that it lacks."""
        if message["type"] == "http.response.start":
            self._started = True
            headers = list(message.get("headers", []))
            said = {name.lower() for name, _ in headers}
            headers += [(n.encode(), v.encode()) for n, v in SECURITY.items() if n.encode() not in said]
            message = {**message, "headers": headers}
        await self._send(message)

    async def answer(self, response: Response) -> None:
        """Send `response`, unless the handler's own answer has begun: then uvicorn cuts the connection."""
        if not self._started:
            await response(self._scope, self.receive, self.send)


def _plain(status: int, headers: Mapping[str, str] | None = None) -> Response:
    known = HTTPStatus(status)
    said = _SAID.get(known, f"{known.phrase}.")
    return PlainTextResponse(said + "\n", known, {**NEVER_STORED, **(headers or {})})
