"""Open cases per handler, and automatic letters per brand within the last hour.

Both are needed by every decision about a new complaint, and counting open cases takes a while when there are a million
of them. So they are counted now and then, for no more than a twentieth of the time, and in between what this process
itself has decided is added. What other routers did is seen at the next count: an assignment may be less even for a
moment, and the brake a little late; with few cases every batch counts, and is exact.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import sqlalchemy as sa

from router.ledger import tables
from router.ledger.batch import Batch

BRAKE_WINDOW = timedelta(hours=1)
"""Over which automatic notices of one brand are counted."""
_SHARE = 20.0


@dataclass
class Tallies:
    """Of one process; used from several threads."""

    loads: Counter[str] = field(default_factory=Counter)
    brands: Counter[str] = field(default_factory=Counter)
    cost: float = 0.0
    """Seconds that the last count took."""
    _counted: float = float("-inf")
    """When it was (monotonic) …"""
    _for: datetime | None = None
    """… and for which moment."""
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def tell(self, connection: sa.Connection, batch: Batch, brands: Iterable[str]) -> None:
        """What is known goes into the batch; counted first when that was long ago, measured by what it costs."""
        with self._lock:
            rest = self.cost * _SHARE
            moved = self._for is None or abs((batch.now - self._for).total_seconds()) > max(rest, 1.0)
            unknown = set(brands) - self.brands.keys()
            if moved or unknown or time.monotonic() - self._counted > rest:
                self._count(connection, batch.now, sorted(unknown | self.brands.keys()))
            batch.loads = dict(self.loads)
            batch.brand_recent.update(self.brands)

    def add(self, batch: Batch) -> None:
        """After the commit: what this batch has changed."""
        with self._lock:
            self.loads.update(batch.load_changes)
            self.brands.update(batch.brand_changes)

    def stale(self) -> None:
        """The next one counts."""
        with self._lock:
            self._counted = float("-inf")

    def _count(self, connection: sa.Connection, now: datetime, brands: Sequence[str]) -> None:
        began = time.monotonic()
        cases, notices = tables.cases, tables.notices
        many = sa.func.count().label("many")
        open_cases = sa.select(cases.c.handler, many).where(cases.c.open).group_by(cases.c.handler)
        self.loads = Counter({row.handler: row.many for row in connection.execute(open_cases) if row.handler})
        since = (now - BRAKE_WINDOW).timestamp()
        recent = (
            sa.select(notices.c.brand, many)
            .where(notices.c.brand.in_(brands), notices.c.created_at > since, notices.c.staff.is_(None))
            .group_by(notices.c.brand)
        )
        self.brands = Counter(dict.fromkeys(brands, 0))
        self.brands.update({row.brand: row.many for row in connection.execute(recent)})
        self._for, self._counted = now, time.monotonic()
        self.cost = self._counted - began
