"""Codes of the status page, in both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from intake_daemon.store import Store
from router.ledger import codes
from tests.desk.letters import KEY, NOON


@pytest.fixture(params=["sqlite", "postgres"])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    """An empty, migrated store."""
    url = f"sqlite:///{tmp_path / 'l.db'}" if request.param == "sqlite" else request.getfixturevalue("database")
    made = Store(url)
    await made.migrate()
    yield made
    await made.close()


async def test_many_who_ask_at_once_get_few(store: Store) -> None:
    """The bound holds also when nobody waits for another."""
    asked = [store.write(lambda connection: codes.make(connection, KEY, "c", NOON)) for _ in range(8)]
    found = await asyncio.gather(*asked)
    assert sum(each is not None for each in found) == codes.HOURLY


async def test_a_code_opens_once_and_bears_few_tries(store: Store) -> None:
    """Good once, for its own case, for a quarter of an hour, for five attempts; few are made for a case, none for what
    is no case."""

    async def made(case: str = "c") -> str | None:
        return await store.write(lambda connection: codes.make(connection, KEY, case, NOON))

    async def spent(code: str | None, case: str = "c", minutes: int = 0) -> bool:
        at = NOON + timedelta(minutes=minutes)
        return await store.write(lambda connection: codes.spend(connection, KEY, case, code or "", at))

    first, second = await made(), await made()
    assert not await spent(first, case="d")
    assert not await spent(first, minutes=codes.MINUTES)
    assert await spent(first)
    assert not await spent(first)
    for _ in range(codes.TRIES - 2):
        assert not await spent("1")
    assert not await spent(second), "the first code's two attempts counted against it, too"
    third = await made()
    assert third is not None
    assert await made() is None
    assert await made("") is None
    assert not await spent("", case="")
    assert await spent(third)
