"""An office with an empty ledger, made from one that was migrated once."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from intake_daemon.store import Store
from tests.commands.office import Office


@pytest.fixture(scope="session")
def empty_ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger in SQLite that nothing was written to; copied, not used."""
    path = tmp_path_factory.mktemp("ledger") / "ledger.db"

    async def migrate() -> None:
        store = Store(f"sqlite:///{path}")
        await store.migrate()
        await store.close()

    asyncio.run(migrate())
    return path


@pytest.fixture
async def office(empty_ledger: Path, tmp_path: Path) -> AsyncIterator[Office]:
    """An office with a ledger of its own."""
    for each in empty_ledger.parent.glob("ledger.db*"):
        shutil.copy(each, tmp_path / each.name)
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield Office(store)
    await store.close()
