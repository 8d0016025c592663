"""The reckoning: what the sources were told, against cases, letters, events and the balance.

What must hold, whatever was killed in between (`reckon`)
1. What was confirmed is one contact under the reference that was told, and has one case effect.
2. A case has one acknowledgement, in the language of its complaint, or says why not. Copies of one letter with one
   Message-ID are one, and are counted; two Message-IDs for one case are a fault.
3. On the bound queue the events of each case come as 1, 2, 3 …: nothing missing, none before an earlier one. The same
   event twice, under the same id, is allowed, and counted.
4. Every case is the fold of its events.
5. Nothing waits: the outbox is empty, no notice is owed, released or put off, nothing is parked, unaccounted is 0.
"""

from __future__ import annotations

import email
import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from email import policy
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import sqlalchemy as sa

from intake_daemon.events import Event
from intake_daemon.reference import find_references
from router.case import Case, fold
from router.language import Detector
from router.ledger import lives, tables
from router.ledger.erasure import external_key
from router.ledger.rows import case_row
from tests.services.place import until
from tests.services.rabbit import Rabbit
from tests.walk.complaints import Complaint
from tests.walk.daemon import CRM, KEY, Installation
from tests.walk.doors import Told

PREFIXES = ("LOG", "WLZ", "ASK", "KON")
WAITING = ("owed", "released", "deferred")


@dataclass(frozen=True)
class Letter:
    """A mail that reached the next server, as its recipient would see it."""

    to: str
    message_id: str
    reference: str
    language: str
    automatic: str
    in_reply_to: str
    text: str

    @property
    def to_customer(self) -> bool:
        """Whether it answers a customer; letters to staff answer nobody."""
        return self.automatic == "auto-replied"


@dataclass(frozen=True)
class Ledger:
    """Everything that the ledger holds, at one moment."""

    contacts: list[dict[str, Any]]
    cases: list[dict[str, Any]]
    events: list[Event]
    notices: list[dict[str, Any]]
    outbox: int
    parked: list[dict[str, Any]]
    balance: dict[str, int]


@dataclass(frozen=True)
class Counts:
    """What is allowed, but must be known."""

    cases: int
    copies: int
    """Letters that came more than once under one Message-ID."""
    events_again: int
    unacknowledged: dict[str, str]
    """Reference -> why."""


def read_ledger(installation: Installation) -> Ledger:
    """All of it."""
    with installation.reading().connect() as connection:

        def rows(table: sa.Table) -> list[dict[str, Any]]:
            return [dict(row) for row in connection.execute(sa.select(table)).mappings()]

        ordered = sa.select(tables.events.c.body).order_by(tables.events.c.case_id, tables.events.c.sequence)
        return Ledger(
            contacts=rows(tables.contacts),
            cases=rows(tables.cases),
            events=[Event.model_validate_json(body) for body in connection.execute(ordered).scalars()],
            notices=rows(tables.notices),
            outbox=len(rows(tables.outbox)),
            parked=rows(tables.parked),
            balance=lives.balance(connection),
        )


def until_settled(
    installation: Installation, contacts: int, seconds: float = 240.0, hasten: float | None = None
) -> None:
    """Waits until so many contacts are decided, every letter has its receipt and every event has left.

    `hasten`: when a process was killed, so that nobody waits until it counts as dead.
    """
    reading = installation.reading()
    seen: list[tuple[int, int, int]] = []

    def settled() -> bool:
        if hasten is not None:
            installation.hasten(hasten)
        with reading.connect() as connection:

            def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> int:
                return connection.execute(sa.select(sa.func.count()).select_from(table).where(*where)).scalar_one()

            waiting = count(tables.notices, tables.notices.c.state.in_(WAITING))
            now = (count(tables.contacts), count(tables.outbox), waiting)
        seen[:] = [now]
        return now[0] >= contacts and now[1:] == (0, 0)

    try:
        until(settled, f"{contacts} contacts are settled", seconds, installation.daemons[0].log)
    except AssertionError as error:
        raise AssertionError(f"contacts, outbox, notices waiting: {seen}; {error}") from error


def letters_in(mails: Iterable[bytes]) -> list[Letter]:
    """Mails as they landed."""
    return [_letter(mail) for mail in mails]


def maildir(folder: Path) -> list[bytes]:
    """Every mail in a Maildir, oldest first."""
    return [path.read_bytes() for path in sorted((folder / "new").iterdir())] if (folder / "new").is_dir() else []


def _letter(raw: bytes) -> Letter:
    mail = email.message_from_bytes(raw, policy=policy.default)
    found = find_references(PREFIXES, str(mail["Subject"]))
    return Letter(
        to=str(mail["To"]).strip("<> "),
        message_id=str(mail["Message-ID"]),
        reference=found[0] if found else "",
        language=str(mail["Content-Language"]),
        automatic=str(mail["Auto-Submitted"]),
        in_reply_to=str(mail["In-Reply-To"] or ""),
        text=str(mail.get_content()),
    )


def events_of_file(installation: Installation) -> list[dict[str, Any]]:
    """What a case system would take from the embedded broker, in order. The daemon must be stopped."""
    with sqlite3.connect(installation.var / "broker.db") as file:
        rows = file.execute("SELECT body FROM letters WHERE queue = ? ORDER BY id", (CRM,)).fetchall()
    file.close()
    return [json.loads(body) for (body,) in rows]


def events_of_queue(rabbit: Rabbit, url: str) -> list[dict[str, Any]]:
    """What a case system takes from its queue at RabbitMQ, in order; the queue is empty afterwards."""
    host = unquote(urlsplit(url).path[1:])
    asked = {"count": 2000, "ackmode": "ack_requeue_false", "encoding": "auto"}
    taken: list[dict[str, Any]] = []
    while got := rabbit.api("POST", f"/api/queues/{host}/{CRM}/get", asked):
        taken += [json.loads(each["payload"]) for each in got]
    return taken


def reckon(
    complaints: Sequence[Complaint],
    told: Told,
    ledger: Ledger,
    events: Sequence[dict[str, Any]],
    letters: Sequence[Letter],
) -> Counts:
    """Every point of the manual above; what is allowed is counted and given back."""
    nothing_waits(ledger)
    folds(ledger)
    again = in_order(ledger, events)
    missing = {complaint.number for complaint in complaints} - told.references.keys()
    assert not missing, f"never confirmed: {sorted(missing)}"
    cases = one_case_each(complaints, told, ledger)
    copies, without = acknowledged(complaints, cases, ledger, letters)
    return Counts(len(ledger.cases), copies, again, without)


def by_message_id(ledger: Ledger, complaint: Complaint) -> list[dict[str, Any]]:
    """The contacts that a mail became, as an operator would find them from its Message-ID."""
    wanted = external_key(KEY.encode(), complaint.brand, complaint.message_id)
    return [row for row in ledger.contacts if row["external"] == wanted]


def nothing_waits(ledger: Ledger) -> None:
    """Point 5."""
    stuck = Counter(row["state"] for row in ledger.notices if row["state"] in WAITING)
    assert not stuck, f"notices stuck: {stuck}"
    assert ledger.outbox == 0
    assert [(row["queue"], row["reason"]) for row in ledger.parked] == []
    assert ledger.balance["unaccounted"] == 0, ledger.balance


def folds(ledger: Ledger) -> None:
    """Point 4: the projections are the fold of the events, and a history has no gaps."""
    histories: dict[str, list[Event]] = defaultdict(list)
    for event in ledger.events:
        histories[event.case].append(event)
    assert histories.keys() == {row["id"] for row in ledger.cases}
    for row in ledger.cases:
        case = fold(histories[row["id"]])
        assert case == Case.model_validate_json(row["body"]), row["reference"]
        wanted = case_row(case)
        assert {**row, "open": bool(row["open"])} == wanted, row["reference"]


def in_order(ledger: Ledger, events: Sequence[dict[str, Any]]) -> int:
    """Point 3; how many came again."""
    last: Counter[str] = Counter()
    seen: dict[tuple[str, int], str] = {}
    again = 0
    for event in events:
        subject, sequence = event["subject"], int(event["sequence"])
        if (subject, sequence) in seen:
            assert seen[subject, sequence] == event["id"], f"{subject} {sequence}: two events"
            again += 1
            continue
        assert sequence == last[subject] + 1, f"{subject}: {sequence} came after {last[subject]}"
        last[subject] = sequence
        seen[subject, sequence] = event["id"]
    written = {(event.reference, event.sequence): event.id for event in ledger.events}
    assert seen == written, f"{len(written)} events were written, {len(seen)} came"
    return again


def one_case_each(complaints: Sequence[Complaint], told: Told, ledger: Ledger) -> dict[int, str]:
    """Point 1: the reference of each complaint's own case, by number."""
    by_reference: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in ledger.contacts:
        by_reference[row["reference"]].append(row)
    cases = {row["id"]: row["reference"] for row in ledger.cases}
    effects = Counter(event.case for event in ledger.events if event.type == "complaint.received")
    found = {}
    for complaint in complaints:
        rows = by_reference[told.references[complaint.number]]
        assert len(rows) == 1, f"{len(rows)} contacts under {told.references[complaint.number]}"
        assert rows[0]["disposition"] == "case", rows[0]["disposition"]
        assert effects[rows[0]["case_id"]] == 1
        found[complaint.number] = cases[rows[0]["case_id"]]
    assert len(set(found.values())) == len(complaints), "two complaints share a case"
    return found


def acknowledged(
    complaints: Sequence[Complaint], cases: dict[int, str], ledger: Ledger, letters: Sequence[Letter]
) -> tuple[int, dict[str, str]]:
    """Point 2: how many copies there were, and which cases have no acknowledgement and why."""
    by_reference: dict[str, list[Letter]] = defaultdict(list)
    for letter in letters:
        if letter.to_customer:
            by_reference[letter.reference].append(letter)
    sent = Counter(event.reference for event in ledger.events if event.type == "acknowledgement.sent")
    detector = Detector()
    without, copies = {}, 0
    for complaint in complaints:
        reference = cases[complaint.number]
        got = by_reference.pop(reference, [])
        ids = {letter.message_id for letter in got}
        assert len(ids) <= 1, f"{reference} was acknowledged {len(ids)} times"
        copies += max(0, len(got) - 1)
        if sent[reference] != 1 or not got:
            without[reference] = _why(ledger, reference)
            continue
        letter = got[0]
        assert letter.to == complaint.address, "an answer to somebody else"
        assert letter.language == complaint.language, (letter.language, complaint.written, complaint.text)
        assert detector.detect(letter.text).language == complaint.language
        assert not [word for word in complaint.planted if word in letter.text], "it repeats what was typed"
    assert not by_reference, f"acknowledgements of nothing: {sorted(by_reference)}"
    return copies, without


def _why(ledger: Ledger, reference: str) -> str:
    """The reason that the case itself gives; without one the acknowledgement is simply missing."""
    for event in reversed(ledger.events):
        told = {"acknowledgement.withheld": "reason", "notice.failed": "code", "notice.unknown": "code"}.get(event.type)
        if event.reference == reference and told and event.data.get("purpose", "acknowledgement") == "acknowledgement":
            return f"{event.type} {event.data[told]}"
    raise AssertionError(f"{reference} has no acknowledgement and does not say why")
