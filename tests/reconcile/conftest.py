"""A ledger, a vault and the sources that a test names; the clock stands at a moment of its own."""

from __future__ import annotations

import os
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from intake_daemon.command.reconciling import Reconciled, Reconciling, reconcile
from intake_daemon.contract import Input
from intake_daemon.message import Message
from intake_daemon.store import Store
from intake_daemon.vault import FolderVault
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, rules
from tests.doors import Cursors
from tests.record.conftest import ledger_on, store, url

__all__ = ["store", "url"]  # fixtures of the record


@dataclass
class Books:
    """What is compared."""

    store: Store
    vault: FolderVault
    ledger: StoredLedger
    folder: Path
    connectors: dict[str, Any] = field(default_factory=dict)
    cursors: Cursors = field(default_factory=Cursors)
    waits: int = 0
    later: timedelta = timedelta(hours=2)
    """By how much it is later than it is: what was put somewhere just now is old."""

    def now(self) -> datetime:
        """The clock."""
        return datetime.now(UTC) + self.later

    async def hold(self, *messages: Message, vault: bool = False) -> None:
        """They become contacts; `vault`: with what they hold."""
        await self.ledger.decide([Input(each, each.received_at) for each in messages], datetime.now(UTC))
        if vault:
            for each in messages:
                assert await self.vault.put(each.text.encode()) == each.raw

    async def compare(self, door: str | None = None, *, days: float = 2) -> Reconciled:
        """Reconcile."""
        return await reconcile(self.own, self.now() - timedelta(days=days), door)

    @property
    def own(self) -> Reconciling:
        """What it works with."""

        async def waiting() -> int:
            return self.waits

        return Reconciling(self.store, self.vault, KEY, self.connectors, lambda _: self.cursors, self.now, waiting)

    def age(self, path: Path, hours: float) -> None:
        """It was written so long ago."""
        moment = time.time() - hours * 3600
        os.utime(path, (moment, moment))


@pytest.fixture
async def books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Books]:
    """Empty ones. What seems to be nobody's is looked at again at once."""
    monkeypatch.setattr("intake_daemon.command.reconciling._AGAIN", 0.0)
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    ledger = StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")
    yield Books(store, FolderVault(tmp_path / "vault"), ledger, tmp_path)
    await store.close()


@pytest.fixture
def either(tmp_path: Path, store: Store, monkeypatch: pytest.MonkeyPatch) -> Books:
    """The same on each of the two databases."""
    monkeypatch.setattr("intake_daemon.command.reconciling._AGAIN", 0.0)
    return Books(store, FolderVault(tmp_path / "vault"), ledger_on(store), tmp_path)
