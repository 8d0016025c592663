"""A brand's month for its report: the events of the cases to which something happened then, in one pass.

Which cases: those with an event in the month or the month before, those that are open, those that were closed since,
those with an improvement (it may be linked again), and earlier ones of the same correspondents (repeats). SQL finds
their ids and gives only the types of events that a report is made of, case by case; nothing is kept of a case but its
counts. 100,000 cases of one month take a few seconds, a month among 100,000 cases less than one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from intake_daemon.events import Event
from router.ledger import tables
from router.reports import TOLD, Asked, Report, Story, report, tell

_PIECE = 500
"""Cases that are read at a time."""


def monthly(connection: sa.Connection, asked: Asked, now: datetime) -> Report:
    """The report of one brand and month."""
    start, end = asked.month.before.start(asked.zone), asked.month.end(asked.zone)
    wanted = connection.execute(_cases(asked.brand, start.timestamp(), end.timestamp())).scalars().all()
    return report(asked, _stories(connection, wanted), now)


def anything(connection: sa.Connection, brand: str, before: datetime) -> bool:
    """Whether the brand has a case that began before this moment."""
    cases = tables.cases
    query = sa.select(cases.c.id).where(cases.c.brand == brand, cases.c.opened_at < before.timestamp()).limit(1)
    return connection.execute(query).first() is not None


def _cases(brand: str, start: float, end: float) -> sa.CompoundSelect[Any]:
    """Ids of the cases that the report needs to know."""
    events, cases, known = tables.events, tables.cases, tables.correspondents
    of_brand = events.c.brand == brand
    happened = sa.select(events.c.case_id).where(
        of_brand, events.c.type.in_(TOLD), events.c.time >= start, events.c.time < end
    )
    later = sa.select(events.c.case_id).where(
        of_brand, events.c.type.in_(("case.closed", "complaint.withdrawn")), events.c.time >= end
    )
    improved = sa.select(events.c.case_id).where(of_brand, events.c.type == "improvement.recorded")
    still = sa.select(cases.c.id).where(cases.c.brand == brand, cases.c.open, cases.c.opened_at < end)
    found = sa.union(happened, later, improved, still).cte("found")
    theirs = sa.select(known.c.correspondent).where(known.c.case_id.in_(sa.select(found.c.case_id)))
    earlier = (
        sa.select(known.c.case_id)
        .join(cases, cases.c.id == known.c.case_id)
        .where(cases.c.brand == brand, known.c.correspondent.in_(theirs))
    )
    return sa.union(sa.select(found.c.case_id), earlier).order_by("case_id")


def _stories(connection: sa.Connection, ids: Sequence[str]) -> Iterator[tuple[Story, Sequence[str]]]:
    """Each case with the hashes of its correspondents, a piece of them at a time."""
    events, known = tables.events, tables.correspondents
    for begin in range(0, len(ids), _PIECE):
        piece = ids[begin : begin + _PIECE]
        people: defaultdict[str, list[str]] = defaultdict(list)
        for row in connection.execute(sa.select(known).where(known.c.case_id.in_(piece))):
            people[row.case_id].append(row.correspondent)
        query = sa.select(events.c.case_id, events.c.body).where(events.c.case_id.in_(piece), events.c.type.in_(TOLD))
        rows = connection.execute(query.order_by(events.c.case_id, events.c.sequence))
        for case, history in groupby(rows, key=itemgetter(0)):
            yield tell(Event.model_validate_json(body) for _, body in history), people[case]
