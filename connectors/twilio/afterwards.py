"""What comes of a call when it is over: its recording, its words, however late.

Nothing is remembered from the call itself: our number is in the address that Twilio was given, who called is asked of
Twilio. What nobody can tell whose it is, is parked.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from connectors.twilio.account import Account
from connectors.twilio.media import Media
from connectors.twilio.messages import Place
from connectors.twilio.parsing import parse
from connectors.twilio.payload import Payload
from connectors.twilio.signature import FORM, JSON
from connectors.twilio.voices import number, spoken_at
from connectors.twilio.webhook import Webhook, twiml
from intake_daemon.contract import Door, Raw
from intake_daemon.errors import Permanent

_PAGES = 50
_RETRY_AFTER = {"retry-after": "10"}


class Afterwards:
    """The webhooks that come after a call."""

    def __init__(
        self,
        account: Account,
        media: Media,
        webhook: Webhook,
        numbers: Mapping[Place, str],
        door: Callable[[], Door],
    ) -> None:
        """`numbers`: which is which brand's. `door`: the open one; raises Temporary while there is none."""
        self._account = account
        self._media = media
        self._webhook = webhook
        self._numbers = numbers
        self._door = door

    async def recording(self, request: Request) -> Response:
        """The recording is there, or never will be. Twilio does not say who called: the call does. Raises Temporary."""
        door = self._door()
        body, payload = await self._webhook.take(request, door)
        status, sid = payload.text("RecordingStatus"), payload.text("RecordingSid")
        ours = number(request.query_params.get("to", ""))
        brand = self._numbers.get(ours)
        if status not in {"completed", "absent", "failed"}:
            return twiml()
        if brand is None:
            await door.park(Raw(body, next(iter(self._numbers.values())), FORM), "unknown_number")
            return twiml()
        link = payload.text("RecordingUrl")
        files, missing = await self._media.fetch([(f"{link}.mp3", sid)]) if status == "completed" else ((), ())
        envelope = {
            "from": str((await self._call(payload.text("CallSid"))).get("from", "")),
            "to": ours.number,
            "missing": " ".join(missing),
            "remarks": "" if status == "completed" else f"recording_{status}",
        }
        await door.accept(Raw(body, brand, FORM, envelope=envelope, files=files), parse)
        if set(missing) & {"file_late", "file_gone"}:
            return Response(status_code=HTTPStatus.SERVICE_UNAVAILABLE, headers=_RETRY_AFTER)
        return twiml()

    async def words(self, request: Request) -> Response:
        """Words of a recording, or as they are spoken. Raises Temporary."""
        door = self._door()
        body, payload = await self._webhook.take(request, door)
        envelope = {}
        if not payload.text("To", "Called"):
            call = await self._call(payload.text("CallSid"))
            envelope = {"from": str(call.get("from", "")), "to": str(call.get("to", ""))}
        ours = number(payload.text("To", "Called") or envelope.get("to", ""))
        at = spoken_at(payload)
        await self._accept(Raw(body, self._numbers.get(ours, ""), FORM, contact_at=at, envelope=envelope), door)
        return twiml()

    async def sentences(self, request: Request) -> Response:
        """Voice Intelligence: fetch what it heard. Raises Temporary."""
        door = self._door()
        body, payload = await self._webhook.take(request, door)
        if payload.kind != "finished":
            await self._accept(Raw(body, "", JSON), door)
            return twiml()
        sid = quote(payload.text("transcript_sid"), safe="")
        try:
            transcript = await self._account.intelligence(f"Transcripts/{sid}")
            sentences = await self._heard(sid)
            call = await self._call_of(transcript, payload)
        except Permanent:  # it is not there, or not ours
            await self._accept(Raw(body, "", JSON), door)
            return twiml()
        whole = {"webhook": dict(payload.fields), "transcript": transcript, "sentences": sentences, "call": call}
        brand = self._numbers.get(number(str(call.get("to", ""))), "")
        await self._accept(Raw(json.dumps(whole, sort_keys=True).encode(), brand, JSON), door)
        return twiml()

    async def _accept(self, raw: Raw, door: Door) -> None:
        """Hold it, or, when nobody knows whose it is, keep it for a person."""
        if raw.brand:
            await door.accept(raw, parse)
            return
        first = next(iter(self._numbers.values()))
        await door.park(Raw(raw.content, first, raw.media_type, envelope=raw.envelope), "unknown_number")

    async def _heard(self, transcript: str) -> list[Any]:
        page = await self._account.intelligence(f"Transcripts/{transcript}/Sentences", {"PageSize": "1000"})
        found: list[Any] = []
        for _ in range(_PAGES):
            rows = page.get("sentences")
            found += rows if isinstance(rows, list) else []
            meta = page.get("meta")
            onward = meta.get("next_page_url") if isinstance(meta, dict) else None
            if not isinstance(onward, str) or not onward:
                break
            page = await self._account.intelligence(onward)
        return found

    async def _call_of(self, transcript: Mapping[str, Any], payload: Payload) -> dict[str, Any]:
        """The call that a transcript is of: by the key that its maker gave it, or by its recording."""
        key = payload.text("customer_key")
        if key.startswith("CA"):
            return await self._call(key)
        channel = transcript.get("channel")
        properties = channel.get("media_properties") if isinstance(channel, dict) else None
        source = properties.get("source_sid") if isinstance(properties, dict) else None
        if not isinstance(source, str) or not source:
            return {}
        recording = await self._account.get(f"Recordings/{quote(source, safe='')}.json")
        return await self._call(str(recording.get("call_sid", "")))

    async def _call(self, sid: str) -> dict[str, Any]:
        """Who called whom; nothing when Twilio knows no such call. Raises Temporary."""
        try:
            return await self._account.get(f"Calls/{quote(sid, safe='')}.json")
        except Permanent:
            return {}
