"""One signed request of Twilio's: read with a limit, verified on its raw bytes, and only then looked into."""

from __future__ import annotations

from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from connectors.twilio.payload import Payload, read
from connectors.twilio.signature import HEADER, SETTINGS_HEADER, verify
from intake_daemon.contract import Door

_LARGEST = 256 * 1024
EMPTY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'


class Webhook:
    """What Twilio's requests are checked with."""

    def __init__(self, secret: str, account: str, base_url: str) -> None:
        """`base_url`: how Twilio reaches us; empty: as the request itself says."""
        self._secret = secret
        self._account = account
        self._base = base_url.rstrip("/")

    async def take(self, request: Request, door: Door) -> tuple[bytes, Payload]:
        """The body and what it is. Raises HTTPException 403 for what is not Twilio's, 413 for too much; counted."""
        body = bytearray()
        async for chunk in request.stream():
            body += chunk
            if len(body) > _LARGEST:
                door.refused("too_large")
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        why = verify(
            secret=self._secret,
            url=self.url(request),
            media_type=request.headers.get("content-type", ""),
            body=bytes(body),
            signature=request.headers.get(HEADER, ""),
            algorithm=request.headers.get(SETTINGS_HEADER, ""),
        )
        if why is None:
            payload = read(bytes(body))
            if payload.text("AccountSid", "account_sid") in {self._account, ""}:
                return bytes(body), payload
            why = "foreign_account"
        door.refused(why)
        raise HTTPException(HTTPStatus.FORBIDDEN)

    def url(self, request: Request) -> str:
        """What Twilio called: our public base, then path and query byte by byte as they came."""
        base = self._base or f"{request.url.scheme}://{request.url.netloc}"
        path = request.scope.get("raw_path") or request.url.path.encode()
        query = request.scope.get("query_string", b"")
        return base + path.decode("latin-1").partition("?")[0] + (f"?{query.decode('latin-1')}" if query else "")


def twiml(text: str = EMPTY) -> Response:
    """The answer that Twilio understands; nothing in it: nobody is answered now."""
    return Response(text, media_type="text/xml", headers={"cache-control": "no-store"})
