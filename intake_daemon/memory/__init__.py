"""What the intake half remembers across processes: cursors, leases, notices begun and done, chat lines (chats.py).

A few small tables in the ledger's database, so that every process sees the same. A local note would let a second
process send a letter again. No memory, no sending; a source without cursor goes on accepting by other means.

Sending once (see life.answer): `begin` is durable before the connector is called, `done` before its receipt travels.
What was begun and neither done nor forgotten is *young* while its sender may still be at it, then *old*: Unknown.
On SQLite only one process exists at a time, so what an earlier process began is old at once, and its leases are free.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import Begun, Now
from intake_daemon.memory.chats import StoredChats
from intake_daemon.memory.tables import cursors, leases, metadata, sends
from intake_daemon.message import Receipt
from intake_daemon.store import Store

__all__ = ["YOUNG", "StoredChats", "StoredMemory", "metadata"]

_SKEW = 5.0
"""Seconds by which the clocks of processes may differ."""
YOUNG = timedelta(seconds=90)
"""Longer than any connector takes to send one notice."""


class StoredMemory:
    """Memory (contract) in the store. `holder` names this process and no other, ever: a fresh id at each start."""

    def __init__(self, store: Store, holder: str, now: Now) -> None:
        self._store = store
        self._holder = holder
        self._now = now

    async def load(self, name: str) -> dict[str, Any] | None:
        """The saved place of a source."""

        def work(connection: sa.Connection) -> str | None:
            return connection.execute(sa.select(cursors.c.place).where(cursors.c.name == name)).scalar_one_or_none()

        place = await self._store.read(work)
        return None if place is None else json.loads(place)

    async def save(self, name: str, place: Mapping[str, Any], *, days: int | None = None) -> None:
        """Durable when it returns."""
        until = None if days is None else (self._now() + timedelta(days=days)).timestamp()
        row = {"name": name, "place": json.dumps(dict(place)), "until": until}
        await self._store.write(lambda connection: _upsert(connection, cursors, row))

    async def claim(self, name: str, place: Mapping[str, Any], *, days: int) -> dict[str, Any]:
        """Saves it where nothing is saved; what is saved there now."""
        until = (self._now() + timedelta(days=days)).timestamp()
        row = {"name": name, "place": json.dumps(dict(place)), "until": until}

        def work(connection: sa.Connection) -> str:
            _insert_new(connection, cursors, row)
            return str(connection.execute(sa.select(cursors.c.place).where(cursors.c.name == name)).scalar_one())

        return dict(json.loads(await self._store.write(work)))

    async def begin(self, notice: str) -> Begun:
        """What is known of this notice; `new` is said only after our beginning is durable."""
        now = self._now()

        def work(connection: sa.Connection) -> Begun:
            fresh = {"notice": notice, "holder": self._holder, "begun_at": now.timestamp(), "attempts": 1, "doubts": 0}
            if _insert_new(connection, sends, fresh):
                return Begun("new")
            query = sa.select(sends).where(sends.c.notice == notice)
            row = connection.execute(query if self._store.sqlite else query.with_for_update()).one()
            if row.receipt is not None:
                return Begun("done", Receipt.model_validate_json(row.receipt), row.attempts, row.doubts)
            if row.holder == "":
                again = {**fresh, "attempts": row.attempts + 1, "doubts": row.doubts}
                connection.execute(sa.update(sends).where(sends.c.notice == notice).values(again))
                return Begun("new", attempts=row.attempts, doubts=row.doubts)
            gone = self._store.sqlite and row.holder != self._holder
            if not gone and now - datetime.fromtimestamp(row.begun_at, UTC) < YOUNG:
                return Begun("young", attempts=row.attempts, doubts=row.doubts)
            return Begun("old", attempts=row.attempts, doubts=row.doubts)

        return await self._store.write(work)

    async def done(self, notice: str, receipt: Receipt) -> None:
        """The notice has its receipt; durable when it returns."""
        values = {"receipt": receipt.model_dump_json()}
        await self._store.write(
            lambda connection: connection.execute(sa.update(sends).where(sends.c.notice == notice).values(values))
        )

    async def forget(self, notice: str, *, doubt: bool = False) -> None:
        """It may begin anew: surely nothing was sent, or (`doubt`) a second copy was decided on. Both stay counted."""
        values = {"holder": "", "doubts": sends.c.doubts + int(doubt)}
        await self._store.write(
            lambda connection: connection.execute(
                sa.update(sends).where(sends.c.notice == notice, sends.c.receipt.is_(None)).values(values)
            )
        )

    async def take(self, lease: str, holder: str, seconds: float) -> bool:
        """Take or keep a lease until `seconds` from now."""
        now = self._now().timestamp()

        def work(connection: sa.Connection) -> bool:
            values = {"name": lease, "holder": holder, "until": now + seconds}
            if _insert_new(connection, leases, values):
                return True
            query = sa.update(leases).where(leases.c.name == lease)
            if not self._store.sqlite or holder != self._holder:
                # nobody takes one for longer: its time was told by a clock that has been put back since
                ahead = leases.c.until > now + seconds + _SKEW
                query = query.where(sa.or_(leases.c.holder == holder, leases.c.until < now, ahead))
            taken = connection.execute(query.values(values))
            return taken.rowcount == 1

        return await self._store.write(work)

    async def drop(self, lease: str, holder: str) -> None:
        """Give a lease back."""
        await self._store.write(
            lambda connection: connection.execute(
                sa.delete(leases).where(leases.c.name == lease, leases.c.holder == holder)
            )
        )

    async def ping(self) -> None:
        """Raises Temporary when nothing could be remembered."""
        await self._store.ping()


def _insert_new(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> bool:
    """Insert unless the key is there; whether it was inserted."""
    key = next(iter(table.primary_key.columns)).name
    columns = ", ".join(row)
    marks = ", ".join(f":{name}" for name in row)
    statement = sa.text(f"INSERT INTO {table.name} ({columns}) VALUES ({marks}) ON CONFLICT ({key}) DO NOTHING")  # noqa: S608 -- names of our own columns
    return connection.execute(statement, dict(row)).rowcount == 1


def _upsert(connection: sa.Connection, table: sa.Table, row: Mapping[str, Any]) -> None:
    if not _insert_new(connection, table, row):
        key = next(iter(table.primary_key.columns))
        connection.execute(sa.update(table).where(key == row[key.name]).values(dict(row)))
