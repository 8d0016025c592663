"""A trace: what somebody knows of a contact (address, Message-ID, provider id, reference, day) to each of its steps.

Addresses and ids are hashed as the routing hashes them, so what is looked for never stands in the database in plain.
Machine mail has no case and so no correspondent: its address is looked for in its kept words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from intake_daemon.contract import BrandFacts
from intake_daemon.reference import read_reference
from router.contact import correspondent
from router.ledger import tables
from router.ledger.erasure import external_key
from router.ledger.lookup.cases import history, moment, notices

LIMIT = 500
"""Contacts of one trace, the newest."""
_KINDS = ("email", "phone", "telegram", "whatsapp", "facebook", "instagram", "chat", "postal")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


def trace(
    connection: sa.Connection, query: str, *, key: bytes, brands: Mapping[str, BrandFacts]
) -> list[dict[str, Any]]:
    """Every contact that the query means, oldest first, with findings, the case's events, its notices and receipts;
    then what is parked under it."""
    wanted = query.strip()
    contacts = tables.contacts
    where = _meant(connection, wanted, key, brands)
    rows = connection.execute(
        sa.select(contacts)
        .where(where, contacts.c.brand.in_(list(brands)))
        .order_by(contacts.c.received_at.desc(), contacts.c.decided_at.desc(), contacts.c.id)
        .limit(LIMIT)
    ).all()
    cases: dict[str, dict[str, Any]] = {}
    for case_id in dict.fromkeys(row.case_id for row in rows if row.case_id):
        cases[case_id] = _case(connection, case_id)
    found = [_contact(row, cases) for row in reversed(rows)]
    return [*found, *_parked(connection, wanted, [row.id for row in rows])]


def _meant(
    connection: sa.Connection, wanted: str, key: bytes, brands: Mapping[str, BrandFacts]
) -> sa.ColumnElement[bool]:
    contacts = tables.contacts
    if _DAY.fullmatch(wanted):
        return _on(date.fromisoformat(wanted), brands)
    references = [read for brand in brands.values() if (read := read_reference(brand.prefix, wanted))]
    if references:
        query = sa.select(tables.aliases.c.case_id).where(tables.aliases.c.reference.in_(references))
        cases = list(connection.execute(query).scalars())
        return sa.or_(contacts.c.reference.in_(references), contacts.c.case_id.in_(cases))
    bare = wanted.removeprefix("<").removesuffix(">")
    externals = [external_key(key, brand, each) for brand in brands for each in {wanted, bare}]
    people = [correspondent(key, brand, kind, bare) for brand in brands for kind in _KINDS]
    known = sa.select(tables.correspondents.c.case_id).where(tables.correspondents.c.correspondent.in_(people))
    notice = sa.select(tables.notices.c.case_id).where(tables.notices.c.id == bare)
    cases = [*connection.execute(known).scalars(), *connection.execute(notice).scalars()]
    return sa.or_(
        contacts.c.external.in_(externals),
        contacts.c.case_id.in_(cases),
        contacts.c.id.in_([bare, *_caseless(connection, bare)]),
    )


def _on(day: date, brands: Mapping[str, BrandFacts]) -> sa.ColumnElement[bool]:
    """Received on this day, as the brand's own clocks count it."""
    contacts = tables.contacts
    days = []
    for name, brand in brands.items():
        begin = datetime.combine(day, time(), ZoneInfo(brand.tz))
        end = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(brand.tz))
        within = contacts.c.received_at.between(begin.timestamp(), end.timestamp() - 1e-6)
        days.append((contacts.c.brand == name) & within)
    return sa.or_(*days)


def _caseless(connection: sa.Connection, address: str) -> list[str]:
    """Contacts without a case that this address sent."""
    if "@" not in address:
        return []
    stored = tables.content
    said = json.dumps(address, ensure_ascii=False)
    query = sa.select(stored.c.id).where(stored.c.case_id.is_(None), stored.c.kind == "message")
    return list(connection.execute(query.where(stored.c.body.icontains(said, autoescape=True))).scalars())


def _case(connection: sa.Connection, case_id: str) -> dict[str, Any]:
    events = history(connection, case_id)
    return {
        "reference": events[0].reference if events else "",
        "events": [
            each.model_dump(mode="json", include={"sequence", "type", "time", "actor", "data"}) for each in events
        ],
        "notices": notices(connection, [case_id]),
    }


def _contact(row: sa.Row[Any], cases: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    case = cases.get(row.case_id or "", {})
    return {
        "contact": row.id,
        "brand": row.brand,
        "door": row.connector,
        "channel": row.channel,
        "told": row.reference,
        "received_at": moment(row.received_at),
        "contact_at": moment(row.contact_at),
        "decided_at": moment(row.decided_at),
        "seen": row.seen,
        "disposition": row.disposition,
        "reason": row.reason,
        "findings": json.loads(row.findings),
        "erased": row.erased,
        "case": case.get("reference"),
        "events": case.get("events", []),
        "notices": case.get("notices", []),
    }


def _parked(connection: sa.Connection, wanted: str, contacts: Sequence[str]) -> list[dict[str, Any]]:
    parked = tables.parked
    bare = wanted.removeprefix("<").removesuffix(">")
    query = sa.select(parked.c.id, parked.c.queue, parked.c.reason, parked.c.attempts, parked.c.since)
    rows = connection.execute(query.where(parked.c.contact.in_([bare, *contacts])))
    return [{"parked": row.id, **row._asdict(), "since": moment(row.since)} for row in rows]
