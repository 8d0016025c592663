"""More comes than goes: what is bounded by what, who is told, and that nobody else has to wait for it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake_daemon import disk, journal, life
from intake_daemon.broker import embedded, notices_queue
from intake_daemon.command.piles import Piles
from intake_daemon.contract import ROUTER_QUEUE, Can, Depth
from intake_daemon.errors import Temporary
from intake_daemon.life.release import Emptied
from router.ledger import lives, tables
from tests.life.conftest import FORM, MAIL, OUT, Machine, until
from tests.life.doing import Way, a_notice, by_somebody, hand_over, parse, raw, receipts, taken

SMS = life.Source("sms", "twilio_text", frozenset({Can.SEND}))


async def test_intake_that_outruns_routing_stops_before_the_disk_is_full(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With little room left nothing new is taken: mail servers are asked to come again, a form answers 503. What was
    taken is decided all the same, and then the doors are open again. It is said once."""
    for number in range(5):
        await life.accept(machine.intake, MAIL, raw(b"Wrong invoice %d" % number), parse)
    with monkeypatch.context() as low:
        low.setattr(disk, "RESERVE", 1 << 62)
        low.setattr(disk, "_SHARE", 1)  # all of the disk would have to be free
        assert machine.broker.well() == "disk_low"
        for source, code in ((MAIL, "disk_low"), (FORM, "disk_low"), (MAIL, "disk_low")):
            with pytest.raises(Temporary) as refused:
                await life.accept(machine.intake, source, raw(b"One more"), parse)
            assert refused.value.code == code
        machine.keep(life.route(machine.router, ROUTER_QUEUE))
        await until(lambda: decided(machine, 5))
    assert machine.broker.well() is None
    await life.accept(machine.intake, MAIL, raw(b"One more"), parse)
    await until(lambda: decided(machine, 6))
    said = [line.split("]")[1].split()[0] for line in capsys.readouterr().out.splitlines() if "part=disk" in line]
    assert said == ["down", "up"]


async def test_what_waits_has_its_room_kept(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three messages wait, and to decide each a third of the disk will be needed: a fourth is not taken, nor any of its
    files. Once they are decided there is room."""
    free = os.statvfs(machine.vault._folder.parent)
    monkeypatch.setattr(embedded, "CASE", free.f_bavail * free.f_frsize // 3)
    for number in range(3):
        await life.accept(machine.intake, MAIL, raw(b"Wrong invoice %d" % number), by_somebody)
    with pytest.raises(Temporary, match="disk_low"):
        await life.accept(machine.intake, MAIL, raw(b"One more" * 100_000), by_somebody)
    with pytest.raises(Temporary, match="disk_low"):
        await life.park_raw(machine.intake, MAIL, raw(b"Who can read this?"), "unreadable")
    assert not list(machine.vault._folder.glob("*/*/*"))
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    await until(lambda: well(machine))
    await life.accept(machine.intake, MAIL, raw(b"One more"), by_somebody)


async def test_its_room_is_known_after_a_start(machine: Machine, tmp_path: Path) -> None:
    """How much waits, and how large it is, is known to the next process; settled, it is nothing."""
    for number in range(3):
        await life.accept(machine.intake, MAIL, raw(b"Wrong invoice %d" % number * 1000), by_somebody)
    owed = machine.broker._owed
    assert owed > 3 * embedded.CASE + 3 * 13_000 * embedded.TIMES
    await machine.broker.close()
    again = embedded.Embedded(tmp_path / "broker.db", machine.clock, (), ["mail", "sms"])
    await again.start()
    assert abs(again._owed - owed) < 10
    deliveries = again.consume(ROUTER_QUEUE)
    await again.settle(await anext(deliveries))
    await deliveries.aclose()
    assert again._owed == 0
    await again.close()


async def well(machine: Machine) -> bool:
    """Whether the broker takes what comes."""
    return machine.broker.well() is None


async def decided(machine: Machine, contacts: int) -> bool:
    """Whether so many are."""
    return (await machine.store.read(lives.balance))["in"] == contacts


@pytest.mark.parametrize("how", ["refuses", "hangs"])
async def test_a_way_that_cannot_send_holds_up_no_other(
    machine: Machine, how: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Sixty letters for a provider that is away, or never answers: those of another leave at once. Of the hanging ones
    no more than twenty are begun; the refused ones wait in the ledger, each later than before, not in the queue. That
    nothing leaves by it is said once, and once that it is over."""
    letters = [a_notice(number) for number in range(1, 61)]
    others = [a_notice(number).model_copy(update={"connector": "sms"}) for number in range(101, 104)]
    never = asyncio.Event()
    dead = Way(machine, [Temporary("away") if how == "refuses" else never for _ in letters])
    well = Way(machine)
    await hand_over(machine, *letters)
    machine.keep(life.answer(machine.intake, OUT, dead))  # type: ignore[arg-type]
    await dead.begun.wait()
    await hand_over(machine, *others, connector="sms")
    machine.keep(life.answer(machine.intake, SMS, well))  # type: ignore[arg-type]
    told = await receipts(machine, 3 if how == "hangs" else 63)
    assert sorted(well.sent) == [each.id for each in others]
    depth = await machine.broker.depth(notices_queue("mail"))
    if how == "hangs":
        assert (depth.unsettled, len(dead.does)) == (20, 40)
        never.set()
        return
    assert (depth.ready, depth.unsettled, dead.sent) == (0, 0, [])
    later = [each for each in told if each.outcome == "deferred"]
    assert len(later) == 60
    assert all(each.until is not None and each.until > each.at for each in later)
    assert journal.outages()["sending mail"] == "away"
    await hand_over(machine, a_notice(200))
    await receipts(machine, 1)
    said = [line.split("]")[1].split()[0] for line in capsys.readouterr().out.splitlines() if "sending mail" in line]
    assert said == ["down", "up"]


async def test_what_waits_for_its_connector_is_not_published_again(machine: Machine) -> None:
    """Nobody takes what lies in a connector's queue: it does not lie there once more with every hour. Once the queue
    was empty, and there is still no receipt, it was lost: then it is published again, although others lie there."""
    await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    machine.keep(life.release(machine.router))
    await until(lambda: lies(machine))
    later = machine.clock() + timedelta(hours=2)
    looked = await seen(machine, later)
    assert looked == {"mail": 0.0, "sms": later.timestamp()}
    assert await machine.ledger.due(later, 200, looked) == 0
    await taken(machine, notices_queue("mail"))  # an operator, or a broker that begins from nothing
    looked = await seen(machine, later + timedelta(minutes=30))
    await hand_over(machine, a_notice())
    assert await machine.ledger.due(later + timedelta(hours=2), 200, looked) > 0
    assert await machine.ledger.due(later + timedelta(hours=4), 200, looked) == 0


async def test_a_broker_that_does_not_answer_says_nothing_of_its_queues(machine: Machine) -> None:
    """Nothing counts as empty then, and not every queue is waited for."""
    asked: list[str] = []

    async def depth(queue: str) -> Depth:
        asked.append(queue)
        raise Temporary("no_answer")

    machine.broker.depth = depth  # type: ignore[method-assign]
    assert await seen(machine, machine.clock()) == {"mail": 0.0, "sms": 0.0}
    assert asked == [notices_queue("mail")]


async def seen(machine: Machine, at: datetime) -> Mapping[str, float]:
    """When the queues were last empty, to one who looks for the first time."""
    return await Emptied(machine.broker, ("mail", "sms"), lambda: at).seen()


async def lies(machine: Machine) -> bool:
    """Whether a letter waits for its connector, and no row in the outbox."""
    waits = await machine.store.read(
        lambda connection: connection.execute(sa.select(sa.func.count()).select_from(tables.outbox)).scalar_one()
    )
    return not waits and (await machine.broker.depth(notices_queue("mail"))).ready > 0


async def test_what_was_put_off_hides_nothing_new(machine: Machine) -> None:
    """Three hundred letters that a provider refused an hour ago are due again at one time: one that never left leaves
    with the first two hundred, although it was decided last."""
    for number in range(2):
        await life.accept(machine.intake, MAIL, raw(b"Wrong invoice %d" % number), by_somebody)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    await until(lambda: decided(machine, 2))

    def laid_out(connection: sa.Connection) -> str:
        first, last = connection.execute(sa.text("SELECT id FROM notices WHERE staff IS NULL ORDER BY rowid")).scalars()
        columns = ", ".join(each.name for each in tables.notices.c if each.name != "id")
        bodies = "SELECT 'n' || :n, case_id, kind, body FROM content WHERE id = :id"
        for n in range(300):
            values = {"n": n, "id": first}
            named = columns.replace("intent", "REPLACE(intent, :id, 'n' || :n)")
            copied = f"SELECT 'n' || :n, {named} FROM notices WHERE id = :id"  # noqa: S608 -- our own names
            connection.execute(sa.text(f"INSERT INTO notices (id, {columns}) {copied}"), values)
            connection.execute(sa.text(f"INSERT INTO content (id, case_id, kind, body) {bodies}"), values)
        connection.execute(sa.text("UPDATE notices SET state = 'deferred', not_before = 0 WHERE id LIKE 'n%'"))
        later = {"id": last, "at": machine.clock().timestamp() + 60}
        connection.execute(sa.text("UPDATE notices SET state = 'sent' WHERE staff IS NOT NULL"))
        connection.execute(sa.text("DELETE FROM outbox"))
        connection.execute(sa.text("DELETE FROM content WHERE id = :id"), later)  # it was never written
        owed = "UPDATE notices SET state = 'owed', not_before = 0, created_at = :at WHERE id = :id"
        connection.execute(sa.text(owed), later)
        return str(last)

    last = await machine.store.write(laid_out)
    assert await machine.ledger.due(machine.clock(), 200) == 200
    posted = await machine.store.read(
        lambda connection: set(connection.execute(sa.select(tables.outbox.c.message_id)).scalars())
    )
    assert last in posted


def test_a_pile_is_said_once_for_each_mark(capsys: pytest.CaptureFixture[str]) -> None:
    """At a thousand, at ten thousand, and once when it has gone; of a subscriber's queue, when it begins to drop."""
    piles = Piles({"crm": 300})
    for count in (999, 1000, 1500, 900, 1200, 9999, 10_000, 12_000, 600, 499, 0, 1000):
        piles.look("intake.router", count)
    for count in (200, 299, 300, 300, 280, 300, 100):
        piles.look("crm", count)
    lines = capsys.readouterr().out.splitlines()
    said = [(line.split("]")[1].split()[0], line.split("part=")[1].split()[0]) for line in lines]
    assert said == [
        *[("waiting", "intake.router")] * 2,
        ("drained", "intake.router"),
        ("waiting", "intake.router"),
        ("waiting", "crm"),
        ("drained", "crm"),
    ]


def test_each_cause_of_an_outage_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    """A broker blocks us, and then it is gone: the second cause is said, too, and status and metrics have it; each is
    said once, and what alerts see stays the same however they take turns; in the next outage all is said anew."""
    outage = journal.Outage("nobody's")
    for code, told in (("blocked", "blocked"), ("not_connected", "not_connected"), ("blocked", "not_connected")):
        outage.begin(code, 0.0)
        assert journal.outages()["nobody's"] == told
    outage.end(1.0)
    outage.end(1.0)
    assert "nobody's" not in journal.outages()
    outage.begin("blocked", 2.0)
    outage.end(3.0)
    said = [line.split("]")[1].split()[0] for line in capsys.readouterr().out.splitlines() if "nobody" in line]
    assert said == ["down", "down", "up", "down", "up"]
