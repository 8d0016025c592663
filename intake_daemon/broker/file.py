"""The embedded broker's file: what it does in SQLite, without threads, loops or waiting.

A letter is one row for each queue that it reaches. `taken` names the consumer that has it, 0 is nobody; `returns`
counts how often it came back. Rows come out in the order of `id`, which is the order in which they were put in.

Obligations
- The caller opens and closes the transaction, and calls from one thread at a time.
- The file belongs to one process (`locking_mode=EXCLUSIVE`); a second one is refused when it opens it.
- Settled letters are somebody's words: deleted content is overwritten (`secure_delete`), and `quiet` empties the
  write-ahead log, so that an erasure elsewhere is not undone by what lies here.
- A queue that is configured no longer keeps what it holds; nothing is deleted because a line in a file is gone.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from intake_daemon import journal
from intake_daemon.broker import Queue
from intake_daemon.contract import PARKED, ROUTER_QUEUE, Delivery, Depth, Letter
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.message import utc

_SCHEMA = """
CREATE TABLE IF NOT EXISTS letters (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    exchange TEXT NOT NULL,
    key TEXT NOT NULL,
    body BLOB NOT NULL,
    message_id TEXT NOT NULL,
    content_type TEXT NOT NULL,
    headers TEXT NOT NULL,
    correlation_id TEXT,
    reply_to TEXT,
    published_at TEXT NOT NULL,
    taken INTEGER NOT NULL DEFAULT 0,
    returns INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS waiting ON letters (queue, taken, id);
-- what a process that died had in hand is found at once, however much waits
CREATE INDEX IF NOT EXISTS in_hand ON letters (taken) WHERE taken <> 0;
"""
_PUT = """
INSERT INTO letters (queue, exchange, key, body, message_id, content_type, headers, correlation_id, reply_to,
    published_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_TAKE = """
UPDATE letters SET taken = ? WHERE id IN (SELECT id FROM letters WHERE queue = ? AND taken = 0 ORDER BY id LIMIT ?)
RETURNING id, exchange, key, body, message_id, content_type, headers, correlation_id, reply_to, published_at, returns
"""
_SETTLE = "DELETE FROM letters WHERE id IN (SELECT value FROM json_each(?)) RETURNING queue, taken, LENGTH(body)"
_COME_BACK = "UPDATE letters SET taken = 0, returns = returns + 1 WHERE taken <> 0 AND "
_LISTED = "id IN (SELECT value FROM json_each(?)) RETURNING id, queue, returns"
_OF_CONSUMER = "taken = ? RETURNING id, queue, returns"
_OF_ANYBODY = "? = 0 RETURNING id, queue, returns"
_PARK = "UPDATE letters SET queue = ?, exchange = ?, key = ?, returns = 0 WHERE id = ? RETURNING message_id"
_DROP_HEAD = (
    "DELETE FROM letters WHERE id IN (SELECT id FROM letters WHERE queue = ? AND taken = 0 ORDER BY id LIMIT ?)"
)
_PAGE = """
SELECT queue, id, exchange, key, body, message_id, content_type, headers, correlation_id, reply_to, published_at,
    returns FROM letters WHERE id > ? ORDER BY id
"""
_LAY = """
INSERT INTO letters (queue, exchange, key, body, message_id, content_type, headers, correlation_id, reply_to,
    published_at, returns) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
"""
_SAMPLE = """
SELECT AVG(LENGTH(body)) FROM (SELECT body FROM letters WHERE queue = ? AND taken = 0 ORDER BY id DESC LIMIT 200)
"""
_DEPTHS = "SELECT queue, COUNT(*) FILTER (WHERE taken = 0), COUNT(*) FILTER (WHERE taken <> 0) FROM letters GROUP BY 1"


class Row(NamedTuple):
    """A letter for one queue, ready to be written: plain values, so that a wrong one fails its own caller."""

    queue: str
    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str
    headers: str
    correlation_id: str | None
    reply_to: str | None
    published_at: str


class LettersFile:
    """One file of letters. `brought`: queues to which something came since the caller last emptied the set."""

    def __init__(self, path: Path, queues: Sequence[Queue]) -> None:
        """Opens or makes the file; what was taken when its last process ended has come back. Raises BadSettings."""
        self._queues = {each.name: each for each in queues}
        self._depths: dict[str, list[int]] = defaultdict(lambda: [0, 0])
        """Ready and taken, of each queue: counted once, since counting a hundred thousand takes its time."""
        self._stale = False
        """Something was rolled back: it is counted again before anybody asks."""
        self._bytes = 0
        """Of the bodies that wait for the router; after a start or a failure as a sample of them says."""
        self.brought: set[str] = set()
        self.db = _opened(path)
        try:
            self.begin()
            self._come_back(_OF_ANYBODY, 0)
            self._count()
            self.commit()
        except BaseException:
            self.db.close()
            raise

    def begin(self) -> None:
        """A transaction; what follows is durable after `commit`."""
        self.db.execute("BEGIN IMMEDIATE")

    def commit(self) -> None:
        """Everything since `begin` is on the disk when it returns."""
        self.db.execute("COMMIT")

    def rollback(self) -> None:
        """Nothing since `begin` happened."""
        with contextlib.suppress(sqlite3.Error):  # the disk may have ended the transaction already
            self.db.execute("ROLLBACK")
        self._stale = True

    def quiet(self) -> None:
        """Empties the write-ahead log; a failure matters only to the next transaction, which will say so."""
        with contextlib.suppress(sqlite3.Error):
            self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def put(self, rows: Sequence[Row]) -> None:
        """Appends to the queues; where a queue keeps only so many, its oldest ready ones go."""
        if any(self._queues[row.queue].keep is not None for row in rows):
            self._count_again()
        self.db.executemany(_PUT, rows)
        for row in rows:
            self._depths[row.queue][0] += 1
            self._bytes += len(row.body) if row.queue == ROUTER_QUEUE else 0
        for name in {row.queue for row in rows}:
            self.brought.add(name)
            keep = self._queues[name].keep
            if keep is not None and (over := sum(self._depths[name]) - keep) > 0:
                self._depths[name][0] -= self.db.execute(_DROP_HEAD, (name, over)).rowcount

    def take(self, consumer: int, name: str, limit: int) -> list[Delivery]:
        """The oldest ready ones, now this consumer's."""
        rows = self.db.execute(_TAKE, (consumer, name, limit)).fetchall()
        self._move(name, len(rows))
        return [_delivery(name, *row) for row in sorted(rows)]  # RETURNING promises no order; ids differ

    def settle(self, tags: Sequence[int]) -> None:
        """Gone for ever."""
        for name, taken, size in self.db.execute(_SETTLE, (json.dumps(tags),)).fetchall():
            self._depths[name][1 if taken else 0] -= 1
            self._bytes -= size if name == ROUTER_QUEUE else 0

    def give_back(self, tags: Sequence[int]) -> None:
        """Back to their old places."""
        self._come_back(_LISTED, json.dumps(tags))

    def leave(self, consumer: int) -> None:
        """All that this consumer still has goes back."""
        self._come_back(_OF_CONSUMER, consumer)

    def depth(self, name: str) -> Depth:
        """Exact: everything goes through this process."""
        self._count_again()
        ready, taken = self._depths[name]
        return Depth(ready=ready, unsettled=taken)

    def undecided(self) -> tuple[int, int]:
        """How many messages wait for the router or are with it, and about how many bytes they are; asks nothing."""
        many = sum(self._depths[ROUTER_QUEUE])
        if many == 0 or self._bytes < 0:  # what a sample was wrong by must not be carried on for ever
            self._bytes = 0
        return many, self._bytes

    def page(self, after: int, size: int) -> list[Delivery]:
        """Letters of every queue behind the one with that number, taken or not, as they lie; nothing changes. So many
        that their bodies come to about `size` bytes, one at least; none when there is nothing behind."""
        found: list[Delivery] = []
        for row in self.db.execute(_PAGE, (after,)):
            found.append(_delivery(*row))
            size -= len(found[-1].letter.body) + 1000
            if size <= 0:
                break
        return found

    def lay(self, letters: Sequence[Delivery]) -> None:
        """Letters of another broker, each behind what lies in its queue, with its own time of publishing."""
        rows = [
            (
                *(each.queue, each.letter.exchange, each.letter.key, each.letter.body, each.letter.message_id),
                *(each.letter.content_type, json.dumps(dict(each.letter.headers)), each.letter.correlation_id),
                *(each.letter.reply_to, utc(each.published_at), int(each.redelivered)),
            )
            for each in letters
        ]
        self.db.executemany(_LAY, rows)
        self.brought.update(each.queue for each in letters)
        self._stale = True

    def clear(self) -> None:
        """Nothing lies here any more."""
        self.db.execute("DELETE FROM letters")
        self._count()

    def _come_back(self, which: str, value: object) -> None:
        for tag, name, returns in self.db.execute(_COME_BACK + which, (value,)).fetchall():
            self.brought.add(name)
            self._move(name, -1)
            found = self._queues.get(name)
            if found and found.parks and returns > found.limit:
                (message_id,) = self.db.execute(_PARK, (PARKED, PARKED, name, tag)).fetchone()
                self._depths[name][0] -= 1
                self._depths[PARKED][0] += 1
                self.brought.add(PARKED)
                journal.parked(name, "delivery_limit", returns, message_id)

    def _move(self, name: str, many: int) -> None:
        """So many of the ready ones are taken."""
        self._depths[name][0] -= many
        self._depths[name][1] += many

    def _count_again(self) -> None:
        if self._stale:
            self._count()

    def _count(self) -> None:
        self._stale = False
        self._depths.clear()
        for name, ready, taken in self.db.execute(_DEPTHS):
            self._depths[name][:] = ready, taken
        (each,) = self.db.execute(_SAMPLE, (ROUTER_QUEUE,)).fetchone()
        self._bytes = int(sum(self._depths[ROUTER_QUEUE]) * (each or 0))


def _opened(path: Path) -> sqlite3.Connection:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # opened in one thread, used by another ever after; never by two at once
        db = sqlite3.connect(path, timeout=1, isolation_level=None, check_same_thread=False)
    except (OSError, sqlite3.Error) as error:
        raise BadSettings([Fault(str(path), 0, "cannot be opened.", "May this user write there?")]) from error
    try:
        for pragma in ("locking_mode = EXCLUSIVE", "journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            db.execute(f"PRAGMA {pragma}")
        db.executescript(_SCHEMA)
    except sqlite3.DatabaseError as error:
        db.close()
        if "locked" in str(error):
            fault = Fault(str(path), 0, "is in use by another process.", "Is intake running already?")
        else:
            fault = Fault(str(path), 0, "is not a file of letters.", "Move it away, or name another path.")
        raise BadSettings([fault]) from error
    return db


def _delivery(
    name: str,
    tag: int,
    exchange: str,
    key: str,
    body: bytes,
    message_id: str,
    content_type: str,
    headers: str,
    correlation_id: str | None,
    reply_to: str | None,
    published_at: str,
    returns: int,
) -> Delivery:
    letter = Letter(
        exchange=exchange,
        key=key,
        body=body,
        message_id=message_id,
        content_type=content_type,
        headers=json.loads(headers),
        correlation_id=correlation_id,
        reply_to=reply_to,
    )
    return Delivery(name, tag, letter, returns > 0, datetime.fromisoformat(published_at))
