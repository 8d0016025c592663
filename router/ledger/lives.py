"""Lives in one line each, and the balance of all of them: what the demo and `intake status` show.

17:02:41  smtp-in   welzo     en  WLZ-4T7K-Q9MX-2RH0  billing  welzo_care/ilze  acknowledged in en  41 ms
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from intake_daemon import canary
from intake_daemon.contract import ROUTER_QUEUE
from intake_daemon.events import Event
from router.case import Case
from router.ledger import tables

_LEFT = ("owed", "released", "deferred")


def balance(connection: sa.Connection) -> dict[str, int]:
    """Contacts in, and what each of them became; `unaccounted` is what no promise of ours allows. Canaries are none."""
    contacts = tables.contacts
    names = {"case": "cases", "joined": "joined", "machine": "machine", "aside": "aside", "parked": "parked"}
    counted = dict.fromkeys(names.values(), 0)
    total = 0
    query = sa.select(contacts.c.disposition, sa.func.count()).where(contacts.c.disposition != canary.PURPOSE)
    query = query.group_by(contacts.c.disposition)
    for disposition, count in connection.execute(query):
        total += count
        if disposition in names:
            counted[names[disposition]] += count
    theirs = sa.select(tables.cases.c.id).where(tables.cases.c.id == contacts.c.case_id)
    lost = (
        sa.select(sa.func.count())
        .select_from(contacts)
        .where(contacts.c.disposition.in_(("case", "joined")), ~theirs.exists())
    )
    waiting = connection.execute(unread()).scalar_one()
    counted["parked"] += waiting
    is_open = sa.select(sa.func.count()).select_from(tables.cases).where(tables.cases.c.open)
    return {
        "in": total + waiting,
        **counted,
        "unaccounted": total - sum(counted.values()) + waiting + connection.execute(lost).scalar_one(),
        "open": connection.execute(is_open).scalar_one(),
    }


def unread() -> sa.Select[Any]:
    """How many contacts are parked instead of decided."""
    return sa.select(sa.func.count()).select_from(tables.parked).where(came_in())


def came_in() -> sa.ColumnElement[bool]:
    """Of parked letters those that are contacts: messages, and what a door could not read. Parked notices, receipts
    and commands wait for a person too, but nobody came in with them."""
    parked = tables.parked
    known = sa.select(tables.contacts.c.id).where(tables.contacts.c.id == parked.c.contact)
    return ((parked.c.queue == ROUTER_QUEUE) | parked.c.queue.not_like("intake.%")) & ~known.exists()


def seen(connection: sa.Connection) -> int:
    """Contacts with all their repeats."""
    return int(connection.execute(sa.select(sa.func.coalesce(sa.func.sum(tables.contacts.c.seen), 0))).scalar_one())


def last_life(connection: sa.Connection) -> str | None:
    """The contact that was decided last, or None while one of its letters has not left."""
    query = sa.select(tables.contacts).order_by(tables.contacts.c.decided_at.desc(), tables.contacts.c.id).limit(1)
    row = connection.execute(query).one_or_none()
    return None if row is None else _life(connection, row)


def _life(connection: sa.Connection, row: sa.Row[tuple[object, ...]]) -> str | None:
    contact = row._mapping  # noqa: SLF001 -- SQLAlchemy's public name begins so
    waits = tables.notices.c.state.in_(_LEFT) & (tables.notices.c.case_id == contact["case_id"])
    if connection.execute(sa.select(sa.func.count()).select_from(tables.notices).where(waits)).scalar_one():
        return None
    received = float(contact["received_at"])
    begin = f"{datetime.fromtimestamp(received, UTC).astimezone():%H:%M:%S} {contact['connector']:<8}"
    begin = f"{begin} {contact['brand']:<8}"
    body = connection.execute(
        sa.select(tables.cases.c.body).where(tables.cases.c.id == contact["case_id"])
    ).scalar_one_or_none()
    if body is None or contact["disposition"] not in {"case", "joined"}:
        return f"{begin} --  {contact['disposition']}: {contact['reason']}; kept, answered by nobody"
    case = Case.model_validate_json(body)
    what = f"acknowledged in {case.language}" if case.acknowledged_at else f"not acknowledged: {case.withheld or 'yet'}"
    took = f"{(case.acknowledged_at.timestamp() - received) * 1000:.0f} ms" if case.acknowledged_at else ""
    if contact["disposition"] == "joined":
        what, took = f"joined ({contact['reason']}), the handler told", ""
    who = f"{case.team}/{case.handler}"
    return f"{begin} {case.language}  {case.reference}  {case.topic:<16} {who:<28} {what} {took}".rstrip()


def first_event(connection: sa.Connection, reference: str) -> Event:
    """`complaint.received` of a case."""
    query = (
        sa.select(tables.events.c.body)
        .join(tables.cases, tables.cases.c.id == tables.events.c.case_id)
        .where(tables.cases.c.reference == reference, tables.events.c.type == "complaint.received")
    )
    return Event.model_validate_json(connection.execute(query).scalar_one())
