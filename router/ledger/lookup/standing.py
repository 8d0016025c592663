"""How it stands: what waits at each step and since when, and the balance of every door.

    contacts in = cases + joined + machine + aside + parked + unaccounted

`unaccounted` counts contacts that say that they became something which is not there: it is 0 as long as our promises
hold. What the doors hold and the router has not seen yet waits in a queue or in the spool, and is no contact so far.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from intake_daemon import canary
from router.ledger import lives, measures, tables
from router.ledger.gauges import NEWER
from router.ledger.lookup.cases import moment

_DISPOSITIONS = {
    "case": "cases",
    "joined": "joined",
    "machine": "machine",
    "aside": "aside",
    "parked": "parked",
    canary.PURPOSE: "canaries",
}


def standing(connection: sa.Connection, now: datetime) -> dict[str, Any]:
    """`balance`, `doors` (the balance of each), `waiting` (count and since when, per step), `withheld`, `parked`, and
    `sizes`: bytes of the database, and rows of the tables of work."""
    return {
        "balance": lives.balance(connection),
        "doors": _doors(connection),
        "waiting": _waiting(connection, now),
        "withheld": _withheld(connection),
        "parked": _parked(connection),
        "sizes": {"bytes": measures.stored(connection), "rows": measures.rows(connection)},
    }


def _doors(connection: sa.Connection) -> dict[str, dict[str, int]]:
    contacts = tables.contacts
    query = sa.select(
        contacts.c.connector, contacts.c.disposition, sa.func.count().label("many"), sa.func.sum(contacts.c.seen - 1)
    ).group_by(contacts.c.connector, contacts.c.disposition)
    doors: dict[str, dict[str, int]] = {}
    for door, disposition, many, repeats in connection.execute(query):
        counted = doors.setdefault(door, dict.fromkeys(("in", *_DISPOSITIONS.values(), "repeats"), 0))
        if disposition != canary.PURPOSE:
            counted["in"] += many
            counted["repeats"] += int(repeats or 0)
        counted[_DISPOSITIONS.get(disposition, disposition)] = (
            counted.get(_DISPOSITIONS.get(disposition, disposition), 0) + many
        )
    refused = sa.select(tables.refusals.c.door, sa.func.sum(tables.refusals.c.many)).group_by(tables.refusals.c.door)
    for door, many in connection.execute(refused):
        counted = doors.setdefault(door, dict.fromkeys(("in", *_DISPOSITIONS.values(), "repeats"), 0))
        counted["refused"] = int(many)
    return doors


def _waiting(connection: sa.Connection, now: datetime) -> list[dict[str, Any]]:
    found = [_outbox(connection)]
    notices = tables.notices
    due = notices.c.not_before <= now.timestamp()
    theirs = notices.c.purpose != canary.PURPOSE  # what became of a canary's, it tells itself
    for what, state in (
        ("notices due", notices.c.state.in_(("owed", "deferred")) & due),
        ("notices deferred", notices.c.state.in_(("owed", "deferred")) & ~due),
        ("notices on their way", notices.c.state == "released"),
        ("notices perhaps sent", notices.c.state == "unknown"),
        ("notices not delivered", notices.c.state == "failed"),
    ):
        query = sa.select(sa.func.count(), sa.func.min(notices.c.created_at)).where(state, theirs)
        count, since = connection.execute(query).one()
        found.append({"what": what, "count": count, "since": moment(since) if count else None})
    parked = tables.parked
    newer = sa.select(sa.func.count(), sa.func.min(parked.c.since)).where(parked.c.reason == NEWER)
    count, since = connection.execute(newer).one()
    found.append({"what": "for a newer version", "count": count, "since": moment(since) if count else None})
    return found


def _outbox(connection: sa.Connection) -> dict[str, Any]:
    """Its rows carry no time: the oldest is as old as the event or the notice that it publishes."""
    count = connection.execute(sa.select(sa.func.count()).select_from(tables.outbox)).scalar_one()
    since = None
    if count:
        first = sa.select(tables.outbox.c.message_id).order_by(tables.outbox.c.id).limit(1)
        key = connection.execute(first).scalar_one_or_none()
        event = sa.select(tables.events.c.body).where(tables.events.c.id == key)
        notice = sa.select(tables.notices.c.created_at).where(tables.notices.c.id == key)
        if body := connection.execute(event).scalar_one_or_none():
            since = json.loads(body)["recorded_at"]
        elif (created := connection.execute(notice).scalar_one_or_none()) is not None:
            since = moment(created)
    return {"what": "outbox", "count": count, "since": since}


def _withheld(connection: sa.Connection) -> dict[str, Any]:
    """Open cases whose acknowledgement waits for a person, by reason."""
    reasons: dict[str, int] = {}
    since: float | None = None
    first = tables.contacts.c.id == tables.cases.c.id  # a case has the id of the contact that it began with
    query = sa.select(tables.cases.c.body, tables.contacts.c.received_at).join(tables.contacts, first)
    marked = tables.cases.c.open & tables.cases.c.body.contains('"withheld":"', autoescape=True)
    for body, received in connection.execute(query.where(marked)):
        reason = str(json.loads(body)["withheld"])
        reasons[reason] = reasons.get(reason, 0) + 1
        since = received if since is None else min(since, received)
    return {"count": sum(reasons.values()), "reasons": reasons, "since": None if since is None else moment(since)}


def _parked(connection: sa.Connection) -> dict[str, Any]:
    parked = tables.parked
    query = sa.select(parked.c.reason, sa.func.count(), sa.func.min(parked.c.since)).group_by(parked.c.reason)
    rows = connection.execute(query.where(parked.c.reason != NEWER)).all()
    return {
        "count": sum(row[1] for row in rows),
        "reasons": {row[0]: row[1] for row in rows},
        "since": moment(min(row[2] for row in rows)) if rows else None,
    }
