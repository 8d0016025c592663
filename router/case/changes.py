"""What each event changes of a case.

An event of a type that stands in no table here, or that this version does not know, changes the sequence only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from pydantic import AwareDatetime

from intake_daemon import events
from intake_daemon.events import Event
from intake_daemon.message import Value
from router.case import people
from router.case.case import FORM, Case, ClockMark, Task
from router.moments import further

Change = Callable[[Case, Event], dict[str, Any]]


def evolve(case: Case | None, event: Event) -> Case:
    """The case after one more event."""
    if case is None:
        case = Case(
            id=event.case,
            reference=event.reference,
            brand=event.brand,
            contact=event.data.get("message", ""),
            answers_to=event.data.get("message", ""),
            opened_at=event.time,
        )
    change = _CHANGES.get(event.type)
    changes = change(case, event) if change else {}
    if event.type.startswith("clock."):
        changes = {"clocks": _marked(case, event)}
    return case.model_copy(
        update={"form": FORM, "sequence": event.sequence, "moments": further(case.moments, event), **changes}
    )


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


# --- the course -----------------------------------------------------------------------------------------------------


def _triaged(case: Case, event: Event) -> dict[str, Any]:
    fact = events.TriageRecorded.model_validate(event.data)
    return {"severity": fact.severity, "urgency": fact.urgency, "traits": {**case.traits, **fact.traits}}


def _step(step: str) -> Change:
    def change(case: Case, event: Event) -> dict[str, Any]:
        done = str(event.data.get("step", step)) or step
        return {"steps": (*(each for each in case.steps if each != done), done)}

    return change


def _accepted(case: Case, event: Event) -> dict[str, Any]:
    return {"accepted_at": case.accepted_at or event.time, **_step("accept")(case, event)}


def _reviewed(case: Case, event: Event) -> dict[str, Any]:
    return {"reviewed_at": event.time, **_step("review")(case, event)}


def _acknowledged(case: Case, event: Event) -> dict[str, Any]:
    by = case.acknowledged_by if case.acknowledged_at else event.id
    return {"acknowledged_at": case.acknowledged_at or event.time, "acknowledged_by": by, "withheld": None}


def _withdrawn_notice(case: Case, event: Event) -> dict[str, Any]:
    """A bounce takes back what was said to be sent (R-8)."""
    gone = event.data.get("withdraws")
    if not gone:
        return {}
    changes: dict[str, Any] = {}
    if gone == case.acknowledged_by or (case.acknowledged_by is None and case.acknowledged_at):
        changes |= {"acknowledged_at": None, "acknowledged_by": None}
    if gone == case.answered_by:
        state = ("reviewing" if case.stage > 1 else "investigating") if case.state == "answered" else case.state
        changes |= {"answered_at": None, "answered_by": None, "answers": case.answers - 1, "state": state}
    return changes


def _released(_case: Case, event: Event) -> dict[str, Any]:
    return {"receipted_at": event.time} if event.data.get("purpose") == "addition_receipt" else {}


def _answered(case: Case, event: Event) -> dict[str, Any]:
    return {
        "state": "answered" if case.open else case.state,
        "answered_at": event.time,
        "answered_by": event.id,
        "answer": str(event.data.get("notice") or case.answer),
        "answers": case.answers + 1,
        "outcome": event.data.get("outcome") or case.outcome,
        **_step("answer")(case, event),
    }


def _resolved(case: Case, event: Event) -> dict[str, Any]:
    return {"state": "answered", "answered_at": event.time, "answers": case.answers + 1, "outcome": "resolved_at_once"}


def _requested(case: Case, event: Event) -> dict[str, Any]:
    return {"asked": tuple(dict.fromkeys((*case.asked, *event.data["asked"])))}


def _escalated(case: Case, event: Event) -> dict[str, Any]:
    first = case.first_handler or case.handler
    return {"state": "escalated", "stage": int(event.data["stage"]), "first_handler": first, "elements": ()}


def _escalation_noted(case: Case, event: Event) -> dict[str, Any]:
    return {"elements": tuple(dict.fromkeys((*case.elements, *event.data["elements"])))}


def _escalation_acknowledged(case: Case, _event: Event) -> dict[str, Any]:
    return {"state": "reviewing"} if case.state == "escalated" else {}


def _closed(_case: Case, event: Event) -> dict[str, Any]:
    return {"state": "closed", "closed_at": event.time, "outcome": event.data["outcome"]}


def _reopened(case: Case, _event: Event) -> dict[str, Any]:
    return {"state": "reviewing" if case.stage > 1 else "investigating", "closed_at": None}


def _task(case: Case, event: Event) -> dict[str, Any]:
    fact = events.TaskOpened.model_validate(event.data)
    task = Task(id=fact.task, kind=fact.kind, owner=fact.owner, due=fact.due, content=fact.content, notice=fact.notice)
    return {"tasks": (*case.tasks, task)}


def _added(name: str, key: str) -> Change:
    """One more code in a list."""

    def change(case: Case, event: Event) -> dict[str, Any]:
        return {name: tuple(dict.fromkeys((*getattr(case, name), event.data[key])))}

    return change


def _gone(name: str, key: str) -> Change:
    """One code less in a list."""

    def change(case: Case, event: Event) -> dict[str, Any]:
        return {name: tuple(each for each in getattr(case, name) if getattr(each, "id", each) != event.data[key])}

    return change


_CHANGES: dict[str, Change] = {
    "contact.stored": people.stored,
    "contact.joined": people.joined,
    "contact.moved": people.moved,
    "contact.parted": people.parted,
    "sender.verified": lambda _case, event: {"answers_to": event.data["message"]},
    "contact.redirected": lambda _case, _event: {"state": "redirected"},
    "contact.set_aside": lambda _case, _event: {"state": "aside"},
    "status.asked": people.asked_how,
    "survey.due": lambda _case, _event: {"surveyed": True},
    "complaint.received": people.received,
    "complaint.continued": people.continued,
    "complaint.accepted": _accepted,
    "complaint.resolved_at_once": _resolved,
    "complaint.withdrawn": lambda _case, event: {"state": "withdrawn", "closed_at": event.time, "outcome": "withdrawn"},
    "triage.recorded": _triaged,
    "topic.set": lambda _case, event: {"topic": event.data["topic"]},
    "handler.assigned": people.assigned,
    "reviewer.assigned": people.reviewer,
    "conduct.flagged": lambda _case, _event: {"flagged": True},
    "acknowledgement.sent": _acknowledged,
    "acknowledgement.withheld": lambda _case, event: {"withheld": event.data["reason"]},
    "notice.failed": _withdrawn_notice,
    "notice.released": _released,
    "information.requested": _requested,
    "information.received": lambda _case, _event: {"asked": (), "missing": ()},
    "cause.recorded": _added("causes", "cause"),
    "action.recorded": _added("actions", "content"),
    "improvement.recorded": _added("improvements", "improvement"),
    "consultation.opened": _added("consultations", "consultation"),
    "consultation.closed": _gone("consultations", "consultation"),
    "review.completed": _reviewed,
    "step.done": _step(""),
    "result.sent": _answered,
    "escalation.requested": _escalated,
    "escalation.noted": _escalation_noted,
    "escalation_acknowledgement.sent": _escalation_acknowledged,
    "external.referred": lambda _case, event: {"state": "external", "body": event.data["body"]},
    "task.opened": _task,
    "task.done": _gone("tasks", "task"),
    "case.linked": _added("links", "reference"),
    "file.released": _added("released", "file"),
    "note.added": lambda case, _event: {"notes": case.notes + 1},
    "case.closed": _closed,
    "case.reopened": _reopened,
    "case.erased": lambda _case, _event: {"erased": True},
}


# --- clocks ---------------------------------------------------------------------------------------------------------


class _Due(Value):
    due: AwareDatetime | None = None


def _marked(case: Case, event: Event) -> tuple[ClockMark, ...]:
    """What was said of the clocks, with this."""
    named = events.Clock.model_validate(event.data)
    key = (named.law, named.clock, named.cycle)
    before = next((mark for mark in case.clocks if mark.key == key), None)
    mark = before or ClockMark(clock=named.clock, law=named.law, cycle=named.cycle)
    told = _TOLD.get(event.type)
    after = mark.model_copy(update=told(mark, _Due.model_validate(event.data).due)) if told else mark
    if before is None:
        return (*case.clocks, after)
    return tuple(after if each.key == key else each for each in case.clocks)


_TOLD: dict[str, Callable[[ClockMark, datetime | None], dict[str, Any]]] = {
    "clock.started": lambda _mark, due: {"due": due, "stopped": False},
    "clock.moved": lambda _mark, due: {"due": due},
    "clock.stopped": lambda _mark, _due: {"stopped": True},
    "clock.warned": lambda _mark, _due: {"warned": True},
    "clock.breached": lambda mark, due: {"breaches": (*mark.breaches, due)},
    "clock.breach_withdrawn": lambda mark, due: {"breaches": tuple(each for each in mark.breaches if each != due)},
}
