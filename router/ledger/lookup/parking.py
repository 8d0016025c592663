"""What is parked: why, since when, and the letter itself."""

from __future__ import annotations

import json
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import Letter
from router.ledger import tables
from router.ledger.lookup.cases import moment

PREVIEW = 4000
"""Code points of a letter that are shown."""


def listing(connection: sa.Connection, *, reason: str | None = None, limit: int = 1000) -> list[dict[str, Any]]:
    """The oldest first; ids and codes only."""
    parked = tables.parked
    query = sa.select(parked.c.id, parked.c.queue, parked.c.reason, parked.c.attempts, parked.c.since)
    if reason is not None:
        query = query.where(parked.c.reason == reason)
    rows = connection.execute(query.order_by(parked.c.since, parked.c.id).limit(limit))
    return [{**row._asdict(), "since": moment(row.since)} for row in rows]


def letter(connection: sa.Connection, parked_id: str) -> tuple[str, str, Letter] | None:
    """Queue, reason and letter of one row. Words of people."""
    query = sa.select(tables.parked).where(tables.parked.c.id == parked_id)
    row = connection.execute(query).one_or_none()
    if row is None:
        return None
    kept: dict[str, Any] = json.loads(row.letter)
    kept["body"] = kept["body"].encode("utf-8", "surrogateescape")
    return row.queue, row.reason, Letter(**kept)


def shown(connection: sa.Connection, parked_id: str) -> dict[str, Any] | None:
    """One row whole, its letter cut after `PREVIEW`; and the contact, if that was decided in the meantime."""
    found = letter(connection, parked_id)
    if found is None:
        return None
    queue, reason, kept = found
    query = sa.select(tables.parked.c.attempts, tables.parked.c.since).where(tables.parked.c.id == parked_id)
    row = connection.execute(query).one()
    text = kept.body.decode("utf-8", "replace")
    return {
        "id": parked_id,
        "queue": queue,
        "reason": reason,
        "attempts": row.attempts,
        "since": moment(row.since),
        "content_type": kept.content_type,
        "bytes": len(kept.body),
        "letter": text[:PREVIEW],
        "cut": len(text) > PREVIEW,
    }


def remove(connection: sa.Connection, parked_id: str) -> None:
    """It went back to where it came from, confirmed: the row goes, and its attempts count from nothing again."""
    connection.execute(sa.delete(tables.parked).where(tables.parked.c.id == parked_id))
    connection.execute(sa.delete(tables.attempts).where(tables.attempts.c.letter == parked_id))
