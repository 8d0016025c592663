"""The database is lost, RabbitMQ is not: a copy comes back beside queues that hold letters of the time after it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import sqlalchemy as sa

from intake_daemon.broker import notices_queue
from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.command.house import House
from intake_daemon.command.moving import backup, restore
from intake_daemon.contract import MESSAGES, RECEIPTS, ROUTER_QUEUE, Input, Letter
from intake_daemon.message import Message, Notice, Receipt
from router.ledger import tables
from tests.moving.houses import messages
from tests.services.place import until
from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit
from tests.walk.account import (
    Letter as Mail,
)
from tests.walk.account import (
    events_of_queue,
    folds,
    letters_in,
    maildir,
    read_ledger,
    until_settled,
)
from tests.walk.complaints import complaints
from tests.walk.daemon import CRM, Installation

MAIL = notices_queue("mail")


def none(_more: int) -> None:
    """Nobody looks."""


def came(message: Message) -> Letter:
    """As a door holds it."""
    return Letter(MESSAGES, f"{message.brand}.{message.channel}", message.to_json(), message.id)


async def decided(house: House, some: Sequence[Message], *, delivered: bool = False) -> None:
    """They become cases, whose events and notices leave; `delivered`: the notices went to their people, and only what
    the mail server said of them waits."""
    await house.ledger.decide([Input(each, each.received_at) for each in some], house.now())
    while rows := await house.ledger.outbox(1000):
        left = [row.letter for row in rows]
        if delivered:
            sent = [_receipt(each) for each in left if each.key == "mail"]
            left = [*(each for each in left if each.key != "mail"), *sent]
        await house.broker.publish(left)
        await house.ledger.published(rows)


def _receipt(letter: Letter) -> Letter:
    notice = Notice.model_validate_json(letter.body)
    receipt = Receipt(notice=notice.id, connector="mail", outcome="sent", at=datetime.now(UTC))
    return Letter("intake.receipts", "mail", receipt.to_json(), f"receipt of {notice.id}")


async def lived(folder: Path, copy: Path, told: Sequence[Message]) -> dict[str, int]:
    """Two complaints, then the copy; then one whose letters wait, one whose letters are with their people and whose
    receipts wait, one that is held and not decided, and the first one once more. How much waits in each queue."""
    configured = configuration.read(folder)
    house = await build(configured)
    await house.broker.start()
    try:
        await decided(house, told[:2])
        await backup.take(configured, copy, None, {}, none)
        await decided(house, told[2:3])
        await decided(house, told[3:4], delivered=True)
        await house.broker.publish([came(told[4]), came(told[0])])
        return {name: (await house.broker.depth(name)).ready for name in (ROUTER_QUEUE, MAIL, RECEIPTS, CRM)}
    finally:
        await house.close()


async def brought_again(folder: Path, some: Sequence[Message]) -> None:
    """Their source is read once more."""
    house = await build(configuration.read(folder))
    await house.broker.start()
    try:
        await house.broker.publish([came(each) for each in some])
    finally:
        await house.close()


def acknowledgements(place: Installation, told: Sequence[Message]) -> dict[str, Counter[str]]:
    """By reference the letters to the customer, by Message-ID."""
    letters: list[Mail] = letters_in(maildir(place.outbox))
    mine = {each.reference: Counter[str]() for each in told}
    for each in letters:
        if each.to_customer:
            mine[each.reference][each.message_id] += 1
    return mine


def parked(place: Installation) -> list[str]:
    """Why letters lie parked."""
    with place.reading().connect() as connection:
        return list(connection.execute(sa.select(tables.parked.c.reason)).scalars())


def test_what_waits_at_rabbitmq_came_after_the_copy(
    tmp_path: Path, virtual_host: str, rabbitmq: Rabbit, database: str, postgres: Postgres
) -> None:
    """Its queues are left as they are. What was held and not decided is decided; what is known is a repeat; letters to
    people go out, also those of cases that the copy does not have, whose receipts wait, parked, for their case. The
    source is read again, the receipts are retried: every customer has one acknowledgement, nothing is left over, and
    who replays the feed has what the ledger says."""
    name = postgres.add_database()
    old = Installation(tmp_path / "old", virtual_host, database, "database")
    new = Installation(tmp_path / "new", virtual_host, postgres.url(name), "database")
    for place in (old, new):
        place.home.mkdir()
        place.add()
    told = messages(complaints(5, 83))
    copy, daemon = tmp_path / "copy", new.daemons[0]
    waiting = asyncio.run(lived(old.daemons[0].folder, copy, told))
    assert waiting[ROUTER_QUEUE] == 2
    assert min(waiting.values()) > 0

    there = configuration.read(daemon.folder)
    restored = asyncio.run(restore.bring(there, copy, restore.check(copy), [], none))
    assert restored.balance["cases"] == 2
    assert restored.in_doubt > 0
    host = virtual_host.rpartition("/")[2]
    until(lambda: {q: rabbitmq.queues(host)[q] for q in waiting} == waiting, "the queues are as they were", 30)

    daemon.start()
    until_settled(new, 3)
    until(lambda: len(parked(new)) >= waiting[RECEIPTS] + 1, "receipts of unknown letters are parked", 60, daemon.log)
    assert set(parked(new)) == {"unknown_notice"}
    asyncio.run(brought_again(daemon.folder, told[2:4]))
    until_settled(new, 5)
    daemon.ask("parked", "retry", "--reason", "unknown_notice")
    until(lambda: not parked(new), "they have found their cases", 60, daemon.log)
    until_settled(new, 5)
    assert [sorted(each.values()) for each in acknowledgements(new, told).values()] == [[1]] * 5
    assert "5 were the same, 0 mended" in daemon.ask("ledger", "rebuild")
    events_of_queue(rabbitmq, virtual_host)  # of the time before, and those whose numbers were given again
    daemon.ask("events", "replay", "--to", CRM)
    daemon.stop()
    ledger = read_ledger(new)
    folds(ledger)
    assert [ledger.balance[each] for each in ("in", "cases", "parked", "unaccounted")] == [5, 5, 0, 0]
    replayed = [
        (each["subject"], int(each["sequence"]), each["type"]) for each in events_of_queue(rabbitmq, virtual_host)
    ]
    assert sorted(replayed) == sorted((each.reference, each.sequence, f"{each.type}.v1") for each in ledger.events)
    postgres.drop_database(name)
