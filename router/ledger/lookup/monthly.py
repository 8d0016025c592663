"""A brand's month for its report: the events of the cases to which something happened then, in one pass.

Read whole, but only the types of events that a report is made of: cases with an event in the month or the month before,
those that are open, those that ended since. Read for little: earlier complaints of the same correspondents (repeats),
and to which cases an improvement was linked before. Nothing is kept of a case but its counts, so the cost grows with
the month's cases; which ones those are, the database finds by brand, type and time of the events.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import groupby, islice
from operator import itemgetter
from typing import Any

import sqlalchemy as sa

from intake_daemon.events import Event
from router.ledger import tables
from router.reports import AGAIN, TOLD, Asked, Report, Story, report, tell

_PIECE = 500
"""Cases, or correspondents, that are read at a time."""
_COMPLAINED = ("complaint.received", "contact.set_aside", "topic.set")
"""Types that say when somebody complained about what."""
Told = Iterator[tuple[Story, Sequence[str]]]
"""Stories of cases, each with the hashes of its correspondents."""


def monthly(connection: sa.Connection, asked: Asked, now: datetime) -> Report:
    """The report of one brand and month."""
    start, end = asked.month.before.start(asked.zone), asked.month.end(asked.zone)
    ids = connection.execute(_cases(asked.brand, start.timestamp(), end.timestamp())).scalars().all()
    people: set[str] = set()

    def whole() -> Told:
        for story, theirs in _stories(connection, ids, TOLD):
            people.update(theirs)
            yield story, theirs

    def background() -> Told:
        yield from _improved(connection, asked.brand, start.timestamp())
        known = set(ids)
        for piece in _pieces(sorted(people)):
            earlier = _earlier(connection, asked.brand, piece, (start - AGAIN).timestamp())
            yield from _stories(connection, sorted(set(earlier) - known), _COMPLAINED)
            known.update(earlier)

    return report(asked, whole(), now, background=background())


def anything(connection: sa.Connection, brand: str, before: datetime) -> bool:
    """Whether the brand has a case that began before this moment."""
    cases = tables.cases
    query = sa.select(cases.c.id).where(cases.c.brand == brand, cases.c.opened_at < before.timestamp()).limit(1)
    return connection.execute(query).first() is not None


def _cases(brand: str, start: float, end: float) -> sa.CompoundSelect[Any]:
    """Ids of the cases that are read whole."""
    events, cases = tables.events, tables.cases
    happened = sa.select(events.c.case_id).where(
        events.c.brand == brand, events.c.type.in_(TOLD), events.c.time >= start, events.c.time < end
    )
    ended = sa.select(events.c.case_id).where(
        events.c.brand == brand, events.c.type.in_(("case.closed", "complaint.withdrawn")), events.c.time >= end
    )
    still = sa.select(cases.c.id).where(cases.c.brand == brand, cases.c.open, cases.c.opened_at < end)
    return sa.union(happened, ended, still).order_by("case_id")


def _stories(connection: sa.Connection, ids: Sequence[str], types: Sequence[str]) -> Told:
    """These cases, as far as events of these types tell of them."""
    events, known = tables.events, tables.correspondents
    for piece in _pieces(ids):
        people: defaultdict[str, list[str]] = defaultdict(list)
        for row in connection.execute(sa.select(known).where(known.c.case_id.in_(piece))):
            people[row.case_id].append(row.correspondent)
        query = sa.select(events.c.case_id, events.c.body).where(events.c.case_id.in_(piece), events.c.type.in_(types))
        rows = connection.execute(query.order_by(events.c.case_id, events.c.sequence))
        for case, history in groupby(rows, key=itemgetter(0)):
            yield tell(Event.model_validate_json(body) for _, body in history), people[case]


def _improved(connection: sa.Connection, brand: str, before: float) -> Told:
    """Improvements that were recorded earlier: each a story of nothing else."""
    events = tables.events
    query = sa.select(events.c.body).where(
        events.c.brand == brand, events.c.type == "improvement.recorded", events.c.time < before
    )
    for body in connection.execute(query).scalars():
        yield tell([Event.model_validate_json(body)]), ()


def _earlier(connection: sa.Connection, brand: str, people: Sequence[str], since: float) -> Sequence[str]:
    """Ids of the brand's cases of these correspondents."""
    cases, known = tables.cases, tables.correspondents
    query = (
        sa.select(cases.c.id)
        .join(known, known.c.case_id == cases.c.id)
        .where(known.c.correspondent.in_(people), cases.c.brand == brand, cases.c.opened_at >= since)
    )
    return connection.execute(query.distinct()).scalars().all()


def _pieces(values: Iterable[str]) -> Iterator[list[str]]:
    """A piece of them at a time."""
    rest = iter(values)
    while piece := list(islice(rest, _PIECE)):
        yield piece
