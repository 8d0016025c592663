"""Killed with very many messages waiting: routing goes on at once, and the doors are open meanwhile.

The figures of the proof are the issue's: 100,000 waiting, routing within 10 s, every door's answer within 2 s.
"""

from __future__ import annotations

import http.client
import json
import os
import sys
import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path

import pytest
import sqlalchemy as sa

from router.ledger import tables
from tests.services.guard import Guarded
from tests.services.place import until
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import ROOT, Daemon, Installation
from tests.walk.doors import Told, by_form, by_smtp
from tests.walk.flood import flood

ROUTING, ANSWER = 10.0, 2.0
"""Seconds, as the issue has them."""
CHAT = {"chat": {"kind": "web_chat", "brands": ["kontakt"]}}


def routed(place: Installation) -> int:
    """How many contacts are decided."""
    with place.reading().connect() as connection:
        return int(connection.execute(sa.select(sa.func.count()).select_from(tables.contacts)).scalar_one())


def by_chat(daemon: Daemon, complaint: Complaint) -> bool:
    """One line in a window of its own."""
    line = http.client.HTTPConnection("127.0.0.1", daemon.public, timeout=60)
    said = {"session": f"{complaint.number:043}", "id": f"line-{complaint.number:06}", "text": complaint.text}
    try:
        line.request("POST", "/chat/kontakt/lines", json.dumps(said), {"content-type": "application/json"})
        return bool(json.loads(line.getresponse().read()).get("t") == "held")
    except (OSError, http.client.HTTPException, ValueError):
        return False
    finally:
        line.close()


class Callers:
    """Somebody at every door, again and again: how long each waited for an answer, and when the first came."""

    def __init__(self, daemon: Daemon) -> None:
        told = Told()
        self._doors: Mapping[str, Callable[[Complaint], bool]] = {
            "smtp": lambda each: by_smtp(daemon.smtp, each, told),
            "form": lambda each: by_form(daemon.public, each, told),
            "chat": lambda each: by_chat(daemon, each),
        }
        self.waited: dict[str, list[float]] = defaultdict(list)
        self.first: dict[str, float] = {}
        self.worked = 0.0
        """Seconds of a processor that the daemon had used when it routed again: the same on a busy machine."""
        self._over = threading.Event()
        self._numbers = count(5_000_000)

    @contextmanager
    def calling(self) -> Iterator[None]:
        """From now on."""
        began = time.monotonic()
        with ThreadPoolExecutor(len(self._doors)) as people:
            calls = [people.submit(self._call, door, began) for door in self._doors]
            try:
                yield
            finally:
                self._over.set()
        for call in calls:
            call.result()

    def _call(self, door: str, began: float) -> None:
        while not self._over.wait(0.1):
            number = next(self._numbers)
            (complaint,) = complaints(1, number, first=number, brand="kontakt")
            asked = time.monotonic()
            if self._doors[door](complaint):
                self.first.setdefault(door, time.monotonic() - began)
                self.waited[door].append(time.monotonic() - asked)

    def answered(self) -> int:
        """How often at the door that answered least."""
        return min(len(self.waited[door]) for door in self._doors)


def recover(place: Installation, many: int, begin: Callable[[Daemon], Callable[[], None]]) -> tuple[float, Callers]:
    """Killed amid so many; seconds until the next life routes, and what callers met. `begin` gives what kills."""
    daemon = place.add()
    if place.broker == "embedded":
        flood(place, many)
        kill = begin(daemon)
    else:
        kill = begin(daemon)
        until(lambda: daemon.health()[0] == 200, "it declares the queues", 120, daemon.log)
        flood(place, many)
    until(partial(_more, place, min(100, many // 2)), "it routes", 120, daemon.log)
    kill()
    before, began = routed(place), time.monotonic()
    kill = begin(daemon)
    callers = Callers(daemon)
    with callers.calling():
        until(lambda: routed(place) > before, "it routes again", 120, daemon.log)
        resumed = time.monotonic() - began
        callers.worked = _worked(daemon.pid())
        until(lambda: callers.answered() >= 20, "every door has answered", 240, daemon.log)
    kill()
    return resumed, callers


def _more(place: Installation, many: int) -> bool:
    try:
        return routed(place) >= many
    except sa.exc.OperationalError:  # there is no database yet
        return False


def _worked(pid: int) -> float:
    said = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(said[11]) + int(said[12])) / os.sysconf("SC_CLK_TCK")


def forked(daemon: Daemon) -> Callable[[], None]:
    """As all tests begin one."""
    daemon.launch()
    return daemon.kill


def test_killed_with_many_waiting(alone: Ground) -> None:
    """Two thousand wait: whoever comes next goes on, and answers at every door while it does."""
    alone.place.connectors = CHAT
    _, callers = recover(alone.place, 2000, forked)
    assert set(callers.first) == {"smtp", "form", "chat"}


@pytest.mark.proof
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", ["alone", "shared"])
def test_killed_with_a_hundred_thousand_waiting(request: pytest.FixtureRequest, kind: str) -> None:
    """An interpreter of its own is begun, as by a supervisor: it routes within 10 s, each answer takes 2 s at most."""
    place: Installation = request.getfixturevalue(kind).place
    place.connectors = CHAT

    def begun(daemon: Daemon) -> Callable[[], None]:
        with daemon.log.open("ab") as log:
            log.write(b"\n")  # kill -9 may have cut the last line
        words = [sys.executable, "-m", "intake_daemon", "run", "-c", str(daemon.folder)]
        return Guarded(words, log=daemon.log, env=_environment(), cwd=daemon.folder).kill

    resumed, callers = recover(place, 100_000, begun)
    first = {door: f"{seconds:.2f}" for door, seconds in callers.first.items()}
    longest = {door: f"{max(waited):.2f}" for door, waited in callers.waited.items()}
    print(  # noqa: T201 -- the figures
        f"{kind}: routes after {resumed:.2f} s ({callers.worked:.2f} s of a processor); "
        f"first answers after {first}, the longest took {longest}"
    )
    assert resumed < ROUTING
    assert max(max(waited) for waited in callers.waited.values()) < ANSWER


def _environment() -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(Path(ROOT)), "LC_ALL": "C.UTF-8"}
