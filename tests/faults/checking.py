"""What must be true when everything has settled (the five points of the manual), and what was found instead.

A complaint is found again by the word that was planted in it, not by what the daemon says of itself; what reached its
customer is counted where the customer stands.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import sqlalchemy as sa

from router.ledger import tables
from tests.walk.account import Ledger, folds, in_order, letters_in, nothing_waits, read_ledger
from tests.walk.complaints import Complaint
from tests.walk.daemon import Installation

Kind = Literal["lost", "doubled", "stuck", "order", "fold", "wrong"]


@dataclass(frozen=True)
class Finding:
    """One thing that must not be."""

    kind: Kind
    what: str


@dataclass
class Counted:
    """The figures of a run."""

    scenarios: int = 0
    faults: Counter[str] = field(default_factory=Counter)
    complaints: int = 0
    confirmed: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    """What sources heard that was no confirmation; each came again."""
    ambiguous: Counter[str] = field(default_factory=Counter)
    """Letters in doubt, by connector: sent once more under one Message-ID, or left to a person."""
    copies: int = 0
    findings: list[Finding] = field(default_factory=list)

    def add(self, other: Counted) -> None:
        """Another run's figures."""
        self.scenarios += other.scenarios
        self.complaints += other.complaints
        self.confirmed += other.confirmed
        self.copies += other.copies
        self.faults += other.faults
        self.refused += other.refused
        self.ambiguous += other.ambiguous
        self.findings += other.findings

    def said(self) -> str:
        """For a person: one figure a line."""
        kinds = Counter(finding.kind for finding in self.findings)
        found = {kind: kinds[kind] for kind in ("lost", "doubled", "stuck", "order", "fold", "wrong")}
        faults = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
        refused = ", ".join(f"{name} {count}" for name, count in sorted(self.refused.items())) or "none"
        ambiguous = ", ".join(f"{name} {count}" for name, count in sorted(self.ambiguous.items())) or "none"
        return "\n".join(
            [
                f"scenarios   {self.scenarios}",
                f"faults      {sum(self.faults.values())}  ({faults})",
                f"complaints  {self.complaints}",
                f"confirmed   {self.confirmed}",
                f"refused     {sum(self.refused.values())}  ({refused}); each came again",
                f"ambiguous   {sum(self.ambiguous.values())}  ({ambiguous}); {self.copies} copies under one Message-ID",
                *(f"{kind:<11} {count}" for kind, count in found.items()),
            ]
        )


@dataclass(frozen=True)
class Received:
    """What customers got: mails as they landed, and the texts of each chat."""

    mails: Sequence[bytes]
    chats: Mapping[int, Sequence[str]]


def check(
    place: Installation,
    sent: Mapping[int, tuple[str, Complaint]],
    confirmed: Iterable[int],
    events: Sequence[dict[str, Any]],
    received: Received,
) -> list[Finding]:
    """All that is wrong. `sent`: by number, through which door; `confirmed`: whose source heard that it is held."""
    ledger = read_ledger(place)
    found: list[Finding] = []

    def holds(kind: Kind, what: Callable[[], object]) -> None:
        try:
            what()
        except AssertionError as error:
            found.append(Finding(kind, str(error).splitlines()[0] if str(error) else kind))

    holds("stuck", lambda: nothing_waits(ledger))
    holds("fold", lambda: folds(ledger))
    holds("order", lambda: in_order(ledger, events))
    cases = _cases(place, ledger, sent, set(confirmed), found)
    doubts = _doubts(place)
    _acknowledged(ledger, sent, cases, received, doubts, found)
    return found


def doubts(place: Installation) -> Counter[str]:
    """Letters in doubt, by connector."""
    with place.reading().connect() as connection:
        query = sa.text(
            "SELECT notices.connector, count(*) FROM notices LEFT JOIN sends ON sends.notice = notices.id "
            "WHERE sends.doubts > 0 OR notices.state = 'unknown' GROUP BY notices.connector"
        )
        return Counter({row[0]: int(row[1]) for row in connection.execute(query)})


def _doubts(place: Installation) -> Counter[str]:
    """How often each case's acknowledgement was in doubt."""
    with place.reading().connect() as connection:
        query = sa.text(
            "SELECT notices.case_id, sends.doubts FROM notices JOIN sends ON sends.notice = notices.id "
            "WHERE notices.purpose = 'acknowledgement'"
        )
        return Counter({row[0]: int(row[1]) for row in connection.execute(query)})


def _cases(
    place: Installation,
    ledger: Ledger,
    sent: Mapping[int, tuple[str, Complaint]],
    confirmed: set[int],
    found: list[Finding],
) -> dict[int, str]:
    """The case of each complaint, found by the word that was planted in it."""
    marks = {complaint.planted[1]: number for number, (_, complaint) in sent.items()}
    by_mark = _contacts(place, ledger, marks)
    received = Counter(event.case for event in ledger.events if event.type == "complaint.received")
    cases: dict[int, str] = {}
    for mark, number in marks.items():
        rows = by_mark[mark]
        door = sent[number][0]
        if not rows and number in confirmed:
            found.append(Finding("lost", f"complaint {number} by {door} was confirmed and is not here"))
        if len(rows) > 1:
            found.append(Finding("doubled", f"complaint {number} by {door} is {len(rows)} contacts"))
        for row in rows[:1]:
            if row["disposition"] != "case" or received[row["case_id"]] != 1:
                effect = f"{row['disposition']}, {received[row['case_id']]} times received"
                found.append(Finding("wrong", f"complaint {number} by {door}: {effect}"))
            cases[number] = row["case_id"]
    for case, times in Counter(cases.values()).items():
        if times > 1:
            found.append(Finding("wrong", f"{times} complaints share case {case}"))
    return cases


def _contacts(place: Installation, ledger: Ledger, marks: Mapping[str, int]) -> dict[str, list[dict[str, Any]]]:
    """The contacts in whose words a mark stands."""
    with place.reading().connect() as connection:
        kept = sa.select(tables.content.c.id, tables.content.c.body).where(tables.content.c.kind == "message")
        words = {row.id: json.loads(row.body)["text"] for row in connection.execute(kept)}
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ledger.contacts:
        for mark in {word.partition("-")[0] for word in words.get(row["id"], "").split()} & marks.keys():
            found[mark].append(row)
    return found


def _acknowledged(
    ledger: Ledger,
    sent: Mapping[int, tuple[str, Complaint]],
    cases: Mapping[int, str],
    received: Received,
    doubts: Counter[str],
    found: list[Finding],
) -> None:
    references = {row["id"]: row["reference"] for row in ledger.cases}
    why = {
        event.case: event.type
        for event in ledger.events
        if event.type in {"acknowledgement.withheld", "notice.failed", "notice.unknown"}
    }
    mails: dict[str, list[str]] = defaultdict(list)
    to: dict[str, set[str]] = defaultdict(set)
    for letter in letters_in(received.mails):
        if letter.to_customer:
            mails[letter.reference].append(letter.message_id)
            to[letter.reference].add(letter.to)
    for number, case in cases.items():
        door, complaint = sent[number]
        name = f"complaint {number} by {door}"
        if door == "telegram":
            got, once = len(received.chats.get(number, ())), 1
            allowed = 1
        else:
            ids = mails.pop(references[case], [])
            got, once, allowed = len(ids), len(set(ids)), 1 + doubts[case]
            if to[references[case]] - {complaint.address}:
                found.append(Finding("wrong", f"{name}: an answer to somebody else"))
        if once > 1 or got > allowed:
            found.append(Finding("doubled", f"{name} was answered {got} times, {allowed} allowed"))
        if not got and case not in why:
            found.append(Finding("lost", f"{name} was never answered, and its case does not say why"))
    if mails:
        found.append(Finding("wrong", f"answers to nothing: {sorted(mails)}"))
