"""The signed upload: one request, verified on its raw bytes, and only then looked into."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from connectors.calls.call import NoCall
from connectors.calls.delivery import Delivery, delivery
from connectors.calls.signature import ID, STALE, TIMESTAMP, verify
from intake_daemon.contract import Door, Held, Now
from intake_daemon.errors import Temporary

_RETRY_AFTER = 30.0
_REMEMBERED = 10_000
Take = Callable[[Delivery], Awaitable[list[Held]]]
"""Hold it: the references. Raises NoCall when it was parked (with the reason), Temporary when it is not ours."""


@dataclass(frozen=True)
class Uploads:
    """What requests are checked with. `most`: bytes of a body."""

    secrets: tuple[str, ...]
    most: int
    now: Now


class Replays:
    """Requests that were held, so that the very same bytes are not taken twice.

    A sender who tries again signs anew, with the same id and a new timestamp: that is no replay. Of another process'
    requests nothing is known here; there the call's identity holds that it is one contact."""

    def __init__(self) -> None:
        self._seen: OrderedDict[tuple[str, str, bytes], float] = OrderedDict()

    def known(self, request: Request, body: bytes) -> bool:
        """Whether this very request was held within the time that its timestamp is good for."""
        since = self._seen.get(_mark(request, body))
        return since is not None and time.monotonic() - since <= 2 * STALE

    def keep(self, request: Request, body: bytes) -> None:
        """It is held."""
        self._seen[_mark(request, body)] = time.monotonic()
        while len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)


def _mark(request: Request, body: bytes) -> tuple[str, str, bytes]:
    """What is signed. Not the header of signatures: whoever adds a wrong one to it has another header."""
    return request.headers.get(ID, ""), request.headers.get(TIMESTAMP, ""), hashlib.sha256(body).digest()


async def receive(request: Request, door: Door, uploads: Uploads, replays: Replays, take: Take) -> Response:
    """One upload: 200 with the references; 202 when it cannot be read, and a person will; 401, 409, 413, 503."""
    body = await _body(request, door, uploads.most)
    why = verify(uploads.secrets, request.headers, body, uploads.now())
    if why is not None:
        door.refused(why)
        return JSONResponse({"error": why}, HTTPStatus.UNAUTHORIZED)
    if replays.known(request, body):
        door.refused("replayed")
        return JSONResponse({"error": "replayed"}, HTTPStatus.CONFLICT)
    try:
        sent = await asyncio.to_thread(_opened, body, request.headers.get("content-type", ""))
        held = await take(sent)
    except NoCall as none:
        replays.keep(request, body)
        return JSONResponse({"parked": none.code, "why": none.why}, HTTPStatus.ACCEPTED)
    except Temporary as error:
        after = str(int(error.after or _RETRY_AFTER))
        return JSONResponse({"error": error.code}, HTTPStatus.SERVICE_UNAVAILABLE, {"retry-after": after})
    replays.keep(request, body)
    calls = [{"id": each.id, "reference": each.reference} for each in held]
    return JSONResponse({"held": calls, "references": [each.reference for each in held]})


def _opened(body: bytes, content_type: str) -> Delivery:
    """What it holds; of a body that breaks its own form the whole of it, for whoever parks it."""
    try:
        return delivery(body, content_type)
    except NoCall:
        return Delivery(body)


async def _body(request: Request, door: Door, most: int) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            door.refused("too_large")
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
    return bytes(body)
