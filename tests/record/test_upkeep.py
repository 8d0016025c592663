"""What nobody will ask of again is forgotten in its time; what is still of use, and the record, stays."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from intake_daemon.contract import Letter, Parked
from intake_daemon.memory import StoredMemory
from intake_daemon.memory.tables import cursors, sends
from intake_daemon.message import Receipt
from intake_daemon.store import Store
from router.ledger import codes, tables, upkeep
from router.ledger.reading import ALIKE_PERIOD
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter
from tests.record.doing import route

DAY = timedelta(days=1)


async def many(store: Store, table: sa.Table) -> int:
    """How many rows it has."""
    query = sa.select(sa.func.count()).select_from(table)
    return int(await store.read(lambda connection: connection.execute(query).scalar_one()))


async def test_a_letter_that_was_sent_is_forgotten_long_after(ledger: StoredLedger, store: Store) -> None:
    """With its receipt, and not before its time. One without a receipt is in doubt: that is never forgotten."""
    memory = StoredMemory(store, "a", lambda: NOON)
    for notice in ("sent", "in doubt"):
        await memory.begin(notice)
    await memory.done("sent", Receipt(notice="sent", connector="mail", outcome="sent", at=NOON))
    await ledger.forget(NOON + upkeep.SENT - DAY)
    assert await many(store, sends) == 2
    await ledger.forget(NOON + upkeep.SENT + DAY)
    left = await store.read(lambda connection: list(connection.execute(sa.select(sends.c.notice)).scalars()))
    assert left == ["in doubt"]


async def test_a_letter_that_may_come_again_is_not_forgotten(ledger: StoredLedger, store: Store) -> None:
    """Forgotten it would be sent a second time: while the ledger waits for its receipt, and while it lies parked."""
    await route(ledger, letter())
    first = sa.select(tables.notices.c.id).where(tables.notices.c.staff.is_(None)).limit(1)
    notice = str(await store.read(lambda connection: connection.execute(first).scalar_one()))
    released = sa.update(tables.notices).where(tables.notices.c.id == notice).values(state="released")
    await store.write(lambda connection: connection.execute(released).close())
    memory = StoredMemory(store, "a", lambda: NOON)
    for each in (notice, "parked"):
        await memory.begin(each)
        await memory.done(each, Receipt(notice=each, connector="mail", outcome="sent", at=NOON))
    kept = Letter("intake.notices", "mail", b"{}", "parked")
    await ledger.park([Parked("parked", "intake.notices.mail", "returned_too_often", kept, 1, NOON)])
    await ledger.forget(NOON + upkeep.SENT + DAY)
    assert await many(store, sends) == 2


async def test_a_place_is_remembered_for_ever_and_other_things_for_their_days(
    ledger: StoredLedger, store: Store
) -> None:
    """What is saved again lives anew; what is saved without days, for ever, also where it had days before."""
    now = NOON
    memory = StoredMemory(store, "a", lambda: now)
    await memory.save("inbox", {"uid": 7})
    for name in ("sent 1", "sent 2", "sent 3"):
        await memory.save(name, {"notice": name}, days=90)
    now = NOON + 60 * DAY
    await memory.save("sent 2", {"notice": "again"}, days=90)
    await memory.save("sent 3", {"notice": "for ever"})
    await ledger.forget(NOON + 89 * DAY)
    assert await many(store, cursors) == 4
    await ledger.forget(NOON + 91 * DAY)
    assert await memory.load("sent 1") is None
    assert await memory.load("sent 2") == {"notice": "again"}
    await ledger.forget(NOON + 4000 * DAY)
    assert await memory.load("inbox") == {"uid": 7}
    assert await memory.load("sent 3") == {"notice": "for ever"}
    assert await memory.load("sent 2") is None


async def test_codes_go_after_a_day(ledger: StoredLedger, store: Store) -> None:
    """Then they count towards no limit."""

    async def make(at: datetime) -> None:
        assert await store.write(lambda connection: codes.make(connection, KEY, "case", at))

    await make(NOON)
    await make(NOON + timedelta(hours=20))
    await ledger.forget(NOON + timedelta(hours=25))
    assert await many(store, codes.codes) == 1


async def test_signs_go_when_nothing_is_likened_to_them(ledger: StoredLedger, store: Store) -> None:
    """The contact and its case stay."""
    await route(ledger, letter())
    assert await many(store, tables.signs) > 0
    await ledger.forget(NOON + ALIKE_PERIOD - DAY)
    assert await many(store, tables.signs) > 0
    await ledger.forget(NOON + ALIKE_PERIOD + DAY)
    assert await many(store, tables.signs) == 0
    assert await many(store, tables.contacts) == 1


async def test_attempts_go_with_their_letter(ledger: StoredLedger, store: Store) -> None:
    """A letter that came again and was decided leaves no row; one that still fails is counted on."""
    for number in (1, 2, 3):
        assert await ledger.attempt("x") == number
    assert await ledger.attempt("y") == 1
    assert await ledger.attempt("y", -1) == 0
    assert await many(store, tables.attempts) == 1
    assert await ledger.attempt("x", -3) == 0
    assert await many(store, tables.attempts) == 0
    assert await ledger.attempt("x") == 1


async def test_only_so_many_go_at_once(store: Store) -> None:
    """The writer is everybody's: a sweep takes some, the next one more."""
    rows = [{"name": f"n{n}", "place": "{}", "until": 1.0} for n in range(upkeep.AT_ONCE + 10)]
    await store.write(lambda connection: connection.execute(sa.insert(cursors), rows).close())
    for expected in (upkeep.AT_ONCE, 10, 0):
        assert await store.write(lambda connection: upkeep.places(connection, NOON)) == expected


async def test_an_hour_takes_as_much_as_an_hour_leaves(ledger: StoredLedger, store: Store) -> None:
    """Else the tables of a large house would grow for ever: the pieces are small, and there are many."""
    rows = [{"name": f"n{n}", "place": "{}", "until": 1.0} for n in range(3 * upkeep.AT_ONCE + 10)]
    await store.write(lambda connection: connection.execute(sa.insert(cursors), rows).close())
    await ledger.forget(NOON)
    assert await many(store, cursors) == 0
