"""What was erased stays erased, also when an older copy of the ledger is brought back.

erased   the erasures that the ledger knows, as lines of a list outside of it (ids, keyed hashes and times only)
forget   such a list once more: cases that are here again are erased again; contacts that are not here are known again,
         as erased, so that a source that brings them once more revives nothing
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from intake_daemon import events
from intake_daemon.message import utc
from router.ledger import erasure, reading, tables, writing
from router.ledger.batch import Batch
from router.ledger.rows import insert_new
from router.turn import Decided, Effects

_SOME = 200
_ERASED = "case.erased"
_KEPT = tuple("id brand connector channel external reference received_at contact_at decided_at raw".split())
BY = "daemon"


class Forgotten(NamedTuple):
    """How many cases were erased again, and how many contacts are known again."""

    cases: int
    contacts: int


def erased(
    connection: sa.Connection, brands: Sequence[str], since: float, known: Collection[str]
) -> list[dict[str, Any]]:
    """Erasures since that moment (seconds since 1970), but for these cases; the earliest first, some at a time."""
    t, contacts = tables.events, tables.contacts
    query = sa.select(t.c.case_id, t.c.brand, t.c.time).where(
        t.c.brand.in_(list(brands)), t.c.type == _ERASED, t.c.time >= since
    )
    found: dict[str, dict[str, Any]] = {}
    for row in connection.execute(query.order_by(t.c.time, t.c.case_id)):
        if row.case_id not in known:
            at = utc(datetime.fromtimestamp(row.time, UTC))
            found[row.case_id] = {"case": row.case_id, "brand": row.brand, "at": at, "contacts": []}
        if len(found) >= _SOME:
            break
    theirs = sa.select(contacts.c.case_id, *(contacts.c[name] for name in _KEPT)).where(
        contacts.c.case_id.in_(sorted(found))
    )
    for each in connection.execute(theirs.order_by(contacts.c.id)).mappings():
        found[each["case_id"]]["contacts"].append({name: each[name] for name in _KEPT})
    return list(found.values())


def forget(connection: sa.Connection, listed: Iterable[dict[str, Any]], batch: Batch, *, sqlite: bool) -> Forgotten:
    """These erasures once more, in this transaction. `batch`: a new one."""
    lines = list(listed)
    reading.read_cases(connection, batch, sorted({each["case"] for each in lines}), sqlite=sqlite)
    again = sorted(
        {each["case"] for each in lines if each["case"] in batch.cases and not batch.cases[each["case"]].erased}
    )
    for case_id in again:
        case = batch.cases[case_id]
        unsent = tuple(row.id for row in batch.notices.values() if row.case == case_id and row.state == "held")
        fact = Decided(events.CaseErased(by=BY), batch.now)
        batch.apply(
            Effects("done", case=case_id, reference=case.reference, brand=case.brand, decided=(fact,), dropped=unsent)
        )
    writing.write(batch, connection)
    for case_id in again:
        erasure.erase(connection, batch.cases[case_id])
    return Forgotten(len(again), _known_again(connection, lines, batch.cases))


def _known_again(connection: sa.Connection, lines: Sequence[dict[str, Any]], cases: Collection[str]) -> int:
    """Contacts that came after the copy: only their rows, as an erasure leaves them. Of one that the copy knows as
    something else (aside, parked, of another case; said in a chat) the words go all the same."""
    rows = {
        contact["id"]: {
            **{name: contact[name] for name in _KEPT},
            "disposition": "joined" if each["case"] in cases else "aside",
            "reason": "erased",
            "case_id": each["case"] if each["case"] in cases else None,
            "seen": 1,
            "findings": "[]",
            "erased": True,
        }
        for each in lines
        for contact in each["contacts"]
    }
    there = sa.select(tables.contacts.c.id, tables.contacts.c.erased).where(tables.contacts.c.id.in_(sorted(rows)))
    known = {row.id: row.erased for row in connection.execute(there)}
    fresh = [row for name, row in rows.items() if name not in known]
    insert_new(connection, tables.contacts, fresh)
    # its original may have come with the copy, although nothing in it names it
    erasure.let_go(connection, {row["raw"]: row["case_id"] or row["id"] for row in fresh})
    gone = [row["id"] for row in fresh] + [name for name, erased in known.items() if not erased]
    erasure.erase_contacts(connection, gone)
    return len(gone)
