"""The next stage: what opens it, who gets it, what the customer is told (W-16 to W-20, A-16). Pure.

Whoever decides, a person on behalf of the customer or the desk from a mail, asks this. It opens only where the policy
has a stage, an answer was given, and everything was said that the policy needs; else what was said is kept, and the
customer is asked for the other element, or told when the stage opens (AT-W18 AT-W19).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from intake_daemon import events
from router.case import Case
from router.owing import Automatic, Owing
from router.policy import Policy, Stage
from router.turn import Decided, Intent

Element = Literal["dissatisfaction", "request"]
ELEMENTS: tuple[Element, ...] = ("dissatisfaction", "request")


@dataclass(frozen=True)
class Asked:
    """What was said towards an escalation."""

    elements: Sequence[str]
    """Of `ELEMENTS`, what was said now."""
    contact_at: datetime
    received_at: datetime
    message: str | None = None
    via: str = ""
    automatic: Automatic = "replied"
    """What the notice is: an answer to a contact, or of our own accord."""


def following(case: Case, policy: Policy) -> Stage | None:
    """The stage that an escalation would open, or None: the policy has no more, or it is open already."""
    if case.state in {"escalated", "reviewing"}:
        return None
    return next((each for each in policy.stages if each.id == case.stage + 1 and each.opens_on), None)


def escalate(
    case: Case, policy: Policy, stage: Stage, owing: Owing, asked: Asked, *, cause: str, now: datetime, actor: str
) -> tuple[tuple[Decided, ...], tuple[Intent, ...]]:
    """Events and notices of an escalation to `stage` (of `following`)."""
    said = {*case.elements, *asked.elements}
    lacking = [each for each in ELEMENTS if each in stage.needs and each not in said]
    if case.answered_at is None or lacking:
        why = "incomplete" if case.answered_at is not None else "before_answer"
        noted = events.EscalationNoted(message=asked.message, elements=tuple(asked.elements), why=why)
        lacks = "answer" if why == "before_answer" else lacking[0]
        told = owing.customer(
            "escalation_incomplete", cause=cause, automatic=asked.automatic, data={"lacks": lacks}
        )  # fmt: skip
        people = [*owing.rules.in_role("handler", case), *owing.rules.in_role("manager", case)]
        mails = owing.staff("addition", people, cause=f"{cause}/escalation") if why == "before_answer" else ()
        return (Decided(noted, asked.contact_at, actor),), (*told, *mails)
    requested = events.EscalationRequested(
        stage=stage.id,
        contact_at=asked.contact_at,
        received_at=asked.received_at,
        message=asked.message,
        via=asked.via,
    )
    owner = _first(case, policy, stage, owing)
    team = case.team or owing.rules.staff.root
    assigned: events.Fact
    if stage.then_to is None:
        assigned = events.ReviewerAssigned(handler=owner, team=team, role=str(stage.first_to or "manager"))
    else:
        assigned = events.HandlerAssigned(handler=owner, team=team, reason="escalation", before=case.handler)
    letters = list(owing.reviewer(owner, case, cause=f"{cause}/escalation"))
    if stage.acknowledge == "auto":
        letters = [*acknowledgement(owing, cause, asked.automatic), *letters]
    decided = (Decided(requested, asked.contact_at, actor), Decided(assigned, now, actor))
    return decided, tuple(letters)


def acknowledgement(owing: Owing, cause: str, automatic: Automatic) -> Sequence[Intent]:
    """The second stage's acknowledgement (W-24)."""
    sends = "escalation_acknowledgement.sent"
    return tuple(owing.customer("escalation_acknowledgement", cause=cause, sends=sends, automatic=automatic))


def _first(case: Case, policy: Policy, stage: Stage, owing: Owing) -> str:
    """Who gets it first; never who dealt with the first stage (W-20 A-16)."""
    dealt = {case.first_handler or case.handler}
    rules = owing.rules
    people = [*rules.in_role(stage.first_to or "manager", case), *rules.leaders(case.team or "")]
    free = [each for each in people if each not in dealt and each not in case.staff_named]
    if free:
        return free[0]
    heads = (name for name, each in rules.staff.handlers.items() if case.brand in each.brands)
    others = (name for name in heads if name not in dealt and name not in case.staff_named)
    return next(others, people[0] if people else policy.brand)
