"""Building a house: every part from the configuration, the schema brought up to date, the lock on `var` taken."""

from __future__ import annotations

import os
import socket
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from starlette.routing import BaseRoute

from intake_daemon import journal
from intake_daemon.command import parts
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.house import Half, House
from intake_daemon.command.moving import doubts, marks
from intake_daemon.contract import Now
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.memory import StoredMemory
from intake_daemon.store import ServerClock, Store
from intake_daemon.web import Web
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger


def utc_now() -> datetime:
    """This machine's clock; the one that is injected where no database server has one."""
    return datetime.now(UTC)


async def build(
    configured: Configuration,
    *,
    half: Half = "both",
    now: Now | None = None,
    routes: Callable[[House], Sequence[BaseRoute]] = lambda _house: (),
    next_free: bool = False,
) -> House:
    """Build everything and bring the schema up to date. `now`: the database server's clock, or on SQLite this
    machine's, unless said otherwise. Raises BadSettings, or Temporary when the database is away."""
    settings = configured.settings
    embedded, sqlite = settings.broker == "embedded", settings.store == "sqlite"
    if half != "both" and (embedded or sqlite):
        problem = f"--only {half} needs a broker and a database that several processes can share."
        remedy = "Set broker: amqp://… and store: postgresql://…"
        raise BadSettings([Fault(str(configured.folder / "intake.yaml"), 0, problem, remedy)])
    settings.var.mkdir(parents=True, exist_ok=True)
    marks.refuse(settings.var)
    lock = parts.lock(settings.var) if embedded or sqlite else None
    store = Store(f"sqlite:///{settings.var / 'ledger.db'}" if sqlite else settings.store)
    try:
        await store.migrate()
        await marks.refuse_unfinished(store)
        now = now or await _clock(store)
        desk = ComplaintsDesk(configured.rules)
        ledger = StoredLedger(store, desk, key=configured.rules.key, installation=settings.installation.name)
        kept = await ledger.keep_policies(configured.rules.policies.texts(), now())
    except BaseException:  # whoever tries again finds nothing in the way
        await store.close()
        if lock is not None:
            lock.close()
        raise
    restored = await store.read(doubts.windows)
    desk.rules = replace(configured.rules, policies=configured.rules.policies.remember(kept), restored=restored)
    holder = f"{socket.gethostname()}-{os.getpid()}-{uuid.uuid4()}"
    house = House(
        configuration=replace(configured, rules=desk.rules),
        store=store,
        memory=StoredMemory(store, holder, now),
        broker=parts.broker(configured, now),
        vault=parts.vault(settings, store),
        spool=parts.spool(settings),
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
        notes=house.notes,
        registry=journal.REGISTRY,
        public=parts.listen(settings.web.public, next_free=next_free) if half != "router" else None,
        internal=parts.listen(settings.web.internal, next_free=next_free),
        local=settings.var / "intake.sock",
        routes=list(routes(house)),
    )
    return house


async def _clock(store: Store) -> Now:
    if store.sqlite:
        return utc_now
    clock = ServerClock(store.now)
    await clock.set()
    return clock
