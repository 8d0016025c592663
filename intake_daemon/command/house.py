"""The composition root: the only place that joins both halves of the house (building.py makes its parts).

    run     start broker and doors, keep the loops of life.py running, until told to stop
    close   connectors first (nothing new comes in), then doors, loops, broker, database

On PostgreSQL and RabbitMQ any number of these run side by side; the embedded broker and SQLite belong to one process,
which holds `var/lock`.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import IO, Any, Literal

from starlette.routing import BaseRoute

from intake_daemon import journal, life
from intake_daemon.aside import Aside
from intake_daemon.command import issuing, parts, renewing, rounds, tallying, watching
from intake_daemon.command.canaries import Aviary
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.counter import Counter
from intake_daemon.command.handing import handing, takers
from intake_daemon.command.moving import erasures
from intake_daemon.command.watch import Watch
from intake_daemon.command.window import Window
from intake_daemon.contract import (
    COMMANDS,
    RECEIPTS,
    ROUTER_QUEUE,
    Broker,
    Can,
    Connector,
    Now,
    Scanner,
    Spool,
    Vault,
)
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.memory import StoredChats, StoredMemory
from intake_daemon.sources import Sources
from intake_daemon.store import Store
from intake_daemon.supervisor import OurDoor, supervise
from intake_daemon.web import Web, Where
from router import desk_mail
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from router.pages import pages

Half = Literal["both", "intake", "router"]
_DRAIN = 5.0
_BROKER = 3.0
"""Seconds for which the doors stay shut at the start while the broker is not there yet."""


@dataclass(repr=False)  # it holds everything, secrets too
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
    router: life.RouterHalf | None = None
    """What its loops decide with, once the broker is there."""
    connectors: dict[str, Connector] = field(default_factory=dict)
    routes: Callable[[House], Sequence[BaseRoute]] = lambda _house: ()
    _lock: IO[str] | None = None
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _doors: list[asyncio.Task[None]] = field(default_factory=list)
    _broker_up: asyncio.Event = field(default_factory=asyncio.Event)
    failed: bool = False
    """A loop ended that never should: the process ends, and says so by its exit status."""
    watch: Watch = field(init=False)
    sources: Sources = field(init=False)
    aviary: Aviary | None = None
    """Who tries the doors, where that is configured."""
    scanner: Scanner | None = field(init=False)
    aside: Aside = field(default_factory=Aside)
    renewing: asyncio.Lock = field(default_factory=asyncio.Lock)
    """Two signals in a row are read one after the other."""

    def __post_init__(self) -> None:
        self.scanner = parts.scanner(self.configuration.settings)
        self.sources = Sources(self.memory, self.now)
        self.watch = watching.over(self)

    async def run(self) -> None:
        """Start everything; returns when the doors are open (the broker may still be away: then they say so)."""
        configured = self.configuration
        world = configured.world(self.now)
        self.connectors = {
            name: kind(name, configured.settings.connectors[name], world)
            for name, kind in configured.connectors.items()
        }
        journal.REGISTRY.register(self.watch)
        self._keep("watch", self.watch.run())
        self._keep("broker", self._start_broker())
        with contextlib.suppress(TimeoutError):  # while it is away, the doors tell the truth
            async with asyncio.timeout(_BROKER):
                await self._broker_up.wait()
        if self.half != "router":
            await self._open_doors()
        elif self.web is not None:
            await self.web.start()
        for name, loop in rounds.of(self):
            self._keep(name, loop)

    async def _open_doors(self) -> None:
        intake = life.IntakeHalf(
            self.broker,
            self.vault,
            self.spool,
            self.memory,
            self.configuration.brands,
            self.configuration.rules.key,
            self.now,
            self.scanner,
            self.aside,
        )
        sources = {
            name: life.Source(name, self.configuration.settings.connectors[name].kind, connector.can)
            for name, connector in self.connectors.items()
        }
        others = {
            name: (taker, partial(life.accept, intake, sources[name]))
            for name, taker in takers(self.connectors).items()
        }
        for name, connector in self.connectors.items():
            source = sources[name]
            journal.opened(name)
            door = OurDoor(
                name,
                accept=handing(partial(life.accept, intake, source), others),
                park=partial(life.park_raw, intake, source),
                report=partial(life.report, intake),
                route=partial(self._route, "public"),
                inside=partial(self._route, "internal"),
                memory=self.memory,
                holder=self.holder,
                staff=Counter(self.store, self.ledger, lambda: self.desk.rules, self.now),
                customers=Window(self.store, lambda: self.desk.rules, self.now),
                chats=StoredChats(self.store, self.now),
                socket_route=self._socket_route,
                sources=self.sources,
            )
            self._doors.append(asyncio.create_task(supervise(name, connector, door), name=f"connector {name}"))
            if connector.can & {Can.SEND, Can.REPLY}:
                self._keep(f"answer {name}", self._when_up(partial(life.answer, intake, source, connector)))
        await asyncio.sleep(0)
        if self.web is not None:
            for page in pages(self.store, self.ledger, lambda: self.desk.rules, self.now):
                self.web.http(page.path, page.answer, methods=page.methods, owner="pages")
            await self.web.start()
        self._keep("spool", self._when_up(partial(self.spool.drain, self.broker.publish)))

    def _route(self, door: Where, path: str, handler: Any, methods: Sequence[str], owner: str) -> None:  # noqa: ANN401 -- a Handler, as web types it
        if self.web is not None:
            self.web.http(path, handler, methods=methods, owner=owner, door=door)

    def _socket_route(self, path: str, handler: Any, owner: str) -> None:  # noqa: ANN401 -- a SocketHandler
        if self.web is not None:
            self.web.websocket(path, handler, owner=owner)

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
        senders = parts.senders(self.configuration)
        router = life.RouterHalf(self.broker, self.vault, self.ledger, self.memory, self.now, self.holder, senders)
        self.router = router
        for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS):
            self._keep(f"route {queue}", life.route(router, queue))
        self._keep("parked", life.keep_parked(router))
        self._keep("newer", life.take_up(router))
        self._keep("release", life.release(router))
        self._keep("tick", life.tick(router))
        self._keep("erasures", erasures.keep(self))
        folder = self.configuration.settings.var / "reports"
        self._keep(
            "reports",
            issuing.keep(
                issuing.Issuing(self.store, self.memory, lambda: self.desk.rules, self.now, folder, self.holder),
                self._told,
            ),
        )

    async def _told(self, issued: issuing.Issued) -> None:
        """The managers hear of a month's report by mail."""
        now = self.now()
        await self.ledger.tell(desk_mail.MONTHLY, tuple(desk_mail.monthly(issued.report, self.desk.rules, now)), now)

    async def _when_up(self, loop: Callable[[], Awaitable[None]]) -> None:
        await self._broker_up.wait()
        await loop()

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
            self.failed = True
            os.kill(os.getpid(), 15)

    def ready(self) -> Mapping[str, str | None]:
        """What everything needs, and why it is not well. One mailbox that is away is no reason to send nobody here."""
        return {
            "broker": self.broker.well() if self._broker_up.is_set() else "not_connected",
            "database": self.watch.database,
        }

    def notes(self) -> Mapping[str, str]:
        """What an operator should know, and nobody is sent away for."""
        return self.aviary.notes() if self.aviary else {}

    def parts(self) -> Mapping[str, str | None]:
        """The same, and each connector."""
        down = journal.outages()
        return {**self.ready(), **{f"connector {name}": down.get(f"connector {name}") for name in self.connectors}}

    async def reload(self) -> list[Fault]:
        """The operator's files are read again; the faults that were found, with which the old ones stay."""
        return await renewing.reload(self)

    def reload_soon(self) -> None:
        """On a signal."""
        self._keep("reload", renewing.reload_on_signal(self))

    async def close(self) -> None:
        """Nothing new comes in, what is under way ends, then everything is closed."""
        await _cancelled(self._doors)
        if self.web is not None:
            await self.web.stop()
        await _cancelled(self._tasks)
        for connector in self.connectors.values():
            # who sends keeps connections for the next letter; there will be none
            getattr(connector, "close", lambda: None)()
        with contextlib.suppress(Temporary):
            await tallying.once(self.store, self.now)
        self.aside.close()
        await self.spool.close()
        await self.broker.close()
        await self.store.close()
        if self._lock is not None:
            self._lock.close()
        with contextlib.suppress(KeyError):  # it was never run
            journal.REGISTRY.unregister(self.watch)
        journal.stopped()


async def _cancelled(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    if tasks:
        await asyncio.wait(tasks, timeout=_DRAIN)
    tasks.clear()
