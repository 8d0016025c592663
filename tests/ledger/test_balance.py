"""The balance per door and day, each number as a list, and what was refused beside it."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon import journal
from intake_daemon.command import tallying
from intake_daemon.contract import Letter, Parked
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from router.ledger import balance, tables
from tests.desk.letters import NOON, letter
from tests.ledger.conftest import ANN, AWAY, Told

TODAY = NOON.date()
TOMORROW = TODAY + timedelta(days=1)


async def lines(told: Told, *days: date, door: str | None = None) -> list[dict[str, Any]]:
    """The balance."""
    return await told.store.read(lambda connection: balance.lines(connection, days, door))


async def listed(told: Told, end: str, day: date = TODAY, door: str | None = None) -> list[dict[str, Any]]:
    """One of its numbers."""
    return await told.store.read(lambda connection: balance.listed(connection, day, end, door, 100))


async def whole(told: Told) -> None:
    """Something of everything: two contacts that are parked, of two days, a notice that is, and three refusals."""
    message = letter("Nobody can decide this.", message="odd@customer.example")
    body = message.to_json()
    await told.ledger.park(
        [
            Parked("p1", "intake.router", "failed_repeatedly", Letter("", "", body, message.id), 5, NOON),
            Parked("p2", "post-room", "unreadable", Letter("", "", b"{}", "p2"), 1, NOON + timedelta(days=1)),
            Parked("p3", "intake.notices", "too_large", Letter("", "", b"{}", "p3"), 1, NOON),
        ]
    )
    refusals = {("smtp-in", "too_large"): 2, ("hook", "bad_signature"): 1}
    for counted in (refusals, {("smtp-in", "too_large"): 3}):
        await told.store.write(partial(balance.keep_refusals, counted=counted, now=NOON))


async def test_a_line_for_each_door_and_day(told: Told) -> None:
    """Each number stands in the line of its own door and day, they add up, and each is as long as its list."""
    await _adds_up(told)


async def test_the_same_on_postgresql(told_postgres: Told) -> None:
    """The same numbers on PostgreSQL."""
    await _adds_up(told_postgres)


async def _adds_up(told: Told) -> None:
    await whole(told)
    found = {(line["day"], line["door"]): line for line in await lines(told, TODAY, TOMORROW)}
    door = ANN.connector
    mine = found[TODAY.isoformat(), door]
    told_of = {name: mine[name] for name in ("in", "cases", "joined", "machine", "parked", "repeats", "unaccounted")}
    assert told_of == {
        "in": 6,
        "cases": 3,
        "joined": 1,
        "machine": 1,
        "parked": 1,
        "repeats": 1,
        "unaccounted": 0,
    }
    assert found[TOMORROW.isoformat(), "post-room"]["parked"] == 1
    assert found[TODAY.isoformat(), "smtp-in"]["refused"] == 5
    for (day, name), line in found.items():
        assert line["in"] == sum(line[end] for end in balance.ENDS), name
        for end in set(balance.LISTS) - {"refused", "repeats"}:
            assert len(await listed(told, end, date.fromisoformat(day), name)) == line[end], (name, end)
    assert await lines(told, TODAY, door="nobody") == []


async def test_lists_name_ids_and_reasons(told: Told) -> None:
    """A list names each contact, what became of it and why; of refusals the code, how many, and the last."""
    await whole(told)
    (machine,) = await listed(told, "machine")
    assert (machine["id"], machine["reason"], machine["became"]) == (AWAY.id, "auto_reply", "machine")
    (repeat,) = await listed(told, "repeats")
    assert (repeat["id"], repeat["repeats"]) == (ANN.id, 1)
    (parked,) = await listed(told, "parked")
    assert (parked["id"], parked["reason"], parked["door"]) == ("p1", "failed_repeatedly", ANN.connector)
    assert [(each["door"], each["reason"], each["count"]) for each in await listed(told, "refused")] == [
        ("hook", "bad_signature", 1),
        ("smtp-in", "too_large", 5),
    ]
    with pytest.raises(KeyError):
        await listed(told, "nonsense")


async def test_a_lost_case_is_unaccounted_at_its_door(told: Told) -> None:
    """A contact whose case is not there is unaccounted in the line of its door and day, and stands in that list."""
    gone = sa.delete(tables.cases).where(tables.cases.c.id == ANN.id)
    await told.store.write(lambda connection: connection.execute(gone).close())
    (line,) = await lines(told, TODAY, door=ANN.connector)
    assert (line["unaccounted"], line["cases"], line["joined"]) == (2, 2, 0)
    assert ANN.id in {each["id"] for each in await listed(told, "unaccounted")}


async def test_refusals_wait_for_the_database(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """What doors refuse is counted in memory and kept together; while the database is away nothing of it is lost."""
    journal.take_refusals()
    for _ in range(3):
        journal.refused("smtp-in", "unknown_recipient")

    async def away(*_given: object) -> None:
        raise Temporary("database_away")

    with monkeypatch.context() as patched:
        patched.setattr(Store, "write", away)
        with pytest.raises(Temporary):
            await tallying.once(told.store, lambda: NOON)
    journal.refused("smtp-in", "unknown_recipient")
    for _ in range(2):  # the second time there is nothing new
        await tallying.once(told.store, lambda: NOON)
    (refused,) = await listed(told, "refused")
    assert (refused["reason"], refused["count"]) == ("unknown_recipient", 4)
