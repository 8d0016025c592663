"""The callback address: Meta's question whether we are the ones (GET), and its signed posts (MT-01, MT-02)."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from connectors.meta.finding import find
from connectors.meta.receiving import Receiving
from connectors.meta.signature import HEADER, verify
from intake_daemon.contract import Door

_LARGEST = 8 * 1024 * 1024
"""Bytes of a post; Meta's own limit is 3 MB."""
_SMALL = 64 * 1024
"""Bytes that are read on the spot; more is read aside, so that nobody waits for it."""
_CHALLENGE = 1000


class Webhook:
    """What hangs on the public listener."""

    def __init__(self, secrets: Sequence[str], verify_token: str, receiving: Receiving, door: Door) -> None:
        self._secrets = secrets
        self._token = verify_token.encode()
        self._receiving = receiving
        self._door = door

    async def asked(self, request: Request) -> Response:
        """The handshake: who knows the token gets the challenge back, alone, as text."""
        query = request.query_params
        told = query.get("hub.verify_token", "").encode("utf-8", "replace")
        challenge = query.get("hub.challenge", "")
        holds = hmac.compare_digest(told, self._token)
        if query.get("hub.mode") != "subscribe" or not holds or not 0 < len(challenge) <= _CHALLENGE:
            self._door.refused("bad_verify_token")
            return Response(status_code=HTTPStatus.FORBIDDEN)
        return PlainTextResponse(challenge, headers={"x-content-type-options": "nosniff"})

    async def posted(self, request: Request) -> Response:
        """A post: 200 when all of it is ours. Raises Temporary (503), HTTPException 403 and 413."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                self._door.refused("too_large")
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        content = bytes(body)
        if why := verify(self._secrets, request.headers.get(HEADER, ""), content):
            self._door.refused(why)
            raise HTTPException(HTTPStatus.FORBIDDEN)
        things = find(content) if len(content) < _SMALL else await asyncio.to_thread(find, content)
        if things:
            await self._receiving.take(content, things, self._door)
        else:
            await self._receiving.unreadable(content, self._door)
        return Response(status_code=HTTPStatus.OK)
