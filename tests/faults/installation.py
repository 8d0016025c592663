"""What a scenario is played on: the processes of one installation, their lives, and what they say of themselves.

Rules
- A process keeps its folder, its ports and its log for as long as the installation lives; its lives are forks.
- Nothing here knows complaints, scenarios or what must be true afterwards.
"""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from router.ledger import tables
from tests.faults.forking import Child, Nursery
from tests.faults.points import Plan
from tests.walk.account import WAITING, events_of_file
from tests.walk.daemon import CRM, Daemon, Half, Installation


class Process:
    """One process of an installation, and the life that it has now, if any."""

    def __init__(self, daemon: Daemon, var: Path, nursery: Nursery, mistake: str = "") -> None:
        self.daemon = daemon
        self._var = var
        self._nursery = nursery
        self._mistake = mistake
        self._child: Child | None = None

    @property
    def name(self) -> str:
        """As its folder is called."""
        return self.daemon.folder.name

    @property
    def half(self) -> Half:
        """Which half of the house it is, or both."""
        return self.daemon.only

    @property
    def alive(self) -> bool:
        """Whether it has a life."""
        return self._child is not None and self._child.alive

    def begin(self, plan: Plan | None = None) -> None:
        """One more life; returns at once."""
        words = ["run", "-c", str(self.daemon.folder), *([] if self.half == "both" else ["--only", self.half])]
        self._child = self._nursery.live(
            words, folder=self.daemon.folder, log=self.daemon.log, plan=plan, mistake=self._mistake
        )

    def kill(self) -> None:
        """SIGKILL; returns when it is gone."""
        if self._child is not None:
            self._child.kill()

    def stop(self) -> bool:
        """SIGTERM; returns when it is gone: whether by itself."""
        return self._child is None or self._child.stop()

    def status(self) -> Any:  # noqa: ANN401 -- JSON
        """What it says of itself, by its socket. Raises OSError, HTTPException, ValueError while it cannot."""
        line = http.client.HTTPConnection("localhost", timeout=10)
        line.sock = socket.socket(socket.AF_UNIX)
        try:
            line.sock.settimeout(10)
            line.sock.connect(str(self._var / "intake.sock"))
            line.request("GET", "/api/v1/status")
            return json.loads(line.getresponse().read())
        finally:
            line.close()


class House:
    """One machine: one process with embedded broker and SQLite."""

    kind = "one"

    def __init__(
        self,
        home: Path,
        nursery: Nursery,
        *,
        mail: int,
        connectors: Mapping[str, Any],
        mistake: str = "",
    ) -> None:
        """`mail`: the port of the customers' mail server."""
        self.place = Installation(home, next_mta=mail, connectors=connectors)
        self.processes = [Process(self.place.add(), self.place.var, nursery, mistake)]

    def doors(self) -> list[Daemon]:
        """Those at which complaints arrive."""
        return [process.daemon for process in self.processes if process.half != "router"]

    def victim(self, point: str) -> Process:
        """The process in which a point is passed."""
        del point
        return self.processes[0]

    def on_its_way(self) -> int:
        """How much waits in queues, spools, outbox, and of what is owed; 1 while nobody can say."""
        try:
            said = [process.status() for process in self.processes]
            with self.place.reading().connect() as connection:
                outbox = sa.select(sa.func.count()).select_from(tables.outbox)
                owed = sa.select(sa.func.count()).select_from(tables.notices).where(tables.notices.c.state.in_(WAITING))
                waiting = connection.execute(outbox).scalar_one() + connection.execute(owed).scalar_one()
        except (
            OSError,
            http.client.HTTPException,
            ValueError,
            sa.exc.OperationalError,
        ):  # it begins, or died
            return 1
        depths = [depth for each in said for queue, depth in each["queues"].items() if queue != CRM]
        return int(sum(sum(depth.values()) for depth in depths) + sum(each["spool"] for each in said) + waiting)

    def events(self) -> list[dict[str, Any]]:
        """What a subscriber got, in order; asked once, when everything is stopped."""
        return events_of_file(self.place)
