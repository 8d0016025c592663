"""Two installations that have each other's address never talk for long (AT-X04): one acknowledgement each way, and
where a relay between them strips what marks an automatic letter, the breaker ends it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import pytest

from connectors.email import parse
from connectors.mail.letter import write
from intake_daemon.contract import Raw
from intake_daemon.message import Message, ReplyTo
from intake_daemon.store import Store
from router.breaker import Breaker
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter, rules
from tests.record.doing import leave, notices, route

_MARKS = (b"auto-submitted", b"x-auto-response-suppress", b"in-reply-to", b"references", b"message-id")

BREAKER = 4
"""Automatic letters a day to one correspondent, as both houses are configured."""
LIMITS = Breaker(correspondent=((BREAKER, timedelta(days=1)),), case=((100, timedelta(days=1)),))
Relay = Callable[[bytes, str, int], tuple[bytes, str]]
"""A mail, its return path, its number -> what the relay makes of both."""


@dataclass
class House:
    """One installation, for one brand: reads a mail, routes it, and gives its acknowledgements as mails."""

    brand: str
    ledger: StoredLedger
    sent: list[bytes] = field(default_factory=list)

    async def receive(self, content: bytes, path: str) -> list[tuple[bytes, str]]:
        """What it sends because of this mail to whoever wrote it: mails with their return paths."""
        [draft] = parse(Raw(content, self.brand, "message/rfc822", envelope={"mail_from": path}))
        message: Message = letter(draft.text, brand=self.brand, message=draft.external_id).model_copy(
            update={
                "sender": draft.sender,
                "subject": draft.subject,
                "new_text": draft.new_text,
                "automatic": draft.automatic,
                "thread": draft.thread,
                "reply_to": ReplyTo(connector="smtp-in", address=draft.reply_address),
            }
        )
        await route(self.ledger, message)
        letters = [
            write(notice, now=NOON, bounces="bounces", hostname="mail.example")
            for notice in notices(await leave(self.ledger))
            if notice.purpose == "acknowledgement"
        ]
        self.sent += [each.content for each in letters]
        return [(each.content, each.sender) for each in letters]


@pytest.fixture
async def houses(tmp_path: Path) -> AsyncIterator[tuple[House, House]]:
    """Two installations with keys of their own."""
    async with AsyncExitStack() as open_stores:
        built = []
        for brand, key in (("welzo", b"a" * 32), ("ask4", b"b" * 32)):
            store = Store(f"sqlite:///{tmp_path / brand}.db")
            open_stores.push_async_callback(store.close)
            await store.migrate()
            desk = ComplaintsDesk(replace(rules(), key=key, breakers=dict.fromkeys(rules().breakers, LIMITS)))
            built.append(House(brand, StoredLedger(store, desk, key=key, installation=brand)))
        yield built[0], built[1]


def first_letter(house: House) -> bytes:
    """A mail to `house` that bears the other's address, as a stranger forges it or a desk mistypes it."""
    other = {"welzo": "complaints@ask4.example", "ask4": "complaints@welzo.example"}[house.brand]
    return f"From: {other}\r\nSubject: My order\r\nMessage-ID: <1@x.example>\r\n\r\nIt is broken.\r\n".encode()


async def talk(one: House, other: House, relay: Relay) -> int:
    """Let them answer each other until nobody does; how many letters there were."""
    waiting = [(one, first_letter(one), "complaints@ask4.example")]
    letters = 0
    while waiting and letters < 100:
        house, content, path = waiting.pop(0)
        for answer, sender in await house.receive(content, path):
            letters += 1
            there = other if house is one else one
            waiting.append((there, *relay(answer, sender, letters)))
    return letters


async def test_two_houses_acknowledge_once_each_way_at_most(houses: tuple[House, House]) -> None:
    """An acknowledgement says of itself that it is automatic, so nobody answers it."""
    one, other = houses
    await talk(one, other, lambda content, path, _: (content, path))
    assert len(one.sent) == 1
    assert len(other.sent) <= 1


async def test_what_a_relay_strips_the_breaker_replaces(houses: tuple[House, House]) -> None:
    """Without marks, with new Message-IDs and return paths, each letter looks like a new complaint: so many in a day,
    then a person decides."""
    one, other = houses

    def strip(content: bytes, path: str, count: int) -> tuple[bytes, str]:
        head, _, body = content.partition(b"\r\n\r\n")
        lines = [line for line in head.replace(b"\r\n ", b" ").split(b"\r\n") if not line.lower().startswith(_MARKS)]
        bare = b"\r\n".join([*lines, b"Message-ID: <%d@relay.example>" % count])
        return bare + b"\r\n\r\n" + body, f"complaints@{path.rpartition('@')[2]}"

    letters = await talk(one, other, strip)
    assert len(one.sent) == BREAKER or len(other.sent) == BREAKER
    assert max(len(one.sent), len(other.sent)) <= BREAKER
    assert letters <= 2 * BREAKER
