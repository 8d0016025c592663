"""The watch: looks every few seconds at what waits and what is ill, for `/health/ready`, `/metrics` and our clocks.

Nothing is asked at scrape time: a scrape tells what was seen last, and costs nothing while the database is slow. Names
and meanings stand in docs/operations.md; labels are names from the configuration and codes, never anything personal.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from intake_daemon import journal
from intake_daemon.command.ground import Ground
from intake_daemon.command.piles import Piles
from intake_daemon.contract import Broker, Depth, Now, Spool
from intake_daemon.errors import Temporary
from router.ledger import balance
from router.ledger.gauges import Waiting
from router.ledger.measures import Measures

EVERY = 5.0
"""Seconds between two looks."""
_ANSWER = 10.0
"""Seconds after which a database that says nothing counts as away."""
_SELDOM = 60.0
_DAY = 86_400.0
_SHARE = 100.0
"""What is dear is asked every minute at most, and for no more than a hundredth of the time."""


@dataclass(eq=False)
class Watch(Collector):
    """What was seen last. Who has no router half asks the ledger nothing: those that would are None."""

    broker: Broker
    spool: Spool
    queues: tuple[str, ...]
    now: Now
    ping: Callable[[], Awaitable[None]]
    waiting: Callable[[], Awaitable[dict[str, Waiting]]] | None
    withheld: Callable[[], Awaitable[Waiting]] | None
    balance: Callable[[], Awaitable[Sequence[Mapping[str, Any]]]] | None
    """Today's balance, a line for each door."""
    measured: Callable[[], Awaitable[Measures]] | None
    ground: Ground
    parts: Callable[[], Mapping[str, str | None]]
    """Each part of the house and why it is not well."""
    reviews: Callable[[], Mapping[str, date]]
    """Per brand the day on which its policy is to be reviewed."""
    besides: Callable[[], Awaitable[None]]
    """What else is to be refreshed now and then."""
    answered: Callable[[], Mapping[str, datetime]]
    """When each source that is asked answered last."""
    piles: Piles = field(default_factory=Piles)
    database: str | None = None
    """Why the database is not well, or None."""
    depths: dict[str, Depth] = field(default_factory=dict)
    steps: dict[str, Waiting] = field(default_factory=dict)
    balanced: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    measures: Measures | None = None
    tasks: int = 0
    """What this process does side by side."""
    _seldom: float = 0.0
    """When what is dear may be asked again (monotonic)."""
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def run(self) -> None:
        """Runs for ever. A fault of ours in here is no reason to stop anything."""
        while True:
            try:
                await self.look()
            except Exception as error:  # noqa: BLE001 -- who only looks must not break what works
                journal.failed("watch", error)
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Once, at everything; what is away keeps what was seen of it last."""
        async with self._looking:
            self.tasks = len(asyncio.all_tasks())
            try:
                async with asyncio.timeout(_ANSWER):
                    await self.ping()
                    await self.besides()
                    await self._ledger()
            except TimeoutError:
                self.database = "no_answer"
            except Temporary as error:
                self.database = error.code
            else:
                self.database = None
            for queue in self.queues:
                with contextlib.suppress(Temporary):
                    self.depths[queue] = depth = await self.broker.depth(queue)
                    self.piles.look(queue, depth.ready + depth.unsettled)
                    if not depth.ready + depth.unsettled:
                        journal.waited(queue, 0.0)
            self.piles.look("spool", self.spool.waiting())

    async def _ledger(self) -> None:
        if self.waiting is not None:
            self.steps.update(await self.waiting())
            for step, seen in self.steps.items():
                self.piles.look(step, seen.many)
        if self.withheld is not None and self.balance is not None and time.monotonic() >= self._seldom:
            began = time.monotonic()
            self.steps["withheld"] = await self.withheld()
            self.balanced = {line["door"]: line for line in await self.balance()}
            if self.measured is not None:
                self.measures = await self.measured()
            took = time.monotonic() - began
            self._seldom = began + max(_SELDOM, took * _SHARE)

    def collect(self) -> Iterable[Metric]:
        """What `/metrics` shows of it."""
        queues = GaugeMetricFamily("intake_queue_letters", "Letters in a queue.", labels=["queue", "state"])
        for queue, depth in self.depths.items():
            queues.add_metric([queue, "ready"], depth.ready)
            queues.add_metric([queue, "unsettled"], depth.unsettled)
        yield queues
        limits = GaugeMetricFamily("intake_queue_limit", "Letters that a subscriber's queue keeps.", labels=["queue"])
        for queue, limit in self.piles.full.items():
            limits.add_metric([queue], limit)
        yield limits
        count = GaugeMetricFamily("intake_waiting", "What waits in the ledger.", labels=["step"])
        oldest = GaugeMetricFamily("intake_waiting_oldest_seconds", "Age of the oldest of it.", labels=["step"])
        now = self.now()
        for step, seen in self.steps.items():
            count.add_metric([step], seen.many)
            oldest.add_metric([step], max(0.0, now.timestamp() - seen.since) if seen.since is not None else 0.0)
        yield count
        yield oldest
        yield from self._balance()
        yield GaugeMetricFamily("intake_spool_letters", "Letters in the spool.", value=self.spool.waiting())
        up = GaugeMetricFamily("intake_up", "1 while a part is well.", labels=["part"])
        why = GaugeMetricFamily("intake_ill", "A part that is not well, and why.", labels=["part", "code"])
        for part, ill in self.parts().items():
            up.add_metric([part], 0 if ill else 1)
            if ill:
                why.add_metric([part, ill], 1)
        yield up
        yield why
        days = GaugeMetricFamily(
            "intake_policy_review_days", "Days until a policy's review; negative when overdue.", labels=["brand"]
        )
        for brand, day in self.reviews().items():
            days.add_metric([brand], (day - now.date()).days)
        yield days
        told = GaugeMetricFamily(
            "intake_answered_timestamp_seconds",
            "When a source that we ask answered last, since 1970.",
            labels=["source"],
        )
        for source, at in self.answered().items():
            told.add_metric([source], at.timestamp())
        yield told
        yield GaugeMetricFamily("intake_tasks", "What this process does side by side.", value=self.tasks)
        yield from self.ground.disk()
        yield from self._measured(now)

    def _balance(self) -> Iterable[Metric]:
        """Of every door that anything came in by today; a process without router half tells none."""
        ends = GaugeMetricFamily("intake_balance", "Today's contacts, and what became of them.", labels=["door", "end"])
        for door, line in self.balanced.items():
            for end in balance.LISTS:
                ends.add_metric([door, end], line[end])
        yield ends

    def _measured(self, now: datetime) -> Iterable[Metric]:
        """What is looked at once a minute."""
        clocks = GaugeMetricFamily(
            "intake_clocks", "Deadlines within four hours, and those that ran out unsaid.", labels=["brand", "state"]
        )
        rows = GaugeMetricFamily("intake_rows", "Rows of a table of work.", labels=["table"])
        stored = GaugeMetricFamily("intake_store_bytes", "Size of the database.")
        ends = {what: at.timestamp() for what, at in self.ground.ends().items()}
        if self.measures is not None:
            for (brand, state), count in self.measures.clocks.items():
                clocks.add_metric([brand, state], count)
            for table, count in self.measures.rows.items():
                rows.add_metric([table], count)
            stored.add_metric([], self.measures.stored)
            ends |= {f"token {token}": at for token, at in self.measures.tokens.items()}
        days = GaugeMetricFamily("intake_expires_days", "Days until a certificate or a token ends.", labels=["what"])
        for what, at in ends.items():
            days.add_metric([what], (at - now.timestamp()) / _DAY)
        yield from (clocks, rows, stored, days)
