"""The feed: every event in the order in which it left, for who missed some or comes later."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from intake_daemon.broker import matches
from intake_daemon.contract import Letter
from intake_daemon.events import CONTENT_TYPE, Event, cloud_event, encoded
from router.ledger import tables


def after(
    connection: sa.Connection, position: int, limit: int, installation: str, brands: Sequence[str]
) -> tuple[list[dict[str, Any]], int]:
    """CloudEvents of these brands that left after a position, each with its own (`position`); and where to go on."""
    rows = _rows(connection, position, limit)
    found = [
        {**cloud_event(Event.model_validate_json(row.body), installation), "position": row.position}
        for row in rows
        if row.brand in brands
    ]
    return found, rows[-1].position if rows else position


def letters(
    connection: sa.Connection, position: int, limit: int, installation: str, *, queue: str, bind: Sequence[str]
) -> tuple[list[Letter], int, bool]:
    """The same events for one queue, as the broker carries them, byte by byte as the first time; and whether that is
    all of them."""
    rows = _rows(connection, position, limit)
    found = []
    for row in rows:
        happened = Event.model_validate_json(row.body)
        if any(matches(pattern, f"{row.brand}.{row.type}") for pattern in bind):
            found.append(Letter("", queue, encoded(happened, installation), happened.id, CONTENT_TYPE))
    return found, rows[-1].position if rows else position, len(rows) < limit


def _rows(connection: sa.Connection, position: int, limit: int) -> Sequence[Any]:
    events = tables.events
    query = sa.select(events.c.position, events.c.brand, events.c.type, events.c.body)
    return connection.execute(query.where(events.c.position > position).order_by(events.c.position).limit(limit)).all()
