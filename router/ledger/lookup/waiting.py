"""What waits for a person to look at it: contacts that lie aside, and tasks that are open."""

from __future__ import annotations

import json
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from router.case import Case
from router.ledger import tables
from router.ledger.lookup.cases import moment

ASIDE = "aside"
_LISTED = 1000
WITH_TASKS = '"tasks":[{'
"""How the body of a case with open tasks reads."""
HAS_TASKS = tables.cases.c.open | (tables.cases.c.state == "redirected")
"""Of these a case may have some: it cannot close over one, and who was sent elsewhere must be told so."""


def asides(connection: sa.Connection, *, brands: Collection[str], limit: int = _LISTED) -> list[dict[str, Any]]:
    """Contacts that were set aside, by a rule or by a person, the oldest first: ids, reasons, times."""
    contacts = tables.contacts
    rows = connection.execute(lying(brands).order_by(contacts.c.received_at, contacts.c.id).limit(limit)).all()
    return [_aside(connection, row) for row in rows]


def aside(connection: sa.Connection, contact: str, *, brands: Collection[str]) -> dict[str, Any] | None:
    """One of them, by its id or the reference that was told."""
    contacts = tables.contacts
    row = connection.execute(
        lying(brands).where((contacts.c.id == contact) | (contacts.c.reference == contact))
    ).first()
    return None if row is None else {**_aside(connection, row), "findings": json.loads(row.findings)}


def lying(brands: Collection[str]) -> sa.Select[Any]:
    """Contacts that lie aside. A case has the id of the contact that it began with; one that was turned back is none
    of these, whatever its contact became at first."""
    contacts, cases = tables.contacts, tables.cases
    theirs = sa.outerjoin(contacts, cases, cases.c.id == contacts.c.id)
    by_rule = (contacts.c.disposition == ASIDE) & (cases.c.id.is_(None) | ~cases.c.open)
    query = sa.select(contacts, cases.c.reference.label("case_reference"), cases.c.state).select_from(theirs)
    return query.where(by_rule | (cases.c.state == ASIDE), contacts.c.brand.in_(list(brands)))


def _aside(connection: sa.Connection, row: sa.Row[Any]) -> dict[str, Any]:
    reason, by = row.reason, "daemon"
    if row.state == ASIDE and row.disposition != ASIDE:
        events = tables.events
        said = (events.c.case_id == row.id) & (events.c.type == "contact.set_aside")
        body = connection.execute(sa.select(events.c.body).where(said).order_by(events.c.sequence.desc())).scalar()
        data = json.loads(body or "{}").get("data", {})
        reason, by = data.get("reason", ""), data.get("by", "")
    return {
        "id": row.id,
        "reference": row.case_reference or row.reference,
        "brand": row.brand,
        "channel": row.channel,
        "connector": row.connector,
        "received_at": moment(row.received_at),
        "reason": reason,
        "by": by,
        "erased": row.erased,
    }


def with_tasks(connection: sa.Connection, *, brands: Collection[str]) -> list[Case]:
    """Cases with open tasks."""
    cases = tables.cases
    query = sa.select(cases.c.body).where(HAS_TASKS, cases.c.brand.in_(list(brands)))
    marked = query.where(cases.c.body.contains(WITH_TASKS, autoescape=True)).order_by(cases.c.opened_at, cases.c.id)
    return [Case.model_validate_json(body) for body in connection.execute(marked).scalars()]


def words(connection: sa.Connection, ids: Sequence[str | None]) -> dict[str, dict[str, Any]]:
    """Contents by id. Words of people."""
    stored = tables.content
    query = sa.select(stored.c.id, stored.c.kind, stored.c.body).where(stored.c.id.in_([each for each in ids if each]))
    return {row.id: {"kind": row.kind, "body": _readable(row.body)} for row in connection.execute(query)}


def _readable(body: str) -> object:
    try:
        found = json.loads(body)
    except ValueError:
        return {"text": body}
    return found if isinstance(found, dict) else {"text": body}
