"""Several processes side by side on RabbitMQ and PostgreSQL: three routers, and two that send."""

from __future__ import annotations

import asyncio
import random
import re
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial

import pytest
import sqlalchemy as sa

from intake_daemon.broker.rabbitmq import RabbitMQ
from intake_daemon.contract import MESSAGES, Letter, Subscriber
from intake_daemon.message import Address, Message, Person, ReplyTo, Thread, message_id
from intake_daemon.reference import reference
from tests.services.place import until
from tests.walk.account import acknowledged, folds, in_order, nothing_waits, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import CRM, KEY, Daemon
from tests.walk.doors import Told, by_smtp, send_all

PREFIX = {"logoscon": "LOG", "welzo": "WLZ", "ask4": "ASK", "kontakt": "KON"}
NOW = datetime.now(UTC)


def conversation(complaint: Complaint) -> list[Message]:
    """A complaint, its author's reply to it, and the reply to that; each names those before it."""
    names = [f"{part}.{complaint.message_id}" for part in range(3)]
    return [_message(complaint, names, part) for part in range(3)]


def _message(complaint: Complaint, names: list[str], part: int) -> Message:
    identity = message_id(f"mail:{complaint.brand}:walk:{names[part]}")
    address = Address(kind="email", value=complaint.address)
    text = f"{complaint.text}\n{part}"
    return Message(
        id=identity,
        reference=reference(PREFIX[complaint.brand], KEY.encode(), identity),
        brand=complaint.brand,
        connector="smtp-in",
        kind="smtp",
        channel="email",
        external_id=names[part],
        received_at=NOW,
        contact_at=NOW,
        sender=Person(name=complaint.name, addresses=(address,)),
        subject=complaint.subject,
        text=text,
        new_text=((0, len(text)),),
        thread=Thread(message_id=names[part], in_reply_to=tuple(names[:part][-1:]), references=tuple(names[:part])),
        reply_to=ReplyTo(connector="smtp-in", address=address),
        raw="0" * 64,
    )


async def publish(url: str, messages: list[Message]) -> None:
    """All of them into the queue, as an intake half would."""
    broker = RabbitMQ(url, lambda: datetime.now(UTC), [Subscriber(CRM, ("#",))], ["mail"])
    await broker.start()
    try:
        for begin in range(0, len(messages), 500):
            await broker.publish(
                [
                    Letter(MESSAGES, f"{each.brand}.{each.channel}", each.to_json(), each.id)
                    for each in messages[begin : begin + 500]
                ]
            )
    finally:
        await broker.close()


def three_routers(ground: Ground, count: int, chance: random.Random) -> None:
    """So many conversations, all parts at once in random order, before three routers."""
    place = ground.place
    sent = complaints(count, 29)
    parts = {complaint.number: conversation(complaint) for complaint in sent}
    messages = [message for conversation in parts.values() for message in conversation]
    chance.shuffle(messages)
    sender = place.add("intake")
    sender.start()  # declares the queues; its own doors stay idle, and it delivers what is decided
    asyncio.run(publish(place.broker, messages))
    routers = [place.add("router") for _ in range(3)]
    for router in routers:
        router.launch()
    for router in routers:
        router.until_ready()
    until_settled(place, 3 * count, 1800)
    working = [router for router in routers if router.journal("routed")]
    for daemon in (*routers, sender):
        daemon.stop()
    assert len(working) > 1, "one router did all of it: nothing was proved"
    ledger = read_ledger(place)
    assert ledger.balance | {"open": 0} == {
        "in": 3 * count,
        "cases": count,
        "joined": 2 * count,
        "machine": 0,
        "aside": 0,
        "parked": 0,
        "unaccounted": 0,
        "open": 0,
    }
    nothing_waits(ledger)
    folds(ledger)
    in_order(ledger, ground.events())
    case_of = {row["id"]: row["case_id"] for row in ledger.contacts}
    shown = {row["id"]: row["reference"] for row in ledger.cases}
    own = {number: {case_of[message.id] for message in conversation} for number, conversation in parts.items()}
    assert all(len(cases) == 1 for cases in own.values()), "a conversation lies in two cases"
    cases = {number: shown[case] for number, (case,) in own.items()}
    copies, without = acknowledged(sent, cases, ledger, ground.letters())
    assert (copies, without) == (0, {})


def test_three_routers(shared: Ground, chance: random.Random) -> None:
    """30 conversations of three messages, in random order: 30 cases, 30 acknowledgements."""
    three_routers(shared, 30, chance)


@pytest.mark.proof
@pytest.mark.timeout(3600)
def test_three_routers_and_three_thousand_conversations(shared: Ground, chance: random.Random) -> None:
    """The same with 3,000."""
    three_routers(shared, 3000, chance)


SENDER = re.compile(r"P(\d+)Q\d+N([0-9a-f-]{36})")


def handed_over(ground: Ground) -> dict[str, list[int]]:
    """Which process put each notice into the outbox, by its file's name; a copy counts again."""
    found: dict[str, list[int]] = defaultdict(list)
    for path in (ground.place.outbox / "new").glob("*"):
        if name := SENDER.search(path.name):
            found[name[2]].append(int(name[1]))
    return found


def last_sender(ground: Ground) -> int:
    """Who put the newest letter into the outbox."""
    names = [name for path in (ground.place.outbox / "new").glob("*") if (name := SENDER.search(path.name))]
    return int(max(names, key=lambda name: name.string)[1])


def done_notices(ground: Ground) -> set[str]:
    """Notices of which the shared memory knows what became of them."""
    with ground.place.reading().connect() as connection:
        return set(connection.execute(sa.text("SELECT notice FROM sends WHERE receipt IS NOT NULL")).scalars())


def one_dies(ground: Ground, count: int, chance: random.Random, *, hasten: bool) -> None:
    """Two send side by side. Whoever has just handed a notice over is killed, before its receipt can be settled."""
    place, told = ground.place, Told()
    router, first, second = place.add("router"), place.add("intake"), place.add("intake")
    for daemon in (router, first, second):
        daemon.start()
    pids = {daemon.pid(): daemon for daemon in (first, second)}
    sent = complaints(count, 31)
    with ThreadPoolExecutor(2) as sources:
        # half of it by each door; who is told nothing by the dying one goes to the other
        attempts = [partial(_either, first, second, told), partial(_either, second, first, told)]
        running = [sources.submit(send_all, each, sent[n::2], at_once=2) for n, each in enumerate(attempts)]
        share = chance.randrange(2, count)
        until(lambda: len(handed_over(ground)) >= share, f"{share} notices are handed over", 120, first.log)
        victim = pids[last_sender(ground)]
        killed = time.time()
        victim.kill()
        known = done_notices(ground)
        for source in running:
            source.result()
    until_settled(place, count, hasten=killed if hasten else None)
    copies = {notice: times for notice, times in handed_over(ground).items() if len(times) > 1}
    assert not copies.keys() & known, "a notice whose receipt was known was sent again"
    assert all(len(times) == 2 for times in copies.values()), "more than the one copy"
    assert len(copies) <= 20, "more than what one process sends at a time"
    print(f"{len(copies)} copies, {len(known)} receipts known of {share} at the kill")  # noqa: T201 -- shown when it fails
    for daemon in (router, first, second):
        if daemon is not victim:
            daemon.stop()
    counts = ground.reckon(sent, told)
    assert (counts.cases, counts.unacknowledged) == (count, {})


def _either(first: Daemon, second: Daemon, told: Told, complaint: Complaint) -> bool:
    return by_smtp(first.smtp, complaint, told) or by_smtp(second.smtp, complaint, told)


def test_a_sender_dies(shared: Ground, chance: random.Random) -> None:
    """24 complaints, one kill: the other process goes on, and sends again only what nobody knows was sent."""
    one_dies(shared, 24, chance, hasten=True)


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("time_", range(10))
def test_a_sender_dies_ten_times(shared: Ground, chance: random.Random, time_: int) -> None:
    """The same with 60 complaints and the real 90 seconds, ten times."""
    one_dies(shared, 60, chance, hasten=False)
