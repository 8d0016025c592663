"""What a batch decided, written set-based, table by table."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import sqlalchemy as sa

from router.ledger import tables, talks
from router.ledger.batch import Batch
from router.ledger.rows import case_row, clock_row, insert_new


def write(batch: Batch, connection: sa.Connection) -> None:
    """Everything at once, table by table."""
    _clocks_anew(batch, connection)
    for case_id in sorted(batch.touched):
        batch.rows["cases_new" if case_id in batch.fresh else "cases_old"].append(case_row(batch.cases[case_id]))
    if batch.rows["cases_new"]:
        connection.execute(sa.insert(tables.cases), batch.rows["cases_new"])
    if batch.rows["cases_old"]:
        changed = [{"b_id": row.pop("id"), **row} for row in batch.rows["cases_old"]]
        connection.execute(sa.update(tables.cases).where(tables.cases.c.id == sa.bindparam("b_id")), changed)
    for name in ("contacts", "holdings", "events", "content", "notices", "clocks", "outbox", "commands"):
        if batch.rows[name]:
            connection.execute(sa.insert(tables.metadata.tables[name]), batch.rows[name])
    if batch.rows["untied"]:
        t = tables.threads.c
        gone = (t.thread == sa.bindparam("b_thread")) & (t.case_id == sa.bindparam("b_case"))
        connection.execute(sa.delete(tables.threads).where(gone), batch.rows["untied"])
    for name in ("aliases", "threads", "correspondents", "signs"):
        insert_new(connection, tables.metadata.tables[name], batch.rows[name])
    talks.gathered(batch, connection)
    _renamed(batch, connection)
    alike: dict[tuple[str, ...], list[dict[str, Any]]] = defaultdict(list)
    for notice, values in sorted(batch.notice_changes.items()):
        alike[tuple(sorted(values))].append({"b_id": notice, **values})
    for changed in alike.values():
        connection.execute(sa.update(tables.notices).where(tables.notices.c.id == sa.bindparam("b_id")), changed)
    _repeated(batch, connection)
    _moved(batch, connection)
    talks.moved(batch, connection)


def _renamed(batch: Batch, connection: sa.Connection) -> None:
    """References that a customer was told of a contact go with it."""
    if batch.rows["renamed"]:
        t = tables.aliases
        meant = sa.update(t).where(t.c.reference == sa.bindparam("b_reference")).values(case_id=sa.bindparam("b_case"))
        connection.execute(meant, batch.rows["renamed"])


def _clocks_anew(batch: Batch, connection: sa.Connection) -> None:
    """The clocks of every touched case."""
    old = [{"b_case": case} for case in sorted(batch.clocks) if case not in batch.fresh]
    if old:
        gone = sa.delete(tables.clocks).where(tables.clocks.c.case_id == sa.bindparam("b_case"))
        connection.execute(gone, old)
    for case in sorted(batch.clocks):
        batch.rows["clocks"] += [clock_row(batch.cases[case], row) for row in batch.clocks[case]]


def _moved(batch: Batch, connection: sa.Connection) -> None:
    """What was given to another case, with its words: an erasure goes by the case."""
    for contact, case in sorted(batch.moved.items()):
        for table in (tables.contacts, tables.content):
            connection.execute(sa.update(table).where(table.c.id == contact).values(case_id=case))
        signs = tables.signs
        connection.execute(sa.update(signs).where(signs.c.contact == contact).values(case_id=case))
    contacts, content = tables.contacts, tables.content
    for empty, case in sorted(batch.emptied.items()):
        theirs = sa.select(contacts.c.id).where(contacts.c.case_id == empty)
        connection.execute(sa.update(content).where(content.c.id.in_(theirs)).values(case_id=case))
        for table in (contacts, tables.signs):
            connection.execute(sa.update(table).where(table.c.case_id == empty).values(case_id=case))


def _repeated(batch: Batch, connection: sa.Connection) -> None:
    """What came again is counted."""
    for contact, times in batch.repeats.items():
        connection.execute(
            sa.update(tables.contacts)
            .where(tables.contacts.c.id == contact)
            .values(seen=tables.contacts.c.seen + times)
        )
