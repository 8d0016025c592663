"""Where canaries are: their rows, and what became of their letters; and that they go when they are some days old."""

from __future__ import annotations

import json
from collections.abc import Collection
from typing import NamedTuple

import sqlalchemy as sa

from intake_daemon import canary
from intake_daemon.memory.tables import sends
from router.ledger import tables

_OURS = tables.contacts.c.disposition == sa.literal_column(f"'{canary.PURPOSE}'")
"""Said as a constant: a plan that is made for any value does not use the index of canaries alone."""


class Sighting(NamedTuple):
    """A canary that came through: when it was decided (seconds since 1970), and the state of its letter, "" where none
    is owed."""

    decided_at: float
    letter: str


def seen(connection: sa.Connection, wanted: Collection[str], since: float) -> dict[str, Sighting]:
    """Those of these canaries that came through, none of which was sent before `since`."""
    contacts, notices = tables.contacts, tables.notices
    query = sa.select(contacts.c.id, contacts.c.reason, contacts.c.decided_at).where(
        contacts.c.received_at >= since, _OURS, contacts.c.reason.in_(sorted(wanted))
    )
    found = connection.execute(query).all()
    # of no case and of no brand: found by the index of brand and time, among the letters of years
    owed = sa.select(notices.c.state, notices.c.intent).where(
        notices.c.brand == "", notices.c.created_at >= since, notices.c.purpose == canary.PURPOSE
    )
    letters = {json.loads(row.intent)["contact"]: row.state for row in connection.execute(owed)} if found else {}
    return {row.reason: Sighting(row.decided_at, letters.get(row.id, "")) for row in found}


def sweep(connection: sa.Connection, before: float, limit: int = 500) -> int:
    """Those that were decided before then go, with their words, letters and traces; how many."""
    contacts, notices, content, outbox = tables.contacts, tables.notices, tables.content, tables.outbox
    old = _OURS & (contacts.c.received_at < before)
    gone = list(connection.execute(sa.select(contacts.c.id).where(old).limit(limit)).scalars())
    if not gone:
        return 0
    theirs = sa.select(notices.c.id, notices.c.intent).where(notices.c.brand == "", notices.c.purpose == canary.PURPOSE)
    letters = [row.id for row in connection.execute(theirs) if json.loads(row.intent)["contact"] in set(gone)]
    # what no broker took in all that time; looked for by the index of its case, which is none
    connection.execute(sa.delete(outbox).where(outbox.c.case_id == "", outbox.c.message_id.in_(letters)))
    for table, column, keys in (
        (contacts, contacts.c.id, gone),
        (content, content.c.id, [*gone, *letters]),
        (notices, notices.c.id, letters),
        (sends, sends.c.notice, letters),
        (tables.attempts, tables.attempts.c.letter, [f"letter:{each}" for each in letters]),
    ):
        connection.execute(sa.delete(table).where(column.in_(keys)))
    return len(gone)
