"""What the intake half remembers across processes, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake_daemon.errors import Temporary
from intake_daemon.memory import YOUNG, StoredMemory
from intake_daemon.message import Receipt
from intake_daemon.store import Store

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
SENT = Receipt(notice="n", connector="mail", outcome="sent", at=NOON)


class Clock:
    """The one clock; moves when it is told to."""

    def __init__(self) -> None:
        self.now = NOON

    def __call__(self) -> datetime:
        """This moment."""
        return self.now


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty database of either kind."""
    postgres = request.param == "postgres"
    url = str(request.getfixturevalue("database")) if postgres else f"sqlite:///{tmp_path / 'l.db'}"
    store = Store(url)
    await store.migrate()
    yield store
    await store.close()


async def test_cursor_is_what_was_saved(store: Store) -> None:
    """A source's place is None at first, then what was saved last."""
    memory = StoredMemory(store, "a", Clock())
    assert await memory.load("inbox") is None
    for uid in (7, 8):
        await memory.save("inbox", {"uid": uid})
    assert await StoredMemory(store, "b", Clock()).load("inbox") == {"uid": 8}


async def test_a_claim_is_the_firsts(store: Store) -> None:
    """Who claims a name that somebody has claimed is told what was claimed, and changes nothing."""
    one, other = StoredMemory(store, "a", Clock()), StoredMemory(store, "b", Clock())
    told = await asyncio.gather(one.claim("x", {"of": "a"}, days=1), other.claim("x", {"of": "b"}, days=1))
    assert told[0] == told[1] == await one.load("x")
    assert await other.claim("x", {"of": "c"}, days=1) == told[0]


async def test_a_lease_outlives_no_clock_that_is_put_back(store: Store) -> None:
    """Its holder died, and the clock was put back by an hour: the lease is free as soon as nobody could have it so
    long, and not after an hour. Clocks that differ a little take nothing away."""
    clock = Clock()
    memory = StoredMemory(store, "a", clock)
    assert await memory.take("release", "a", 10)
    clock.now -= timedelta(seconds=3)
    assert not await memory.take("release", "b", 10)
    clock.now -= timedelta(hours=1)
    assert await memory.take("release", "b", 10)


async def test_lease_belongs_to_one_until_it_ends(store: Store) -> None:
    """A lease is kept by its holder, refused to others, and free after its time or when it is dropped."""
    clock = Clock()
    memory = StoredMemory(store, "a", clock)
    assert await memory.take("mailbox", "a", 10)
    assert await memory.take("mailbox", "a", 10)
    assert not await memory.take("mailbox", "b", 10)
    clock.now += timedelta(seconds=11)
    assert await memory.take("mailbox", "b", 10)
    await memory.drop("mailbox", "a")  # not theirs: nothing happens
    # on SQLite no other process can live, so what another one holds was left behind by the dead
    assert await memory.take("mailbox", "a", 10) == store.sqlite
    await memory.drop("mailbox", "b")
    assert await memory.take("mailbox", "a", 10)


async def test_notice_is_begun_once(store: Store) -> None:
    """Who begins first is told `new`; afterwards its receipt is remembered for everybody."""
    one, other = StoredMemory(store, "a", Clock()), StoredMemory(store, "b", Clock())
    assert (await one.begin("n")).state == "new"
    await one.done("n", SENT)
    begun = await other.begin("n")
    assert (begun.state, begun.receipt) == ("done", SENT)


async def test_begun_is_young_then_old(store: Store) -> None:
    """What another process began is young for a while, then old; on SQLite no other process can live: old at once."""
    clock = Clock()
    one, other = StoredMemory(store, "a", clock), StoredMemory(store, "b", clock)
    await one.begin("n")
    assert (await other.begin("n")).state == ("old" if store.sqlite else "young")
    clock.now += YOUNG
    assert (await other.begin("n")).state == "old"


async def test_forgotten_may_begin_anew_and_stays_counted(store: Store) -> None:
    """After a failure that surely sent nothing it is `new` again, with its attempts; doubts are counted apart."""
    memory = StoredMemory(store, "a", Clock())
    for attempts, doubts in ((0, 0), (1, 0), (2, 1)):
        begun = await memory.begin("n")
        assert (begun.state, begun.attempts, begun.doubts) == ("new", attempts, doubts)
        await memory.forget("n", doubt=attempts == 1)


async def test_done_is_not_forgotten(store: Store) -> None:
    """A notice that has its receipt keeps it."""
    memory = StoredMemory(store, "a", Clock())
    await memory.begin("n")
    await memory.done("n", SENT)
    await memory.forget("n")
    assert (await memory.begin("n")).state == "done"


async def test_without_a_database_it_says_so(tmp_path: Path) -> None:
    """A database that is away is Temporary, for everything."""
    memory = StoredMemory(Store("postgresql://nobody@127.0.0.1:1/nothing"), "a", Clock())
    with pytest.raises(Temporary):
        await memory.begin("n")
    with pytest.raises(Temporary):
        await memory.load("inbox")
