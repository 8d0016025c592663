"""A month out of the ledger: the same figures as from the histories, and no case that does not matter is read."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import sqlalchemy as sa

from intake_daemon import events
from intake_daemon.store import Store
from router.ledger.lookup import monthly
from router.reports import Asked, Month, Report
from tests.reports.histories import ASKED, DECEMBER, LONDON, History, keep, made, on
from tests.reports.shop import november


async def stored(store: Store, histories: list[History], asked: Asked = ASKED) -> Report:
    """The report of these histories, read from the ledger."""
    await store.write(lambda connection: keep(connection, histories))
    return await store.read(lambda connection: monthly.monthly(connection, asked, DECEMBER))


async def test_ledger_gives_what_the_histories_give(store: Store) -> None:
    """SQLite: whatever SQL left out changes nothing."""
    histories = november()
    assert await stored(store, histories) == made(histories)


async def test_ledger_on_postgres_gives_the_same(postgres_store: Store) -> None:
    """PostgreSQL: the same."""
    histories = november()
    assert await stored(postgres_store, histories) == made(histories)


async def test_report_is_of_one_brand(store: Store) -> None:
    """Another brand's cases are not in it, though somebody complained to both."""
    ours = History(1, people=("ann",)).received(on(3))
    theirs = History(2, brand="kontakt", people=("ann",)).received(on(2))
    report = await stored(store, [ours, theirs])
    assert report.figures.flow.received == 1
    assert report.figures.repeats.again == 0


async def test_earlier_case_of_a_correspondent_is_found(store: Store) -> None:
    """A complaint of the spring, closed since, makes November's a repeat; an improvement's first case is found too."""
    spring = History(1, people=("ann",)).received(on(2, month=4))
    spring.closed(on(9, month=4))
    linked = History(2).received(on(2, month=5))
    linked.add(on(3, month=5), events.ImprovementRecorded(improvement="imp-1", content="c", by="ann"))
    linked.closed(on(9, month=5))
    now = History(3, people=("ann", "somebody")).received(on(3))
    now.add(on(4), events.ImprovementRecorded(improvement="imp-1", content="c", by="ann"))
    report = await stored(store, [spring, linked, now])
    assert report.figures.repeats.same_topic == 1
    assert report.figures.improvements[0].cases == (linked.reference, now.reference)


async def test_long_open_and_since_closed_were_open_at_the_end(store: Store) -> None:
    """Open since the spring, and open at the end of November though closed in December, when nothing else happened."""
    still, since = History(1).received(on(2, month=4)), History(2).received(on(2, month=4))
    since.closed(on(2, month=12))
    assert (await stored(store, [still, since])).figures.flow.open == 2


@contextmanager
def counted(store: Store) -> Iterator[list[str]]:
    """The statements that are run meanwhile."""
    run: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        run.append(statement)

    engine = store._reading
    sa.event.listen(engine, "before_cursor_execute", note)
    try:
        yield run
    finally:
        sa.event.remove(engine, "before_cursor_execute", note)


async def test_cases_of_other_months_are_not_read(store: Store) -> None:
    """Of a thousand cases of the spring, closed then, nothing is read for November; the number of questions depends on
    the month's cases alone."""
    old = []
    for number in range(1000):
        history = History(1000 + number).received(on(2, month=4) + timedelta(minutes=number))
        history.closed(on(9, month=4))
        old.append(history)
    few = november(12)
    with counted(store) as run:
        report = await stored(store, [*old, *few])
    assert report.figures == made(few).figures
    assert len([statement for statement in run if statement.startswith("SELECT")]) == 5


async def test_brand_without_cases(store: Store) -> None:
    """Nothing ever came: a report of noughts, and nothing is due."""
    report = await stored(
        store, [History(1, brand="kontakt").received(on(3))], Asked("ask4", "ASK4", Month(2026, 11), LONDON)
    )
    assert report.figures.flow.received == 0
    assert not await store.read(lambda connection: monthly.anything(connection, "ask4", DECEMBER))
    assert await store.read(lambda connection: monthly.anything(connection, "kontakt", DECEMBER))
