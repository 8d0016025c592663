"""What the tick reads and writes: cases whose clocks wake, and how far every router process has read its queues.

A clock is looked at again when it wakes. Where nothing could be declared yet (a letter on its way may still meet it),
it is put off for half a minute, so that it hides no other.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa

from intake_daemon.contract import Progress
from router.ledger import reading, tables
from router.ledger.batch import Batch
from router.ledger.tallies import Tallies

_PUT_OFF = 30.0
_GONE = timedelta(minutes=1)
"""A router that has said nothing for so long has died, or stands still: its deliveries go back to the queue."""


def read(
    connection: sa.Connection, batch: Batch, until: datetime, limit: int, *, sqlite: bool, tallies: Tallies
) -> list[str]:
    """Cases whose clocks wake before `until`, the earliest first, locked and read with all that a decision needs."""
    clocks = tables.clocks
    first = sa.func.min(clocks.c.wakes)
    due = clocks.c.wakes <= until.timestamp()
    query = sa.select(clocks.c.case_id).where(due).group_by(clocks.c.case_id).order_by(first).limit(limit)
    found = list(connection.execute(query).scalars())
    if not found:
        return []
    newer: set[str] = set()
    reading.read_cases(connection, batch, sorted(found), sqlite=sqlite, newer=newer)
    put_off(connection, sorted(newer), batch.now)  # a newer version's: it ticks for them
    found = [case for case in found if case in batch.cases]
    reading.read_contacts(connection, batch, found)
    tallies.tell(connection, batch, {batch.cases[case].brand for case in found})
    return found


def put_off(connection: sa.Connection, cases: Sequence[str], now: datetime) -> None:
    """What still wakes in the past is looked at again later."""
    clocks = tables.clocks
    if cases:
        late = clocks.c.case_id.in_(cases) & (clocks.c.wakes <= now.timestamp())
        connection.execute(sa.update(clocks).where(late).values(wakes=now.timestamp() + _PUT_OFF))


def wakes(connection: sa.Connection) -> datetime | None:
    """When the next clock wakes."""
    first = connection.execute(sa.select(sa.func.min(tables.clocks.c.wakes))).scalar_one()
    return None if first is None else datetime.fromtimestamp(first, UTC)


def recount(connection: sa.Connection) -> None:
    """Every running clock wakes now."""
    connection.execute(sa.update(tables.clocks).values(wakes=0.0))


def progress(connection: sa.Connection, holder: str, mine: Sequence[Progress], now: datetime) -> list[Progress]:
    """Told anew, and what all say that live."""
    table = tables.progress
    old = (now - _GONE).timestamp()
    connection.execute(sa.delete(table).where((table.c.holder == holder) | (table.c.at < old)))
    rows = [
        {
            "holder": holder,
            "queue": each.queue,
            "at": now.timestamp(),
            "known": each.known.timestamp(),
            "open_since": each.open_since.timestamp() if each.open_since else None,
        }
        for each in mine
    ]
    if rows:
        connection.execute(sa.insert(table), rows)
    return [
        Progress(
            holder=row.holder,
            queue=row.queue,
            at=_time(row.at),
            known=_time(row.known),
            open_since=None if row.open_since is None else _time(row.open_since),
        )
        for row in connection.execute(sa.select(table))
    ]


def _time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
