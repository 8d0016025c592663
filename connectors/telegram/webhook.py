"""Updates that Telegram posts: who says the secret is heard, and told 200 when it is ours, 503 when it is not yet."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.telegram.finding import body_of, updates_of
from connectors.telegram.receiving import Receiving
from intake_daemon.contract import Door
from intake_daemon.errors import Temporary

_LARGEST = 4 * 1024 * 1024
"""Bytes of an update; the longest real ones have some tens of thousands."""
_RETRY_AFTER = 15.0


class Webhook:
    """The route. `receiving` is set when the connector is ready; until then Telegram is asked to come again."""

    def __init__(self, secret: str, door: Door) -> None:
        self.receiving: Receiving | None = None
        self._secret = secret.encode()
        self._door = door

    async def posted(self, request: Request) -> Response:
        """One post. The secret is compared in constant time, before anything is read (TG-06)."""
        told = request.headers.get("x-telegram-bot-api-secret-token", "").encode("utf-8", "replace")
        if not hmac.compare_digest(told, self._secret):
            self._door.refused("bad_secret")
            return Response(status_code=HTTPStatus.UNAUTHORIZED)
        if self.receiving is None:
            return _again(None)
        body = await self._body(request)
        try:
            await self._take(self.receiving, body)
        except Temporary as error:
            return _again(error.after)
        return Response(status_code=HTTPStatus.OK)

    async def _body(self, request: Request) -> bytes:
        """HTTPException 413 for what no update can be."""
        taken = bytearray()
        async for piece in request.stream():
            taken += piece
            if len(taken) > _LARGEST:
                self._door.refused("too_large")
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return bytes(taken)

    @staticmethod
    async def _take(receiving: Receiving, body: bytes) -> None:
        updates = updates_of(body)
        if len(updates) == 1:
            await receiving.take(updates[0], body)
        elif not updates:
            await receiving.unreadable(body)
        elif await receiving.take_all(updates, [body_of(each) for each in updates]):
            raise Temporary("not_held")


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """For `intake verify`: None when a recorded post says the secret; else a code and a sentence. Telegram signs
    neither address nor body."""
    del url, body
    told = headers.get("x-telegram-bot-api-secret-token", "")
    if not told:
        return "missing", "It has no X-Telegram-Bot-Api-Secret-Token: Telegram was not given a secret."
    if not hmac.compare_digest(told.encode("utf-8", "replace"), secret.encode()):
        return "bad", "It says another secret than this one."
    return None


def _again(after: float | None) -> Response:
    wait = str(int(_RETRY_AFTER if after is None else after) or 1)
    return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers={"retry-after": wait})
