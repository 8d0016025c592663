"""Whether the next stage opens, and who looks at it then (W-16 to W-20, A-16)."""

from __future__ import annotations

from intake_daemon import events
from router.case import Case
from router.owing import Owing
from router.policy import Policy, Stage
from router.rules import Rules
from router.turn import Decided, Intent, Turn

_REQUEST = ("escalation", "appeal")


def stages(
    turn: Turn,
    case: Case,
    rules: Rules,
    owing: Owing,
    decided: list[Decided],
    owed: list[Intent],
    found: list[str],
) -> bool:
    """Whether something was said towards the next stage; its events and letters are added to the lists.

    Both elements that a policy needs may come one after the other, and are never refused: what lacks is asked for
    (W-17). Asked before there is an answer it is noted, and the customer told when the stage opens (W-16).
    """
    if case.policy is None:
        return False
    policy = rules.policies.by_hash(case.policy)
    stage = following(policy, case)
    said = _elements(turn)
    if stage is None or not said:
        return False
    message = turn.message
    if not case.answers or (case.stage > 1 and case.answered_at is None):
        if "request" not in said:
            return False
        noted = events.EscalationNoted(message=message.id, elements=said, why="before_answer")
        decided.append(Decided(noted, message.contact_at, "customer"))
        owed += owing.customer("escalation_incomplete", cause=message.id, data={"lacks": "answer"})
        people = [*rules.in_role("handler", case), *rules.in_role("manager", case)]
        owed += owing.staff("addition", people, cause=f"{message.id}/escalation")
        found.append("escalation: before any answer, noted")
        return True
    lacking = lacks(stage, (*case.elements, *said))
    if lacking:
        noted = events.EscalationNoted(message=message.id, elements=said, why="incomplete")
        decided.append(Decided(noted, message.contact_at, "customer"))
        owed += owing.customer("escalation_incomplete", cause=message.id, data={"lacks": lacking[0]})
        found.append(f"escalation: {' '.join(lacking)} lacks, asked for")
        return True
    facts, letters = opened(turn, case, stage, rules, owing)
    decided += facts
    owed += letters
    found.append(f"escalation: stage {stage.id} opens")
    return True


def following(policy: Policy, case: Case) -> Stage | None:
    """The stage that may follow, where it opens by an escalation."""
    return next((each for each in policy.stages if each.id == case.stage + 1 and each.opens_on), None)


def lacks(stage: Stage, said: tuple[str, ...]) -> tuple[str, ...]:
    """What the stage needs and nobody has said. Who asks that a decision is changed is not satisfied with it (A-16)."""
    known = set(said)
    if "request" in known and "request" not in stage.needs:
        known.add("dissatisfaction")
    return tuple(need for need in stage.needs if need not in known)


def opened(turn: Turn, case: Case, stage: Stage, rules: Rules, owing: Owing) -> tuple[list[Decided], list[Intent]]:
    """The stage opens: who reviews is somebody else, and the customer hears of it (W-18 W-20 W-24, C-W3)."""
    message = turn.message
    asked = events.EscalationRequested(
        stage=stage.id,
        contact_at=message.contact_at,
        received_at=message.received_at,
        message=message.id,
        via=message.channel,
    )
    handler, team = reviewer(case, stage, rules)
    assigned = events.ReviewerAssigned(handler=handler, team=team, role=str(stage.first_to or "manager"))
    owed = [*owing.staff("assignment", [handler], cause=f"{message.id}/stage/{stage.id}")]
    if stage.acknowledge == "auto":
        sends = "escalation_acknowledgement.sent"
        owed += owing.customer("escalation_acknowledgement", cause=message.id, sends=sends)
    return [Decided(asked, message.contact_at, "customer"), Decided(assigned, turn.now)], owed


def reviewer(case: Case, stage: Stage, rules: Rules) -> tuple[str, str]:
    """Who looks at it again: in the stage's role, never the first handler, never one whom the complaint names."""
    barred = {case.first_handler or case.handler, *case.staff_named}
    people = [each for each in rules.in_role(str(stage.first_to or "manager"), case) if each not in barred]
    people += [each for each in rules.leaders(case.team or "") if each not in barred]
    handler = next(iter(people), case.handler or "")
    return handler, case.team or ""


def _elements(turn: Turn) -> tuple[str, ...]:
    """What was said: the request, the dissatisfaction. A mere threat is none."""
    request = any(want.kind in _REQUEST and want.sure for want in turn.wants)
    unhappy = turn.wants_any("dissatisfaction")
    return tuple(name for name, holds in (("dissatisfaction", unhappy), ("request", request)) if holds)
