"""Upkeep: rows of which nobody will ever ask again, and how long each kind lives.

    sends      `SENT` after a letter was begun, once the ledger has its receipt: no delivery of it can come again
    cursors    as long as their maker said (`Cursor.save`); a place in a source lives for ever
    signs      as long as contacts are likened to earlier ones
    codes      a day after they were sent: then they count towards no limit

What was said in one go is forgotten by talks.py, attempts go with their letter (outgoing.py), chats with their
connector's `keep_days`. Ids of contacts and of commands, events, notices and the audit are the record, kept for ever.

Rules: a few hundred rows in a transaction, for the writer is everybody's; what is looked for is found by an index.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from intake_daemon.memory.tables import cursors, sends
from router.ledger import tables, talks
from router.ledger.batch import ON_ITS_WAY
from router.ledger.codes import codes
from router.ledger.reading import ALIKE_PERIOD

Sweep = Callable[[sa.Connection, datetime], int]
SENT = timedelta(days=90)
_CODES = timedelta(days=1)
_LOOKED = timedelta(days=7)
"""Contacts whose signs are looked for: those that have become too old within the last days."""
AT_ONCE = talks.AT_ONCE
"""Rows that one sweep deletes, about; who deleted as many has perhaps left some."""


def letters(connection: sa.Connection, now: datetime) -> int:
    """Deletes some letters that were sent long ago; how many. Whose receipt has not come to the ledger, or who lies
    parked, may come again."""
    notices, parked = tables.notices, tables.parked
    coming = sa.select(notices.c.id).where(notices.c.id == sends.c.notice, notices.c.state.in_(ON_ITS_WAY))
    waits = sa.select(parked.c.contact).where(parked.c.contact.is_not(None))
    old = (sends.c.begun_at < (now - SENT).timestamp()) & sends.c.receipt.is_not(None)
    return _some(connection, sends.c.notice, old & ~coming.exists() & sends.c.notice.not_in(waits))


def places(connection: sa.Connection, now: datetime) -> int:
    """Deletes some of what connectors wanted remembered for a time that is over; how many."""
    return _some(connection, cursors.c.name, cursors.c.until < now.timestamp())


def signs(connection: sa.Connection, now: datetime) -> int:
    """Deletes those of some contacts that are likened to nothing any more; how many. The latest first: the earlier ones
    were looked at an hour ago."""
    contacts, t, over = tables.contacts, tables.signs, now - ALIKE_PERIOD
    has = sa.select(t.c.sign).where(t.c.contact == contacts.c.id, t.c.at < over.timestamp())
    within = (contacts.c.received_at < over.timestamp()) & (contacts.c.received_at >= (over - _LOOKED).timestamp())
    old = sa.select(contacts.c.id).where(within, has.exists()).order_by(contacts.c.received_at.desc()).limit(AT_ONCE)
    stale = t.c.contact.in_(old) & (t.c.at < over.timestamp())
    return connection.execute(sa.delete(t).where(stale)).rowcount


def spent(connection: sa.Connection, now: datetime) -> int:
    """Deletes some old codes; how many."""
    return _some(connection, codes.c.id, codes.c.sent_at < (now - _CODES).timestamp())


SWEEPS: Sequence[Sweep] = (
    talks.forget,
    talks.questions,
    letters,
    places,
    signs,
    spent,
)
"""One after another, each in a transaction of its own."""


def _some(connection: sa.Connection, key: sa.Column[str], which: sa.ColumnElement[bool]) -> int:
    return connection.execute(sa.delete(key.table).where(key.in_(sa.select(key).where(which).limit(AT_ONCE)))).rowcount
