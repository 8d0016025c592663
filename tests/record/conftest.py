"""A ledger on each of the two databases: whatever is promised holds on both."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, rules
from tests.record.talking import Chat


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where an empty database is."""
    if request.param == "postgres":
        return str(request.getfixturevalue("database"))
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
async def store(url: str) -> AsyncIterator[Store]:
    """An empty database with its schema."""
    store = Store(url)
    await store.migrate()
    yield store
    await store.close()


@pytest.fixture
def ledger(store: Store) -> StoredLedger:
    """The ledger with the shipped rules."""
    return ledger_on(store)


def ledger_on(store: Store) -> StoredLedger:
    """A router's ledger on this database."""
    return StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")


@pytest.fixture
async def chat(url: str) -> AsyncIterator[Chat]:
    """A conversation, on each database."""
    store = Store(url)
    await store.migrate()
    yield Chat(store)
    await store.close()
