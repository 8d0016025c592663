"""What must be true when everything has settled (the five points of the manual), and what was found instead.

What was said is found again by the word that was planted in it, not by what the daemon says of itself; what reached its
customer is counted where the customer stands.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from intake_daemon.reference import find_references
from router.language import Detector
from router.ledger import tables
from tests.faults.doors.door import Got
from tests.faults.finding import Finding, Kind
from tests.faults.said import Said
from tests.faults.workload import Note
from tests.walk.account import PREFIXES, Ledger, folds, in_order, nothing_waits, read_ledger
from tests.walk.daemon import Installation

_ARRIVED = frozenset({"sent", "delivered"})


@dataclass
class Reckoning:
    """Of one installation, stopped. `heard`: numbers of which the source was told that they are held; `lied`: letters
    that a server took and denied, by Message-ID."""

    place: Installation
    said: Mapping[int, Said]
    heard: Collection[int]
    notes: Sequence[Note]
    got: Sequence[Got]
    lied: Mapping[str, int] = field(default_factory=dict)
    _found: list[Finding] = field(default_factory=list)

    def findings(self, events: Sequence[dict[str, Any]], in_time: Collection[int] = ()) -> list[Finding]:
        """All that is wrong. `events`: what a subscriber got; `in_time`: numbers of what had been published, and waited
        to be decided, when the clock jumped."""
        self._holds("stuck", lambda: nothing_waits(self._ledger))
        self._holds("fold", lambda: folds(self._ledger))
        self._holds("order", lambda: in_order(self._ledger, events))
        cases = self._conversations()
        self._notes()
        self._commands(cases)
        self._answers(cases)
        self._clocks(cases, in_time)
        return self._found

    def leave(self, home: Path) -> None:
        """The whole ledger as JSON, for whoever looks into a finding when the database is gone."""
        with (home / "ledger.json").open("w", encoding="utf-8") as written:
            json.dump(asdict(self._ledger), written, indent=1, default=str)

    def _add(self, kind: Kind, what: str) -> None:
        self._found.append(Finding(kind, what))

    def _holds(self, kind: Kind, what: Callable[[], object]) -> None:
        try:
            what()
        except AssertionError as error:
            self._add(kind, str(error).splitlines()[0] if str(error) else kind)

    @cached_property
    def _ledger(self) -> Ledger:
        return read_ledger(self.place)

    @cached_property
    def _contents(self) -> list[tuple[str, str, str]]:
        """Id, kind and words of everything that is kept."""
        with self.place.reading().connect() as connection:
            t = tables.content
            return [(row.id, row.kind, row.body) for row in connection.execute(sa.select(t.c.id, t.c.kind, t.c.body))]

    # --- one contact, one effect ----------------------------------------------------------------------------------

    def _conversations(self) -> dict[int, str]:  # noqa: C901 -- one thing after another that can be wrong
        """The case of each complaint. One of its parts opened it, the others joined it, none twice."""
        rows = self._contacts()
        received = Counter(event.case for event in self._ledger.events if event.type == "complaint.received")
        parts: dict[int, list[tuple[Said, dict[str, Any]]]] = defaultdict(list)
        for number, said in self.said.items():
            found = rows[said.mark]
            if not found and number in self.heard:
                self._add("lost", f"{_named(said)} was confirmed and is not here")
            if len(found) > 1:
                self._add("doubled", f"{_named(said)} is {len(found)} contacts")
            parts[said.of] += [(said, row) for row in found[:1]]
        cases: dict[int, str] = {}
        for of, held in parts.items():
            effects = Counter(row["disposition"] for _, row in held)
            named = f"the conversation of {_named(self.said[of])}"
            if effects["case"] > 1:
                self._add("doubled", f"{named} is {effects['case']} cases")
            elif effects["case"] + effects["joined"] < len(held) or not effects["case"]:
                self._add("wrong", f"{named}: {dict(effects)}")
            elif len({row["case_id"] for _, row in held}) > 1:
                self._add("wrong", f"{named} is spread over several cases")
            opened = next((row["case_id"] for _, row in held if row["disposition"] == "case"), None)
            if opened is not None:
                cases[of] = opened
                if received[opened] != 1:
                    self._add("wrong", f"{named}: {received[opened]} times received")
        for case, times in Counter(cases.values()).items():
            if times > 1:
                self._add("wrong", f"{times} complaints share case {case}")
        return cases

    def held(self) -> dict[int, dict[str, Any]]:
        """The contact of each number, of what is here."""
        rows = self._contacts()
        return {number: rows[said.mark][0] for number, said in self.said.items() if rows[said.mark]}

    def _contacts(self) -> dict[str, list[dict[str, Any]]]:
        """The contacts in whose words a mark stands."""
        marks = {said.mark for said in self.said.values()}
        words = {key: json.loads(body)["text"] for key, kind, body in self._contents if kind == "message"}
        found: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._ledger.contacts:
            for mark in {word.partition("-")[0] for word in words.get(row["id"], "").split()} & marks:
                found[mark].append(row)
        return found

    def _notes(self) -> None:
        """A command has one effect, however often it was sent."""
        kept = [body for _, kind, body in self._contents if kind == "note"]
        for note in self.notes:
            times = sum(note.mark in body for body in kept)
            if times != 1:
                self._add("doubled" if times else "lost", f"a note on complaint {note.of} is there {times} times")

    def _commands(self, cases: Mapping[int, str]) -> None:
        """What staff asked for by mail was done, once."""
        done = Counter(event.case for event in self._ledger.events if event.type == "complaint.accepted")
        for said in self.said.values():
            if said.command and done[cases.get(said.of, "")] != 1:
                self._add("wrong", f"{_named(said)} was to be accepted, and was {done[cases.get(said.of, '')]} times")

    # --- what reached the customers -------------------------------------------------------------------------------

    def _answers(self, cases: Mapping[int, str]) -> None:
        owed: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in self._ledger.notices:
            if row["staff"] is None:
                owed[row["case_id"]].append(row)
        references: dict[str, set[str]] = defaultdict(set)
        for row in (*self._ledger.cases, *self._ledger.contacts):
            references[row.get("case_id") or row["id"]].add(row["reference"])
        mine: dict[int, list[Got]] = defaultdict(list)
        for each in self.got:
            mine[each.number].append(each)
        for number, case in cases.items():
            self._answered(number, case, mine.pop(number, []), owed[case], references[case])
            self._acknowledged(number, case, owed[case])
        if mine:
            self._add("wrong", f"answers to nothing: {sorted(mine)}")

    def _added_apart(self, case: str) -> bool:
        """Whether something was said that the words of the acknowledgement need not know of: after they were chosen, or
        as another contact, since a pause was longer than the brand's (on a busy machine, the second line of a chat)."""
        released = added = 0
        for event in self._ledger.events:
            if event.case == case and event.type == "contact.joined":
                added = event.sequence
                if event.data["by"] == "conversation" and not event.data["part"]:
                    return True
            elif event.case == case and event.type == "notice.released":
                released = released or (event.sequence if event.data["purpose"] == "acknowledgement" else 0)
        return added > released

    def _answered(
        self, number: int, case: str, got: Sequence[Got], owed: Sequence[dict[str, Any]], mine: set[str]
    ) -> None:
        """As many letters as were sent, each once; about their own case, in their language."""
        name = _named(self.said[number])
        letters = {each.letter for each in got}
        sent = sum(row["state"] in _ARRIVED for row in owed)
        perhaps = sum(row["state"] in {"unknown", "failed"} for row in owed)
        if len(letters) > sent + perhaps:
            self._add("doubled", f"{name} got {len(letters)} letters, {sent} were sent and {perhaps} are in doubt")
        if len(letters) < sent:
            self._add("lost", f"{name} got {len(letters)} letters of {sent}")
        copies = len(got) - len({(each.letter, each.part) for each in got})
        allowed = sum(self._doubts[row["id"]] for row in owed) + sum(self.lied.get(letter, 0) for letter in letters)
        if copies > allowed:
            self._add("doubled", f"{name} got {copies} copies, {allowed} allowed")
        for each in got:
            named = {each.reference} if each.reference else set(find_references(PREFIXES, each.text))
            if not named <= mine:
                self._add("wrong", f"{name} was told of somebody else's case")
        words = self.said[number].words
        plain = words.written == words.language and not self._added_apart(case)
        if got and plain and (language := self._language(got[0].text)) != words.language:
            what = f"{name} wrote {words.language} and was answered in {language}, case {case}: {got[0].text!r}"
            self._add("wrong", what)

    def _acknowledged(self, number: int, case: str, owed: Sequence[dict[str, Any]]) -> None:
        """Once, or the case says why not."""
        times = sum(row["purpose"] == "acknowledgement" and row["state"] in _ARRIVED for row in owed)
        if times > 1:
            self._add("doubled", f"{_named(self.said[number])} was acknowledged {times} times")
        if not times and case not in self._why:
            self._add("lost", f"{_named(self.said[number])} was never answered, and its case does not say why")

    @cached_property
    def _why(self) -> set[str]:
        reasons = {"acknowledgement.withheld", "notice.failed", "notice.unknown"}
        return {event.case for event in self._ledger.events if event.type in reasons}

    @cached_property
    def _doubts(self) -> Counter[str]:
        """How often each letter was in doubt."""
        with self.place.reading().connect() as connection:
            query = sa.text("SELECT notice, doubts FROM sends WHERE doubts > 0")
            return Counter({row[0]: int(row[1]) for row in connection.execute(query)})

    @cached_property
    def _detector(self) -> Detector:
        return Detector()

    def _language(self, text: str) -> str | None:
        return self._detector.detect(text).language

    # --- clocks ---------------------------------------------------------------------------------------------------

    def _clocks(self, cases: Mapping[int, str], in_time: Collection[int]) -> None:
        """A warning and a breach are told once; no breach where what met the clock had been published before."""
        told: Counter[tuple[Any, ...]] = Counter()
        for event in self._ledger.events:
            if event.type in {"clock.warned", "clock.breached", "clock.breach_withdrawn"}:
                data = event.data
                key = (event.case, data.get("law", ""), data["clock"], data.get("cycle", 1), data.get("due"))
                told[(event.type, *key)] += 1
        for key, times in told.items():
            again = told[("clock.breach_withdrawn", *key[1:])] if key[0] == "clock.breached" else 0
            if times > 1 + again:
                self._add("doubled", f"{key[0]} of {key[3]} was told {times} times")
        accepted = {cases.get(self.said[each].of) for each in in_time if self.said[each].command == "accept"}
        for kind, case, _, clock, *_ in told:
            if kind == "clock.breached" and clock == "accept" and case in accepted:
                self._add("wrong", "a clock was declared run out although the fact that met it was waiting")


def _named(said: Said) -> str:
    what = f"complaint {said.number}" if said.joins is None else f"number {said.number}, which adds to {said.joins}"
    return f"{what} by {said.door}"
