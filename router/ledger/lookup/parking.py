"""What is parked: why, since when, and the letter itself."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import Letter
from router.ledger import tables
from router.ledger.balance import door_of
from router.ledger.lookup.cases import moment
from router.ledger.lookup.reasons import reason

LISTED = 1000
"""Rows of one answer."""
PREVIEW = 4000
"""Code points of a letter that are shown."""


@dataclass(frozen=True)
class Which:
    """Of all that is parked."""

    reason: str | None = None
    door: str | None = None
    """By which it came: what a door could not read, or a message of it."""
    day: date | None = None
    """On which it was parked (UTC)."""
    after: tuple[float, str] | None = None
    """Only what stands behind this row: since when it is parked, and its id."""

    @property
    def query(self) -> sa.Select[Any]:
        """In order; but for the door, which stands inside a letter."""
        parked = tables.parked
        query = sa.select(parked).order_by(parked.c.since, parked.c.id)
        if self.reason is not None:
            query = query.where(parked.c.reason == self.reason)
        if self.day is not None:
            start = datetime.combine(self.day, time.min, UTC)
            query = query.where(
                parked.c.since >= start.timestamp(), parked.c.since < (start + timedelta(days=1)).timestamp()
            )
        if self.after is not None:
            query = query.where(sa.tuple_(parked.c.since, parked.c.id) > sa.tuple_(*map(sa.literal, self.after)))
        return query


def listing(
    connection: sa.Connection, which: Which = Which(), limit: int = LISTED
) -> tuple[list[dict[str, Any]], tuple[float, str] | None]:
    """The oldest first; ids and codes only. And behind which row there may be more."""
    found: list[dict[str, Any]] = []
    for row in connection.execute(which.query):
        door = door_of(row.queue, row.letter)
        if which.door is None or door == which.door:
            found.append(
                {
                    "id": row.id,
                    "queue": row.queue,
                    "door": door,
                    "reason": row.reason,
                    "attempts": row.attempts,
                    "since": moment(row.since),
                }
            )
        if len(found) == limit:
            return found, (row.since, row.id)
    return found, None


def groups(connection: sa.Connection) -> list[dict[str, Any]]:
    """By reason: how many, since when, why, and how it is put right."""
    parked = tables.parked
    query = sa.select(parked.c.reason, sa.func.count(), sa.func.min(parked.c.since)).group_by(parked.c.reason)
    return [
        {"reason": code, "count": many, "since": moment(since), **reason(code)._asdict()}
        for code, many, since in connection.execute(query.order_by(parked.c.reason))
    ]


def letter(connection: sa.Connection, parked_id: str) -> tuple[str, float, Letter] | None:
    """Queue, since when (seconds since 1970) and letter of one row. Words of people."""
    query = sa.select(tables.parked).where(tables.parked.c.id == parked_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    kept: dict[str, Any] = json.loads(row.letter)
    kept["body"] = kept["body"].encode("utf-8", "surrogateescape")
    return row.queue, row.since, Letter(**kept)


def shown(connection: sa.Connection, parked_id: str) -> dict[str, Any] | None:
    """One row whole, its letter cut after `PREVIEW`; and the contact, if that was decided in the meantime."""
    found = letter(connection, parked_id)
    if found is None:
        return None
    queue, since, kept = found
    query = sa.select(tables.parked.c.attempts, tables.parked.c.reason).where(tables.parked.c.id == parked_id)
    row = connection.execute(query).one()
    text = kept.body.decode("utf-8", "replace")
    return {
        "id": parked_id,
        "queue": queue,
        "reason": row.reason,
        **reason(row.reason)._asdict(),
        "attempts": row.attempts,
        "since": moment(since),
        "content_type": kept.content_type,
        "bytes": len(kept.body),
        "letter": text[:PREVIEW],
        "cut": len(text) > PREVIEW,
    }
