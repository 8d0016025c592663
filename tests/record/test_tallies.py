"""Loads and brakes: exact in this process, and counted seldom enough to cost nothing at a million cases."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import Input
from intake_daemon.store import Store
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter
from tests.record.conftest import ledger_on
from tests.record.doing import route


@contextmanager
def counted(store: Store, word: str) -> Iterator[list[str]]:
    """Statements with this word, while it lasts."""
    seen: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        if word in statement:
            seen.append(statement)

    sa.event.listen(store._engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(store._engine, "before_cursor_execute", note)


async def test_loads_are_shared_out_over_many_batches(ledger: StoredLedger) -> None:
    """Twenty complaints, a batch each: they go to more than one handler, as loads say."""
    handlers = [
        (await route(ledger, letter(f"Charged twice {n}", message=f"{n}@x", sender=f"{n}@x.example")))[0].handler
        for n in range(20)
    ]
    assert len(set(handlers)) > 1


async def test_another_router_sees_the_loads(store: Store) -> None:
    """What one router has assigned, another one knows a moment later."""
    first, second = ledger_on(store), ledger_on(store)
    await second.decide([Input(letter("Charged twice", message="0@x"), NOON)], NOON)
    values = [letter(f"Charged twice {n}", message=f"{n}@x", sender=f"{n}@x.example") for n in range(1, 200)]
    await route(first, *values)
    second.tallies.stale()
    (outcome,) = await route(second, letter("Charged twice too", message="z@x", sender="z@x.example"))
    everybody = {each.handler for each in await route(first, *(letter(f"n {n}", message=f"n{n}@x") for n in range(3)))}
    assert outcome.handler in everybody


async def test_counting_takes_a_small_share_of_the_time(ledger: StoredLedger, store: Store) -> None:
    """When counting is dear (a million open cases), most batches do not count: what this process itself has changed is
    added, and the brake holds all the same."""
    await route(ledger, letter())
    ledger.tallies.cost = 60.0
    with counted(store, "GROUP BY cases.handler") as statements:
        for n in range(5):
            await route(ledger, letter(f"Charged twice {n}", message=f"{n}@x", sender=f"{n}@x.example"))
    assert statements == []
    assert sum(ledger.tallies.loads.values()) == 6
    assert ledger.tallies.brands == {"welzo": 6}


async def test_an_hour_later_the_brake_counts_anew(ledger: StoredLedger, store: Store) -> None:
    """The window moves: when the clock has moved on, it is counted again."""
    await route(ledger, letter())
    later = NOON + timedelta(hours=2)
    with counted(store, "GROUP BY notices.brand") as statements:
        await ledger.decide([Input(letter("Later", message="l@x", sender="l@x.example"), later)], later)
    assert len(statements) == 1
    assert ledger.tallies.brands == {"welzo": 1}
