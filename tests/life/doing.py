"""What the tests of a life are made of: a delivery, its parser, a way out that does what it is told."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field, replace

from intake_daemon.contract import RECEIPTS, Draft, Letter, Raw
from intake_daemon.errors import IntakeError
from intake_daemon.message import Address, Notice, Person, Receipt
from tests.desk.letters import NOON
from tests.life.conftest import Machine

ANN = Person(name="Ann", addresses=(Address(kind="email", value="ann@customer.example"),))


def raw(content: bytes = b"Wrong invoice") -> Raw:
    """A delivery to Welzo."""
    return Raw(content, "welzo", "text/plain")


def parse(delivered: Raw) -> list[Draft]:
    """The simplest of parsers."""
    return [
        Draft(
            identity=f"test:{hashlib.sha256(delivered.content).hexdigest()}",
            external_id="1",
            channel="email",
            sender=ANN,
            text=delivered.content.decode(),
            reply_address=ANN.addresses[0],
        )
    ]


def by_somebody(raw: Raw) -> list[Draft]:
    """Their own address, since a person's complaints about one thing are one."""
    name = hashlib.sha256(raw.content).hexdigest()[:12]
    address = Address(kind="email", value=f"{name}@customer.example")
    (draft,) = parse(raw)
    return [replace(draft, sender=Person(name=name, addresses=(address,)), reply_address=address, external_id=name)]


async def taken(machine: Machine, queue: str) -> list[Letter]:
    """What lies in a queue."""
    deliveries = machine.broker.consume(queue)
    batch = await anext(deliveries)
    await machine.broker.settle(batch)
    await deliveries.aclose()
    return [delivery.letter for delivery in batch]


@dataclass
class Way:
    """A way out that does what it is told, in order, then sends."""

    machine: Machine
    does: list[IntakeError | asyncio.Event | None] = field(default_factory=list)
    """An error to raise, an event to wait for before sending, or nothing."""
    sent: list[str] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    doubted: list[bool] = field(default_factory=list)
    """Of each call whether it was to be looked for first."""

    async def reply(self, notice: Notice) -> Receipt:
        """Fail as told, or send."""
        self.begun.set()
        self.doubted.append(notice.in_doubt)
        told = self.does.pop(0) if self.does else None
        if isinstance(told, asyncio.Event):
            await told.wait()
        elif told is not None:
            raise told
        self.sent.append(notice.id)
        return Receipt(notice=notice.id, connector="mail", outcome="sent", at=self.machine.clock())


def a_notice(number: int = 1) -> Notice:
    """A notice, as the ledger releases it."""
    return Notice(
        id=f"00000000-0000-0000-0000-{number:012d}",
        case="c",
        reference="WLZ-1",
        brand="welzo",
        purpose="acknowledgement",
        connector="mail",
        to=ANN.addresses[0],
        sender_name="Welzo",
        sender_address="complaints@welzo.example",
        subject="s",
        text="t",
        language="en",
        token="t",
        created_at=NOON,
    )


async def hand_over(machine: Machine, *notices: Notice, connector: str = "mail") -> None:
    """Into the connector's queue."""
    await machine.broker.publish([Letter("intake.notices", connector, each.to_json(), each.id) for each in notices])


async def receipts(machine: Machine, count: int) -> list[Receipt]:
    """The next receipts."""
    found: list[Receipt] = []
    while len(found) < count:
        found += [Receipt.model_validate_json(each.body) for each in await taken(machine, RECEIPTS)]
    return found
