"""What leaves the ledger: notices whose time has come, the outbox, what was confirmed; and what is parked.

The outbox has no cursor: a cursor over a serial column would skip a row that committed late. Rows are deleted after
the broker's confirm, so what was published and not yet deleted is published again, with the same id.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon import journal
from intake_daemon.contract import Letter, Parked, Waiting
from intake_daemon.message import Message, message_id, sound
from router.case import Case
from router.ledger import reading, tables, writing
from router.ledger.batch import ON_ITS_WAY, Batch
from router.ledger.rows import insert_new, notice_row
from router.turn import LOST, Desk, Intent, whole

LETTERS = "intake.letters"
"""From where a letter is parked whose words cannot be written: no queue, its notice waits in the ledger."""
UNWRITABLE = "unwritable"
_ATTEMPTS = 5
"""An hour apart; then a person must look at the template."""
_NAME = 200
PAGE = 100
"""Parked letters that are read at a time: each may be some megabytes."""
_UPGRADED = timedelta(seconds=30)
"""After which notices of a case that only a newer version may write are looked at again."""


def release_due(
    connection: sa.Connection, batch: Batch, desk: Desk, *, limit: int, sqlite: bool, emptied: Mapping[str, float]
) -> int:
    """Render what is owed and due, publish again what was deferred or lost; how many left. `emptied`: when each
    connector's queue was last seen empty: what left later may lie there, and would once more with every hour."""
    now = batch.now.timestamp()
    found = connection.execute(_FIRST_DUE, {"now": now, "most": limit}).all()
    if not found:
        return 0
    # case rows first, in the one order in which everybody locks; then look again, since they may have changed
    newer: set[str] = set()
    reading.read_cases(connection, batch, sorted({row.case_id for row in found}), sqlite=sqlite, newer=newer)
    rows = connection.execute(_STILL_DUE, {"now": now, "found": [row.id for row in found]}).all()
    intents = [Intent.model_validate_json(row.intent) for row in rows]
    wanted = [each for one in intents for each in (one.contact, one.id, one.said, *one.lines) if each]
    stored = _contents(connection, wanted)
    waiting = _in_outbox(connection, [row.id for row in rows])
    left = 0
    for row, intent in zip(rows, intents, strict=True):
        batch.notices[row.id] = notice_row(row)
        lost = row.not_before - LOST.total_seconds() < emptied.get(intent.connector, now)  # empty since it left
        if row.case_id in newer:  # a newer version's: it writes what they say
            batch.put_off(row.id, batch.now + _UPGRADED)
        elif row.state == "owed":
            left += batch.may_leave(row.case_id, intent) and _render(batch, desk, row.case_id, intent, stored)
        elif row.id in waiting or (row.state == "released" and not lost):
            batch.put_off(row.id, batch.now + LOST)
        else:
            left += _again(batch, row.case_id, intent, stored.get(row.id))
    _unwritable(connection, batch)
    writing.write(batch, connection)
    return left


def _unwritable(connection: sa.Connection, batch: Batch) -> None:
    """Letters that could not be written this time; what has failed often enough is parked, and holds up no other."""
    for notice in batch.unwritten:
        row = batch.notices[notice]
        tried = attempt(connection, f"letter:{notice}", 1)
        if tried < _ATTEMPTS:
            continue
        said = json.dumps({"notice": notice, "purpose": row.purpose, "case": row.case, "connector": row.connector})
        letter = Letter("", LETTERS, said.encode(), notice)
        park(connection, [Parked(notice, LETTERS, UNWRITABLE, letter, tried, batch.now)])
        batch.notice_changes.setdefault(notice, {})["state"] = "parked"
        journal.parked(LETTERS, UNWRITABLE, tried, notice)


def written_again(connection: sa.Connection, notice: str, now: datetime) -> bool:
    """A letter that was parked as unwritable is owed again, from now; whether there is one."""
    t = tables.notices
    mine = sa.update(t).where(t.c.id == notice, t.c.state == "parked")
    found = connection.execute(mine.values(state="owed", not_before=now.timestamp())).rowcount
    connection.execute(sa.delete(tables.attempts).where(tables.attempts.c.letter == f"letter:{notice}"))
    return bool(found)


def _due() -> sa.ColumnElement[bool]:
    """By `now` its time has come, and nothing to its recipient that was decided earlier is on its way. Hundreds that
    wait behind one letter must not hide those that could leave."""
    notices, other = tables.notices, tables.notices.alias()
    # by the case's index: a handler has thousands of notices, a case a few, and SQLite cannot know
    recipient = sa.func.coalesce(other.c.recipient, "")
    earlier = sa.select(other.c.id).where(
        other.c.case_id == notices.c.case_id, recipient == notices.c.recipient, other.c.state.in_(ON_ITS_WAY)
    )
    # named all together first: only so the index is used
    due = notices.c.state.in_(("owed", *sorted(ON_ITS_WAY))) & (notices.c.not_before <= sa.bindparam("now"))
    return due & ((notices.c.state != "owed") | ~earlier.exists())


# Put together once: they are asked four times a second for ever, and putting them together costs more than asking.
_FIRST_DUE = (
    sa.select(tables.notices.c.id, tables.notices.c.case_id)
    .where(_due())
    # what never left goes first: thousands that a provider refused an hour ago must not hide it
    .order_by(sa.case((tables.notices.c.state == "owed", 0), else_=1), tables.notices.c.created_at)
    .limit(sa.bindparam("most"))
)
_STILL_DUE = (
    sa.select(tables.notices)
    .where(tables.notices.c.id.in_(sa.bindparam("found", expanding=True)), _due())
    .order_by(tables.notices.c.created_at)
)


def _render(batch: Batch, desk: Desk, case_id: str, intent: Intent, stored: Mapping[str, str]) -> bool:
    """Whether it left. What cannot be written now is tried again later, and holds up no other."""
    try:
        body = stored.get(intent.contact)
        message = Message.model_validate_json(body) if body else None
        if message is not None and intent.lines:
            message = whole(
                message, (Message.model_validate_json(stored[each]) for each in intent.lines if each in stored)
            )
        said = stored.get(intent.said or "")
        if not case_id:
            if message is None:
                batch.release(case_id, intent, None)
                return False
            batch.cases[case_id] = _of_nobody(message)
        words = desk.render(batch.cases[case_id], intent, message, json.loads(said) if said else None, batch.now)
    except Exception as error:  # noqa: BLE001 -- a template, a policy that this process does not know yet
        journal.failed(f"letter {intent.purpose}", error)
        batch.put_off(intent.id, batch.now + LOST)
        batch.unwritten.append(intent.id)
        return False
    batch.release(case_id, intent, words)
    return words is not None


def _of_nobody(message: Message) -> Case:
    """What stands in the place of a case where somebody is answered who has none: a greeting is asked back."""
    return Case(id="", reference="", brand=message.brand, contact=message.id, opened_at=message.contact_at)


def _again(batch: Batch, case_id: str, intent: Intent, words: str | None) -> bool:
    """The same words once more; without them (erased) it is withheld."""
    if words is None:
        batch.release(case_id, intent, None)
        return False
    batch.post_notice(case_id, intent.id, intent.connector, words.encode())
    batch.on_its_way(batch.notices[intent.id])
    return True


def _contents(connection: sa.Connection, keys: Sequence[str]) -> dict[str, str]:
    query = sa.select(tables.content.c.id, tables.content.c.body).where(tables.content.c.id.in_(sorted(set(keys))))
    return {row.id: row.body for row in connection.execute(query)}


def _in_outbox(connection: sa.Connection, notices: Sequence[str]) -> set[str]:
    cases = sa.select(tables.notices.c.case_id).where(tables.notices.c.id.in_(notices))
    query = sa.select(tables.outbox.c.message_id).where(
        tables.outbox.c.case_id.in_(cases), tables.outbox.c.message_id.in_(notices)
    )
    return set(connection.execute(query).scalars())


def _first_of_each() -> sa.Select[Any]:
    """The oldest rows of the outbox, but of each case only its first event; no notice for a connector `without`."""
    outbox, other = tables.outbox, tables.outbox.alias()
    earlier = sa.select(other.c.id).where(
        other.c.case_id == outbox.c.case_id, other.c.id < outbox.c.id, other.c.sequence.is_not(None)
    )
    notice = outbox.c.sequence.is_(None) & outbox.c.key.not_in(sa.bindparam("without", expanding=True))
    may = notice | (outbox.c.sequence.is_not(None) & ~earlier.exists())
    return sa.select(outbox).where(may).order_by(outbox.c.id).limit(sa.bindparam("most"))


_FIRST_OF_EACH = _first_of_each()


def waiting(connection: sa.Connection, limit: int, without: Collection[str]) -> list[Waiting]:
    """The oldest rows, but of each case only its first event: a later sequence never comes first."""
    return [
        Waiting(
            row.id,
            row.case_id,
            Letter(
                exchange=row.exchange,
                key=row.key,
                body=row.body.encode(),
                message_id=row.message_id,
                content_type=row.content_type,
                mandatory=row.mandatory,
            ),
        )
        for row in connection.execute(_FIRST_OF_EACH, {"most": limit, "without": list(without)})
    ]


_CONFIRMED = sa.delete(tables.outbox).where(tables.outbox.c.id.in_(sa.bindparam("rows", expanding=True)))
_LAST = sa.select(sa.func.coalesce(sa.func.max(tables.events.c.position), 0))
_PLACED = (
    sa.update(tables.events)
    .where(tables.events.c.id == sa.bindparam("b_id"), tables.events.c.position.is_(None))
    .values(position=sa.bindparam("b_position"))
)


def published(connection: sa.Connection, rows: Sequence[Waiting]) -> None:
    """Delete what is confirmed; events get their place in the feed, in the order in which they left."""
    connection.execute(_CONFIRMED, {"rows": [row.id for row in rows]})
    left = [row.letter.message_id for row in rows if not row.letter.mandatory]
    if not left:
        return
    last = connection.execute(_LAST).scalar_one()
    connection.execute(_PLACED, [{"b_id": event, "b_position": last + n} for n, event in enumerate(left, 1)])


def attempt(connection: sa.Connection, letter: str, more: int) -> int:
    """`more` attempts at this letter; how many there have been. A letter without any has no row."""
    connection.execute(
        sa.text(
            "INSERT INTO attempts (letter, number) VALUES (:letter, :more) "
            "ON CONFLICT (letter) DO UPDATE SET number = attempts.number + :more"
        ),
        {"letter": letter, "more": more},
    )
    query = sa.select(tables.attempts.c.number).where(tables.attempts.c.letter == letter)
    number = int(connection.execute(query).scalar_one())
    if number <= 0:
        connection.execute(sa.delete(tables.attempts).where(tables.attempts.c.letter == letter))
    return number


def park(connection: sa.Connection, parked: Sequence[Parked]) -> None:
    """Keep whole letters for a person. The same letter twice is one, parked when it came last: who sent the earlier one
    back must not take this one away (`unpark`). Two letters of one id (a stranger's) are two."""
    for item in parked:
        letter = {**asdict(item.letter), "body": item.letter.body.decode("utf-8", "surrogateescape")}
        row = {
            "id": item.id,
            "queue": sound(item.queue)[:_NAME],  # a stranger's letter may say anything, also what no database holds
            "reason": sound(item.reason)[:_NAME],
            "attempts": item.attempts,
            "since": item.since.timestamp(),
            "contact": item.letter.message_id,
            "letter": json.dumps(letter),
        }
        there = sa.select(tables.parked.c.letter).where(tables.parked.c.id == item.id)
        kept = connection.execute(there).scalar_one_or_none()
        if kept is not None and json.loads(kept)["body"] != letter["body"]:
            row["id"] = message_id(f"parked:{item.id}:{row['letter']}")
        mine = sa.update(tables.parked).where(tables.parked.c.id == row["id"])
        if not connection.execute(mine.values(row)).rowcount:
            insert_new(connection, tables.parked, [row])


def parked_as(connection: sa.Connection, reason: str, after: Parked | None) -> list[Parked]:
    """What is parked under this reason behind that one, whole, the oldest first."""
    t = tables.parked
    query = sa.select(t).where(t.c.reason == reason).order_by(t.c.since, t.c.id).limit(PAGE)
    if after is not None:
        place = sa.tuple_(sa.literal(after.since.timestamp()), sa.literal(after.id))
        query = query.where(sa.tuple_(t.c.since, t.c.id) > place)
    return [_parked(row) for row in connection.execute(query)]


def _parked(row: sa.Row[Any]) -> Parked:
    kept: dict[str, Any] = json.loads(row.letter)
    kept["body"] = kept["body"].encode("utf-8", "surrogateescape")
    since = datetime.fromtimestamp(row.since, UTC)
    return Parked(row.id, row.queue, row.reason, Letter(**kept), row.attempts, since)


def unpark(connection: sa.Connection, parked: str, since: float) -> None:
    """The row of that moment (seconds since 1970) goes, and its attempts count from nothing. One that was parked again
    meanwhile, by whoever got the letter back, stays."""
    t = tables.parked
    connection.execute(sa.delete(t).where(t.c.id == parked, t.c.since == since))
    connection.execute(sa.delete(tables.attempts).where(tables.attempts.c.letter == parked))


def keep_policies(connection: sa.Connection, texts: Mapping[str, str], now: datetime) -> list[str]:
    """Keep what is new; give back every text that was ever kept, since a case is decided by the one it names (R-10)."""
    rows = [{"hash": each, "since": now.timestamp(), "body": text} for each, text in texts.items()]
    insert_new(connection, tables.policies, rows)
    return list(connection.execute(sa.select(tables.policies.c.body)).scalars())
