"""SMS, MMS and WhatsApp by Twilio.

What it speaks
--------------
POST <path>          the webhook "A message comes in" of a number, a messaging service or a WhatsApp sender: a form (or
                     JSON with `bodySHA256`), signed with `X-Twilio-Signature`. `<path>` is `/hooks/<connector's name>`.
POST <path>/status   what became of a message of ours; the address is given to Twilio with each message.
GET Messages         Twilio's list, every `look_seconds`: what came while we could not be reached.

What it confirms, and when
--------------------------
Empty TwiML (200) only after `Door.accept` returned. Twilio does not queue: a 503 is repeated only where the number's
webhook says so; write it as `https://…/hooks/sms#rc=3&rp=all`. So the door spools for us while the broker is away, and
what was lost all the same is fetched from the list (listing.py). `from` says how far back; it has no default.
403 for what is not signed, or not by our account: before anything is read from it (signature.py). There is no time in
the signature; a replayed request is the same message, held once, by its sid. The idempotency token, equal in all tries
of one request, spares the repeat's work.

Files are fetched before the message is held, for `media_seconds` at most; what is missing then is a remark, and the
words are held without it (media.py). A webhook carries no time, so `contact_at` is our receipt; the list has Twilio's.

What it says
------------
SMS in as few segments as its letters allow, long ones in numbered parts (lengths.py). WhatsApp in our own words within
24 hours of the customer's message; later by the content template of `templates`, with {{1}} the reference and {{2}} the
brand; without one it is tried. Where Twilio says no, at once or by its news (63016), the template goes instead; where
there is none, the notice goes to the customer's next address. Who sent STOP (or its like in our languages) gets nothing
more from that number until START; both are kept, and are no complaints. For the United States and Canada Twilio does
the same.

What each answer to a notice means
----------------------------------
    no connection                                         Temporary  `not_connected`
    429                                                   Temporary  `http_429`, after Retry-After
    503 with Retry-After                                  Temporary  `http_503`
    a queue or a daily limit is full (21611, 63038 …)     Temporary  `twilio_<code>`
    401, 403, 404 without a code of the message's own     Temporary  `twilio_login`: the settings are at fault
    no answer; connection lost after it was written       Unknown    `no_answer`, `connection_lost`
    any other 5xx; 2xx or 3xx that names no message       Unknown    `http_<status>`, `bad_answer`
    a later part of a long notice could not be sent       Unknown    `partly_sent`
    21610, or STOP was said to us                         Permanent  `opted_out`
    63016 the 24 hours are over                           Permanent  `window_closed`
    21614, 21617                                          Permanent  `no_mobile`, `too_long`
    any other 4xx                                         Permanent  `twilio_<code>`, `http_<status>`
    no number of ours for that brand and way, no number   Permanent  `no_number`, `bad_address`
    2xx with a sid                                        sent

Status callbacks are late receipts: `sent`, `delivered` (also WhatsApp's `read`), `failed` with Twilio's code. A notice
in doubt settles itself by them; and it is looked for in Twilio's list, where it counts as not sent when nothing was
found for half a minute, and is sent then (looking.py). A message settles one notice only (claiming.py).
Sources: twilio.com/docs/messaging/guides/webhook-request, /docs/usage/webhooks/webhooks-security,
/docs/messaging/api/message-resource. Tried against a Twilio of our own on the wire (tests/fakes/twilio) and twilio's
library, never against Twilio itself.
"""

from __future__ import annotations

import asyncio
import json
from collections import OrderedDict
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import Any, ClassVar

from pydantic import Field
from starlette.requests import Request
from starlette.responses import Response

from connectors import knocking
from connectors.twilio.account import Account
from connectors.twilio.canary import form, signed
from connectors.twilio.listing import From, Listing
from connectors.twilio.media import Media
from connectors.twilio.messages import arrived_at, place, wish
from connectors.twilio.parsing import parse
from connectors.twilio.payload import Payload
from connectors.twilio.sending import Sender, Texting
from connectors.twilio.settings import TwilioSettings
from connectors.twilio.signature import FORM, JSON
from connectors.twilio.webhook import Webhook, twiml
from intake_daemon.contract import Can, Canary, ConnectorSettings, Cursor, Door, Draft, Offered, Raw, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt

_LATELY = 10_000
_TOKEN = "i-twilio-idempotency-token"  # noqa: S105 -- a header's name


class TwilioTextSettings(TwilioSettings):
    """SMS, MMS and WhatsApp."""

    start: From = Field(alias="from")
    """From when on Twilio's list counts: `now` (the moment of the first start, for ever), `all` (it keeps 13 months) or
    a date. No default, so that nobody answers a year's messages by accident."""
    look_seconds: float = Field(default=300, gt=0)
    """How often the list is read, in seconds."""
    most_segments: int = Field(default=10, ge=1, le=24)
    """Segments of one SMS; a longer text is sent in numbered parts. Networks refuse more than ten."""
    messaging_services: Mapping[str, str] = Field(default_factory=dict)
    """Per brand a messaging service, `MG…`, that sends."""
    templates: Mapping[str, str] = Field(default_factory=dict)
    """WhatsApp content templates, `HX…`, by purpose and language: `acknowledgement.lv`, `acknowledgement`, `*.lv`, `*`;
    the first that is there. {{1}} is the reference, {{2}} the brand's name."""


class TwilioText:
    """Messages of one account's numbers."""

    Settings: ClassVar[type[ConnectorSettings]] = TwilioTextSettings
    can: ClassVar[frozenset[Can]] = frozenset((Can.REPLY, Can.ATTACHMENTS, Can.THREADS, Can.LOOKUP, Can.LATE_RECEIPTS))
    remedy = (
        "Set `from:` of this connector to the day on which it came, and start the daemon anew: Twilio's list is read "
        "from there, and what is held is known."
    )

    def __init__(self, name: str, settings: TwilioTextSettings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._numbers = settings.places(world)
        self._path = settings.path or f"/hooks/{name}"
        self._account = Account(settings.access())
        self._media = Media(self._account, settings.media())
        self._base = base = settings.base_url or world.base_url
        self._webhook = Webhook(settings.auth_token, settings.account_sid, base)
        self._listing = Listing(self._account, f"twilio:{settings.account_sid}", settings.start, world.now)
        self._texting = Texting(
            Sender(
                connector=name,
                account_sid=settings.account_sid,
                numbers=self._numbers,
                services=settings.messaging_services,
                templates=settings.templates,
                most_segments=settings.most_segments,
                status_url=f"{base}{self._path}/status" if base else "",
                now=world.now,
            ),
            self._account,
        )
        self._lately: OrderedDict[str, None] = OrderedDict()
        self._door: Door | None = None
        self._tried = 0

    async def run(self, door: Door) -> None:
        """Ask for the routes; then read the list now and then, until cancelled. Raises Temporary when it cannot."""
        self._door = door
        door.http(self._path, self._received, methods=("POST",))
        door.http(f"{self._path}/status", self._told, methods=("POST",))
        try:
            while True:
                async with door.alone("list") as answered:
                    await self._listing.look(door.cursor, partial(self._found, answered))
                    answered()
                    await asyncio.sleep(self._settings.look_seconds)
        finally:
            await self._account.close()

    async def reply(self, notice: Notice) -> Receipt:
        """Send one notice; see the table above."""
        return await self._texting.send(notice, self._opened().cursor)

    def read_again(self, raw: Raw) -> list[Draft]:
        """An original that was parked."""
        return parse(raw)

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """Brands with a number."""
        return list(dict.fromkeys(self._numbers.values()))

    async def bring(self, canary: Canary) -> None:
        """To one of the brand's numbers after the other, signed for the address that Twilio knows."""
        theirs = [ours for ours, brand in self._numbers.items() if brand == canary.brand]
        told = form(canary, self._settings.account_sid, theirs[self._tried % len(theirs)])
        self._tried += 1
        body, beside = signed(told, self._settings.auth_token, f"{self._base or canary.web}{self._path}")
        await knocking.post(f"{canary.web}{self._path}", body=body, headers=beside, seconds=canary.seconds)

    async def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Offered], None]:
        """What Twilio's list has for our numbers, over connections of its own."""
        account = Account(self._settings.access())
        try:
            listing = Listing(account, f"twilio:{self._settings.account_sid}", self._settings.start, self._world.now)
            async with aclosing(listing.offered(since, cursor)) as days:
                async for day in days:
                    places = [(each, self._numbers.get(place(str(each.row.get("to", ""))))) for each in day]
                    yield [
                        Offered(name=each.sid, brand=brand, external_id=each.sid, at=each.at)
                        for each, brand in places
                        if brand is not None
                    ]
        except Permanent as error:
            raise Temporary(error.code) from None
        finally:
            await account.close()

    async def _received(self, request: Request) -> Response:
        """A message. Raises Temporary (503)."""
        door = self._opened()
        body, payload = await self._webhook.take(request, door)
        token = request.headers.get(_TOKEN, "")
        if token and token in self._lately:
            return twiml()
        media_type = JSON if request.headers.get("content-type", "").startswith(JSON) else FORM
        if payload.kind == "status":
            await self._news(payload, request, door)
        elif payload.kind in {"message", "listed"}:
            await self._hold(body, payload, media_type, door)
        else:  # signed by Twilio, and nothing that we know: a person looks
            await door.park(Raw(body, next(iter(self._numbers.values())), media_type), "not_a_message")
        if token:
            self._lately[token] = None
            if len(self._lately) > _LATELY:
                self._lately.popitem(last=False)
        return twiml()

    async def _told(self, request: Request) -> Response:
        """What became of a message of ours. Raises Temporary (503)."""
        door = self._opened()
        _, payload = await self._webhook.take(request, door)
        await self._news(payload, request, door)
        return twiml()

    async def _news(self, payload: Payload, request: Request, door: Door) -> None:
        receipt = await self._texting.news(payload, request.query_params, door.cursor)
        if receipt is not None:
            await door.report(receipt)

    async def _found(self, answered: Callable[[], None], row: dict[str, Any]) -> None:
        """A row of the list, which may be long."""
        answered()
        await self._hold(json.dumps(row, sort_keys=True).encode(), Payload("listed", row), JSON, self._opened())

    async def _hold(self, body: bytes, payload: Payload, media_type: str, door: Door) -> None:
        ours, theirs = place(payload.text("To", "to")), place(payload.text("From", "from"))
        brand = self._numbers.get(ours)
        if brand is None:
            await door.park(Raw(body, next(iter(self._numbers.values())), media_type), "unknown_number")
            return
        sid = payload.text("MessageSid", "SmsSid", "SmsMessageSid", "sid")
        now, at = self._world.now(), arrived_at(payload)
        try:
            files, missing = await self._media.fetch(await self._links(payload, sid))
        except Permanent:  # the list of its files is not there
            files, missing = (), ("file_gone",)
        raw = Raw(
            content=body,
            brand=brand,
            media_type=media_type,
            contact_at=at,
            envelope={"at": (at or now).isoformat(), "missing": " ".join(missing)},
            files=files,
        )
        await door.accept(raw, parse)
        if wished := wish(payload):
            await self._texting.wished(wished, ours, theirs, at or now, door.cursor)
        self._listing.held(sid)

    async def _links(self, payload: Payload, sid: str) -> list[tuple[str, str]]:
        """The files' links and the names that they get. A row of the list names only the list of its files."""
        number = payload.text("NumMedia", "num_media")
        count = min(int(number), 100) if number.isdecimal() and len(number) < len("1000") else 0
        if payload.kind == "message":
            links = [payload.text(f"MediaUrl{each}") for each in range(count)]
        elif count:
            page = await self._account.get(f"Messages/{sid}/Media.json")
            rows = page.get("media_list")
            root = f"{self._settings.api_url}/2010-04-01/Accounts/{self._settings.account_sid}/Messages/{sid}/Media/"
            links = [root + str(row.get("sid")) for row in rows or [] if isinstance(row, dict)]
        else:
            links = []
        return [(link, f"{sid}-{each}") for each, link in enumerate(links, 1)]

    def _opened(self) -> Door:
        if self._door is None:
            raise Temporary("not_running")
        return self._door
