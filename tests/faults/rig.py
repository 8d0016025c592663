"""An installation, its sources, and one scenario after another. See the package's manual."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from tests.fakes.telegram import FakeTelegram
from tests.faults.checking import Counted, Finding, Received, check, doubts
from tests.faults.installation import House
from tests.faults.receivers import Receiver
from tests.faults.scenario import Door, Scenario
from tests.faults.trouble import Trouble
from tests.services.place import until
from tests.walk.complaints import Complaint, complaints
from tests.walk.doors import Told, by_form, by_smtp, send_all

_LIFE = 60.0
"""Seconds after which a life that neither ended nor settled is ended from outside."""
_SETTLING = 120.0
_STILL = 2.0
"""Seconds for which nothing may be on its way before it is believed."""
_CHAT = 7_000_000


class Build(Protocol):
    """What makes an installation: `one` or `several` of grounds.py."""

    def __call__(self, home: Path, *, mail: int, connectors: Mapping[str, Any]) -> House:
        """In this folder; letters go to a port of this machine."""


class Rig:
    """One installation of any kind, three doors, two ways out."""

    def __init__(
        self,
        home: Path,
        build: Build,
        telegram: FakeTelegram,
        seed: int,
        *,
        patience: float = _SETTLING,
    ) -> None:
        self.home = home
        self._patience = patience
        self._moved = 0.0
        self._next = 0
        self.seed = seed
        self.receiver = Receiver()
        self.bot = telegram.bot()
        self.told = Told()
        self.sent: dict[int, tuple[str, Complaint]] = {}
        self.counted = Counted()
        settings = {"kind": "telegram", "token": self.bot.token, "brand": "kontakt", "api": telegram.url}
        connectors = {"tg": {**settings, "poll_seconds": 5}}
        self.house = build(home, mail=self.receiver.port, connectors=connectors)
        self._sources = ThreadPoolExecutor(24)
        self._insisting: list[Future[None]] = []
        self._began = time.monotonic()

    def run(self, scenarios: Sequence[Scenario]) -> Counted:
        """All of them, then the reckoning. What went wrong stands in the findings."""
        self.receiver.start()
        try:
            for scenario in scenarios:
                self._live(scenario)
            self._settle()
        finally:
            self._sources.shutdown(wait=False, cancel_futures=True)
            self.house.close()
            self.receiver.end()
        self.counted.complaints = len(self.sent)
        self.counted.refused = self.told.answers
        return self.counted

    def _live(self, scenario: Scenario) -> None:
        self._note(f"scenario {scenario.seed}: {scenario.said()}")
        self.counted.scenarios += 1
        self.counted.faults.update(scenario.faults())
        self.receiver.be(scenario.mood, scenario.letters)
        self.house.begin(scenario.plan)
        met = [self._sources.submit(self._meet, trouble) for trouble in scenario.troubles]
        self._complain(scenario)
        ended = time.monotonic() + _LIFE
        while time.monotonic() < ended:
            over = all(trouble.done() for trouble in met)
            if over and (not self.house.goes_on() or self._quiet()):
                break
            time.sleep(0.2)
        for trouble in met:
            trouble.result()
        if not self.house.goes_on():
            self._note("the life ended as planned")
        else:
            self.house.end(scenario.end)
            self._note(f"over, by {scenario.end}" if time.monotonic() < ended else "not quiet in time")

    def _meet(self, trouble: Trouble) -> None:
        """One of them, from its beginning to its end."""
        time.sleep(trouble.after)
        self._note(f"begins: {trouble.said()}")
        with self.house.meet(trouble):
            time.sleep(trouble.lasts)
        self._note(f"ended: {trouble.what}")

    def _complain(self, scenario: Scenario) -> None:
        """Its complaints, each by a source that insists."""
        first = len(self.sent)
        for offset, door in enumerate(scenario.doors):
            number = first + offset
            brand = "kontakt" if door == "telegram" else ""
            (complaint,) = complaints(1, self.seed * 10_000 + number, first=number, brand=brand)
            self.sent[number] = (door, complaint)
            if door == "telegram":
                self.bot.push(_update(complaint))
            else:
                attempt = partial(self._try, door)
                self._insisting.append(self._sources.submit(send_all, attempt, [complaint], at_once=1))

    def _try(self, door: Door, complaint: Complaint) -> bool:
        """At whichever host is next."""
        self._next += 1
        doors = self.house.doors()
        at = doors[self._next % len(doors)]
        return by_smtp(at.smtp, complaint, self.told) if door == "smtp" else by_form(at.public, complaint, self.told)

    def _confirmed(self) -> set[int]:
        """Whose source heard that it is held; a bot's update when the offset has passed it."""
        pending = {update - _CHAT for update in self.bot.seen()["pending"]}
        chats = {number for number, (door, _) in self.sent.items() if door == "telegram"}
        return set(self.told.references) | (chats - pending)

    def _quiet(self) -> bool:
        """Every source has heard, and nothing is on its way."""
        if len(self._confirmed()) < len(self.sent):
            return False
        self.house.hasten()
        return not self.house.on_its_way()

    def _settle(self) -> None:
        """A last life without a fault, until nothing waits; then the reckoning."""
        self._note("the last life")
        self._stop()
        self.house.begin(None)
        try:
            for source in self._insisting:
                source.result(timeout=_SETTLING)
            until(lambda: len(self._confirmed()) == len(self.sent), "every source has heard", self._patience)
            until(self._still, "nothing is on its way", self._patience)
        except (AssertionError, TimeoutError) as error:
            self.counted.findings.append(Finding("stuck", str(error).splitlines()[0] if str(error) else "a source"))
        self._stop()
        confirmed = self._confirmed()
        self.counted.confirmed = len(confirmed)
        self.counted.ambiguous = doubts(self.house.place)
        received = Received(list(self.receiver.mails), self._chats())
        self.counted.copies = len(received.mails) - len({_message_id(mail) for mail in received.mails})
        events = self.house.events()
        self.counted.findings += check(self.house.place, self.sent, confirmed, events, received)
        for finding in self.counted.findings:
            self._note(f"FOUND {finding.kind}: {finding.what}")

    def _stop(self) -> None:
        """All of them, cleanly."""
        stopped = [process.stop() for process in self.house.processes]
        if not all(stopped):
            self.counted.findings.append(Finding("stuck", "it did not stop"))

    def _still(self) -> bool:
        """Nothing is on its way, for a while: in no queue of ours, not owed, not in the outbox."""
        self.house.hasten()
        waiting = self.house.on_its_way()
        self._moved = time.monotonic() if waiting or not self._moved else self._moved
        return time.monotonic() - self._moved > _STILL

    def _chats(self) -> dict[int, list[str]]:
        texts: dict[int, list[str]] = defaultdict(list)
        for sent in self.bot.seen()["sent"]:
            texts[sent["chat"]["id"] - _CHAT].append(sent["text"])
        return texts

    def _note(self, what: str) -> None:
        """One line of the timeline."""
        with (self.home / "timeline").open("a", encoding="utf-8") as timeline:
            timeline.write(f"{time.monotonic() - self._began:9.3f}  {what}\n")


def _message_id(mail: bytes) -> bytes:
    return next(line for line in mail.splitlines() if line.lower().startswith(b"message-id:"))


def _update(complaint: Complaint) -> dict[str, Any]:
    chat = _CHAT + complaint.number
    who = {"id": chat, "is_bot": False, "first_name": complaint.name, "language_code": "en"}
    said = {"message_id": 5, "from": who, "chat": {"id": chat, "type": "private"}, "date": int(time.time()) - 60}
    return {"update_id": chat, "message": {**said, "text": complaint.text}}
