"""The case as a fold over its events, and its state machine.

Rules
-----
1. Everything that affects a case is in this file: `evolve(case, event) -> case`, pure. What `cases` keeps is the
   result of this fold with its sequence, so routing never folds a history; `intake ledger rebuild` folds them all anew
   and finds the same.
2. A case holds ids, codes and times only, like its events. Words, names and addresses are content.
3. `state` is the lifecycle. `acknowledged`, `assigned` (and later `accepted`) are facts beside it: their events come in
   any order (a handler is assigned at routing, before the acknowledgement's receipt).
4. Nothing here reads a clock, a policy or a database.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

from pydantic import AwareDatetime

from intake_daemon import events
from intake_daemon.events import Event
from intake_daemon.message import Value

State = Literal["contact", "received", "investigating", "redirected", "enquiry", "answered", "closed"]


class Case(Value):
    """What the events say of one case."""

    id: str
    reference: str
    brand: str
    sequence: int = 0
    state: State = "contact"
    contact: str
    """Id of the message that it began with."""
    contacts: int = 1
    channel: str = ""
    connector: str = ""
    opened_at: AwareDatetime
    received_at: AwareDatetime | None = None
    """The complaint's date: when the customer first reached the company (`contact_at`)."""
    policy: str | None = None
    topic: str = ""
    language: str = ""
    handler: str | None = None
    team: str | None = None
    assigned_for: str = ""
    """Why this handler: a code."""
    danger: bool = False
    attachments: int = 0
    missing: tuple[str, ...] = ()
    acknowledged_at: AwareDatetime | None = None
    withheld: str | None = None
    links: tuple[str, ...] = ()
    notes: int = 0
    erased: bool = False

    @property
    def open(self) -> bool:
        """Whether somebody still has to do something about it."""
        return self.state in {"received", "investigating", "answered"}


def evolve(case: Case | None, event: Event) -> Case:
    """The case after one more event. Events of types that this version does not know change only the sequence."""
    if case is None:
        case = Case(
            id=event.case,
            reference=event.reference,
            brand=event.brand,
            contact=event.data.get("message", ""),
            opened_at=event.time,
        )
    change = _CHANGES.get(event.type)
    changes = change(case, event) if change else {}
    return case.model_copy(update={"sequence": event.sequence, **changes})


def fold(history: Iterable[Event]) -> Case:
    """The case that these events make. Raises ValueError for an empty history or a gap."""
    case: Case | None = None
    for event in history:
        if event.sequence != (case.sequence if case else 0) + 1:
            raise ValueError("gap")
        case = evolve(case, event)
    if case is None:
        raise ValueError("empty")
    return case


Change = Callable[[Case, Event], dict[str, Any]]


def _stored(_case: Case, event: Event) -> dict[str, Any]:
    fact = events.ContactStored.model_validate(event.data)
    return {"channel": fact.channel, "connector": fact.connector, "attachments": fact.attachments}


def _received(_case: Case, event: Event) -> dict[str, Any]:
    fact = events.ComplaintReceived.model_validate(event.data)
    return {
        "state": "received",
        "received_at": fact.contact_at,
        "policy": fact.policy,
        "topic": fact.topic,
        "language": fact.language,
        "missing": fact.missing,
        "danger": fact.danger,
    }


def _joined(case: Case, event: Event) -> dict[str, Any]:
    return {"contacts": case.contacts + 1, "attachments": case.attachments + int(event.data.get("attachments", 0))}


def _assigned(case: Case, event: Event) -> dict[str, Any]:
    state = "investigating" if case.state == "received" else case.state
    fact = events.HandlerAssigned.model_validate(event.data)
    return {"handler": fact.handler, "team": fact.team, "assigned_for": fact.reason, "state": state}


def _acknowledged(case: Case, event: Event) -> dict[str, Any]:
    return {"acknowledged_at": case.acknowledged_at or event.time, "withheld": None}


def _failed(case: Case, event: Event) -> dict[str, Any]:
    return {"acknowledged_at": None} if event.data.get("withdraws") and case.acknowledged_at else {}


_CHANGES: dict[str, Change] = {
    "contact.stored": _stored,
    "complaint.received": _received,
    "contact.joined": _joined,
    "topic.set": lambda _case, event: {"topic": event.data["topic"]},
    "handler.assigned": _assigned,
    "acknowledgement.sent": _acknowledged,
    "acknowledgement.withheld": lambda _case, event: {"withheld": event.data["reason"]},
    "notice.failed": _failed,
    "case.linked": lambda case, event: {"links": (*case.links, event.data["reference"])},
    "note.added": lambda case, _event: {"notes": case.notes + 1},
    "case.erased": lambda _case, _event: {"erased": True},
}
