"""Chat lines in the shared memory, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake_daemon.contract import ChatLine
from intake_daemon.errors import Temporary
from intake_daemon.memory import StoredChats
from intake_daemon.store import Store

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
THEIRS = ChatLine("line-1", "It is broken.", NOON, files=("photo.jpg",), message="m-1")
OURS = ChatLine("notice-1", "We are looking.", NOON, ours=True, person=True)


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


async def test_a_line_is_there_once_in_its_place_for_every_process(store: Store) -> None:
    """Lines are numbered without gaps; the same one again is the first; whoever reads on from a number misses none."""
    one, other = StoredChats(store, Clock()), StoredChats(store, Clock())
    assert await one.add("a", THEIRS) == 1
    assert await other.add("a", OURS) == 2
    assert await other.add("a", replace(THEIRS, text="again")) == 1
    assert await one.add("b", THEIRS) == 1
    assert await one.since("a", 0) == [replace(THEIRS, number=1), replace(OURS, number=2)]
    assert await other.since("a", 1) == [replace(OURS, number=2)]
    assert await one.longer({"a": 1, "b": 1, "c": 0}) == ["a"]
    assert await one.longer({"a": 2}) == []


async def test_many_at_once_are_numbered_one_after_another(store: Store) -> None:
    """Two processes that speak at one moment never give one number twice."""
    one, other = StoredChats(store, Clock()), StoredChats(store, Clock())
    said = [(one, other)[n % 2].add("a", replace(THEIRS, id=f"line-{n // 2}", message="")) for n in range(20)]
    numbers = await asyncio.gather(*said)
    assert sorted(set(numbers)) == list(range(1, 11))
    assert [line.number for line in await one.since("a", 0)] == list(range(1, 11))


async def test_seen_is_told_once_to_who_is_to_report_it(store: Store) -> None:
    """A notice that somebody still waits for is theirs to report; one that was left is reported by who is told."""
    clock = Clock()
    one, other = StoredChats(store, clock), StoredChats(store, clock)
    for number in (1, 2, 3):
        await one.add("a", replace(OURS, id=f"notice-{number}"))
    assert await one.leave("a", "notice-2")
    clock.now += timedelta(minutes=5)
    assert await other.seen("a", 2) == [("notice-2", clock.now)]
    assert await other.seen("a", 2) == []
    assert not await one.leave("a", "notice-1")
    first, third = await one.shown("a", "notice-1"), await one.shown("a", "notice-3")
    assert first is not None
    assert first.seen_at == clock.now
    assert third is not None
    assert third.seen_at is None
    assert await one.shown("a", "notice-4") is None


async def test_what_was_seen_already_costs_no_write(store: Store) -> None:
    """A window says it again and again; when somebody last read is kept to the hour."""
    clock = Clock()
    chats = StoredChats(store, clock)
    await chats.add("a", OURS)
    await chats.seen("a", 1)
    clock.now += timedelta(minutes=5)
    assert await chats.seen("a", 1) == []
    assert await chats.sweep(clock.now - timedelta(minutes=1)) == 1
    await chats.add("b", OURS)
    await chats.seen("b", 1)
    clock.now += timedelta(hours=2)
    assert await chats.seen("b", 1) == []
    assert await chats.sweep(clock.now - timedelta(minutes=1)) == 0


async def test_the_visitors_time_runs_from_the_first_line_that_they_have_not_seen(store: Store) -> None:
    """Who has gone is not waited for with each letter anew."""
    chats = StoredChats(store, Clock())
    await chats.add("a", THEIRS, reachable=True)
    await chats.add("a", OURS)
    await chats.add("a", replace(OURS, id="notice-2", at=NOON + timedelta(hours=3)))
    later = await chats.shown("a", "notice-2")
    assert later is not None
    assert (later.since, later.reachable) == (NOON, True)
    await chats.seen("a", 2)
    await chats.add("a", replace(THEIRS, id="line-2"), reachable=False)
    later = await chats.shown("a", "notice-2")
    assert later is not None
    assert (later.since, later.reachable) == (NOON + timedelta(hours=3), False)


async def test_old_conversations_are_forgotten(store: Store) -> None:
    """Those in which nobody spoke or read since then, and no other."""
    clock = Clock()
    chats = StoredChats(store, clock)
    for conversation in ("old", "read", "new"):
        await chats.add(conversation, OURS)
    clock.now += timedelta(days=1)
    await chats.seen("read", 1)
    await chats.add("new", replace(THEIRS, at=clock.now))
    assert await chats.sweep(NOON + timedelta(hours=1)) == 1
    assert [len(await chats.since(each, 0)) for each in ("old", "read", "new")] == [0, 1, 2]


async def test_without_a_database_it_says_so() -> None:
    """A database that is away is Temporary."""
    chats = StoredChats(Store("postgresql://nobody@127.0.0.1:1/nothing"), Clock())
    with pytest.raises(Temporary):
        await chats.add("a", THEIRS)
    with pytest.raises(Temporary):
        await chats.since("a", 0)
