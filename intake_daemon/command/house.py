"""The composition root: the only place that builds things and names both halves of the house.

    open    read nothing more, build everything, bring the schema up to date, take the lock on `var`
    run     start broker and doors, keep the loops of life.py running, until told to stop
    close   connectors first (nothing new comes in), then doors, loops, broker, database

On PostgreSQL and RabbitMQ any number of these run side by side; the embedded broker and SQLite belong to one process,
which holds `var/lock`.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import socket
import sys
import time
import uuid
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import IO, Any, Literal

from starlette.routing import BaseRoute

from intake_daemon import journal, life
from intake_daemon.broker.embedded import Embedded
from intake_daemon.command import configuration
from intake_daemon.command.configuration import Configuration
from intake_daemon.contract import (
    COMMANDS,
    RECEIPTS,
    ROUTER_QUEUE,
    Broker,
    Can,
    Connector,
    Now,
    Spool,
    Subscriber,
    Vault,
)
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.memory import StoredMemory
from intake_daemon.spool import FolderSpool, NoSpool
from intake_daemon.store import Store
from intake_daemon.supervisor import OurDoor, supervise
from intake_daemon.vault import DatabaseVault, FolderVault
from intake_daemon.web import Listen, Web
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger

Half = Literal["both", "intake", "router"]
_DRAIN = 5.0
_BROKER = 3.0
"""Seconds for which the doors stay shut at the start while the broker is not there yet."""


def utc_now() -> datetime:
    """This machine's clock; the one that is injected where no database server has one."""
    return datetime.now(UTC)


@dataclass
class House:
    """Everything that was built."""

    configuration: Configuration
    store: Store
    memory: StoredMemory
    broker: Broker
    vault: Vault
    spool: Spool
    desk: ComplaintsDesk
    ledger: StoredLedger
    holder: str
    now: Now
    half: Half
    web: Web | None = None
    connectors: dict[str, Connector] = field(default_factory=dict)
    routes: Callable[[House], Sequence[BaseRoute]] = lambda _house: ()
    _lock: IO[str] | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _doors: list[asyncio.Task[None]] = field(default_factory=list)
    _broker_up: asyncio.Event = field(default_factory=asyncio.Event)
    _ledger_ill: str | None = None

    async def run(self) -> None:
        """Start everything; returns when the doors are open (the broker may still be away: then they say so)."""
        configured = self.configuration
        world = configured.world(self.now)
        self.connectors = {
            name: kind(name, configured.settings.connectors[name], world)
            for name, kind in configured.connectors.items()
        }
        self._keep("broker", self._start_broker())
        with contextlib.suppress(TimeoutError):  # while it is away, the doors tell the truth
            await asyncio.wait_for(self._broker_up.wait(), _BROKER)
        if self.half != "router":
            await self._open_doors()
        elif self.web is not None:
            await self.web.start()

    async def _open_doors(self) -> None:
        intake = life.IntakeHalf(
            self.broker,
            self.vault,
            self.spool,
            self.memory,
            self.configuration.brands,
            self.configuration.rules.key,
            self.now,
        )
        for name, connector in self.connectors.items():
            source = life.Source(name, self.configuration.settings.connectors[name].kind, connector.can)
            door = OurDoor(
                name,
                accept=partial(life.accept, intake, source),
                park=partial(life.park_raw, intake, source),
                report=partial(life.report, intake),
                route=self._route,
                memory=self.memory,
                holder=self.holder,
            )
            self._doors.append(asyncio.create_task(supervise(name, connector, door), name=f"connector {name}"))
            if connector.can & {Can.SEND, Can.REPLY}:
                self._keep(f"answer {name}", self._when_up(partial(life.answer, intake, source, connector)))
        await asyncio.sleep(0)
        if self.web is not None:
            await self.web.start()
        self._keep("spool", self._when_up(partial(self.spool.drain, self.broker.publish)))

    def _route(self, path: str, handler: Any, methods: Sequence[str], owner: str) -> None:  # noqa: ANN401 -- a Handler, as web types it
        if self.web is not None:
            self.web.http(path, handler, methods=methods, owner=owner)

    async def _start_broker(self) -> None:
        """Until it is there; then the router's loops begin."""
        outage = journal.Outage("broker")
        while not self._broker_up.is_set():
            try:
                await self.broker.start()
                self._broker_up.set()
            except Temporary as error:
                outage.begin(error.code, time.monotonic())
                await asyncio.sleep(1.0)
        outage.end(time.monotonic())
        if self.half == "intake":
            return
        router = life.RouterHalf(self.broker, self.vault, self.ledger, self.memory, self.now, self.holder)
        for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS):
            self._keep(f"route {queue}", life.route(router, queue))
        self._keep("parked", life.keep_parked(router))
        self._keep("release", life.release(router))
        self._keep("erasures", self._erase_vaulted())

    async def _when_up(self, loop: Callable[[], Awaitable[None]]) -> None:
        await self._broker_up.wait()
        await loop()

    async def _erase_vaulted(self) -> None:
        """What an erasure left in vault and log goes after its commit; a crash in between only delays it."""
        while True:
            with contextlib.suppress(Temporary):
                keys = await self.ledger.vault_erasures()
                if keys:
                    await self.vault.erase(keys)
                    await self.ledger.vault_erased(keys)
                await self.ledger.overwrite()
            await asyncio.sleep(1.0)

    def _keep(self, name: str, loop: Coroutine[Any, Any, None]) -> None:
        """A loop of life.py must never end by itself; when it does, that is a fault of ours: told, and begun again is
        not possible for a coroutine, so the process stops and its supervisor starts it anew."""
        task = asyncio.create_task(loop, name=name)
        task.add_done_callback(self._ended)
        self._tasks.append(task)

    def _ended(self, task: asyncio.Task[None]) -> None:
        if not task.cancelled() and (error := task.exception()) is not None:
            journal.failed(task.get_name(), error)
            if isinstance(error, BadSettings):
                print(error, file=sys.stderr)
            os.kill(os.getpid(), 15)

    def ready(self) -> Mapping[str, str | None]:
        """Each part and why it is not well."""
        parts: dict[str, str | None] = {
            "broker": self.broker.well() if self._broker_up.is_set() else "not_connected",
            "database": self._ledger_ill,
        }
        for task in self._doors:
            failed = task.done() and not task.cancelled() and task.exception() is not None
            parts[task.get_name()] = "down" if failed else None
        return parts

    def reload(self) -> list[Fault]:
        """SIGHUP: policies, handlers, routing and texts are read again; with a fault the old ones stay."""
        try:
            fresh = configuration.read(self.configuration.folder, kept=self.desk.rules.policies)
        except BadSettings as bad:
            journal.reloaded("configuration", len(bad.faults))
            return bad.faults
        self.desk.rules = fresh.rules
        self.configuration = replace(self.configuration, rules=fresh.rules)
        journal.reloaded("configuration", 0)
        return []

    async def close(self) -> None:
        """Nothing new comes in, what is under way ends, then everything is closed."""
        await _cancelled(self._doors)
        if self.web is not None:
            await self.web.stop()
        await _cancelled(self._tasks)
        for connector in self.connectors.values():
            # who sends keeps connections for the next letter; there will be none
            getattr(connector, "close", lambda: None)()
        await self.spool.close()
        await self.broker.close()
        await self.store.close()
        if self._lock is not None:
            self._lock.close()
        journal.stopped()


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_DRAIN)
    tasks.clear()


async def build(
    configured: Configuration,
    *,
    half: Half = "both",
    now: Now = utc_now,
    routes: Callable[[House], Sequence[BaseRoute]] = lambda _house: (),
    next_free: bool = False,
) -> House:
    """Build everything and bring the schema up to date. Raises BadSettings, or Temporary when the database is away."""
    settings = configured.settings
    embedded, sqlite = settings.broker == "embedded", settings.store == "sqlite"
    if half != "both" and (embedded or sqlite):
        problem = f"--only {half} needs a broker and a database that several processes can share."
        remedy = "Set broker: amqp://… and store: postgresql://…"
        raise BadSettings([Fault(str(configured.folder / "intake.yaml"), 0, problem, remedy)])
    settings.var.mkdir(parents=True, exist_ok=True)
    lock = _lock(settings.var) if embedded or sqlite else None
    store = Store(f"sqlite:///{settings.var / 'ledger.db'}" if sqlite else settings.store)
    await store.migrate()
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4()}"
    desk = ComplaintsDesk(configured.rules)
    ledger = StoredLedger(store, desk, key=configured.rules.key, installation=settings.installation.name)
    kept = await ledger.keep_policies(configured.rules.policies.texts(), now())
    desk.rules = replace(configured.rules, policies=configured.rules.policies.remember(kept))
    house = House(
        configuration=replace(configured, rules=desk.rules),
        store=store,
        memory=StoredMemory(store, holder, now),
        broker=_broker(configured, now),
        vault=FolderVault(settings.var / "vault") if settings.vault == "folder" else DatabaseVault(store),
        spool=FolderSpool(settings.var / "spool", settings.spool_limit_mb * 1024 * 1024)
        if settings.spool == "folder"
        else NoSpool(),
        desk=desk,
        ledger=ledger,
        holder=holder,
        now=now,
        half=half,
        routes=routes,
        _lock=lock,
    )
    house.web = Web(
        ready=house.ready,
        registry=journal.REGISTRY,
        public=_listen(settings.web.public, next_free=next_free) if half != "router" else None,
        internal=_listen(settings.web.internal, next_free=next_free),
        local=settings.var / "intake.sock",
        routes=list(routes(house)),
    )
    return house


def _listen(place: tuple[str, int], *, next_free: bool) -> Listen:
    return Listen(place[0], place[1], next_free)


def _broker(configured: Configuration, now: Now) -> Broker:
    settings = configured.settings
    subscribers = [Subscriber(name, each.bind, each.max_length) for name, each in settings.subscribers.items()]
    senders = [name for name, kind in configured.connectors.items() if kind.can & {Can.SEND, Can.REPLY}]
    if settings.broker == "embedded":
        return Embedded(settings.var / "broker.db", now, subscribers, senders)
    from intake_daemon.broker.rabbitmq import RabbitMQ

    return RabbitMQ(settings.broker, now, subscribers, senders)


def _lock(var: Path) -> IO[str]:
    """The embedded broker and SQLite belong to one process."""
    held = (var / "lock").open("a+")
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        held.close()
        problem = "another intake-daemon runs on this folder."
        raise BadSettings([Fault(str(var), 0, problem, "Stop it first, or give this one another `var`.")]) from None
    return held
