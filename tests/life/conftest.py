"""Both halves on one machine: embedded broker, SQLite, folders; nothing of ours is replaced."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon import life
from intake_daemon.broker.embedded import Embedded
from intake_daemon.contract import Can
from intake_daemon.errors import Temporary
from intake_daemon.memory import StoredMemory
from intake_daemon.spool import FolderSpool
from intake_daemon.store import Store, Work
from intake_daemon.vault import FolderVault
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, rules

BOUND = 30.0
"""Seconds for a condition to come true on a slow machine."""


@dataclass
class Clock:
    """The one clock; moves when it is told to."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """This moment."""
        return self.now

    def move(self, **by: float) -> None:
        """Forward, as `timedelta` says."""
        self.now += timedelta(**by)


class FailingStore(Store):
    """The real one, until it is told to be away (nothing works) or full (nothing can be written)."""

    away = False
    full = False
    refused = 0
    """Units of work that it did not do."""

    def _run(self, engine: sa.Engine, work: Work[Any]) -> Any:  # noqa: ANN401 -- what the work gives
        if self.away or (self.full and engine is self._engine):
            self.refused += 1
            raise Temporary("database_away")
        return super()._run(engine, work)


@dataclass
class Machine:
    """Everything, running."""

    clock: Clock
    broker: Embedded
    store: FailingStore
    memory: StoredMemory
    vault: FolderVault
    spool: FolderSpool
    ledger: StoredLedger
    intake: life.IntakeHalf
    router: life.RouterHalf
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def keep(self, loop: Awaitable[None]) -> None:
        """Run a loop until the test ends."""
        self.tasks.append(asyncio.ensure_future(loop))


MAIL = life.Source("smtp-in", "smtp", frozenset({Can.SOURCE_RETRIES}))
FORM = life.Source("form", "web_form", frozenset())
OUT = life.Source("mail", "mail", frozenset({Can.SEND, Can.COPIES_ARE_ONE}))


@pytest.fixture
async def machine(tmp_path: Path) -> AsyncIterator[Machine]:
    """One machine, its broker started, no loop running yet."""
    clock = Clock()
    broker = Embedded(tmp_path / "broker.db", clock, (), ["mail", "sms"])
    await broker.start()
    store = FailingStore(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    memory = StoredMemory(store, "this-process", clock)
    vault = FolderVault(tmp_path / "vault")
    spool = FolderSpool(tmp_path / "spool", 10_000_000)
    ledger = StoredLedger(store, ComplaintsDesk(rules()), key=KEY, installation="test")
    built = Machine(
        clock,
        broker,
        store,
        memory,
        vault,
        spool,
        ledger,
        life.IntakeHalf(broker, vault, spool, memory, dict(rules().brands), KEY, clock),
        life.RouterHalf(broker, vault, ledger, memory, clock, "this-process"),
    )
    yield built
    for task in built.tasks:
        task.cancel()
    for task in built.tasks:
        with contextlib.suppress(asyncio.CancelledError):
            await task
    await broker.close()
    await store.close()


async def returns(machine: Machine) -> int:
    """How often the letter that came back most often has come back."""
    query = "SELECT COALESCE(MAX(returns), 0) FROM letters"
    return int((await machine.broker._ask(lambda file: file.db.execute(query).fetchone()))[0])


async def until(condition: Callable[[], Awaitable[Any]]) -> Any:  # noqa: ANN401 -- what the condition gives
    """Wait for a condition; what it gave when it was true."""
    loop = asyncio.get_running_loop()
    end = loop.time() + BOUND
    while not (found := await condition()):
        assert loop.time() < end, "did not become true"
        await asyncio.sleep(0.01)
    return found


def utc(*parts: int) -> datetime:
    """A moment in UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[misc, arg-type]
