"""The files of cases: what came with their contacts, and each contact's original, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from intake_daemon.message import Message
from router.contact import files_in
from router.ledger import tables
from router.turn import HeldFile


def files(connection: sa.Connection, cases: Sequence[str]) -> dict[str, tuple[HeldFile, ...]]:
    """By case; nothing of one whose contents are erased. Names of files are words of people."""
    found: dict[str, list[Message]] = {case: [] for case in cases}
    if not cases:
        return {}
    content, contacts = tables.content, tables.contacts
    query = (
        sa.select(content.c.case_id, content.c.body)
        .join(contacts, contacts.c.id == content.c.id)
        .where(content.c.case_id.in_(list(cases)), content.c.kind == "message")
        .order_by(contacts.c.received_at, contacts.c.id)
    )
    for row in connection.execute(query):
        found[row.case_id].append(Message.model_validate_json(row.body))
    return {case: files_in(messages) for case, messages in found.items()}
