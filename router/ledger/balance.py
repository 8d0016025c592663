"""The balance per door and day, and each of its numbers as a list.

    in = cases + joined + machine + aside + parked + unaccounted        beside it: repeats, canaries, refused

A day is one of UTC, by `received_at`: ours, so no source can move a contact into another day. `parked` counts contacts
that are parked instead of decided; `unaccounted` those that say that they became something which is not there.
Refusals are counted where they happen (intake_daemon/journal.py) and kept here per door, day and code, some seconds
later (`keep_refusals`): a process that is killed takes its last ones along.

Codes, counts and references only; every query reads the days that are asked for, by their index.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon import canary
from intake_daemon.contract import ROUTER_QUEUE
from router.ledger import tables
from router.ledger.lives import came_in

ENDS = ("cases", "joined", "machine", "aside", "parked", "unaccounted")
"""What contacts become; together they are all that came in."""
BESIDE = ("repeats", "canaries", "refused")
LISTS = ("in", *ENDS, *BESIDE)
"""Every number of a line; each is a list, too."""
DAYS = 366
"""How many are told at a time."""
_BECAME = {"case": "cases", "joined": "joined", "machine": "machine", "aside": "aside", "parked": "parked"}
_UNKNOWN = "unknown"
"""The door of a parked letter that does not say by which it came."""


def days(since: date, until: date) -> Iterator[date]:
    """Each day from the first to the last, both counted; the last `DAYS` of them."""
    day = max(since, until - timedelta(days=DAYS - 1))
    while day <= until:
        yield day
        day += timedelta(days=1)


def lines(connection: sa.Connection, wanted: Iterable[date], door: str | None = None) -> list[dict[str, Any]]:
    """A line for every door and day on which something came: `day`, `door` and the numbers."""
    wanted = tuple(wanted)
    waiting = _parked(connection, wanted)
    found = []
    for day in wanted:
        doors = _decided(connection, day)
        for parked in waiting:
            if parked["day"] == day:
                line = doors.setdefault(parked["door"], _line())
                line["in"] += 1
                line["parked"] += 1
        for name, _, many, _ in _refusals(connection, day):
            doors.setdefault(name, _line())["refused"] += many
        found += [
            {"day": day.isoformat(), "door": name, **line}
            for name, line in sorted(doors.items())
            if door is None or name == door
        ]
    return found


def listed(connection: sa.Connection, day: date, end: str, door: str | None, limit: int) -> list[dict[str, Any]]:
    """One number as a list, the oldest first. Raises KeyError for a number that no line has."""
    if end == "refused":
        rows = _refusals(connection, day)
        return [
            {"door": name, "reason": reason, "count": many, "last": _moment(last)}
            for name, reason, many, last in rows
            if door is None or name == door
        ]
    waiting = [
        {"door": each["door"], "id": each["id"], "at": _moment(each["since"]), "became": "parked", **each["why"]}
        for each in _parked(connection, (day,) if end in {"in", "parked"} else ())
        if door is None or each["door"] == door
    ]
    return [*_contacts(connection, day, end, door, limit), *waiting][:limit]


def keep_refusals(connection: sa.Connection, counted: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Add what was refused since the last time, under (door, code)."""
    rows = [
        {"day": now.date().isoformat(), "door": door, "reason": reason, "many": many, "last": now.timestamp()}
        for (door, reason), many in sorted(counted.items())
    ]
    if rows:
        connection.execute(
            sa.text(
                "INSERT INTO refusals (day, door, reason, many, last) VALUES (:day, :door, :reason, :many, :last) "
                "ON CONFLICT (day, door, reason) DO UPDATE SET many = refusals.many + excluded.many, "
                "last = excluded.last"
            ),
            rows,
        )


def _line() -> dict[str, int]:
    return dict.fromkeys(LISTS, 0)


def _span(day: date) -> sa.ColumnElement[bool]:
    start = datetime.combine(day, time.min, UTC)
    received = tables.contacts.c.received_at
    return (received >= start.timestamp()) & (received < (start + timedelta(days=1)).timestamp())


def _lost() -> sa.ColumnElement[bool]:
    """Says that it became a case, or part of one, that is not there; or something that nobody knows."""
    contacts = tables.contacts
    theirs = sa.select(tables.cases.c.id).where(tables.cases.c.id == contacts.c.case_id)
    cased = contacts.c.disposition.in_(("case", "joined"))
    return (cased & ~theirs.exists()) | contacts.c.disposition.not_in((*_BECAME, canary.PURPOSE))


def _decided(connection: sa.Connection, day: date) -> dict[str, dict[str, int]]:
    contacts = tables.contacts
    query = (
        sa.select(
            contacts.c.connector,
            contacts.c.disposition,
            sa.func.count().label("many"),
            sa.func.sum(contacts.c.seen - 1).label("repeats"),
            sa.func.sum(sa.case((_lost(), 1), else_=0)).label("lost"),
        )
        .where(_span(day))
        .group_by(contacts.c.connector, contacts.c.disposition)
    )
    doors: dict[str, dict[str, int]] = {}
    for row in connection.execute(query):
        line = doors.setdefault(row.connector, _line())
        if row.disposition == canary.PURPOSE:
            line["canaries"] += row.many
            continue
        lost = int(row.lost or 0)
        line["in"] += row.many
        line["repeats"] += int(row.repeats or 0)
        line["unaccounted"] += lost
        if row.disposition in _BECAME:
            line[_BECAME[row.disposition]] += row.many - lost
    return doors


def _contacts(connection: sa.Connection, day: date, end: str, door: str | None, limit: int) -> list[dict[str, Any]]:
    contacts = tables.contacts
    named = {became: name for name, became in _BECAME.items()}
    which = {
        "in": contacts.c.disposition != canary.PURPOSE,
        "canaries": contacts.c.disposition == canary.PURPOSE,
        "repeats": (contacts.c.seen > 1) & (contacts.c.disposition != canary.PURPOSE),
        "unaccounted": _lost(),
        **{end: (contacts.c.disposition == name) & ~_lost() for end, name in named.items()},
    }[end]
    query = sa.select(contacts).where(_span(day), which).order_by(contacts.c.received_at, contacts.c.id).limit(limit)
    if door is not None:
        query = query.where(contacts.c.connector == door)
    return [
        {
            "door": row.connector,
            "id": row.id,
            "at": _moment(row.received_at),
            "became": row.disposition,
            "reason": row.reason,
            "reference": row.reference,
            "brand": row.brand,
            "repeats": row.seen - 1,
        }
        for row in connection.execute(query)
    ]


def _parked(connection: sa.Connection, wanted: Sequence[date]) -> list[dict[str, Any]]:
    """Contacts that were parked on these days instead of decided; few, since each waits for a person."""
    if not wanted:
        return []
    t = tables.parked
    start, end = (datetime.combine(day, time.min, UTC) for day in (min(wanted), max(wanted) + timedelta(days=1)))
    within = (t.c.since >= start.timestamp()) & (t.c.since < end.timestamp())
    query = sa.select(t).where(came_in(), within).order_by(t.c.since, t.c.id)
    return [
        {
            "id": row.id,
            "door": door_of(row.queue, row.letter),
            "day": datetime.fromtimestamp(row.since, UTC).date(),
            "since": row.since,
            "why": {"reason": row.reason},
        }
        for row in connection.execute(query)
    ]


def door_of(queue: str, letter: str) -> str:
    """By which door a parked letter came: what a door could not read lies under its name; a message says so itself."""
    if queue != ROUTER_QUEUE:
        return queue
    try:
        door = json.loads(json.loads(letter)["body"])["connector"]
    except (ValueError, KeyError, TypeError):
        return _UNKNOWN
    return door if isinstance(door, str) else _UNKNOWN


def _refusals(connection: sa.Connection, day: date) -> list[tuple[str, str, int, float]]:
    t = tables.refusals
    query = sa.select(t.c.door, t.c.reason, t.c.many, t.c.last).where(t.c.day == day.isoformat())
    return [tuple(row) for row in connection.execute(query.order_by(t.c.door, t.c.reason))]


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
