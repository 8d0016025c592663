"""The time of an office, and waiting in it: by condition (the queues are empty, nothing is owed that may leave, nothing
is on its way), never for so long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from intake_daemon.command.house import House
from intake_daemon.contract import COMMANDS, RECEIPTS, ROUTER_QUEUE
from router.ledger import lives

PATIENCE = 60.0
_ON_ITS_WAY = sa.text(
    "SELECT EXISTS (SELECT 1 FROM outbox) OR EXISTS (SELECT 1 FROM notices WHERE state IN ('released', 'deferred'))"
)


@dataclass
class Clock:
    """The one injected clock."""

    now: datetime = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        """The time."""
        return self.now


@dataclass
class Timed:
    """One running house, and its clock."""

    house: House
    clock: Clock
    outbox: Path
    _waiting: bool = field(default=True, init=False)

    async def at(self, moment: datetime) -> None:
        """The clock is moved, and what the time brings has been brought."""
        self.clock.now = moment.astimezone(UTC)
        await self.settled()
        while await self.house.ledger.tick(self.clock.now, self.clock.now, 100):
            if self.house.router is not None:
                self.house.router.decided.set()  # as the house's own tick does
            await self.settled()

    async def pause(self) -> None:
        """Who writes line by line has finished."""
        await self.at(self.clock.now + timedelta(seconds=20))

    @asynccontextmanager
    async def at_once(self, *, followed: bool = True) -> AsyncIterator[None]:
        """What is said within the block comes as fast as it can, and is waited for at its end; or not (`followed`)."""
        self._waiting = False
        try:
            yield
        finally:
            self._waiting = True
        if followed:
            await self.settled()

    async def settled(self) -> None:
        """Until the queues are empty, nothing that may leave is owed, and nothing is on its way."""
        if not self._waiting:
            return
        async with asyncio.timeout(PATIENCE):
            while await self._busy() or await self._due() or await self._busy():  # noqa: ASYNC110 -- a database tells nobody
                await asyncio.sleep(0.02)

    async def _busy(self) -> bool:
        """Cheapest first: this is asked all the time."""
        depths = await asyncio.gather(*map(self.house.broker.depth, (ROUTER_QUEUE, RECEIPTS, COMMANDS)))
        if any(depth.ready + depth.unsettled for depth in depths):
            return True
        return bool(await self.house.store.read(lambda connection: connection.execute(_ON_ITS_WAY).scalar_one()))

    async def _due(self) -> int:
        """How many letters leave now. Asked before `_busy` is for the last time: the house itself may just have let one
        leave."""
        return await self.house.ledger.due(self.clock.now, 100)

    async def contacts(self) -> int:
        """How many have come."""
        return (await self.house.store.read(lives.balance))["in"]

    async def come(self, many: int) -> None:
        """Until so many have come, and are decided."""
        async with asyncio.timeout(PATIENCE):
            while await self.contacts() < many:  # noqa: ASYNC110 -- a database tells nobody
                await asyncio.sleep(0.01)
