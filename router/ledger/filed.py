"""What was said in cases, and the files that came with it, in the order in which they came."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from intake_daemon.message import Message
from router.contact import files_in
from router.ledger import tables
from router.turn import HeldFile


def files(connection: sa.Connection, cases: Sequence[str]) -> dict[str, tuple[HeldFile, ...]]:
    """By case; nothing of one whose contents are erased. Names of files are words of people."""
    return {
        case: files_in([message for _, message in said]) for case, said in spoken(connection, cases).items()
    }  # fmt: skip


def spoken(connection: sa.Connection, cases: Sequence[str]) -> dict[str, tuple[tuple[str, Message], ...]]:
    """By case its messages, each with the id of the contact that it is a part of; its own, where it is a whole one."""
    found: dict[str, list[tuple[str, Message]]] = {case: [] for case in cases}
    if not cases:
        return {}
    content, contacts = tables.content, tables.contacts
    query = (
        sa.select(content.c.case_id, content.c.body, contacts.c.part_of)
        .join(contacts, contacts.c.id == content.c.id)
        .where(content.c.case_id.in_(list(cases)), content.c.kind == "message")
        .order_by(contacts.c.received_at, contacts.c.id)
    )
    for row in connection.execute(query):
        message = Message.model_validate_json(row.body)
        found[row.case_id].append((row.part_of or message.id, message))
    return {case: tuple(said) for case, said in found.items()}
