"""A ledger with a few complaints in it: on SQLite, and where a test asks for it on each of the two databases."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Automatic, Command, Message, Notice, Receipt
from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter, rules
from tests.record.conftest import ledger, ledger_on, store

__all__ = ["ledger", "store"]  # fixtures of the record

ANN = letter()
MORE = letter("Here is the bank's statement.", message="second@customer.example", answers=("first@customer.example",))
BOB = letter("The test kit was broken.", sender="bob@other.example", message="bob-1@other.example")
AWAY = letter(
    "I am away.", sender="carl@third.example", message="away-1@third.example", automatic=Automatic(kind="auto_reply")
)
OTHER = letter("Kredit kartımdan iki dəfə pul çıxılıb.", brand="kontakt", sender="d@d.example", message="d-1@d.example")


@dataclass
class Told:
    """The ledger and what it said to each input."""

    store: Store
    ledger: StoredLedger
    outcomes: list[Outcome]
    desk: ComplaintsDesk = field(default_factory=lambda: ComplaintsDesk(rules()))

    async def meet(self, *values: Message | Receipt | Command) -> list[Outcome]:
        """Let inputs meet their cases."""
        return await self.ledger.decide([Input(value, NOON) for value in values], NOON)

    async def leave(self) -> list[Notice]:
        """Let everything leave; the notices that did."""
        left: list[Notice] = []
        while rows := await self.ledger.outbox(1000):
            left += [
                Notice.model_validate_json(row.letter.body) for row in rows if row.letter.exchange == "intake.notices"
            ]
            await self.ledger.published(rows)
        return left

    @property
    def ann(self) -> str:
        """The reference of Ann's case."""
        assert self.outcomes[0].reference is not None
        return self.outcomes[0].reference


@pytest.fixture
def url(tmp_path: Path) -> str:
    """Where an empty database is."""
    return f"sqlite:///{tmp_path / 'ledger.db'}"


@pytest.fixture
async def told(ledger: StoredLedger, store: Store) -> Told:
    """Ann's complaint and what she added, Bob's, an absence note, and one of another brand; all letters sent."""
    return await _telling(ledger, store)


@pytest.fixture
async def told_postgres(database: str) -> AsyncIterator[Told]:
    """The same on PostgreSQL."""
    other = Store(database)
    await other.migrate()
    yield await _telling(ledger_on(other), other)
    await other.close()


async def _telling(ledger: StoredLedger, store: Store) -> Told:
    found = Told(store, ledger, [])
    found.outcomes = await found.meet(ANN, MORE, BOB, AWAY, OTHER, ANN)
    later = NOON + timedelta(seconds=2)
    while left := await found.leave():
        sent = [Receipt(notice=each.id, connector=each.connector, outcome="sent", at=later) for each in left]
        await found.meet(*sent)
        await found.ledger.due(later, 100)
    return found
