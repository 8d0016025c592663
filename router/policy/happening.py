"""Which events can happen under a policy: a clock that begins or ends with one that never does keeps no promise."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from router.policy.model import Policy

NOISE = (
    "clock.",
    "notice.",
    "note.",
    "topic.",
    "contact.joined",
    "contact.revised",
    "contact.moved",
    "complaint.continued",
    "contact.parted",
    "case.linked",
)
"""What no clock begins or ends with: types that begin so."""


def counts(type_: str) -> bool:
    """Whether a clock may begin or end with an event of this type."""
    return not type_.startswith(NOISE)


def never(policy: Policy, event: str) -> tuple[str, str] | None:
    """Why an event never happens under this policy, and what to write instead; None where it may."""
    if not counts(event):
        return "it is told of other things, and is no step of a case", "docs/policies/clauses.md lists the steps."
    rule = _NEEDS.get(event)
    return None if rule is None or rule[0](policy) else (rule[1], rule[2])


def _escalates(policy: Policy) -> bool:
    return any(stage.opens_on == "escalation.requested" for stage in policy.stages)


def _staff(policy: Policy) -> bool:
    return policy.takes("staff")


def _refers(policy: Policy) -> bool:
    return bool(policy.external)


_STAGE = ("no stage opens on escalation.requested", "Add the stage to stages, or take the clock out.")
_BODY = ("external names no body", "Add it to external, or take the clock out.")
_NEEDS: Mapping[str, tuple[Callable[[Policy], bool], str, str]] = {
    "escalation.requested": (_escalates, *_STAGE),
    "escalation_acknowledgement.sent": (_escalates, *_STAGE),
    "reviewer.assigned": (_escalates, *_STAGE),
    "staff.first_contact": (_staff, "the channel staff is not accepted", "Accept it under channels."),
    "extension.told": (
        lambda policy: policy.extend is not None,
        "extend allows none",
        "Say under extend which clocks may be extended, or take the clock out.",
    ),
    "external.referred": (_refers, *_BODY),
    "external.decided": (_refers, *_BODY),
    "survey.due": (
        lambda policy: policy.survey is not None,
        "there is no survey",
        "Add survey, or take the clock out.",
    ),
}
"""Events that need something of the policy."""
