"""5 tick: what the time brings: clocks that begin by themselves, are warned of, and run out.

The time that counts is that of the fact, not of its arrival: a clock is declared run out only up to a moment before
which everything is known. That is so once, on every queue that the routers read, a delivery published later was taken
(or the queue was empty), and no router still has an earlier one in hand. Otherwise a broker that was away for two hours
would make false breaches, and send thousands of letters. What becomes known later all the same takes a breach back.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from intake_daemon import journal
from intake_daemon.contract import COMMANDS, RECEIPTS, ROUTER_QUEUE, Progress
from intake_daemon.errors import Temporary
from intake_daemon.life.finish import finish
from intake_daemon.life.route import RouterHalf

QUEUES = (ROUTER_QUEUE, RECEIPTS, COMMANDS)
_LEASE = "tick"
_LEASE_SECONDS = 10.0
_PAUSE = 1.0
_CASES = 100
JUMP = 60.0
"""Seconds by which the clock may run ahead of, or behind, this machine's own pace before the ticking stops."""
_STEADY = 3
"""Looks after which a clock that has jumped is steady again."""


@dataclass
class Steady:
    """Whether the injected clock goes at the pace of time. A clock that has jumped declares nothing run out."""

    _last: tuple[datetime, float] | None = None
    _calm: int = _STEADY

    def look(self, now: datetime, monotonic: float) -> bool:
        """At each look; False from a jump until a few steady looks later."""
        last, self._last = self._last, (now, monotonic)
        if last is None:
            return True
        ran = (now - last[0]).total_seconds() - (monotonic - last[1])
        self._calm = 0 if abs(ran) > JUMP else min(self._calm + 1, _STEADY)
        if self._calm == 0:
            journal.jumped(ran)
        return self._calm >= _STEADY


@dataclass
class Horizon:
    """Up to when everything is known, over all queues and routers."""

    router: RouterHalf
    _known: dict[str, datetime] = field(default_factory=dict)
    _seen_at: datetime | None = None

    async def look(self) -> datetime | None:
        """The moment, or None while it cannot be said. Raises Temporary."""
        router, seen_at = self.router, self._seen_at
        for queue, reading in router.reading.items():
            if reading.gave_back:
                reading.gave_back = False
                self._known.pop(queue, None)
        before = dict(self._known)
        now = router.now()
        for queue in QUEUES:
            read = router.reading.get(queue)
            if read is not None and read.newest is not None:
                self._advance(queue, read.newest)
            if (await router.broker.depth(queue)).ready == 0:
                self._advance(queue, now)
        self._seen_at = now
        everybody = await router.ledger.progress(router.holder, self._mine(now), now)
        if seen_at is None or len(before) < len(QUEUES):
            return None
        # what was known at the last look counts now that all have told what they had in hand after it
        if any(each.at < seen_at for each in everybody):
            return None
        known = {queue: [each.known for each in everybody if each.queue == queue] for queue in QUEUES}
        in_hand = [each.open_since for each in everybody if each.open_since is not None]
        return min([*(max([before[queue], *others]) for queue, others in known.items()), *in_hand])

    def _advance(self, queue: str, to: datetime) -> None:
        self._known[queue] = max(self._known.get(queue, to), to)

    def _mine(self, now: datetime) -> Sequence[Progress]:
        found = []
        for queue, known in self._known.items():
            reading = self.router.reading.get(queue)
            oldest = min(reading.in_hand.values(), default=None) if reading else None
            found.append(Progress(self.router.holder, queue, now, known, oldest))
        return found


async def tick(router: RouterHalf) -> None:
    """Runs for ever; in one process at a time something is declared, every process tells how far it has read."""
    outage = journal.Outage("tick")
    horizon, steady = Horizon(router), Steady()
    try:
        while True:
            try:
                until = await horizon.look()
                if steady.look(router.now(), time.monotonic()) and until is not None:
                    await finish(_tick_until(router, until))
                    await finish(_mornings(router, until))
                outage.end(time.monotonic())
            except Temporary as error:
                outage.begin(error.code, time.monotonic())
            await asyncio.sleep(_PAUSE)
    finally:
        with contextlib.suppress(Temporary):
            await router.memory.drop(_LEASE, router.holder)


async def _tick_until(router: RouterHalf, until: datetime) -> None:
    first = await router.ledger.wakes()
    if first is None or first > until:
        return
    if await router.memory.take(_LEASE, router.holder, _LEASE_SECONDS):
        while await declare(router, until):
            await router.memory.take(_LEASE, router.holder, _LEASE_SECONDS)


async def _mornings(router: RouterHalf, until: datetime) -> None:
    """The list that every handler gets at 8:00: once what came before is known."""
    if not router.ledger.dawns(until) or not await router.memory.take(_LEASE, router.holder, _LEASE_SECONDS):
        return
    if await router.ledger.mornings(router.now(), until):
        router.decided.set()


async def declare(router: RouterHalf, until: datetime) -> bool:
    """What the time has brought up to `until`, some cases at a time; whether there may be more."""
    now = router.now()
    done = await router.ledger.tick(now, min(until, now), _CASES)
    if done:
        router.decided.set()
    return done >= _CASES
