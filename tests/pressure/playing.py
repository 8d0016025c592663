"""An installation under pressure: a subscriber that nobody reads, a second way out, a record that somebody holds."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from router.ledger import tables
from tests.walk.daemon import Daemon, Installation

DEAF = "deaf"
"""A subscriber that reads nothing, beside the case system's queue."""
POST = "post"
"""The way out for Kontakt's letters, into a Maildir; every other brand's go to the next mail server."""


def arrange(daemon: Daemon, outbox: str, *, keeps: int, **settings: Any) -> None:  # noqa: ANN401 -- as intake.yaml has them
    """Before its start."""
    written = daemon.folder / "intake.yaml"
    configured: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    configured["subscribers"][DEAF] = {"bind": ["#"], "max_length": keeps}
    configured["connectors"][POST] = {"kind": "mail", "maildir": outbox}
    configured["brands"]["kontakt"]["outgoing"] = {"email": POST}
    written.write_text(json.dumps({**configured, **settings}), encoding="utf-8")


@contextmanager
def locked(place: Installation) -> Iterator[None]:
    """Somebody holds the record: what comes in is held by the broker, and nothing is decided."""
    with_lock = sqlite3.connect(place.var / "ledger.db", isolation_level=None, timeout=60)
    try:
        with_lock.execute("BEGIN IMMEDIATE")
        yield
    finally:
        with_lock.close()


def decided(place: Installation) -> int:
    """How many contacts are."""
    with place.reading().connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.contacts)).scalar_one())


def put_off(place: Installation) -> int:
    """How many letters wait for their next attempt."""
    with place.reading().connect() as connection:
        notices = sa.select(sa.func.count()).select_from(tables.notices)
        return int(connection.execute(notices.where(tables.notices.c.state == "deferred")).scalar_one())


def hastened(place: Installation) -> bool:
    """Nobody waits until the next attempt is due; whether no letter waits for one."""
    t = tables.notices
    with place.reading().begin() as connection:
        later = sa.select(t.c.id).where(t.c.state == "deferred", t.c.not_before > 0)
        found = connection.execute(later if place.store == "sqlite" else later.with_for_update(skip_locked=True))
        connection.execute(sa.update(t).where(t.c.id.in_(list(found.scalars()))).values(not_before=0))
    return not put_off(place)


def the_last(events: Sequence[Mapping[str, Any]], all_events: Sequence[Mapping[str, Any]]) -> bool:
    """Whether these are the end of all of them, in order."""
    names = [each["id"] for each in all_events]
    return [each["id"] for each in events] == names[len(names) - len(events) :]


def lying(place: Installation, queue: str) -> list[dict[str, Any]]:
    """What lies in a queue of the embedded broker, in order. The daemon must be stopped."""
    with sqlite3.connect(place.var / "broker.db") as file:
        rows = file.execute("SELECT body FROM letters WHERE queue = ? ORDER BY id", (queue,)).fetchall()
    file.close()
    return [json.loads(body) for (body,) in rows]
