"""What goes on at an installation: complaints at every door, what their customers add, what staff do; and what of it
is known outside the daemon.

Rules
- Everything that is said has a mark of its own (said.py). What the source was told is written down here.
- What a customer adds under an answer, and what staff note under a letter of ours, waits for that letter. One that was
  never to come (refused, or in doubt) is waited for until the run ends, and then not any more.
- `attend` is called again and again by whoever plays; nothing happens behind the scenes but insisting.
"""

from __future__ import annotations

import http.client
import json
import random
import socket
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from intake_daemon.reference import find_references
from tests.faults.doors.door import Door, Got, World
from tests.faults.receivers import Receiver
from tests.faults.said import Said, complaint, in_two_lines, more, of_staff
from tests.faults.scenario import Follow
from tests.walk.account import PREFIXES, Letter, letters_in

_STAFF = "ops"
"""Who acts over the socket (handlers.yaml)."""
_BY_MAIL = frozenset({"smtp", "form", "imap"})


@dataclass(frozen=True)
class Note:
    """A word of staff's for the file of a case, once: whatever is tried again has this id."""

    mark: str
    of: int


class Workload:
    """Of one installation. `seed`: what is said by it is always the same."""

    def __init__(self, seed: int, doors: Sequence[Door], world: World, receiver: Receiver) -> None:
        self._seed = seed
        self._doors: Mapping[str, Door] = {door.name: door for door in doors}
        self._world = world
        self._receiver = receiver
        self.said: dict[int, Said] = {}
        self.notes: list[Note] = []
        self._noted: set[str] = set()
        self._adding: list[tuple[Said, Follow]] = []
        """What is said once the answer to it is there."""
        self._letters: list[Letter] = []
        self._read = 0

    # --- what happens ---------------------------------------------------------------------------------------------

    def complain(self, door: str, follow: Follow = "") -> None:
        """One more complaint, and what its customer, or staff, does next."""
        at = self._doors[door]
        first = complaint(self._next(), self._seed, door, at.brand)
        if follow == "lines" and at.lines:
            first, second = in_two_lines(first, first.number + 1)
            self._say(first)
            self._say(second)
            return
        self._say(first)
        if follow == "at once" and door == "smtp":
            self._say(more(first, self._next(), f"<{first.words.message_id}>"))
        elif follow in {"more", "staff"}:
            self._adding.append((first, follow))

    def note(self, of: int, socket_of: Callable[[], Path], reference: str) -> None:
        """Staff write something into the file of a case, and try until they are told that it is done."""
        chance = random.Random(f"{self._seed} {len(self.notes)}")  # noqa: S311 -- repeatable, no secret
        mark = "note" + "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(6))
        self.notes.append(Note(mark, of))
        self._world.go(partial(self._insist, mark, socket_of, reference))

    def be(self, mood: str, times: int) -> None:
        """So unkind are all who take our letters, to the next ones."""
        for door in self._doors.values():
            door.be(mood, times)

    def attend(self) -> None:
        """Whoever has been answered by now says the rest."""
        fresh = self._receiver.mails[self._read :]
        self._read += len(fresh)
        self._letters += letters_in(fresh)
        if not self._adding:
            return
        got = {each.number for each in self.got()}
        waiting, self._adding = self._adding, []
        for first, follow in waiting:
            under = self._to_staff(first) if follow == "staff" else self._answer(first)
            if under is None and (first.door in _BY_MAIL or follow == "staff" or first.number not in got):
                self._adding.append((first, follow))
            elif under is not None and follow == "staff":
                self._say(of_staff(first, self._next(), under))
            else:
                added = more(first, self._next(), f"<{under.message_id.strip('<>')}>" if under else "")
                self._say(replace(added, door="smtp") if first.door == "form" else added)

    def over(self) -> None:
        """Nobody waits for a letter any more."""
        self._adding = []

    def accept(self, many: int, chance: random.Random) -> None:
        """Handlers accept cases of theirs, which no one has accepted yet, where the policy knows that (K-20)."""
        asked = {said.of for said in self.said.values() if said.command}
        theirs = [said for said in self.said.values() if said.joins is None and said.words.brand == "kontakt"]
        able = [said for said in theirs if said.number not in asked]
        for said in chance.sample(able, len(able)):
            if many and (letter := self._to_staff(said)) is not None:
                self._say(of_staff(said, self._next(), letter, "accept"))
                many -= 1

    def _answer(self, first: Said) -> Letter | None:
        """The letter that its customer got."""
        return next((each for each in self._letters if each.to == first.words.address), None)

    def _to_staff(self, first: Said) -> Letter | None:
        """The letter that its handler got; known by the reference that its customer was told."""
        told = self.references().get(first.number)
        about = (each for each in self._letters if each.reference == told and not each.to_customer)
        return next(about, None) if told else None

    def _next(self) -> int:
        return max(self.said, default=-1) + 1

    def _say(self, said: Said) -> None:
        self.said[said.number] = said
        self._doors[said.door].say(said)

    def _insist(self, mark: str, socket_of: Callable[[], Path], reference: str) -> None:
        while not self._world.over.wait(0.2):
            if _act(socket_of(), reference, mark):
                self._noted.add(mark)
                return

    # --- what is known --------------------------------------------------------------------------------------------

    def connectors(self) -> dict[str, object]:
        """What intake.yaml says of the doors."""
        return {name: said for door in self._doors.values() for name, said in door.connectors().items()}

    def waits(self) -> bool:
        """Whether a source waits to be told that something is held, or done."""
        undone = {note.mark for note in self.notes} - self._noted
        return bool(undone) or any(door.waits() for door in self._doors.values())

    def heard(self) -> set[int]:
        """The numbers of what is held, as the sources were told."""
        return {number for door in self._doors.values() for number in door.heard()}

    def got(self) -> list[Got]:
        """What reached the customers, wherever they are."""
        numbers = {said.words.address: said.of for said in self.said.values() if said.joins is None}
        mails = [
            Got(numbers[each.to], each.message_id, each.message_id, each.text, each.reference)
            for each in self._letters
            if each.to in numbers
        ]
        return [*mails, *(got for door in self._doors.values() for got in door.got())]

    def lied(self) -> Counter[str]:
        """How often the customers' server took a letter and said that it had not."""
        return Counter(each.message_id for each in letters_in(self._receiver.lied))

    def copies(self) -> int:
        """Mails that came more than once under one Message-ID."""
        return len(self._letters) - len({each.message_id for each in self._letters})

    def references(self) -> dict[int, str]:
        """Of complaints whose customers were told one."""
        written = {each.number: find_references(PREFIXES, each.text) for each in self.got() if not each.reference}
        told = {number: found[0] for number, found in written.items() if found} | dict(self._world.told.references)
        return {number: told[number] for number, said in self.said.items() if number in told and said.joins is None}


def _act(path: Path, reference: str, mark: str) -> bool:
    """Whether it was told to be done."""
    line = http.client.HTTPConnection("localhost", timeout=10)
    line.sock = socket.socket(socket.AF_UNIX)
    wanted = {"command": "note", "data": {"text": f"Rang them, {mark}."}, "id": mark}
    try:
        line.sock.settimeout(10)
        line.sock.connect(str(path))
        line.request("POST", f"/api/v1/cases/{reference}/commands", json.dumps(wanted), {"intake-as": _STAFF})
        return line.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        line.close()
