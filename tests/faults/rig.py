"""An installation, what goes on there, and one scenario after another. See the package's manual."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Protocol

from tests.faults.checking import Reckoning
from tests.faults.clock import Clock
from tests.faults.counting import Counted, doubts
from tests.faults.doors import Fakes, opened
from tests.faults.doors.door import World
from tests.faults.finding import Finding
from tests.faults.installation import House
from tests.faults.receivers import Receiver
from tests.faults.scenario import DOORS, Door, Scenario
from tests.faults.trouble import Trouble
from tests.faults.waiting import words_waiting
from tests.faults.workload import Workload
from tests.services.place import until
from tests.walk.daemon import Daemon

_LIFE = 60.0
"""Seconds after the last trouble; a life that neither ended nor settled is ended from outside."""
_SETTLING = 240.0
_STILL = 2.0
"""Seconds for which nothing may be on its way before it is believed."""


class Build(Protocol):
    """What makes an installation: `one` or `several` of grounds.py."""

    def __call__(self, home: Path, *, mail: int, connectors: Mapping[str, Any]) -> House:
        """In this folder; letters go to a port of this machine."""


class Rig:
    """One installation of any kind, with these doors."""

    def __init__(
        self,
        home: Path,
        build: Build,
        fakes: Fakes,
        seed: int,
        *,
        doors: Sequence[Door] = DOORS,
        patience: float = _SETTLING,
    ) -> None:
        self.home = home
        self._patience = patience
        self._moved = 0.0
        self.seed = seed
        self._chance = random.Random(seed)  # noqa: S311 -- repeatable, no secret
        self.receiver = Receiver()
        self.clock = Clock(home)
        self.world = World(self._at, self.clock)
        self.counted = Counted()
        self.work = Workload(seed, opened(doors, self.world, fakes), self.world, self.receiver)
        self._in_time: set[int] = set()
        """What waited to be decided when the clock jumped."""
        self.house = build(home, mail=self.receiver.port, connectors=self.work.connectors())
        self._meeting = ThreadPoolExecutor(8)
        self._began = time.monotonic()

    def run(self, scenarios: Sequence[Scenario]) -> Counted:
        """All of them, then the reckoning. What went wrong stands in the findings."""
        with self.standing():
            for scenario in scenarios:
                self._live(scenario)
            self.settle()
        return self.counted

    @contextmanager
    def standing(self) -> Iterator[None]:
        """As long as something may happen."""
        self.receiver.start()
        try:
            yield
        finally:
            self.world.end()
            self._meeting.shutdown(wait=False, cancel_futures=True)
            self.house.close()
            self.receiver.end()

    def _at(self) -> Daemon:
        """Any process that takes complaints."""
        return self._chance.choice(self.house.doors())

    def _live(self, scenario: Scenario) -> None:
        self._note(f"scenario {scenario.seed}: {scenario.said()}")
        self.counted.scenarios += 1
        self.counted.faults.update(scenario.faults())
        self.receiver.be(scenario.mood, scenario.letters)
        self.work.be(scenario.mood, scenario.letters)
        if scenario.jump:
            waiting = words_waiting(self.house.place)
            self._in_time |= {said.number for said in self.work.said.values() if said.mark in waiting}
            self.clock.move(scenario.jump)
        self.house.begin(scenario.plan)
        met = [self._meeting.submit(self._meet, trouble) for trouble in scenario.troubles]
        for door, follow in scenario.each():
            self.work.complain(door, follow)
        self._write_notes(scenario.notes)
        self.work.accept(scenario.accepts, self._chance)
        ended = time.monotonic() + _LIFE
        while time.monotonic() < ended:
            over = all(trouble.done() for trouble in met)
            ended = ended if over else time.monotonic() + _LIFE
            if over and (not self.house.goes_on() or self.quiet()):
                break
            time.sleep(0.2)
        for trouble in met:
            trouble.result()
        if not self.house.goes_on():
            self._note("the life ended as planned")
        else:
            self.house.end(scenario.end)
            late = time.monotonic() >= ended
            self.counted.late += late
            self._note("not quiet in time" if late else f"over, by {scenario.end}")
        if scenario.jump < 0:  # it is put right again
            self.clock.move(-scenario.jump)

    def _meet(self, trouble: Trouble) -> None:
        """One of them, from its beginning to its end."""
        time.sleep(trouble.after)
        self._note(f"begins: {trouble.said()}")
        with self.house.meet(trouble):
            time.sleep(trouble.lasts)
        self._note(f"ended: {trouble.what}")

    def _write_notes(self, many: int) -> None:
        """Staff have something to say about cases of which a customer knows."""
        known = sorted(self.work.references().items())
        for number, reference in self._chance.sample(known, min(many, len(known))):
            self.work.note(number, self._desk, reference)

    def _desk(self) -> Path:
        """The socket of a process that decides."""
        return self._chance.choice([each for each in self.house.processes if each.half != "intake"]).socket

    def quiet(self) -> bool:
        """Every source has heard, everything that was waited for is said, and nothing is on its way."""
        self.work.attend()
        if self.work.waits():
            return False
        self.house.hasten()
        return not self.house.on_its_way()

    def settle(self) -> Reckoning:
        """A last life without a fault, until nothing waits; then the reckoning."""
        self._note("the last life")
        self._stop()
        self.house.begin(None)
        try:
            until(self._still, "every source has heard, and nothing is on its way", self._patience)
            self.work.over()
        except AssertionError as error:
            self.counted.findings.append(Finding("stuck", str(error).splitlines()[0]))
        self._stop()
        self.work.attend()
        self.world.end()
        heard = self.work.heard()
        self.counted.confirmed = len(heard)
        self.counted.ambiguous = doubts(self.house.place)
        self.counted.copies = self.work.copies()
        self.counted.findings += [Finding("wrong", f"a source failed: {error!r}") for error in self.world.failed()]
        reckoning = Reckoning(
            self.house.place, self.work.said, heard, self.work.notes, self.work.got(), self.work.lied()
        )
        self.counted.findings += reckoning.findings(self.house.events(), self._in_time)
        for finding in self.counted.findings:
            self._note(f"FOUND {finding.kind}: {finding.what}")
        if self.counted.findings:
            reckoning.leave(self.home)
        self.counted.complaints = len(self.work.said)
        self.counted.notes = len(self.work.notes)
        self.counted.refused = self.world.told.answers
        return reckoning

    def _stop(self) -> None:
        """All of them, cleanly."""
        stopped = [process.stop() for process in self.house.processes]
        if not all(stopped):
            self.counted.findings.append(Finding("stuck", "it did not stop"))

    def _still(self) -> bool:
        """All quiet, for a while."""
        waiting = not self.quiet()
        self._moved = time.monotonic() if waiting or not self._moved else self._moved
        return time.monotonic() - self._moved > _STILL

    def _note(self, what: str) -> None:
        """One line of the timeline."""
        with (self.home / "timeline").open("a", encoding="utf-8") as timeline:
            timeline.write(f"{time.monotonic() - self._began:9.3f}  {what}\n")
