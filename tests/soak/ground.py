"""What the soak runs on, and what meets it: faults that a process survives, one after another.

one       one process, embedded broker, SQLite, on a folder of this machine
several   two `intake` and three routers on RabbitMQ and PostgreSQL (tests/faults/installation.py)
"""

from __future__ import annotations

import contextlib
import http
import json
import os
import random
import signal
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.faults.installation import House, Several
from tests.faults.process import Process
from tests.faults.proxy import Way, Ways
from tests.faults.receivers import Mood, Receiver
from tests.faults.servers import own
from tests.faults.trouble import Trouble
from tests.services.place import until
from tests.soak.traffic import CONNECTORS
from tests.walk.daemon import CRM, Daemon, Installation, greets

_EVENTS = 500
"""Events that a case system's queue keeps, which nobody reads here."""


@dataclass
class Ground:
    """Processes, doors, and what can be broken."""

    place: Installation
    processes: Sequence[Process]
    receiver: Receiver
    bot: FakeBot
    mail: Way
    house: House | None = None

    def doors(self) -> list[Daemon]:
        """Where customers come."""
        return [each.daemon for each in self.processes if each.half != "router"]

    def sockets(self) -> list[Path]:
        """Where colleagues act."""
        return [self.var(each) / "intake.sock" for each in self.processes if each.half != "intake"]

    def var(self, process: Process) -> Path:
        """A process's own folder."""
        return self.place.var if self.house is None else self.place.home / f"var-{process.daemon.folder.name}"


@contextmanager
def standing(home: Path, kind: str) -> Iterator[Ground]:
    """Everything runs; at the end it is stopped, cleanly."""
    with contextlib.ExitStack() as stack:
        telegram, ways, receiver = FakeTelegram(home / "telegram.log"), Ways(), Receiver()
        for begin, end in (
            (telegram.start, telegram.kill),
            (ways.start, ways.end),
            (receiver.start, receiver.end),
        ):
            begin()
            stack.callback(end)
        bot = telegram.bot()
        settings = {"kind": "telegram", "token": bot.token, "brand": "kontakt", "api": telegram.url, "poll_seconds": 5}
        connectors = {**CONNECTORS, "tg": settings}
        if kind == "one":
            mail = ways.add(("127.0.0.1", receiver.port))
            place = Installation(home / "place", next_mta=mail.port, connectors=connectors)
            place.home.mkdir()
            ground = Ground(place, [Process(place.add(), place.var)], receiver, bot, mail)
        else:
            (home / "servers").mkdir()
            servers = stack.enter_context(own(home / "servers"))
            house = Several(home, ways, servers, mail=receiver.port, connectors=connectors)
            stack.callback(house.close)
            ground = Ground(house.place, house.processes, receiver, bot, house._mail, house)
        for process in ground.processes:
            _shorten(process.daemon)
            process.begin()
        for process in ground.processes:
            stack.callback(process.kill)
        for process in ground.processes:
            until(partial(_ready, process), f"{process.daemon.folder.name} is ready", log=process.daemon.log)
        yield ground


def _ready(process: Process) -> bool:
    return process.daemon.health()[0] == http.HTTPStatus.OK and (
        process.half == "router" or greets(process.daemon.smtp)
    )


def _shorten(daemon: Daemon) -> None:
    written = daemon.folder / "intake.yaml"
    said: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    said["subscribers"][CRM]["max_length"] = _EVENTS
    said["journal"]["level"] = "warning"
    written.write_text(json.dumps(said), encoding="utf-8")


class Faults:
    """One after another, with quiet between them; counted by name."""

    def __init__(self, ground: Ground, seed: int) -> None:
        self.met: Counter[str] = Counter()
        self._ground = ground
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
        self._stopped = threading.Event()

    def run(self) -> None:
        """Until stopped; what is broken then is mended first."""
        while not self._stopped.wait(self._chance.uniform(5, 20)):
            name = self._chance.choice(("mails", "mail way", "telegram", "reload", "servers"))
            if name == "servers" and self._ground.house is None:
                name = "mails"
            self.met[name] += 1
            getattr(self, f"_{name.replace(' ', '_')}")()

    def stop(self) -> None:
        """No more of them."""
        self._stopped.set()

    def _mails(self) -> None:
        moods: tuple[Mood, ...] = ("busy", "refuses", "cuts", "slow")
        self._ground.receiver.be(self._chance.choice(moods), self._chance.randrange(1, 6))

    def _mail_way(self) -> None:
        self._ground.mail.break_(self._chance.choice(("cut", "reset", "silent", "slow")))
        self._stopped.wait(self._chance.uniform(1, 5))
        self._ground.mail.heal()

    def _telegram(self) -> None:
        failure = self._chance.choice(({"status": 500}, {"status": 502}, {"status": 429, "retry_after": 1}))
        self._ground.bot.fail(self._chance.choice(("getUpdates", "sendMessage")), *[failure] * 3)

    def _reload(self) -> None:
        """An operator reads the policies again."""
        for process in self._ground.processes:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGHUP)

    def _servers(self) -> None:
        """The ways to broker or database, of one process or of all."""
        house = self._ground.house
        if house is None:
            return
        what = (
            f"{self._chance.choice(('broker', 'database'))} {self._chance.choice(('cut', 'reset', 'silent', 'slow'))}"
        )
        whom = self._chance.choice((-1, *range(len(self._ground.processes))))
        with house.meet(Trouble(what, 0, 0, whom)):
            self._stopped.wait(self._chance.uniform(1, 5))
