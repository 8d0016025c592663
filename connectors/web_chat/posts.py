"""The chat by plain requests: for windows that get no socket, for files, and for the page without JavaScript.

POST <path>/<brand>/session   `{}` → `{"session"}`: a secret for a visitor who has none yet
POST <path>/<brand>/lines     JSON or multipart: `session id text command mail lang chosen`, files → 200 with what
                              became of it (windows.py), 503 with Retry-After when it is not held, 400: no line
POST <path>/<brand>/news      `{"session", "after", "seen", "wait"}` → `{"lines", "again"}`: waits up to `wait` seconds
                              (25 at most) for the first line; `again`: seconds until the window may ask once more

All by POST, so that no secret stands in an address. An answer is never stored by anybody.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.browser.files import UploadLimits
from connectors.browser.multipart import Multipart
from connectors.web_chat.hearing import Hearing
from connectors.web_chat.lines import Said, conversation_of, new_session, number_in, said_in
from connectors.web_chat.switchboard import Switchboard
from connectors.web_chat.windows import heard, not_held, seen, shown
from intake_daemon.contract import Door
from intake_daemon.errors import Temporary

TEXT_BYTES = 2 * 1024 * 1024
_LONGEST = 25.0
"""Seconds that a question for news stays open; less than proxies and our own guard allow."""
PEER = 50
"""Questions of one peer address that are kept open: as many as it may have sockets, so that nobody takes all ears."""
_BUSY = 10
"""Seconds between two looks of a window for which we have no ear."""


class Posts:
    """The plain requests."""

    def __init__(
        self, connector: str, door: Door, hearing: Hearing, switchboard: Switchboard, limits: UploadLimits, most: int
    ) -> None:
        self._connector = connector
        self._door = door
        self._hearing = hearing
        self._switchboard = switchboard
        self._limits = limits
        self._most = most
        self._peers: Counter[str] = Counter()

    async def session(self, request: Request, brand: str) -> Response:
        """A secret; nothing is kept for it before its first line."""
        del request, brand
        return _json({"session": new_session()})

    async def lines(self, request: Request, brand: str) -> Response:
        """One line."""
        said = await self.said(request, brand)
        if said is None:
            self._door.refused("no_line")
            return _json({"title": "no_line"}, HTTPStatus.BAD_REQUEST)
        try:
            return _json(heard(said.id, await self._hearing.hear(brand, said, peer(request))))
        except Temporary as error:
            told = not_held(said.id, error)
            response = _json(told, HTTPStatus.SERVICE_UNAVAILABLE)
            response.headers["retry-after"] = str(int(told["after"]))
            return response

    async def news(self, request: Request, brand: str) -> Response:
        """What is new. Raises Temporary: 503."""
        frame = await _frame(request)
        conversation = conversation_of(brand, str(frame.get("session", "")))
        if conversation is None or self._door.chats is None:
            return _json({"title": "no_session"}, HTTPStatus.BAD_REQUEST)
        if (shown_up_to := number_in(frame, "seen")) is not None:
            await seen(self._door, self._switchboard, self._connector, conversation, shown_up_to)
        after = number_in(frame, "after") or 0
        wait = number_in(frame, "wait") or 0
        found = await self._door.chats.since(conversation, after)
        who = peer(request)
        busy = len(self._switchboard) >= self._most or self._peers[who] >= PEER
        if not found and wait > 0 and not busy:
            with self._counted(who), self._switchboard.listening(conversation, after) as listener:
                found = await self._door.chats.since(conversation, after)
                if not found and await listener.wait(min(wait, _LONGEST)):
                    found = await self._door.chats.since(conversation, after)
        return _json({"lines": [shown(line) for line in found], "again": _BUSY if busy else 0})

    @contextmanager
    def _counted(self, who: str) -> Iterator[None]:
        self._peers[who] += 1
        try:
            yield
        finally:
            self._peers[who] -= 1
            self._peers += Counter()  # whose count is nothing is forgotten

    async def said(self, request: Request, brand: str) -> Said | None:
        """The line of a request. Raises HTTPException 400 or 413."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "multipart/form-data":
            return said_in(brand, await _frame(request))
        with Multipart(request.headers["content-type"], self._limits, TEXT_BYTES) as multipart:
            async for chunk in request.stream():
                multipart.feed(chunk)
        return said_in(brand, dict(multipart.values), tuple(multipart.uploads))


def peer(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else ""


def _json(body: Mapping[str, Any], status: HTTPStatus = HTTPStatus.OK) -> JSONResponse:
    return JSONResponse(body, status, {"cache-control": "no-store"})


async def _frame(request: Request) -> Mapping[str, Any]:
    """A JSON object. Raises HTTPException 400, 413."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > TEXT_BYTES:
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    try:
        frame = json.loads(body)
    except (ValueError, RecursionError):
        frame = None
    if not isinstance(frame, dict):
        raise HTTPException(HTTPStatus.BAD_REQUEST)
    return frame
