"""A Door to test connectors against: the real contract over plain lists, and as ill as a test wants it.

Rules
-----
1. What it takes it parses with the connector's own `parse` and completes as the real door does: same identity, same
   id, same reference. What comes again is given back as it was, and counted.
2. `away` makes every call that may fail raise Temporary; `closed` does so for some brands only; `gate`, an event, makes
   `accept` wait, so that a test can stop a connector in the middle; `full_after` contacts nothing more is taken.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime
from typing import Any

from intake_daemon.contract import (
    BrandFacts,
    Chats,
    Cursor,
    CustomerDesk,
    Draft,
    File,
    Handler,
    Held,
    Parse,
    Raw,
    SocketHandler,
    StaffDesk,
    World,
)
from intake_daemon.errors import Temporary
from intake_daemon.message import INLINE_LIMIT, Message, Receipt, ReplyTo, message_id
from intake_daemon.reference import reference

_KEY = b"the installation's key in tests!"


class Cursors:
    """Where each source was left, in a dictionary; shared by doors that a test opens one after another."""

    def __init__(self) -> None:
        self.places: dict[str, dict[str, Any]] = {}
        self.days: dict[str, int | None] = {}
        """For how long each is remembered."""
        self.away = False

    async def load(self, name: str) -> dict[str, Any] | None:
        """The saved place."""
        if self.away:
            raise Temporary("memory_away")
        return self.places.get(name)

    async def save(self, name: str, place: Mapping[str, Any], *, days: int | None = None) -> None:
        """Keep it."""
        if self.away:
            raise Temporary("memory_away")
        self.days[name] = days
        self.places[name] = dict(place)

    async def claim(self, name: str, place: Mapping[str, Any], *, days: int) -> dict[str, Any]:
        """What was there before stays."""
        if self.away or name not in self.places:
            await self.save(name, place, days=days)
        return self.places[name]


class Recorder:
    """The Door of a test. Look into `raws`, `held`, `drafts`, `parked`, `receipts`, `refusals`, `routes`."""

    def __init__(self, *, name: str = "door", cursors: Cursors | None = None) -> None:
        self.name = name
        self.cursors = cursors or Cursors()
        self.cursor: Cursor = self.cursors
        self.staff: StaffDesk | None = None
        self.customers: CustomerDesk | None = None
        self.chats: Chats | None = None
        self.away = False
        self.unreadable = False
        self.closed: set[str] = set()
        self.full_after: int | None = None
        self.gate: asyncio.Event | None = None
        self.waiting = 0
        self.turned_away = 0
        self.raws: list[Raw] = []
        self.held: dict[str, Held] = {}
        self.drafts: list[Draft] = []
        self.repeats = 0
        self.parked: list[tuple[Raw, str]] = []
        self.receipts: list[Receipt] = []
        self.refusals: Counter[str] = Counter()
        self.routes: dict[str, Handler] = {}
        self.sockets: dict[str, SocketHandler] = {}
        self.inside: dict[str, Handler] = {}
        self.lease = asyncio.Lock()
        self.answers = 0

    async def accept(self, raw: Raw, parse: Parse) -> list[Held]:
        """Take it into the lists, or raise what the test asked for."""
        if self.gate:
            self.waiting += 1
            try:
                await self.gate.wait()
            finally:
                self.waiting -= 1
        full = self.full_after is not None and len(self.held) >= self.full_after
        if self.away or full or raw.brand in self.closed:
            self.turned_away += 1
            raise Temporary("broker_away")
        if self.unreadable:  # what the real door does with what a parser cannot read: ours, without a reference
            self.parked.append((raw, "unreadable"))
            return []
        drafts = await asyncio.to_thread(parse, raw)
        self.raws.append(raw)
        return [self._hold(raw, draft) for draft in drafts]

    def _hold(self, raw: Raw, draft: Draft) -> Held:
        known = message_id(draft.identity)
        self.drafts.append(draft)
        if known in self.held:
            self.repeats += 1
            return self.held[known]
        told = reference(raw.brand[:3].upper(), _KEY, known)
        now = datetime.now(UTC)
        message = Message(
            id=known,
            reference=told,
            brand=raw.brand,
            connector=self.name,
            kind="test",
            channel=draft.channel,
            external_id=draft.external_id,
            received_at=now,
            sent_at=draft.sent_at,
            contact_at=raw.contact_at or now,
            sender=draft.sender,
            recipients=draft.recipients,
            subject=draft.subject,
            text=draft.text,
            new_text=draft.new_text,
            fields=dict(draft.fields),
            language=draft.language,
            automatic=draft.automatic,
            thread=draft.thread,
            transcript=draft.transcript,
            part_of=draft.part_of,
            revision_of=draft.revision_of,
            reply_to=ReplyTo(
                connector=self.name, address=draft.reply_address, thread=draft.reply_thread, until=draft.reply_until
            ),
            remarks=draft.remarks,
            raw=hashlib.sha256(raw.content).hexdigest(),
            original=base64.b64encode(raw.content).decode() if len(raw.content) <= INLINE_LIMIT else None,
        )
        self.held[known] = Held(id=known, reference=told, message=message)
        return self.held[known]

    def files(self) -> list[File]:
        """The files of all that was accepted, in order, those of repeats included."""
        return [file for draft in self.drafts for file in draft.files]

    async def park(self, raw: Raw, reason: str) -> None:
        """Keep it with its reason."""
        if self.away:
            raise Temporary("broker_away")
        self.parked.append((raw, reason))

    async def report(self, receipt: Receipt) -> None:
        """Keep the news."""
        if self.away:
            raise Temporary("broker_away")
        self.receipts.append(receipt)

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """Keep the route; the test mounts it."""
        del methods
        self.routes[path] = handler

    def socket(self, path: str, handler: SocketHandler) -> None:
        """Keep the route; the test mounts it."""
        self.sockets[path] = handler

    def staff_page(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """The same, on the internal listener."""
        del methods
        self.inside[path] = handler

    def alone(self, name: str = "") -> AbstractAsyncContextManager[Callable[[], None]]:
        """One at a time among those who share this door's `lease`."""
        del name
        return self._alone()

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[Callable[[], None]]:
        async with self.lease:
            yield self._answered

    def _answered(self) -> None:
        """Count it."""
        self.answers += 1

    def refused(self, reason: str) -> None:
        """Count it."""
        self.refusals[reason] += 1


def brand(name: str, *addresses: str, **facts: Any) -> BrandFacts:  # noqa: ANN401 -- any field of BrandFacts
    """A brand with what a test cares for; the rest is plain."""
    plain: dict[str, Any] = {
        "name": name.title(),
        "prefix": name[:3].upper(),
        "languages": ("en",),
        "staff_domains": frozenset({f"{name}.example"}),
        "ask": (),
        "topics": (),
        "channels": {"email": True},
    }
    return BrandFacts(id=name, addresses=addresses or (f"complaints@{name}.example",), **(plain | facts))


def world(*brands: BrandFacts) -> World:
    """The world as connectors see it, with the system's clock."""
    found = brands or (brand("welzo"), brand("kontakt"))
    return World(brands={one.id: one for one in found}, now=lambda: datetime.now(UTC), pages={})
