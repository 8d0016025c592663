"""A ledger with a busy November in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intake_daemon.store import Store


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    """An empty ledger on SQLite."""
    found = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await found.migrate()
    yield found
    await found.close()


@pytest.fixture
async def postgres_store(database: str) -> AsyncIterator[Store]:
    """The same on PostgreSQL."""
    found = Store(database)
    await found.migrate()
    yield found
    await found.close()
