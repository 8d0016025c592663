"""PostgreSQL behind a way that swallows everything: nothing of ours waits for ever, nor does what it had locked."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from intake_daemon import postgres as house
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from tests.faults.proxy import Way, Ways, place_of, through

ONE = sa.text("SELECT 1")


@pytest.fixture
def way(database: str) -> Iterator[Way]:
    """To the database; the test may break it."""
    ways = Ways()
    ways.start()
    yield ways.add(place_of(database, 5432))
    ways.end()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bounds of the house, shorter."""
    for name, seconds in (("SILENCE", 1.5), ("GREETING", 0.5), ("IDLE", 1)):
        monkeypatch.setattr(house, name, seconds)
    monkeypatch.setattr(house.Watched, "limit", 0.5)


async def test_a_server_that_says_nothing_any_more_is_away(database: str, way: Way) -> None:
    """Every connection goes silent, those in use too: each unit ends as Temporary, and afterwards all is well."""
    store = Store(through(database, way))
    slow = [store.write(lambda c: c.execute(sa.text("SELECT pg_sleep(0.3)")).close()) for _ in range(8)]
    under_way = asyncio.gather(*slow, return_exceptions=True)
    await asyncio.sleep(0.1)
    way.break_("silent", "down")
    assert [type(each) for each in await under_way if each is not None] == [Temporary] * 8
    with pytest.raises(Temporary):
        await store.ping()
    way.heal()
    assert await store.read(lambda c: c.execute(ONE).scalar_one()) == 1
    await store.close()


async def test_a_session_that_cannot_be_reached_keeps_no_lock(database: str, way: Way) -> None:
    """Its commit never arrives; another process gets the lock all the same."""
    first, second = Store(through(database, way)), Store(database)
    await second.write(lambda c: c.execute(sa.text("CREATE TABLE t (n int)")).close())
    await second.write(lambda c: c.execute(sa.text("INSERT INTO t VALUES (1)")).close())
    change = sa.text("UPDATE t SET n = n + 1")

    def locks_and_is_cut_off(connection: sa.Connection) -> None:
        connection.execute(change)
        way.break_("silent")

    with pytest.raises(Temporary):
        await first.write(locks_and_is_cut_off)
    await second.write(lambda c: c.execute(change).close())
    assert await second.read(lambda c: c.execute(sa.text("SELECT n FROM t")).scalar_one()) == 2
    await first.close()
    await second.close()


async def test_a_session_that_no_timer_ends_is_ended_by_the_others(
    database: str, way: Way, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who asks whether the database is well ends sessions of ours that wait for a process that is gone."""
    monkeypatch.setattr(house, "IDLE", 3600)
    monkeypatch.setattr(house, "ABANDONED", 1.0)
    first, second = Store(through(database, way)), Store(database)
    await second.migrate()

    def locks_and_is_cut_off(connection: sa.Connection) -> None:
        connection.execute(sa.text("SELECT pg_advisory_xact_lock(7)"))
        way.break_("silent")

    def is_free(connection: sa.Connection) -> bool:
        return bool(connection.execute(sa.text("SELECT pg_try_advisory_xact_lock(7)")).scalar_one())

    with pytest.raises(Temporary):
        await first.write(locks_and_is_cut_off)
    assert not await second.write(is_free)
    async with asyncio.timeout(60):
        while not await second.write(is_free):
            await second.ping()
            await asyncio.sleep(0.1)
    await first.close()
    await second.close()


async def test_what_is_long_in_earnest_is_waited_for(database: str) -> None:
    """A change of the schema may take longer than any silence."""
    store = Store(database)

    def long(connection: sa.Connection) -> int:
        house.patient(connection)
        return int(connection.execute(sa.text("SELECT 1 FROM pg_sleep(3)")).scalar_one())

    assert await store.write(long) == 1
    await store.close()
