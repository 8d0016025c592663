"""What was said in one go, as it is remembered: written, given to another case, and forgotten in the end.

A part that comes later than `KEPT` is a contact of its own: nothing that comes so late is of the same go.
"""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa

from router.ledger import tables
from router.ledger.batch import Batch
from router.turn import Gathering

KEPT = timedelta(days=180)
"""For which further parts may come: as long as contacts are likened to earlier ones."""
AT_ONCE = 500
"""Rows that one transaction deletes: the writer is for everybody."""


def gathered(batch: Batch, connection: sa.Connection) -> None:
    """What was said further; and what was set aside, or counted by itself, and is a part of it after all."""
    gone = [{"b_key": key} for key in sorted(batch.gathered)]
    if gone:
        mine = tables.gatherings.c.key == sa.bindparam("b_key")
        connection.execute(sa.delete(tables.gatherings).where(mine), gone)
        connection.execute(
            sa.insert(tables.gatherings), [_row(batch.gatherings[key]) for key in sorted(batch.gathered)]
        )
    contacts = tables.contacts
    for contact, first in sorted(batch.merged.items()):
        mine = (contacts.c.id == contact) | (contacts.c.part_of == contact)
        connection.execute(sa.update(contacts).where(mine).values(part_of=first))
    for contact, case in sorted(batch.drawn.items()):
        values = {"case_id": case, "disposition": "joined", "reason": "part"}
        connection.execute(sa.update(contacts).where(contacts.c.id == contact).values(values))
        connection.execute(sa.update(tables.content).where(tables.content.c.id == contact).values(case_id=case))


def _row(one: Gathering) -> dict[str, object]:
    return {"key": one.key, "at": one.last.timestamp(), "body": one.model_dump_json()}


def moved(batch: Batch, connection: sa.Connection) -> None:
    """What contacts that were given to another case were said in: further lines are parts of that one's contact."""
    t = tables.gatherings
    if not batch.talks:
        return
    found = connection.execute(sa.select(t.c.body).where(t.c.key.in_(sorted(batch.talks)))).scalars()
    for one in [Gathering.model_validate_json(body) for body in found]:
        pieces = tuple(_its_case(batch, each) for each in one.each)
        if pieces != one.each:
            now = pieces[0].model_copy(update={"earlier": pieces[1:]})
            connection.execute(sa.update(t).where(t.c.key == one.key).values(_row(now)))


def _its_case(batch: Batch, piece: Gathering) -> Gathering:
    piece = piece.model_copy(update={"earlier": ()})
    case = next((batch.moved[line] for line in piece.lines if line in batch.moved), batch.emptied.get(piece.case or ""))
    if case is None:
        return piece
    begun = batch.cases.get(case)
    return piece.model_copy(update={"case": case, "opened": begun is not None and begun.contact in piece.lines})


def forget(connection: sa.Connection, now: datetime) -> int:
    """Deletes some of what is over for so long that nothing can belong to it; how many."""
    t = tables.gatherings
    old = sa.select(t.c.key).where(t.c.at < (now - KEPT).timestamp()).limit(AT_ONCE)
    return connection.execute(sa.delete(t).where(t.c.key.in_(old))).rowcount


def questions(connection: sa.Connection, now: datetime) -> int:
    """Deletes some of our questions to who has said nothing after them, with their words; how many."""
    n = tables.notices
    asked = (n.c.case_id == "") & (n.c.purpose == "question") & (n.c.created_at < (now - KEPT).timestamp())
    ids = list(connection.execute(sa.select(n.c.id).where(asked).limit(AT_ONCE)).scalars())
    for table in (tables.content, n):
        connection.execute(sa.delete(table).where(table.c.id.in_(ids)))
    return len(ids)
