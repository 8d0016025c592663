"""The morning lists: read set-based from the projections, written as notices that belong to no case.

A list is a row of `notices` with the case `""`, its words, and its letter in the outbox. The row's id is made from
handler and day: who makes it a second time, in another process or after a restart, finds it, or meets its key.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import NOTICES
from intake_daemon.message import Address, Notice
from intake_daemon.reference import token
from intake_daemon.store import Store
from router.case import Case
from router.ledger import tables
from router.ledger.lookup.waiting import HAS_TASKS, WITH_TASKS, lying
from router.morning import PURPOSE, Findings, Morning
from router.turn import LOST, Desk, Intent, Words

_LATE = '"breaches":["'
"""How the body of a case reads that has a clock which ran out."""


_MINUTE = timedelta(minutes=1)


class Mornings:
    """The lists of one process; what it has looked at today it does not look at again."""

    def __init__(self, store: Store, desk: Desk, key: bytes) -> None:
        self._store = store
        self._desk = desk
        self._key = key
        self._looked: datetime | None = None
        self._done: frozenset[str] = frozenset()

    def owed(self, until: datetime) -> bool:
        """Whether a list may be owed that was not looked at; asked of the desk once a minute."""
        if self._looked is not None and timedelta(0) <= until - self._looked < _MINUTE:
            return False
        self._looked = until
        return any(each.id not in self._done for each in self._desk.mornings(until))

    async def make(self, now: datetime, until: datetime) -> int:
        """The lists that are not made yet; how many have something to tell."""
        wanted = self._desk.mornings(until)
        try:
            made = await self._store.write(lambda connection: self._make(connection, wanted, now))
        except sa.exc.IntegrityError:  # another process made them at the same time
            made = 0
        self._done = frozenset(each.id for each in wanted)
        return made

    def _make(self, connection: sa.Connection, wanted: Sequence[Morning], now: datetime) -> int:
        notices = tables.notices
        ids = [each.id for each in wanted if each.id not in self._done]
        there = set(connection.execute(sa.select(notices.c.id).where(notices.c.id.in_(ids))).scalars())
        fresh = [each for each in wanted if each.id in ids and each.id not in there]
        if not fresh:
            return 0
        cases = _cases(connection, fresh)
        before = _before(connection, fresh)
        rows: dict[str, list[dict[str, Any]]] = {"notices": [], "content": [], "outbox": []}
        for each in fresh:
            found = Findings(cases, *_lying(connection, each, before.get(each.handler, 0.0)))
            words = self._desk.morning_words(each, found)
            if words is not None:
                _add(rows, each, words, self._key, now)
        _write(connection, rows)
        return len(rows["notices"])

    async def tell(self, purpose: str, letters: Sequence[tuple[Morning, Words]], now: datetime) -> int:
        """Other letters that belong to no case, each once by its id; how many are new."""

        def work(connection: sa.Connection) -> int:
            notices = tables.notices
            ids = [to.id for to, _ in letters]
            there = set(connection.execute(sa.select(notices.c.id).where(notices.c.id.in_(ids))).scalars())
            rows: dict[str, list[dict[str, Any]]] = {"notices": [], "content": [], "outbox": []}
            for to, words in letters:
                if to.id not in there:
                    _add(rows, to, words, self._key, now, purpose)
            _write(connection, rows)
            return len(rows["notices"])

        try:
            return await self._store.write(work)
        except sa.exc.IntegrityError:  # another process made them at the same time
            return 0


def _write(connection: sa.Connection, rows: dict[str, list[dict[str, Any]]]) -> None:
    for name, added in rows.items():
        if added:
            connection.execute(sa.insert(tables.metadata.tables[name]), added)


def _cases(connection: sa.Connection, wanted: Sequence[Morning]) -> tuple[Case, ...]:
    """Open cases with something due or late at one of these handlers, or with tasks of whomever."""
    cases, clocks = tables.cases, tables.clocks
    last = max(each.until for each in wanted).timestamp()
    due = cases.c.id.in_(sa.select(clocks.c.case_id).where(clocks.c.due <= last))
    theirs = cases.c.handler.in_([each.handler for each in wanted])
    late = cases.c.body.contains(_LATE, autoescape=True)
    tasks = cases.c.body.contains(WITH_TASKS, autoescape=True)
    query = sa.select(cases.c.body).where((cases.c.open & theirs & (due | late)) | (HAS_TASKS & tasks))
    bodies = connection.execute(query.order_by(cases.c.opened_at, cases.c.id)).scalars()
    return tuple(Case.model_validate_json(body) for body in bodies)


def _before(connection: sa.Connection, wanted: Sequence[Morning]) -> dict[str, float]:
    """Of which moment each handler's last list told."""
    notices = tables.notices
    theirs = notices.c.recipient.in_([each.recipient for each in wanted]) & (notices.c.purpose == PURPOSE)
    query = sa.select(notices.c.staff, sa.func.max(notices.c.created_at)).where(theirs).group_by(notices.c.staff)
    return {str(staff): float(at) for staff, at in connection.execute(query)}


def _lying(connection: sa.Connection, morning: Morning, since: float) -> tuple[int, int]:
    """How much is parked, and how much was set aside since; for who leads."""
    if not morning.leads:
        return 0, 0
    at = morning.at.timestamp()
    parked, contacts = tables.parked, tables.contacts
    held = sa.select(sa.func.count()).select_from(parked).where(parked.c.since < at)
    fresh = lying(morning.brands).where(contacts.c.decided_at >= since, contacts.c.decided_at < at)
    aside = sa.select(sa.func.count()).select_from(fresh.subquery())
    return int(connection.execute(held).scalar_one()), int(connection.execute(aside).scalar_one())


def _add(
    rows: dict[str, list[dict[str, Any]]],
    morning: Morning,
    words: Words,
    key: bytes,
    now: datetime,
    purpose: str = PURPOSE,
) -> None:
    notice = Notice(
        id=morning.id,
        case="",
        reference="",
        brand=morning.brand,
        purpose=purpose,
        connector=morning.connector,
        to=Address(kind=words.to_kind, value=words.to_value),
        sender_name=words.sender_name,
        sender_address=words.sender_address,
        subject=words.subject,
        text=words.text,
        language=morning.language,
        token=token(key, morning.id),
        automatic="generated",
        created_at=now,
    )
    intent = Intent(
        id=morning.id,
        purpose=purpose,
        cause=morning.id,
        contact="",
        connector=morning.connector,
        staff=morning.handler,
        recipient=morning.recipient,
        language=morning.language,
        automatic="generated",
    )
    body = notice.to_json().decode()
    rows["notices"].append(
        {
            "id": morning.id,
            "case_id": "",
            "purpose": purpose,
            "connector": morning.connector,
            "brand": morning.brand,
            "recipient": morning.recipient,
            "staff": morning.handler,
            "language": morning.language,
            "state": "released",
            "sent_event": None,
            "not_before": (now + LOST).timestamp(),
            "created_at": morning.at.timestamp(),  # what it tells of: the next one goes on from there
            "intent": intent.model_dump_json(),
        }
    )
    rows["content"].append({"id": morning.id, "case_id": None, "kind": "notice", "body": body})
    rows["outbox"].append(
        {
            "case_id": "",
            "sequence": None,
            "message_id": morning.id,
            "exchange": NOTICES,
            "key": morning.connector,
            "content_type": "application/json",
            "mandatory": True,
            "body": body,
        }
    )
