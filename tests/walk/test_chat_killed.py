"""Chats while the daemon is killed: every line is held once, every visitor is acknowledged once, in their window.

Visitors behave as the widget does: a line is said again, with the same id, until it is told to be held; then the window
asks for news, and tells what it has shown. On RabbitMQ and PostgreSQL two intake halves share the visitors, request by
request.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import random
import threading
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from intake_daemon.reference import find_references
from tests.walk.account import folds, nothing_waits, read_ledger, until_settled
from tests.walk.complaints import Complaint, complaints
from tests.walk.conftest import Ground
from tests.walk.daemon import Daemon, Half
from tests.walk.search import journals_with

PATIENCE = 900.0


class Visitor:
    """One window, whose requests go to any of the daemons."""

    def __init__(self, complaint: Complaint, daemons: Sequence[Daemon]) -> None:
        self.complaint = complaint
        self.daemons = daemons
        self.session = hashlib.sha256(str(complaint.number).encode()).hexdigest()[:43]
        self.ours: dict[str, str] = {}
        self.asked = 0

    def visit(self) -> None:
        """Say it until it is held; look until it is answered."""
        line = {"session": self.session, "id": f"line-{self.complaint.number:06}", "text": self.complaint.text}
        until = time.monotonic() + PATIENCE
        while self._post("lines", line).get("t") != "held":
            assert time.monotonic() < until, "it was never held"
            time.sleep(0.1)
        seen = 0
        while not self.ours:
            assert time.monotonic() < until, "it was never answered"
            told = self._post("news", {"session": self.session, "after": seen, "wait": 1})
            for each in told.get("lines", ()):
                seen = each["n"]
                if each["ours"]:
                    self.ours[each["id"]] = each["text"]
            time.sleep(0.05)
        while self._post("news", {"session": self.session, "after": seen, "seen": seen}).get("again") is None:
            time.sleep(0.1)

    def again(self) -> list[str]:
        """All that it would show after a reload."""
        lines = self._post("news", {"session": self.session, "after": 0})["lines"]
        return [each["text"] for each in lines if each["ours"]]

    def _post(self, what: str, frame: dict[str, Any]) -> dict[str, Any]:
        self.asked += 1
        port = self.daemons[self.asked % len(self.daemons)].public
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        try:
            connection.request("POST", f"/chat/kontakt/{what}", json.dumps(frame), {"content-type": "application/json"})
            told: dict[str, Any] = json.loads(connection.getresponse().read())
        except (OSError, http.client.HTTPException, ValueError):
            return {}
        else:
            return told
        finally:
            connection.close()


def siege(ground: Ground, count: int, kills: int, chance: random.Random) -> None:
    """`count` visitors, eight at a time, and `kills` kills at moments of chance; then the reckoning."""
    place = ground.place
    place.connectors = {"chat": {"kind": "web_chat", "brands": ["kontakt"], "shown_seconds": 1}}
    halves: tuple[Half, ...] = ("both",) if ground.rabbit is None else ("intake", "intake", "router")
    daemons = [place.add(half) for half in halves]
    for daemon in daemons:
        daemon.start()
    doors = [daemon for daemon in daemons if daemon.only != "router"]
    visitors = [Visitor(each, doors) for each in complaints(count, 11, brand="kontakt")]
    killed, done = time.time(), threading.Event()
    with ThreadPoolExecutor(8) as windows:
        visiting = [windows.submit(visitor.visit) for visitor in visitors]
        for _ in range(kills):
            time.sleep(chance.random() * 3)
            killed, daemon = time.time(), chance.choice(daemons)
            daemon.kill()
            place.end_leases()
            daemon.start()
        hastening = threading.Thread(target=lambda: _hasten(ground, killed, done))
        hastening.start()
        try:
            for visit in visiting:
                visit.result(PATIENCE)
        finally:
            done.set()
            hastening.join()
    until_settled(place, count, hasten=killed)
    references: set[str] = set()
    for visitor in visitors:
        (told,) = visitor.again()
        assert not [word for word in visitor.complaint.planted if word in told], "it repeats what was typed"
        references.update(find_references(("KON",), told)[:1])
    for daemon in daemons:
        daemon.stop()
    ledger = read_ledger(place)
    nothing_waits(ledger)
    folds(ledger)
    assert journals_with(place, [visitor.complaint for visitor in visitors]) == []
    assert Counter(row["disposition"] for row in ledger.contacts) == {"case": count}
    assert references == {row["reference"] for row in ledger.cases}
    sent = [row["state"] for row in ledger.notices if row["purpose"] == "acknowledgement"]
    assert Counter(sent) == {"sent": count}


def _hasten(ground: Ground, killed: float, done: threading.Event) -> None:
    while not done.wait(1.0):
        ground.place.hasten(killed)


@pytest.mark.proof
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["alone", "shared"])
def test_killed_fifty_times(request: pytest.FixtureRequest, chance: random.Random, kind: str) -> None:
    """Fifty kills, on one machine and on RabbitMQ and PostgreSQL: nothing lost, nobody answered twice."""
    siege(request.getfixturevalue(kind), 400, 50, chance)
