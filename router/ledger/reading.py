"""What a batch needs to know, read set-based under its locks: known ids, ties, cases, notices, loads, counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from datetime import timedelta

import sqlalchemy as sa

from intake_daemon.contract import Outcome
from intake_daemon.message import Command, Message
from router.case import Case
from router.ledger import tables
from router.ledger.batch import ON_ITS_WAY, Batch, unique
from router.turn import Keys, NoticeRow

BREAKER_WINDOW = timedelta(hours=24)
"""Over which automatic notices to one correspondent are counted."""
BRAKE_WINDOW = timedelta(hours=1)
"""Over which automatic notices of one brand are counted."""
_NEWEST = 50
"""Cases of one correspondent that a decision looks at, the newest first."""


def lock(connection: sa.Connection, names: Sequence[str]) -> None:
    """Advisory locks until the end of the transaction, in one order for everybody."""
    numbers = sorted({int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True) for name in names})
    connection.execute(
        sa.text("SELECT pg_advisory_xact_lock(k) FROM unnest(CAST(:keys AS bigint[])) AS k"), {"keys": numbers}
    )


def read(
    connection: sa.Connection, batch: Batch, keys: Sequence[Keys], values: Sequence[object], *, sqlite: bool
) -> None:
    """Step 2 and 3: everything that the batch's keys name, set-based."""
    contacts = unique(key.contact for key in keys if key.contact)
    for row in _where(connection, [tables.contacts.c.id, tables.contacts.c.erased], tables.contacts.c.id, contacts):
        batch.known[row.id] = "erased" if row.erased else "yes"
    ids = unique(value.id for value in values if isinstance(value, Command))
    for row in _where(connection, [tables.commands], tables.commands.c.id, ids):
        batch.commands[row.id] = Outcome(**json.loads(row.outcome))
    names = unique(name for key in keys for name in key.threads)
    for row in _where(connection, [tables.threads], tables.threads.c.thread, names):
        batch.by_thread[row.thread].append(row.case_id)
    names = unique(name for key in keys for name in key.references)
    for row in _where(connection, [tables.aliases], tables.aliases.c.reference, names):
        batch.by_reference[row.reference] = row.case_id
    people = unique(name for key in keys for name in key.correspondents)
    if people:
        found = sa.select(tables.correspondents).where(tables.correspondents.c.correspondent.in_(people))
        for row in connection.execute(found.order_by(tables.correspondents.c.since.desc())):
            if len(batch.by_correspondent[row.correspondent]) < _NEWEST:
                batch.by_correspondent[row.correspondent].append(row.case_id)
        _counts(connection, batch, people)
    read_notices(connection, batch, unique(name for key in keys for name in key.notices))
    wanted = set(batch.by_reference.values())
    wanted.update(
        case for found in (batch.by_correspondent, batch.by_thread) for cases in found.values() for case in cases
    )
    wanted.update(row.case for row in batch.notices.values())
    read_cases(connection, batch, unique(wanted), sqlite=sqlite)
    if any(isinstance(value, Message) for value in values):
        _loads(connection, batch, unique(value.brand for value in values if isinstance(value, Message)))


def read_cases(connection: sa.Connection, batch: Batch, ids: Sequence[str], *, sqlite: bool) -> None:
    """Cases with their rows locked, in order, and which of their recipients have a notice on its way."""
    if not ids:
        return
    query = sa.select(tables.cases.c.body).where(tables.cases.c.id.in_(ids)).order_by(tables.cases.c.id)
    for row in connection.execute(query if sqlite else query.with_for_update()):
        case = Case.model_validate_json(row.body)
        batch.cases[case.id] = case
    on_way = sa.select(tables.notices.c.case_id, tables.notices.c.recipient).where(
        tables.notices.c.case_id.in_(ids), tables.notices.c.state.in_(ON_ITS_WAY)
    )
    batch.busy.update((row.case_id, row.recipient) for row in connection.execute(on_way))


def read_notices(connection: sa.Connection, batch: Batch, ids: Sequence[str]) -> None:
    """Notices by id."""
    for row in _where(connection, [tables.notices], tables.notices.c.id, ids):
        batch.notices[row.id] = notice_row(row)


def notice_row(row: sa.Row[tuple[object, ...]]) -> NoticeRow:
    """A notice from its row."""
    return NoticeRow.model_validate({**row._mapping, "case": row._mapping["case_id"]})  # noqa: SLF001 -- SQLAlchemy's public name begins so


def _counts(connection: sa.Connection, batch: Batch, people: Sequence[str]) -> None:
    """Automatic notices to these people within the breaker's window."""
    since = (batch.now - BREAKER_WINDOW).timestamp()
    query = (
        sa.select(tables.notices.c.recipient, sa.func.count())
        .where(tables.notices.c.recipient.in_(people), tables.notices.c.created_at > since)
        .where(tables.notices.c.staff.is_(None))
        .group_by(tables.notices.c.recipient)
    )
    for recipient, count in connection.execute(query):
        batch.recent[recipient] = count


def _loads(connection: sa.Connection, batch: Batch, brands: Sequence[str]) -> None:
    """Open cases per handler, and automatic notices per brand within the brake's window."""
    query = (
        sa.select(tables.cases.c.handler, sa.func.count()).where(tables.cases.c.open).group_by(tables.cases.c.handler)
    )
    for handler, count in connection.execute(query):
        if handler:
            batch.loads[handler] = count
    since = (batch.now - BRAKE_WINDOW).timestamp()
    recent = (
        sa.select(tables.notices.c.brand, sa.func.count())
        .where(tables.notices.c.brand.in_(brands), tables.notices.c.created_at > since)
        .where(tables.notices.c.staff.is_(None))
        .group_by(tables.notices.c.brand)
    )
    for brand, count in connection.execute(recent):
        batch.brand_recent[brand] = count


def _where(
    connection: sa.Connection,
    columns: list[sa.Table] | list[sa.Column[str]],
    key: sa.Column[str],
    values: Sequence[str],
) -> Sequence[sa.Row[tuple[object, ...]]]:
    if not values:
        return []
    return connection.execute(sa.select(*columns).where(key.in_(values))).all()
