"""Whether a contact's words ask for the next stage (W-16 to W-20, A-16); what follows is router/escalating.py."""

from __future__ import annotations

from router.case import Case
from router.escalating import Asked, escalate, following
from router.owing import Owing
from router.policy import Stage
from router.rules import Rules
from router.turn import Decided, Intent, Turn

_REQUEST = ("escalation", "appeal")


def stages(turn: Turn, case: Case, rules: Rules, owing: Owing) -> tuple[tuple[Decided, ...], tuple[Intent, ...]]:
    """Events and notices, or nothing where nothing was said towards the next stage.

    Dissatisfaction before there is an answer is no escalation: it is what the complaint is about.
    """
    if case.policy is None:
        return (), ()
    policy = rules.policies.by_hash(case.policy)
    stage = following(case, policy)
    said = _elements(turn, stage) if stage else ()
    if stage is None or not said or (case.answered_at is None and "request" not in said):
        return (), ()
    message = turn.message
    asked = Asked(
        elements=said,
        contact_at=message.contact_at,
        received_at=message.received_at,
        message=message.id,
        via=message.channel,
    )
    return escalate(case, policy, stage, owing, asked, cause=message.id, now=turn.now, actor="customer")


def _elements(turn: Turn, stage: Stage) -> tuple[str, ...]:
    """What was said: the request, the dissatisfaction. A mere threat is none. Who asks that a decision is taken anew is
    not satisfied with it: where the policy wants no request, that says enough (A-16)."""
    request = any(want.kind in _REQUEST and want.sure for want in turn.wants)
    unhappy = turn.wants_any("dissatisfaction") or (request and "request" not in stage.needs)
    return tuple(name for name, holds in (("dissatisfaction", unhappy), ("request", request)) if holds)
