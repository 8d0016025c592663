"""What a scenario is played on: an installation's processes, their servers, and the troubles that meet them.

    One       one machine: one process, embedded broker, SQLite on a disk of its own
    Several   two `intake` and three routers on hosts that share no folder, on one RabbitMQ and one PostgreSQL; who
              dies is begun again

Nothing here knows complaints, scenarios or what must be true afterwards.
"""

from __future__ import annotations

import contextlib
import http.client
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

import sqlalchemy as sa

from router.ledger import tables
from tests.faults.breaking import broken, suffering
from tests.faults.clock import Clock
from tests.faults.disk import Disk, failing
from tests.faults.points import Plan, in_router
from tests.faults.process import Process
from tests.faults.proxy import Way, Ways, place_of, through
from tests.faults.servers import STRUCK, STRUCK_CLUSTER, Servers, taken
from tests.faults.trouble import ALL, Trouble
from tests.walk.account import WAITING, events_of_file
from tests.walk.daemon import CRM, Daemon, Half, Installation

_HEARTBEAT = 5
"""Seconds; what is set up in earnest has 20, and waits longer in the same way."""
_ABANDONED = 15.0
"""Seconds after which a letter that was begun and not done has nobody any more; in earnest 90."""
_HALVES: tuple[Half, ...] = ("intake", "intake", "router", "router", "router")
DEAF = "deaf"
"""A subscriber that never reads."""


class House(Protocol):
    """An installation as the rig sees it."""

    place: Installation

    @property
    def processes(self) -> Sequence[Process]:
        """All of them."""

    def doors(self) -> list[Daemon]:
        """Those at which complaints arrive, in any order."""

    def begin(self, plan: Plan | None) -> None:
        """Every process lives; one that passes the plan's point has it in its new life."""

    def goes_on(self) -> bool:
        """Whether something can still happen by itself; who died may be begun again by asking."""

    def meet(self, trouble: Trouble) -> contextlib.AbstractContextManager[None]:
        """From entering to leaving it is so."""

    def end(self, how: str) -> None:
        """The scenario is over: `kill` or `stop`."""

    def hasten(self) -> None:
        """Nobody waits until what was put off is due again."""

    def on_its_way(self) -> int:
        """How much waits in queues, spools, outbox, and of what is owed; 1 while nobody can say."""

    def events(self) -> list[dict[str, Any]]:
        """What a subscriber got, in order; asked once, when everything is stopped."""

    def close(self) -> None:
        """Nothing of it is used any more."""


class One:
    """One machine."""

    def __init__(
        self,
        home: Path,
        ways: Ways,
        *,
        mail: int,
        connectors: Mapping[str, Any],
        mistake: str = "",
    ) -> None:
        """`mail`: the port of the customers' mail server."""
        self._clock = Clock(home)
        self._mail = ways.add(("127.0.0.1", mail))
        self.place = Installation(home, next_mta=self._mail.port, connectors=connectors)
        self._disk = Disk(self.place.var)
        self._process = Process(self.place.add(), self.place.var, mistake)
        self.processes = [self._process]

    def doors(self) -> list[Daemon]:
        """Its own."""
        return [self._process.daemon]

    def begin(self, plan: Plan | None) -> None:
        """Its next life."""
        self._process.begin(plan)

    def goes_on(self) -> bool:
        """Until it dies: the next scenario must cope with what it left."""
        return self._process.alive

    @contextmanager
    def meet(self, trouble: Trouble) -> Iterator[None]:
        """Its disk, or the way to the next mail server."""
        if trouble.what == "disk full":
            with self._disk.full(lambda: self._process.pid):
                yield
        elif trouble.what == "disk fails":
            with failing(lambda: self._process.pid):
                yield
        else:
            with broken([self._mail], trouble):
                yield

    def end(self, how: str) -> None:
        """As the scenario says."""
        if how == "stop":
            self._process.stop()
        else:
            self._process.kill()

    def hasten(self) -> None:
        """Whoever sends is the one process, so what was begun before it is nobody's."""
        with contextlib.suppress(sa.exc.OperationalError):  # there is no database yet, or the daemon is at it
            self.place.hasten(self._clock.now().timestamp())

    def on_its_way(self) -> int:
        """As it says itself, and what stands in the ledger."""
        try:
            said = self._process.status()
            waiting = _in_ledger(self.place)
        except (OSError, http.client.HTTPException, ValueError, KeyError, sa.exc.OperationalError):
            return 1  # it begins, or died
        depths = [depth for queue, depth in said["queues"].items() if queue != CRM]
        return int(sum(sum(depth.values()) for depth in depths) + said["spool"] + waiting)

    def events(self) -> list[dict[str, Any]]:
        """What stands in the embedded broker."""
        return events_of_file(self.place)

    def close(self) -> None:
        """Its disk stays to be looked at."""
        self._process.kill()
        self._disk.end()


class Several:
    """Two `intake` and three routers; each has ways of its own to both servers, so that one can be cut off alone."""

    def __init__(
        self,
        home: Path,
        ways: Ways,
        servers: Servers,
        *,
        mail: int,
        connectors: Mapping[str, Any],
        mistake: str = "",
        halves: Sequence[Half] = _HALVES,
    ) -> None:
        """`mail`: the port of the customers' mail server."""
        self._servers = servers
        self._broker, store = servers.ground()
        self._clock = Clock(home)
        self._mail = ways.add(("127.0.0.1", mail))
        self.place = Installation(
            home, broker=self._broker, store=store, vault="database", next_mta=self._mail.port, connectors=connectors
        )
        self.processes: list[Process] = []
        self._ways: list[dict[str, Way]] = []
        for half in halves:
            daemon = self.place.add(half)
            self._ways.append(self._apart(daemon, ways))
            self.processes.append(Process(daemon, home / f"var-{daemon.folder.name}", mistake))

    def _apart(self, daemon: Daemon, ways: Ways) -> dict[str, Way]:
        """Ways of its own; its configuration names their ends."""
        to = {
            "broker": ways.add(*self._servers.brokers(self._broker)),
            "database": ways.add(place_of(self.place.store, 5432)),
        }
        written = daemon.folder / "intake.yaml"
        said = json.loads(written.read_text(encoding="utf-8"))
        broker = through(self._broker, to["broker"])
        said["broker"] = f"{broker}{'&' if '?' in broker else '?'}heartbeat={_HEARTBEAT}"
        said["store"] = through(self.place.store, to["database"])
        said["subscribers"][DEAF] = {"bind": ["#"], "max_length": 3}
        written.write_text(json.dumps(said), encoding="utf-8")
        return to

    def doors(self) -> list[Daemon]:
        """Of both that take complaints."""
        return [process.daemon for process in self.processes if process.half == "intake"]

    def begin(self, plan: Plan | None) -> None:
        """One of the right half is killed for its new life with the plan."""
        if plan is not None:
            half = "router" if in_router(plan.point) else "intake"
            able = [process for process in self.processes if process.half == half]
            victim = able[plan.hit % len(able)]
            victim.kill()
            victim.begin(plan)
        self.goes_on()

    def goes_on(self) -> bool:
        """Always: who died is begun again."""
        for process in self.processes:
            if not process.down and not process.alive:
                process.begin()
        return True

    @contextmanager
    def meet(self, trouble: Trouble) -> Iterator[None]:
        """A process, a server, or the ways there."""
        subject, _, fault = trouble.what.partition(" ")
        whom = self.processes if trouble.whom == ALL else [self.processes[trouble.whom]]
        if subject == "process":
            with contextlib.ExitStack() as stack:
                for process in whom:
                    stack.enter_context(suffering(process, fault))
                yield
        elif trouble.what in STRUCK or trouble.what in STRUCK_CLUSTER:
            with self._servers.strike(trouble.what, self._broker, self.place.store):
                yield
        else:
            at = range(len(self.processes)) if trouble.whom == ALL else [trouble.whom]
            with broken([self._mail] if subject == "mail" else [self._ways[n][subject] for n in at], trouble):
                yield

    def end(self, how: str) -> None:
        """They live on; what is put in stays until its process is next begun."""

    def hasten(self) -> None:
        """Beside living processes: only what was begun long ago is nobody's."""
        with contextlib.suppress(sa.exc.DBAPIError):  # away, or read-only
            self.place.hasten(self._clock.now().timestamp() - _ABANDONED)

    def on_its_way(self) -> int:
        """As the broker, the ledger and the spools say."""
        try:
            if waiting := _in_ledger(self.place):
                return waiting
            if queued := self._servers.queued(self._broker, {CRM, DEAF}):
                return queued
            said = [process.status() for process in self.processes]
        except (AssertionError, OSError, http.client.HTTPException, ValueError, KeyError, sa.exc.DBAPIError):
            return 1
        depths = [depth for each in said for name, depth in each["queues"].items() if name not in {CRM, DEAF}]
        return int(sum(sum(depth.values()) for depth in depths) + sum(each["spool"] for each in said))

    def events(self) -> list[dict[str, Any]]:
        """What waits for the case system."""
        return taken(self._broker, CRM)

    def close(self) -> None:
        """The servers keep nothing of it."""
        for process in self.processes:
            process.kill()
        self._servers.forget(self._broker, self.place.store)


def _in_ledger(place: Installation) -> int:
    with place.reading().connect() as connection:
        outbox = sa.select(sa.func.count()).select_from(tables.outbox)
        owed = sa.select(sa.func.count()).select_from(tables.notices).where(tables.notices.c.state.in_(WAITING))
        return int(connection.execute(outbox).scalar_one() + connection.execute(owed).scalar_one())
