"""A notice as SMS or WhatsApp message, and what Twilio tells of it afterwards.

Each message is given a status callback of its own, `…/status?notice=<id>&part=<n>&of=<m>`; the signature covers it, so
news of a notice can be believed, and a notice that was in doubt settles itself by it, or by Twilio's list (looking.py).
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from urllib.parse import urlencode

from connectors.twilio.account import Account, word
from connectors.twilio.claiming import surely_claimed, whose
from connectors.twilio.lengths import parts
from connectors.twilio.looking import SETTLE, Looking
from connectors.twilio.messages import Place, place
from connectors.twilio.payload import Payload
from intake_daemon.contract import Cursor, Now
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown
from intake_daemon.message import Notice, Receipt

_NEWS: Mapping[str, Literal["sent", "delivered", "failed"]] = {
    "sent": "sent",
    "delivered": "delivered",
    "read": "delivered",
    "undelivered": "failed",
    "failed": "failed",
    "canceled": "failed",
}
_MOST_PARTS = 6
_PATIENCE = 10.0
"""Seconds that we wait between the parts of one notice when Twilio asks for it; longer leaves it half sent."""
_TRIES = 3
_CLOSED = "window_closed"
_LONG = len("1000000")
"""Digits of what is no code of Twilio's any more."""


@dataclass(frozen=True)
class Sender:
    """How a connector sends. `services`: a brand's messaging service; `templates`: content by purpose."""

    connector: str
    account_sid: str
    numbers: Mapping[Place, str]
    services: Mapping[str, str]
    templates: Mapping[str, str]
    most_segments: int
    status_url: str
    """Where news is told; empty: nowhere."""
    now: Now
    settle: float = SETTLE
    """For so many seconds a notice in doubt is looked for, before it counts as not sent."""


class Texting:
    """Sends notices."""

    def __init__(self, sender: Sender, account: Account) -> None:
        self._sender = sender
        self._account = account
        self._looking = Looking(account, sender.now, sender.settle)

    async def send(self, notice: Notice, cursor: Cursor) -> Receipt:
        """Deliver it, in parts if need be. Raises as the manual's table says."""
        to, ours, until = self._route(notice)
        if (await cursor.load(self.wish_key(ours, to)) or {}).get("out"):
            raise Permanent("opted_out")
        template = self._template(notice, to, ours) if to.whatsapp else None
        over = notice.window_closed or (until is not None and self._sender.now() >= until)
        if notice.window_closed and template is None:
            raise Permanent(_CLOSED)
        forms = template if template and over else self._parts(notice, to, ours)
        try:
            sid = await self._all(notice, forms, cursor)
        except Permanent as refused:
            if refused.code != _CLOSED or template is None or forms is template:
                raise
            sid = await self._all(notice, template, cursor)
        return Receipt(
            notice=notice.id,
            connector=self._sender.connector,
            outcome="sent",
            at=self._sender.now(),
            provider_id=sid,
            code="queued",
        )

    async def _all(self, notice: Notice, forms: Sequence[Mapping[str, str]], cursor: Cursor) -> str:
        """Every part that was not sent before; the last one's sid. What was meanwhile taken for another notice's in
        doubt is that one's: ours is in doubt now."""
        sent = await self._looking.sent(notice, forms, cursor) if notice.in_doubt else {}
        for number, form in enumerate(forms, 1):
            if number not in sent:
                callback = self._callback(notice, number, len(forms))
                sent[number] = sid = await self._one({**form, **callback}, first=not sent)
                if not await surely_claimed(cursor, sid, notice.id, number):
                    raise Unknown("taken_for_another")
        return sent[len(forms)]

    async def news(self, payload: Payload, query: Mapping[str, str], cursor: Cursor) -> Receipt | None:
        """A receipt, or None for what is none of ours or no news (queued, sending). Of several parts `delivered`
        counts when it is the last one's, `failed` when it is any's. News of a message that was taken for an equal
        notice's are that one's: the other will be sent. Raises Temporary."""
        status = payload.text("MessageStatus", "SmsStatus").lower()
        outcome, notice = _NEWS.get(status), query.get("notice", "")
        if outcome is None or not notice:
            return None
        sid, part = payload.text("MessageSid", "SmsSid"), query.get("part", "1")
        if sid and part.isdecimal() and len(part) < _LONG:
            notice = str((await whose(cursor, sid, notice, int(part)))["notice"])
        if outcome != "failed" and query.get("part") != query.get("of"):
            return None
        code = payload.text("ErrorCode")
        return Receipt(
            notice=notice,
            connector=self._sender.connector,
            outcome=outcome,
            at=self._sender.now(),
            provider_id=sid,
            code=word(int(code)) if code.isdecimal() and int(code) and len(code) < _LONG else status,
        )

    async def wished(self, wish: str, ours: Place, theirs: Place, at: datetime, cursor: Cursor) -> None:
        """They want no more messages from this number (`out`), or again (`in`). The later wish counts."""
        key = self.wish_key(ours, theirs)
        known = await cursor.load(key)
        if known is None or str(known.get("at", "")) <= at.isoformat():
            await cursor.save(key, {"out": wish == "out", "at": at.isoformat()})

    def wish_key(self, ours: Place, theirs: Place) -> str:
        """Under which name a wish is kept; it names no number."""
        pair = f"{self._sender.account_sid} {ours} {theirs}".encode()
        return f"twilio-wish:{hashlib.sha256(pair).hexdigest()}"

    async def _one(self, form: Mapping[str, str], *, first: bool) -> str:
        """One message; its sid. A later part that surely was not sent is tried again, then the notice is in doubt."""
        if first:
            return await self._account.send(form)
        for _ in range(_TRIES):
            try:
                return await self._account.send(form)
            except Temporary as error:
                if (error.after or 0) > _PATIENCE:
                    break
                await asyncio.sleep(1.0 if error.after is None else error.after)
            except IntakeError:
                break
        raise Unknown("partly_sent")

    def _route(self, notice: Notice) -> tuple[Place, Place, datetime | None]:
        """To whom, from which of our numbers, and until when WhatsApp lets us say what we want."""
        whatsapp = notice.to.kind == "whatsapp"
        if notice.to.kind not in {"phone", "whatsapp"}:
            raise Permanent("bad_address")
        to = place(f"whatsapp:{notice.to.value}" if whatsapp else notice.to.value)
        if not to.number.lstrip("+").isdigit():
            raise Permanent("bad_address")
        written, _, until = (notice.thread or "").partition(" ")
        ours = place(written)
        if ours not in self._sender.numbers or ours.whatsapp != whatsapp:
            mine = (
                one for one, brand in self._sender.numbers.items() if brand == notice.brand and one.whatsapp == whatsapp
            )
            ours, until = next(mine, None) or _no_number(), ""
        return to, ours, datetime.fromisoformat(until) if until else None

    def _parts(self, notice: Notice, to: Place, ours: Place) -> list[dict[str, str]]:
        texts = parts(notice.text, most_segments=None if to.whatsapp else self._sender.most_segments)
        if len(texts) > _MOST_PARTS:
            raise Permanent("too_long")
        return [self._from(notice, ours) | {"To": str(to), "Body": text} for text in texts]

    def _template(self, notice: Notice, to: Place, ours: Place) -> list[dict[str, str]] | None:
        """The message outside the window: a template that WhatsApp has approved; None when there is none. Then it is
        tried in our words all the same: a later message may have opened the window again; if not, Twilio refuses, at
        once or by its news, and the notice goes to the customer's next address."""
        names = (f"{notice.purpose}.{notice.language}", notice.purpose, f"*.{notice.language}", "*")
        content = next((self._sender.templates[name] for name in names if name in self._sender.templates), None)
        if content is None:
            return None
        variables = json.dumps({"1": notice.reference, "2": notice.sender_name}, ensure_ascii=False)
        return [
            self._from(notice, ours) | {"To": str(to), "ContentSid": content, "ContentVariables": variables},
        ]

    def _from(self, notice: Notice, ours: Place) -> dict[str, str]:
        service = self._sender.services.get(notice.brand)
        return {"From": str(ours)} | ({"MessagingServiceSid": service} if service else {})

    def _callback(self, notice: Notice, part: int, of: int) -> dict[str, str]:
        if not self._sender.status_url:
            return {}
        query = urlencode({"notice": notice.id, "part": part, "of": of})
        return {"StatusCallback": f"{self._sender.status_url}?{query}"}


def _no_number() -> Place:
    raise Permanent("no_number")
