"""What leaves the ledger: one letter that cannot leave holds up no other."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from intake_daemon import journal, life
from intake_daemon.broker import LARGEST, notices_queue
from intake_daemon.contract import NOTICES, ROUTER_QUEUE, Letter, Parked
from intake_daemon.message import Command, Notice
from router.ledger import lives, tables
from tests.life.conftest import MAIL, Machine, until
from tests.life.doing import parse, raw, taken


def waiting(connector: str, count: int, body: str = "{}") -> list[dict[str, Any]]:
    """Rows of the outbox."""
    return [
        {
            "case_id": f"c{n}",
            "sequence": None,
            "message_id": f"{connector}-{n}",
            "exchange": NOTICES,
            "key": connector,
            "content_type": "application/json",
            "mandatory": True,
            "body": body,
        }
        for n in range(count)
    ]


async def put(machine: Machine, rows: list[dict[str, Any]]) -> None:
    """Into the outbox."""
    await machine.store.write(lambda connection: connection.execute(sa.insert(tables.outbox), rows).close())


async def test_a_connector_that_was_taken_out_holds_up_nobody(machine: Machine) -> None:
    """More letters than fit into one look at the outbox wait for a connector that is no longer configured: every other
    letter and event leaves all the same (AT-X13: they are kept)."""
    await put(machine, waiting("gone", 1500))
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    machine.keep(life.release(machine.router))
    published = await taken(machine, notices_queue("mail"))
    while len(published) < 2:
        published += await taken(machine, notices_queue("mail"))
    assert held.reference in published[0].body.decode()

    async def only_theirs() -> bool:
        rows = await machine.store.read(lambda connection: connection.execute(sa.select(tables.outbox.c.key)).all())
        return {row.key for row in rows} == {"gone"} and len(rows) == 1500

    await until(only_theirs)


async def test_what_no_broker_carries_is_parked(machine: Machine) -> None:
    """A letter that is larger than any broker takes goes to a person; the others leave."""
    await put(machine, [*waiting("mail", 1, "x" * (LARGEST + 1)), {**waiting("mail", 1)[0], "message_id": "small"}])
    machine.keep(life.release(machine.router))
    assert [each.message_id for each in await taken(machine, notices_queue("mail"))] == ["small"]
    row = await until(
        lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).one_or_none())
    )
    assert (row.id, row.reason) == ("mail-0", "too_large")

    async def empty() -> bool:
        return await machine.ledger.outbox(10) == []

    await until(empty)


async def test_an_answer_never_goes_into_a_queue_of_ours(machine: Machine) -> None:
    """A command whose sender names one of our own queues for the answer is carried out; nothing is put there."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    await until(lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.cases)).first()))
    asked = Command(id="1", reference=held.reference, command="note", actor="ops", data={"text": "x"})
    body = asked.model_dump_json().encode()
    queue = notices_queue("mail")
    machine.keep(life.route(machine.router, "intake.commands"))
    await machine.broker.publish([Letter("intake.commands", "welzo.note", body, "1", reply_to=queue)])
    await until(lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.commands)).first()))
    assert (await machine.broker.depth(queue)).ready == 0


async def test_what_was_too_new_is_decided_by_who_can_read_it(machine: Machine) -> None:
    """A message that was parked as `newer` is decided as soon as a process is there that can read it (design 6)."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    (letter,) = await taken(machine, ROUTER_QUEUE)
    now = machine.clock()
    newer = Letter("intake.messages", "welzo.email", b'{"schema": "intake.message/9"}', "other")
    await machine.ledger.park(
        [
            Parked(letter.message_id, ROUTER_QUEUE, "newer", letter, 1, now),
            Parked("other", ROUTER_QUEUE, "newer", newer, 1, now),
        ]
    )
    machine.keep(life.take_up(machine.router))

    async def taken_up() -> bool:
        ids = sa.select(tables.parked.c.id)
        left = await machine.store.read(lambda connection: list(connection.execute(ids).scalars()))
        return left == ["other"]

    await until(taken_up)
    assert (await machine.store.read(lives.balance))["cases"] == 1, held.id


async def test_a_notice_says_what_the_ledger_keeps(machine: Machine) -> None:
    """What travels to the connector is what `content` keeps, byte by byte."""
    await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    machine.keep(life.release(machine.router))
    (first, *_) = await taken(machine, notices_queue("mail"))
    notice = Notice.model_validate_json(first.body)
    query = sa.select(tables.content.c.body).where(tables.content.c.id == notice.id)
    assert await machine.store.read(lambda connection: connection.execute(query).scalar_one()) == first.body.decode()


async def test_how_long_a_message_waited_is_told(machine: Machine) -> None:
    """A message that lay in the queue for ten minutes shows as that in the metrics."""
    await life.accept(machine.intake, MAIL, raw(), parse)
    machine.clock.move(minutes=10)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    await until(lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.cases)).first()))
    assert journal.REGISTRY.get_sample_value("intake_queue_waited_seconds", {"queue": ROUTER_QUEUE}) == 600
