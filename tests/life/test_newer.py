"""Old and new side by side: what only a newer version knows waits, is lost to nobody, and delays nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon import life
from intake_daemon.broker import notices_queue
from intake_daemon.contract import COMMANDS, MESSAGES, NOTICES, PARKED, RECEIPTS, ROUTER_QUEUE, Input, Letter, Parked
from intake_daemon.errors import Newer, Temporary
from intake_daemon.life import parked as waiting
from intake_daemon.message import Command, Receipt, is_newer
from router.ledger import gauges, lives, outgoing, tables
from router.ledger.lookup.standing import standing
from router.ledger.rebuild import rebuild
from tests.desk.letters import letter
from tests.life.conftest import OUT, Machine, until
from tests.life.doing import Way, taken


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits ten seconds for the next look."""
    monkeypatch.setattr(waiting, "LOOK", 0.01)


async def rows(machine: Machine, table: sa.Table) -> list[dict[str, Any]]:
    """All of a table."""
    return await machine.store.read(
        lambda connection: [dict(row) for row in connection.execute(sa.select(table)).mappings()]
    )


def test_which_letters_are_newer() -> None:
    """A later form of what we write; not today's, not a stranger's, not what is no letter at all."""
    for kind in ("message", "receipt", "notice", "command"):
        assert is_newer(json.dumps({"schema": f"intake.{kind}/2"}).encode())
        assert not is_newer(json.dumps({"schema": f"intake.{kind}/1"}).encode())
    for body in (b"{}", b"\xff", b"[]", b'{"schema": "intake.message/x"}', b'{"schema": "theirs/2"}', b"[" * 100_000):
        assert not is_newer(body)


async def test_newer_letters_of_every_queue_wait(machine: Machine) -> None:
    """A message, a receipt and a command of a newer form wait under `newer`, are counted apart from what needs a
    person, and what came behind them is decided. A stranger's word for who acts counts for nothing."""
    for kind, exchange, key in (
        ("message", MESSAGES, "welzo.email"),
        ("receipt", RECEIPTS, "mail"),
        ("command", COMMANDS, "welzo.note"),
    ):
        body = json.dumps({"schema": f"intake.{kind}/2"}).encode()
        await machine.broker.publish([Letter(exchange, key, body, kind, headers={life.VOUCHED: "ops"})])
    known = letter()
    await machine.broker.publish([Letter(MESSAGES, "welzo.email", known.to_json(), known.id)])
    for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS):
        machine.keep(life.route(machine.router, queue))
    machine.keep(life.take_up(machine.router))

    async def settled() -> bool:
        there = {row["id"]: row["reason"] for row in await rows(machine, tables.parked)}
        cases = (await machine.store.read(lives.balance))["cases"]
        return cases == 1 and there == dict.fromkeys(("message", "receipt", "command"), "newer")

    await until(settled)
    told = await machine.store.read(lambda connection: standing(connection, machine.clock()))
    assert told["parked"] == {"count": 0, "reasons": {}, "since": None}
    assert {each["what"]: each["count"] for each in told["waiting"]}["for a newer version"] == 3
    steps = await machine.store.read(gauges.waiting)
    assert (steps["parked"].many, steps["newer"].many) == (0, 3)
    kept = {row["id"]: json.loads(row["letter"])["headers"] for row in await rows(machine, tables.parked)}
    assert {headers[life.VOUCHED] for headers in kept.values()} == {""}


async def test_a_command_that_waited_is_done_by_whom_the_broker_vouched_for(machine: Machine) -> None:
    """Decided later by a process that knows it, a command is still its principal's, and the asker hears of it."""
    (outcome,) = await machine.ledger.decide([Input(letter(), machine.clock())], machine.clock())
    assert outcome.reference is not None
    asked = Command(id="c1", reference=outcome.reference, command="note", actor="nobody", data={"text": "Called."})
    kept = Letter(COMMANDS, "welzo.note", asked.model_dump_json().encode(), "c1", headers={life.VOUCHED: "ops"})
    await machine.ledger.park([Parked("c1", COMMANDS, "newer", kept, 1, machine.clock())])
    machine.keep(life.take_up(machine.router))

    async def done() -> bool:
        return await rows(machine, tables.parked) == []

    await until(done)
    (event,) = [row for row in await rows(machine, tables.events) if row["type"] == "note.added"]
    assert json.loads(event["body"])["actor"] == "ops"


async def test_what_is_still_too_new_hides_nothing_behind_it(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some are looked at at a time, since each may be large; those behind them have their turn, too."""
    monkeypatch.setattr(outgoing, "PAGE", 2)
    body = b'{"schema": "intake.message/9"}'
    for number in range(5):
        kept = Letter(MESSAGES, "welzo.email", body, f"too-new-{number}")
        await machine.ledger.park([Parked(f"too-new-{number}", ROUTER_QUEUE, "newer", kept, 1, machine.clock())])
    machine.clock.move(seconds=1)
    good = letter("Good.")
    kept = Letter(MESSAGES, "welzo.email", good.to_json(), good.id)
    await machine.ledger.park([Parked(good.id, ROUTER_QUEUE, "newer", kept, 1, machine.clock())])
    machine.keep(life.take_up(machine.router))

    async def settled() -> bool:
        return len(await rows(machine, tables.parked)) == 5

    await until(settled)
    assert (await machine.store.read(lives.balance))["cases"] == 1


async def test_poison_among_what_waited_goes_to_a_person(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """What can be read by now and still fails is parked as every other poison; the next one is decided."""
    bad, good = letter("Bad."), letter("Good.", message="good@customer.example")
    for each in (bad, good):
        kept = Letter(MESSAGES, "welzo.email", each.to_json(), each.id)
        await machine.ledger.park([Parked(each.id, ROUTER_QUEUE, "newer", kept, 1, machine.clock())])
    decide = machine.ledger.decide

    async def failing(inputs: list[Input], now: Any) -> Any:  # noqa: ANN401 -- as the real one
        if inputs[0].value == bad:
            raise ZeroDivisionError
        return await decide(inputs, now)

    monkeypatch.setattr(machine.ledger, "decide", failing)
    machine.keep(life.take_up(machine.router))

    async def settled() -> bool:
        left = {row["id"]: row["reason"] for row in await rows(machine, tables.parked)}
        return left == {bad.id: "failed_repeatedly"}

    await until(settled)
    assert (await machine.store.read(lives.balance))["cases"] == 1


async def test_poison_among_what_waited_outlives_the_database(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A database that goes away just as such a letter is parked for a person takes no complaint along."""
    bad = letter("Bad.")
    kept = Letter(MESSAGES, "welzo.email", bad.to_json(), bad.id)
    await machine.ledger.park([Parked(bad.id, ROUTER_QUEUE, "newer", kept, 1, machine.clock())])
    park, away = machine.ledger.park, [True]

    async def failing(*_: object) -> None:
        raise ZeroDivisionError

    async def parking(rows: list[Parked]) -> None:
        if away and away.pop():
            raise Temporary("database_away")
        await park(rows)

    monkeypatch.setattr(machine.ledger, "decide", failing)
    monkeypatch.setattr(machine.ledger, "park", parking)
    machine.keep(life.take_up(machine.router))

    async def settled() -> bool:
        return [row["reason"] for row in await rows(machine, tables.parked)] == ["failed_repeatedly"]

    await until(settled)


async def test_nobody_gets_into_what_waits_for_a_newer_version_by_a_header(machine: Machine) -> None:
    """A command that its sender let run out (the broker brings it to the parked ones, headers and all) is not done in
    the name that its own header says."""
    (outcome,) = await machine.ledger.decide([Input(letter(), machine.clock())], machine.clock())
    asked = Command(id="c1", reference=str(outcome.reference), command="note", actor="", data={"text": "x"})
    told = {"intake-reason": "newer", life.VOUCHED: "ops"}
    await machine.broker.publish([Letter(PARKED, COMMANDS, asked.model_dump_json().encode(), "c1", headers=told)])
    machine.keep(life.keep_parked(machine.router))

    async def kept() -> bool:
        return [row["reason"] for row in await rows(machine, tables.parked)] == ["returned_too_often"]

    await until(kept)


async def test_a_newer_notice_is_put_off(machine: Machine) -> None:
    """A connector is not handed a notice of a newer form; it is offered again a minute later."""
    way = Way(machine)
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    body = json.dumps({"schema": "intake.notice/2", "id": "n1"}).encode()
    await machine.broker.publish([Letter(NOTICES, "mail", body, "n1")])
    (told,) = await taken(machine, RECEIPTS)
    receipt = Receipt.model_validate_json(told.body)
    assert (receipt.notice, receipt.outcome, receipt.code) == ("n1", "deferred", "newer")
    assert receipt.until is not None
    assert (receipt.until - receipt.at).total_seconds() == 60
    assert (way.sent, (await machine.broker.depth(notices_queue("mail"))).ready) == ([], 0)


async def test_a_case_of_a_newer_version_is_left_to_it(machine: Machine) -> None:
    """What a newer process has written about a case is not written over: inputs to it wait, its letters and clocks are
    left alone, the projections too; other cases go on."""
    first, other = letter(), letter("Another.", sender="bob@other.example", message="bob@other.example")
    outcomes = await machine.ledger.decide([Input(each, machine.clock()) for each in (first, other)], machine.clock())
    newer, case = outcomes[0], tables.cases
    body = json.dumps({"form": 99, "id": newer.case, "state": "mediating"})
    await machine.store.write(
        lambda connection: connection.execute(sa.update(case).where(case.c.id == newer.case).values(body=body)).close()
    )
    more = letter("More.", message="more@customer.example", answers=("first@customer.example",))
    with pytest.raises(Newer):
        await machine.ledger.decide([Input(more, machine.clock())], machine.clock())
    fresh = letter("A third.", sender="c@c.example", message="c@c.example")
    for each in (more, fresh):
        await machine.broker.publish([Letter(MESSAGES, "welzo.email", each.to_json(), each.id)])
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def settled() -> bool:
        return (await machine.store.read(lives.balance))["cases"] == 3

    await until(settled)
    (parked,) = await rows(machine, tables.parked)
    assert (parked["id"], parked["reason"]) == (more.id, "newer")
    machine.clock.move(days=400)
    await machine.ledger.tick(machine.clock(), machine.clock(), 100)
    while await machine.ledger.due(machine.clock(), 100):
        pass
    done = await machine.store.write(lambda connection: rebuild(connection, "", sqlite=True, clocks=lambda _case: ()))
    assert (done.mended, done.broken) == (0, [])
    kept = {row["id"]: row["body"] for row in await rows(machine, case)}
    assert kept[str(newer.case)] == body
    breached = {row["case_id"] for row in await rows(machine, tables.events) if row["type"] == "clock.breached"}
    assert newer.case not in breached
    assert breached, "the clocks of the others ran out"
