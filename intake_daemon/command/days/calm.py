"""A house whose clock is moved by hand: when nothing is on its way any more, and what the time brings next.

Rule: the clock is moved only while all is calm; so every letter leaves, and every fact is recorded, at the moment that
the clock shows.
"""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from intake_daemon.command.house import House
from intake_daemon.contract import COMMANDS, RECEIPTS, ROUTER_QUEUE
from router.ledger import gauges, tables

_PATIENCE = 120.0
"""Seconds that one step may take, on a very slow machine."""
_CASES = 100
_LOOKS = 2
_AT_LEAST = timedelta(seconds=1)
"""By how much the clock moves where what wakes does not change."""


class Clock:
    """The one injected clock of a house; it stands until it is moved, and never goes back."""

    def __init__(self, now: datetime) -> None:
        self.now = now.astimezone(UTC)

    def __call__(self) -> datetime:
        """The time, UTC."""
        return self.now

    def move(self, to: datetime) -> None:
        """To this moment."""
        self.now = max(self.now, to.astimezone(UTC))


async def settled(house: House) -> None:
    """Until every queue is empty, nothing that may leave is owed and nothing is on its way. Raises TimeoutError."""
    async with asyncio.timeout(_PATIENCE):
        calm = 0
        while calm < _LOOKS:
            calm = 0 if await _busy(house) else calm + 1
            await asyncio.sleep(0.01)


async def _busy(house: House) -> int:
    depths = [await house.broker.depth(queue) for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS)]
    steps = await house.store.read(gauges.waiting)
    waiting = sum(steps[step].many for step in ("outbox", "notices_released", "notices_deferred"))
    return sum(depth.ready + depth.unsettled for depth in depths) + waiting + await house.ledger.due(house.now(), 100)


async def brought(house: House) -> None:
    """What the time brings by now has been brought."""
    await settled(house)
    while await house.ledger.tick(house.now(), house.now(), _CASES):
        await settled(house)


async def next_moment(house: House, clock: Clock) -> datetime | None:
    """When a clock wakes, or a letter may leave: later than now, if only by a second; None when nothing waits."""
    moments = [await house.ledger.wakes(), await house.store.read(_first_owed)]
    found = [moment for moment in moments if moment is not None]
    return max(min(found), clock.now + _AT_LEAST) if found else None


def _first_owed(connection: sa.Connection) -> datetime | None:
    notices = tables.notices
    query = sa.select(sa.func.min(notices.c.not_before)).where(notices.c.state == "owed")
    first = connection.execute(query).scalar_one()
    return None if first is None else datetime.fromtimestamp(first, UTC)
