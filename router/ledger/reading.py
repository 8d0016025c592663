"""What a batch needs to know, read set-based under its locks: known ids, ties, cases, notices, loads, counts."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import timedelta

import sqlalchemy as sa

from intake_daemon.contract import Outcome
from intake_daemon.errors import Newer
from intake_daemon.message import Message
from router.case import Case, known
from router.ledger import tables
from router.ledger.batch import ACTIVE, ON_ITS_WAY, Batch
from router.ledger.filed import files, spoken
from router.ledger.rows import notice_row, unique
from router.ledger.tallies import Tallies
from router.turn import ASKED_FOR, Gathering, Keys, Sign

BREAKER_WINDOW = timedelta(hours=24)
"""Over which automatic notices to one correspondent, or in one case, are counted: the longest limit of a breaker."""
_NOT_SENT = ("held", "withheld", "dropped")
"""States of a notice that went to nobody."""
SURVEY_PERIOD = timedelta(days=90)
"""A customer is asked how it was at most once in it (A-06)."""


ALIKE_PERIOD = timedelta(days=180)
"""For which a contact is likened to earlier ones."""
_BEARERS = 500
"""Contacts that share a sign with one of a batch, the latest."""
_LATEST = 5
"""Cases of a sender who does not say which is meant."""


def lock(connection: sa.Connection, names: Sequence[str], *, moves: bool = False) -> None:
    """Advisory locks until the end of the transaction, in one order for everybody. `moves`: it may give a contact to
    another case. What ties further words to a case goes with that, and is locked by nobody, so meanwhile nobody else
    decides; all others decide side by side."""
    numbers = sorted({_number(name) for name in names})
    locks = "SELECT CASE WHEN k = :ties AND NOT :moves THEN pg_advisory_xact_lock_shared(k)"
    locks += " ELSE pg_advisory_xact_lock(k) END FROM unnest(CAST(:keys AS bigint[])) AS k"
    connection.execute(sa.text(locks), {"ties": _TIES, "moves": moves, "keys": [_TIES, *numbers]})


def _number(name: str) -> int:
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)


_TIES = _number("ties")
"""What contacts are tied to their cases by."""


def read(
    connection: sa.Connection,
    batch: Batch,
    keys: Sequence[Keys],
    values: Sequence[object],
    *,
    sqlite: bool,
    tallies: Tallies | None = None,
) -> None:
    """Steps 2 and 3: what the batch's keys name, set-based. `tallies`: the process's own, else made anew."""
    contacts = unique(key.contact for key in keys if key.contact)
    for row in _where(connection, [tables.contacts.c.id, tables.contacts.c.erased], tables.contacts.c.id, contacts):
        batch.known[row.id] = "erased" if row.erased else "yes"
    ids = unique(key.command for key in keys if key.command)
    for row in _where(connection, [tables.commands], tables.commands.c.id, ids):
        known = json.loads(row.outcome)
        lists = {name: tuple(known.get(name, ())) for name in ("missing", "instead")}
        batch.commands[row.id] = Outcome(**{**known, **lists})
    names = unique(name for key in keys for name in (*key.threads, *([key.conversation] if key.conversation else [])))
    for row in _where(connection, [tables.threads], tables.threads.c.thread, names):
        batch.by_thread[row.thread].append(row.case_id)
    names = unique(name for key in keys for name in key.references)
    for row in _where(connection, [tables.aliases], tables.aliases.c.reference, names):
        batch.by_reference[row.reference] = row.case_id
    _gatherings(connection, batch, keys)
    read_notices(connection, batch, unique(name for key in keys for name in key.notices))
    answers = (key for key, value in zip(keys, values, strict=True) if isinstance(value, Message))
    _told(connection, batch, unique(name for key in answers for name in key.notices))
    wanted = set(batch.by_reference.values())
    wanted.update(_theirs(connection, unique(each for key in keys if key.theirs for each in key.correspondents)))
    wanted.update(case for cases in batch.by_thread.values() for case in cases)
    wanted.update(row.case for row in batch.notices.values())
    wanted.discard("")  # a notice that belongs to no case
    pieces = [each for one in batch.gatherings.values() for each in one.each]
    wanted.update(one.case for one in pieces if one.case)
    _alike(connection, batch, unique(sign for key in keys for sign in key.signs.named))
    _people(connection, batch, keys, unique(wanted))
    _in_cases(connection, batch, unique(wanted))
    read_cases(connection, batch, unique(wanted), sqlite=sqlite)
    # under the locks of their cases: who releases them holds these
    read_notices(connection, batch, unique(each for one in pieces for each in one.letters))
    read_named(connection, batch, unique(name for key in keys for name in key.looked_up))
    filed = [key for key in keys if key.files]
    batch.files.update(files(connection, unique(case for key in filed for case in _meant(batch, key))))
    moving = [key for key in keys if key.moves]
    batch.spoken.update(spoken(connection, unique(case for key in moving for case in _meant(batch, key))))
    ending = [key for key in keys if key.closes]
    named = (batch.by_reference.get(name, "") for key in ending if not key.acts for name in key.references[:1])
    told = (batch.notices[name].case for key in ending if key.acts for name in key.notices if name in batch.notices)
    _unasked(connection, batch, unique(case for case in (*named, *told) if case))
    brands = {value.brand for value in values if isinstance(value, Message)}
    if any(key.acts or key.command for key in keys):
        read_contacts(connection, batch, unique(wanted))
        brands |= {batch.cases[case].brand for case in batch.by_reference.values() if case in batch.cases}
    if brands:
        (tallies or Tallies()).tell(connection, batch, brands)


def _gatherings(connection: sa.Connection, batch: Batch, keys: Sequence[Keys]) -> None:
    """What was said before in these groups and conversations, with its words."""
    names = unique(name for key in keys for name in key.gatherings)
    for row in _where(connection, [tables.gatherings], tables.gatherings.c.key, names):
        batch.gatherings[row.key] = Gathering.model_validate_json(row.body)
    content = tables.content
    lines = unique(each for one in batch.gatherings.values() for piece in one.each for each in piece.lines)
    for row in _where(connection, [content.c.id, content.c.body], content.c.id, lines):
        batch.lines[row.id] = Message.model_validate_json(row.body)


def _meant(batch: Batch, key: Keys) -> Iterator[str]:
    """The cases that a command, or a mail of staff, may mean."""
    yield from (batch.by_reference[name] for name in key.references if name in batch.by_reference)
    yield from (batch.notices[name].case for name in key.notices if name in batch.notices)


def read_cases(
    connection: sa.Connection, batch: Batch, ids: Sequence[str], *, sqlite: bool, newer: set[str] | None = None
) -> None:
    """Cases with their rows locked, in order, and which of their recipients have a notice on its way. Raises Newer for
    one that only a newer version may write; with `newer` it is named there instead."""
    if not ids:
        return
    cases = tables.cases
    query = sa.select(cases.c.id, cases.c.body).where(cases.c.id.in_(ids)).order_by(cases.c.id)
    for row in connection.execute(query if sqlite else query.with_for_update()):
        try:
            batch.cases[row.id] = known(row.body)
        except Newer:
            if newer is None:
                raise
            newer.add(row.id)
    active = sa.select(tables.notices).where(tables.notices.c.case_id.in_(ids), tables.notices.c.state.in_(ACTIVE))
    for found in connection.execute(active):
        notice = notice_row(found)
        batch.notices.setdefault(notice.id, notice)
        batch.waiting[notice.case].add(notice.id)
        if notice.state in ON_ITS_WAY:
            batch.busy.add((notice.case, notice.recipient))


def read_contacts(connection: sa.Connection, batch: Batch, ids: Iterable[str]) -> None:
    """Of each case the contact whose sender is answered; none where its contents are erased."""
    cases = (batch.cases[case] for case in ids if case in batch.cases)
    wanted = {case.answers_to: case.id for case in cases if not case.erased}
    if not wanted:
        return
    columns = (tables.content.c.id, tables.content.c.body)
    for row in connection.execute(sa.select(*columns).where(tables.content.c.id.in_(sorted(wanted)))):
        batch.contacts[wanted[row.id]] = Message.model_validate_json(row.body)


def read_named(connection: sa.Connection, batch: Batch, ids: Sequence[str]) -> None:
    """Contacts that commands name, with their case; none where the contents are erased."""
    if not ids:
        return
    content, contacts = tables.content, tables.contacts
    query = (
        sa.select(content.c.id, content.c.body, contacts.c.case_id)
        .join(contacts, contacts.c.id == content.c.id)
        .where(content.c.id.in_(ids), content.c.kind == "message")
    )
    for row in connection.execute(query):
        batch.named[row.id] = (row.case_id or "", Message.model_validate_json(row.body))


def _unasked(connection: sa.Connection, batch: Batch, cases: Sequence[str]) -> None:
    """Why the customers of cases that are closed are not to be asked how it was: what their other cases say (A-06)."""
    if not cases:
        return
    mine, theirs = tables.correspondents.alias(), tables.correspondents.alias()
    query = (
        sa.select(mine.c.case_id, tables.cases.c.id.label("other"), tables.cases.c.open, tables.cases.c.body)
        .distinct()
        .join(theirs, theirs.c.correspondent == mine.c.correspondent)
        .join(tables.cases, tables.cases.c.id == theirs.c.case_id)
        .where(mine.c.case_id.in_(cases))
    )
    found: dict[str, set[str]] = {case: set() for case in cases}
    others: dict[str, str] = {}
    for row in connection.execute(query):
        other = batch.cases.get(row.other) or Case.model_validate_json(row.body)
        if other.traits.get("survey") == "opted_out":
            found[row.case_id].add("opted_out")
        if row.other != row.case_id and other.open:
            found[row.case_id].add("open_case")
        others[row.other] = row.case_id
    since = (batch.now - SURVEY_PERIOD).timestamp()
    asked = sa.select(tables.events.c.case_id).where(
        tables.events.c.case_id.in_(sorted({*others, *cases})),
        tables.events.c.type == "survey.due",
        tables.events.c.time > since,
    )
    for case in connection.execute(asked).scalars():
        found[others.get(case, case)].add("asked")
    batch.unasked.update({case: frozenset(why) for case, why in found.items()})


def read_notices(connection: sa.Connection, batch: Batch, ids: Sequence[str]) -> None:
    """Notices by id."""
    for row in _where(connection, [tables.notices], tables.notices.c.id, ids):
        batch.notices[row.id] = notice_row(row)


def _told(connection: sa.Connection, batch: Batch, ids: Sequence[str]) -> None:
    """What the notices say that a mail answers: it may quote them without a mark."""
    columns = [tables.content.c.id, tables.content.c.body]
    for row in _where(connection, columns, tables.content.c.id, ids):
        batch.told[row.id] = json.loads(row.body)["text"]


def _theirs(connection: sa.Connection, senders: Sequence[str]) -> Iterator[str]:
    """The latest cases of each sender; few, by the index."""
    known = tables.correspondents
    for sender in senders:
        query = sa.select(known.c.case_id).where(known.c.correspondent == sender)
        yield from connection.execute(query.order_by(known.c.since.desc()).limit(_LATEST)).scalars()


def _alike(connection: sa.Connection, batch: Batch, names: Sequence[str]) -> None:
    """The latest contacts that bear one of these signs, with the references of their cases; none of these is locked.
    A sign that very many bear tells nothing: of all together no more than `_BEARERS` are looked at."""
    if not names:
        return
    signs, cases = tables.signs, tables.cases
    since = (batch.now - ALIKE_PERIOD).timestamp()
    query = sa.select(signs, cases.c.reference).join(cases, cases.c.id == signs.c.case_id)
    query = query.where(signs.c.sign.in_(names), signs.c.at > since)
    for row in connection.execute(query.order_by(signs.c.at.desc()).limit(_BEARERS)):
        batch.signs[row.sign].append(Sign(row.sign, row.contact, row.reference, row.words))


def _people(connection: sa.Connection, batch: Batch, keys: Sequence[Keys], cases: Sequence[str]) -> None:
    """Which of these cases the senders belong to; somebody may have thousands of others, which do not matter here. And
    the automatic notices that went to them, or answered them, within the breaker's window."""
    senders = unique(name for key in keys for name in key.people)
    people = unique(name for key in keys for name in key.people)
    known, notices = tables.correspondents, tables.notices
    if senders and cases:
        query = sa.select(known).where(known.c.correspondent.in_(senders), known.c.case_id.in_(cases))
        query = query.order_by(known.c.since.desc())
        for row in connection.execute(query):
            batch.by_correspondent[row.correspondent].append(row.case_id)
    if not people:
        return
    since = (batch.now - BREAKER_WINDOW).timestamp()
    automatic = (notices.c.created_at > since) & notices.c.staff.is_(None) & notices.c.state.not_in(_NOT_SENT)
    automatic &= notices.c.purpose.not_in(ASKED_FOR)
    to_them = sa.select(notices.c.recipient, notices.c.id, notices.c.created_at).where(
        notices.c.recipient.in_(people), automatic
    )
    answers = (
        sa.select(known.c.correspondent, notices.c.id, notices.c.created_at)
        .join(notices, notices.c.case_id == known.c.case_id)
        .where(known.c.correspondent.in_(people), known.c.since > since, automatic)
    )
    for query in (to_them, answers):
        for person, notice, created in connection.execute(query):
            batch.recent[person][notice] = created


def _in_cases(connection: sa.Connection, batch: Batch, cases: Sequence[str]) -> None:
    """The automatic notices of these cases within the breaker's window. What a person said counts for nobody."""
    if not cases:
        return
    notices = tables.notices
    since = (batch.now - BREAKER_WINDOW).timestamp()
    query = sa.select(notices.c.case_id, notices.c.id, notices.c.created_at, notices.c.intent)
    query = query.where(notices.c.case_id.in_(cases), notices.c.created_at > since, notices.c.staff.is_(None))
    query = query.where(notices.c.state.not_in(_NOT_SENT), notices.c.purpose.not_in(ASKED_FOR))
    for row in connection.execute(query):
        if json.loads(row.intent)["automatic"] != "no":
            batch.recent_in[row.case_id][row.id] = row.created_at


def _where(
    connection: sa.Connection,
    columns: list[sa.Table] | list[sa.Column[str]],
    key: sa.Column[str],
    values: Sequence[str],
) -> Sequence[sa.Row[tuple[object, ...]]]:
    if not values:
        return []
    return connection.execute(sa.select(*columns).where(key.in_(values))).all()
