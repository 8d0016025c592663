"""Many messages at once, put where they wait without any door: what a long outage, or a great rush, leaves behind.

Each is somebody else's complaint, as an intake half would have published it.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime

from intake_daemon.broker.embedded import Embedded
from intake_daemon.broker.rabbitmq import RabbitMQ
from intake_daemon.contract import MESSAGES, Broker, Letter, Subscriber
from intake_daemon.message import Address, Message, Person, ReplyTo, Thread
from intake_daemon.reference import reference
from tests.walk.complaints import complaints
from tests.walk.daemon import CRM, KEY, Installation

_AT_ONCE = 500
_KINDS = 40
"""Different texts; beyond that only ids, names and addresses differ."""
_ID = "00000000-0000-5000-8000-000000000000"


def letters(many: int, *, first: int = 0) -> Iterator[Letter]:
    """So many, numbered from `first`; written by hand, since there are very many."""
    now = datetime.now(UTC)
    patterns = [_pattern(number, now) for number in range(_KINDS)]
    for number in range(first, first + many):
        brand, prefix, body = patterns[number % _KINDS]
        name = str(uuid.UUID(int=(5 << 76) | (2 << 62) | number))
        told = reference(prefix, KEY.encode(), name)
        filled = body.replace("@@id@@", name).replace("@@reference@@", told).replace("@@number@@", f"{number:07}")
        yield Letter(MESSAGES, f"{brand}.email", filled.encode(), name)


def _pattern(number: int, now: datetime) -> tuple[str, str, str]:
    (said,) = complaints(1, number, first=number)
    prefix = {"logoscon": "LOG", "welzo": "WLZ", "ask4": "ASK", "kontakt": "KON"}[said.brand]
    address = Address(kind="email", value="q@@number@@@customers.example")
    message = Message(
        id=_ID,
        reference=reference(prefix, KEY.encode(), _ID),
        brand=said.brand,
        connector="smtp-in",
        kind="smtp",
        channel="email",
        external_id="@@number@@",
        received_at=now,
        contact_at=now,
        sender=Person(name="Q @@number@@", addresses=(address,)),
        subject=said.subject,
        text=said.text,
        new_text=((0, len(said.text)),),
        thread=Thread(message_id="@@number@@@mua.customers.example"),
        reply_to=ReplyTo(connector="smtp-in", address=address),
        raw="0" * 64,
    )
    body = message.to_json().decode()
    return said.brand, prefix, body.replace(_ID, "@@id@@").replace(message.reference, "@@reference@@")


def flood(place: Installation, many: int, *, first: int = 0) -> None:
    """So many wait at the installation's broker. With the embedded one nobody else may be at it."""
    asyncio.run(_publish(place, many, first))


async def _publish(place: Installation, many: int, first: int) -> None:
    broker = _broker(place)
    await broker.start()
    try:
        held: list[Letter] = []
        for letter in letters(many, first=first):
            held.append(letter)
            if len(held) == _AT_ONCE:
                await broker.publish(held)
                held = []
        await broker.publish(held)
    finally:
        await broker.close()


def _broker(place: Installation) -> Broker:
    subscribers = [Subscriber(CRM, ("#",))]
    if place.broker == "embedded":
        return Embedded(place.var / "broker.db", _now, subscribers, ["mail"])
    return RabbitMQ(place.broker, _now, subscribers, ["mail"])


def _now() -> datetime:
    return datetime.now(UTC)
