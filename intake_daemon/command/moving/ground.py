"""The house that is being filled, from its configuration: database, vault, broker, before anything of it runs.

Rules
- It must be empty, or begun by the same work: then that work goes on, or begins anew.
- As long as it is not finished its marks stand (marks.py), here and in its database.
- What waits goes into its broker; also what had waited in a spool: the broker is there, and a spool belongs to a
  process.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from intake_daemon import broker as queues
from intake_daemon.broker.embedded import Embedded
from intake_daemon.command import parts
from intake_daemon.command.building import utc_now
from intake_daemon.command.moving import marks, tables, vaulted
from intake_daemon.contract import Delivery, Subscriber, Vault
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.settings import Settings
from intake_daemon.store import Store

if TYPE_CHECKING:
    from intake_daemon.broker.rabbitmq import RabbitMQ
    from intake_daemon.command.configuration import Configuration

_SETTLES = 30.0
"""Seconds within which RabbitMQ's counts have caught up with what it confirmed."""
_LOOK = 0.2


def engine_of(settings: Settings) -> sa.Engine:
    """A house's database, for work of one thread."""
    url = f"sqlite:///{settings.var / 'ledger.db'}"
    if settings.store != "sqlite":
        url = settings.store.replace("postgresql://", "postgresql+psycopg://", 1)
    return sa.create_engine(url, poolclass=sa.pool.NullPool, hide_parameters=True)


def queues_of(configured: Configuration) -> dict[str, queues.Queue]:
    """Every queue that a house declares, by name."""
    theirs = configured.settings.subscribers.items()
    subscribers = [Subscriber(name, each.bind, each.max_length) for name, each in theirs]
    return {each.name: each for each in queues.topology(parts.senders(configured), subscribers)}


@dataclass
class Ground:
    """See the module's manual."""

    configured: Configuration
    engine: sa.Engine
    store: Store
    vault: Vault
    broker: Embedded | RabbitMQ

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return self.configured.settings

    async def begin(self, said: Mapping[str, Any], *, in_use: bool = False) -> bool:
        """Marks it as unfinished. Whether the same work (`id`) was begun here before. Raises BadSettings when it is not
        empty, or another work was begun. `in_use`: letters may wait in its queues."""
        with self.engine.connect() as connection:
            before = marks.in_database(connection)
        if before is not None:
            same = before.get("id") == said["id"] or said["what"] == "restore"  # which begins anew, from whatever copy
            if before.get("what") != said["what"] or not same:
                raise BadSettings([self._taken("another restore, or move, into it was begun and not finished")])
            marks.put(self.settings.var / marks.UNFINISHED, said)
            return bool(before.get("id") == said["id"])
        await self._empty(in_use=in_use)
        with self.engine.begin() as connection:
            marks.put_in_database(connection, said)
        marks.put(self.settings.var / marks.UNFINISHED, said)
        return False

    async def _empty(self, *, in_use: bool) -> None:
        with self.engine.connect() as connection:
            found = [name for name in tables.holding(connection) if name != "policies"]
        if found:
            raise BadSettings([self._taken(f"its database is not empty ({', '.join(found)})")])
        folder = vaulted.Objects(self.settings.var / "vault")
        if next(folder.named(), None) is not None or any(self.settings.var.glob("spool/*/*.letters")):
            raise BadSettings([self._taken("its `var` holds originals, or complaints that wait")])
        waiting = {name: count for name, count in (await self.depths()).items() if count}
        if waiting and not in_use:
            named = ", ".join(f"{name} {count}" for name, count in sorted(waiting.items()))
            raise BadSettings([self._taken(f"its queues hold letters ({named})")])

    def _taken(self, why: str) -> Fault:
        remedy = "Nothing was changed. Give it an empty database, an empty `var` and an empty virtual host."
        return Fault(str(self.configured.folder / "intake.yaml"), 0, f"{why}.", remedy)

    def clear(self) -> None:
        """Begins anew: rows of an earlier attempt go; objects of the vault are the same ones anyway."""
        with self.engine.begin() as connection:
            mark = marks.in_database(connection)
            tables.clear(connection)
            marks.put_in_database(connection, mark or {})

    async def bring(self, letters: Sequence[Delivery]) -> None:
        """Into its queues, confirmed. Raises Temporary."""
        await self.broker.bring(letters)

    async def depths(self) -> dict[str, int]:
        """How much waits in each of its queues."""
        found = {}
        for name in queues_of(self.configured):
            depth = await self.broker.depth(name)
            found[name] = depth.ready + depth.unsettled
        return found

    async def holds(self, wanted: Mapping[str, int]) -> dict[str, int]:
        """What waits in each queue, as soon as it is what is wanted; after half a minute as it is."""
        found: dict[str, int] = {}
        for _ in range(int(_SETTLES / _LOOK)):
            found = {name: count for name, count in (await self.depths()).items() if count}
            if found == {name: count for name, count in wanted.items() if count}:
                break
            await asyncio.sleep(_LOOK)
        return found

    def finish(self) -> None:
        """It is whole, and may start."""
        with self.engine.begin() as connection:
            marks.take_from_database(connection)
        marks.take(self.settings.var / marks.UNFINISHED)


@asynccontextmanager
async def opened(configured: Configuration) -> AsyncIterator[Ground]:
    """Under its lock, its schema brought up to date, its broker there. Raises BadSettings, Temporary."""
    settings = configured.settings
    settings.var.mkdir(parents=True, exist_ok=True)
    lock = parts.lock(settings.var) if "embedded" in settings.broker or settings.store == "sqlite" else None
    store = Store(f"sqlite:///{settings.var / 'ledger.db'}" if settings.store == "sqlite" else settings.store)
    engine = engine_of(settings)
    broker: Any = parts.broker(configured, utc_now)
    try:
        await store.migrate()
        await _started(broker)
        yield Ground(configured, engine, store, parts.vault(settings, store), broker)
    finally:
        await broker.close()
        engine.dispose()
        await store.close()
        if lock is not None:
            lock.close()


async def _started(broker: Embedded | RabbitMQ) -> None:
    try:
        await broker.start()
    except Temporary as error:
        problem = "RabbitMQ does not answer."
        raise BadSettings([Fault("broker", 0, problem, "Start it, and call this again.")]) from error
