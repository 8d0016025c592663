"""What leaves the ledger: notices whose time has come, the outbox, what was confirmed; and what is parked.

The outbox has no cursor: a cursor over a serial column would skip a row that committed late. Rows are deleted after
the broker's confirm, so what was published and not yet deleted is published again, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime

import sqlalchemy as sa

from intake_daemon.contract import Letter, Parked, Waiting
from intake_daemon.message import Message
from router.ledger import reading, tables
from router.ledger.batch import Batch, insert_new
from router.turn import Desk, Intent

_OWED = ("owed", "deferred")


def release_due(connection: sa.Connection, batch: Batch, desk: Desk, *, limit: int, sqlite: bool) -> int:
    """Render what is owed and due, publish again what was deferred; how many left."""
    due = tables.notices.c.state.in_(_OWED) & (tables.notices.c.not_before <= batch.now.timestamp())
    query = sa.select(tables.notices.c.id, tables.notices.c.case_id).where(due)
    found = connection.execute(query.order_by(tables.notices.c.created_at).limit(limit)).all()
    if not found:
        return 0
    # case rows first, in the one order in which everybody locks; then look again, since they may have changed
    reading.read_cases(connection, batch, sorted({row.case_id for row in found}), sqlite=sqlite)
    again = sa.select(tables.notices).where(tables.notices.c.id.in_([row.id for row in found]), due)
    left = 0
    for row in connection.execute(again.order_by(tables.notices.c.created_at)).all():
        batch.notices[row.id] = reading.notice_row(row)
        left += _leave(connection, batch, desk, row)
    batch.write(connection)
    return left


def _leave(connection: sa.Connection, batch: Batch, desk: Desk, row: sa.Row[tuple[object, ...]]) -> int:
    values = row._mapping  # noqa: SLF001 -- SQLAlchemy's public name begins so
    intent = Intent.model_validate_json(str(values["intent"]))
    case_id = str(values["case_id"])
    if values["state"] == "deferred":
        words = _content(connection, intent.id)
        if words is None:
            batch.release(case_id, intent, None)
            return 0
        batch.post_notice(case_id, intent.id, intent.connector, words.encode())
        batch.notice_changes.setdefault(intent.id, {})["state"] = "released"
        return 1
    if not batch.may_leave(case_id, intent):
        return 0
    stored = _content(connection, intent.contact)
    message = Message.model_validate_json(stored) if stored else None
    batch.release(case_id, intent, desk.render(batch.cases[case_id], intent, message, batch.now))
    return 1


def _content(connection: sa.Connection, key: str) -> str | None:
    query = sa.select(tables.content.c.body).where(tables.content.c.id == key)
    body: str | None = connection.execute(query).scalar_one_or_none()
    return body


def waiting(connection: sa.Connection, limit: int) -> list[Waiting]:
    """The oldest rows, but of each case only its first event: a later sequence never comes first."""
    rows = connection.execute(sa.select(tables.outbox).order_by(tables.outbox.c.id).limit(limit)).all()
    seen: set[str] = set()
    ready = []
    for row in rows:
        if row.sequence is not None:
            if row.case_id in seen:
                continue
            seen.add(row.case_id)
        letter = Letter(
            exchange=row.exchange,
            key=row.key,
            body=row.body.encode(),
            message_id=row.message_id,
            content_type=row.content_type,
            mandatory=row.mandatory,
        )
        ready.append(Waiting(row.id, row.case_id, letter))
    return ready


def published(connection: sa.Connection, rows: Sequence[Waiting]) -> None:
    """Delete what is confirmed; events get their place in the feed, in the order in which they left."""
    connection.execute(sa.delete(tables.outbox).where(tables.outbox.c.id.in_([row.id for row in rows])))
    left = [row.letter.message_id for row in rows if not row.letter.mandatory]
    if not left:
        return
    last = connection.execute(sa.select(sa.func.coalesce(sa.func.max(tables.events.c.position), 0))).scalar_one()
    places = [{"b_id": event, "b_position": last + n} for n, event in enumerate(left, 1)]
    connection.execute(
        sa.update(tables.events)
        .where(tables.events.c.id == sa.bindparam("b_id"), tables.events.c.position.is_(None))
        .values(position=sa.bindparam("b_position")),
        places,
    )


def attempt(connection: sa.Connection, letter: str, more: int) -> int:
    """`more` attempts at this letter; how many there have been."""
    connection.execute(
        sa.text(
            "INSERT INTO attempts (letter, number) VALUES (:letter, :more) "
            "ON CONFLICT (letter) DO UPDATE SET number = attempts.number + :more"
        ),
        {"letter": letter, "more": more},
    )
    query = sa.select(tables.attempts.c.number).where(tables.attempts.c.letter == letter)
    return int(connection.execute(query).scalar_one())


def park(connection: sa.Connection, parked: Sequence[Parked]) -> None:
    """Keep whole letters for a person; the same id twice is one."""
    for item in parked:
        letter = {**asdict(item.letter), "body": item.letter.body.decode("utf-8", "surrogateescape")}
        connection.execute(
            sa.text(
                "INSERT INTO parked (id, queue, reason, attempts, since, contact, letter) "
                "VALUES (:id, :queue, :reason, :attempts, :since, :contact, :letter) ON CONFLICT (id) DO NOTHING"
            ),
            {
                "id": item.id,
                "queue": item.queue,
                "reason": item.reason,
                "attempts": item.attempts,
                "since": item.since.timestamp(),
                "contact": item.letter.message_id,
                "letter": json.dumps(letter),
            },
        )


def keep_policies(connection: sa.Connection, texts: Mapping[str, str], now: datetime) -> list[str]:
    """Keep what is new; give back every text that was ever kept, since a case is decided by the one it names (R-10)."""
    rows = [{"hash": each, "since": now.timestamp(), "body": text} for each, text in texts.items()]
    insert_new(connection, tables.policies, rows)
    return list(connection.execute(sa.select(tables.policies.c.body)).scalars())
