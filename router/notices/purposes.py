"""What letters there are: the names that each may use, who needs it, and what it must not leave out.

One row a purpose. To a customer no name can hold what a customer typed; `words_of_staff`, and the parts of an answer,
hold what a person of ours wrote or approved. Dates come as words (`Notices.day`), and only where the policy has a clock
that gives one: for any other policy a letter that prints one is a fault (R-11).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from types import MappingProxyType
from typing import NamedTuple

from router.policy import Policy


def _always(_policy: Policy) -> bool:
    return True


def _nothing(_policy: Policy) -> frozenset[str]:
    return frozenset()


class Letter(NamedTuple):
    """One purpose: what a letter of it may say, and must."""

    names: frozenset[str]
    """Every name that its texts may use."""
    needed: Callable[[Policy], bool] = _always
    """Whether a brand with this policy ever sends it; a text of its own for one that never does is a fault."""
    dates: Mapping[str, Callable[[Policy], bool]] = MappingProxyType({})
    """Its names of dates, and whether a policy has the clock that gives one."""
    must: Callable[[Policy], frozenset[str]] = _nothing
    """Names whose values stand in the letter wherever they have one."""


def _names(*words: str) -> frozenset[str]:
    return frozenset({"reference", "brand"}.union(*(word.split() for word in words)))


HEARD = frozenset({"progress.sent", "result.sent"})
"""What a date in a letter is about: that we write. When we finish a step inside (K-20 K-22) is no such date."""
_RESULT = frozenset({"result.sent"})


def _promised(policy: Policy, until: Collection[str] = HEARD, *, stages: Callable[[int], bool] = bool) -> bool:
    """Whether the policy's own word, not a target or a law, gives a date by which the customer hears from us."""
    return any(
        clock.basis == "policy" and clock.within is not None and clock.until in until and stages(clock.stage)
        for clock in policy.clocks
    )


def _extends(policy: Policy) -> bool:
    return policy.extend is not None


def _law_extends(policy: Policy) -> bool:
    """Whether a law lets a term of its own be extended (GDPR-01)."""
    return any(clock.extend is not None for law in policy.law.values() for clock in law.clocks)


def _needs(policy: Policy) -> frozenset[str]:
    """What the notice of an extension must hold (W-25 K-16), by what its letter calls it."""
    called = {"progress": "words_of_staff", "reason": "reason", "new_date": "new_date"}
    return frozenset(called[need] for need in (policy.extend.needs if policy.extend else ()) if need in called)


def _escalates(policy: Policy) -> bool:
    return any(stage.opens_on for stage in policy.stages)


def _named(policy: Policy, event: str) -> bool:
    return any(event in each.when for each in policy.external)


_STATED = frozenset({"decision", "reasons", "actions_taken", "next_step"})
"""What an answer states (L-12 W-15 K-17)."""


def _first(stage: int) -> bool:
    return stage == 1


def _later(stage: int) -> bool:
    return stage > 1


# --- to customers -----------------------------------------------------------------------------------------------------

_CUSTOMER: dict[str, Letter] = {
    "acknowledgement": Letter(
        _names("received_at channel topic files says missing optional bodies due_date late"),
        dates={
            "due_date": lambda policy: "due_date" in policy.acknowledge.contains and _promised(policy, stages=_first)
        },
        must=lambda policy: frozenset({"reference", *(["bodies"] if _named(policy, "acknowledgement.sent") else [])}),
    ),
    "acknowledgement_short": Letter(
        _names("received_at channel topic files says missing optional bodies due_date late status_url brief"),
        dates={
            "due_date": lambda policy: "due_date" in policy.acknowledge.contains and _promised(policy, stages=_first)
        },
        must=lambda policy: frozenset({"reference", *(["bodies"] if _named(policy, "acknowledgement.sent") else [])}),
    ),
    "holding": Letter(
        _names("missed state next_step"),
        must=lambda _policy: frozenset({"reference", "state", "next_step"}),
    ),
    "information_request": Letter(
        _names("asked words_of_staff"),
        must=lambda _policy: frozenset({"reference", "asked", "words_of_staff"}),
    ),
    "progress": Letter(
        _names("steps words_of_staff due_date"),
        dates={"due_date": lambda policy: _promised(policy, until=_RESULT, stages=_first)},
        must=lambda _policy: frozenset({"reference", "steps", "words_of_staff", "due_date"}),
    ),
    "extension": Letter(
        _names("reason words_of_staff old_date new_date"),
        needed=_extends,
        dates={"old_date": _extends, "new_date": _extends},
        must=lambda policy: frozenset({"reference"}) | _needs(policy),
    ),
    "rights_extension": Letter(
        _names("reason old_date new_date"),
        needed=_law_extends,
        dates={"old_date": _law_extends, "new_date": _law_extends},
        must=lambda _policy: frozenset({"reference", "reason", "new_date"}),
    ),
    "result": Letter(
        _names("decision reasons actions_taken next_step steps can_escalate needs form address bodies spoken"),
        must=lambda policy: (
            frozenset({"reference", "steps", *_STATED.intersection(policy.result.must_state)})
            | (frozenset({"form", "address"}) if _escalates(policy) else frozenset())
            | (frozenset({"bodies"}) if _named(policy, "result.sent") else frozenset())
        ),
    ),
    "escalation_acknowledgement": Letter(
        _names("received_at due_date"),
        needed=_escalates,
        dates={"due_date": lambda policy: _promised(policy, until=_RESULT, stages=_later)},
        must=lambda _policy: frozenset({"reference", "received_at", "due_date"}),
    ),
    "escalation_incomplete": Letter(
        _names("lacks due_date"),
        needed=_escalates,
        dates={"due_date": lambda policy: _promised(policy, until=_RESULT, stages=_first)},
        must=lambda _policy: frozenset({"reference", "due_date"}),
    ),
    "external_body": Letter(
        _names("why received_at bodies"),
        needed=lambda policy: bool(policy.external),
        must=lambda _policy: frozenset({"reference", "received_at", "bodies"}),
    ),
    "closing": Letter(
        _names("how words_of_staff bodies"),
        must=lambda policy: frozenset({"reference", "words_of_staff", *(["bodies"] if policy.external else [])}),
    ),
    "redirect": Letter(
        _names("channel form address unless prefilled"),
        needed=lambda policy: policy.not_accepted is not None,
        must=lambda _policy: frozenset({"reference", "form", "address"}),
    ),
    "status_answer": Letter(
        _names("verified state next_step last_step last_step_at due_date late status_url"),
        dates={"due_date": _promised},
        must=lambda _policy: frozenset({"reference", "state", "next_step", "last_step", "last_step_at", "due_date"}),
    ),
    "status_code": Letter(_names("code minutes"), must=lambda _policy: frozenset({"reference", "code"})),
    "redirect_short": Letter(
        _names("channel form address unless prefilled brief"),
        needed=lambda policy: policy.not_accepted is not None,
        must=lambda _policy: frozenset({"reference", "form", "address"}),
    ),
    "status_answer_short": Letter(
        _names("verified state next_step last_step last_step_at due_date late status_url brief"),
        dates={"due_date": _promised},
        must=lambda _policy: frozenset({"reference", "state", "next_step", "last_step", "last_step_at", "due_date"}),
    ),
    "status_code_short": Letter(_names("code minutes"), must=lambda _policy: frozenset({"reference", "code"})),
    "question": Letter(_names(), must=lambda _policy: frozenset({"brand"})),
    "addition_receipt": Letter(_names(), must=lambda _policy: frozenset({"reference"})),
    "survey": Letter(
        _names("link"),
        needed=lambda policy: policy.survey is not None,
        must=lambda _policy: frozenset({"reference", "link"}),
    ),
}

# --- to staff ---------------------------------------------------------------------------------------------------------

_CASE = "topic language received_at"
_CONTACT = "channel team reason words files sender remarks"
_STAFF: dict[str, Letter] = {
    "assignment": Letter(_names(_CASE, _CONTACT, "file"), must=lambda _policy: frozenset({"reference", "remarks"})),
    "addition": Letter(_names(_CASE, _CONTACT), must=lambda _policy: frozenset({"reference", "remarks"})),
    "warning": Letter(
        _names(_CASE, "clock due_at basis clause can_extend"),
        must=lambda _policy: frozenset({"reference", "clock", "due_at", "basis", "clause"}),
    ),
    "breach": Letter(
        _names(_CASE, "clock due_at basis clause can_extend holding"),
        must=lambda _policy: frozenset({"reference", "clock", "due_at", "basis", "clause"}),
    ),
    "task": Letter(
        _names("topic task due_at words_of_staff number"),
        must=lambda _policy: frozenset({"reference", "task", "due_at", "words_of_staff", "number"}),
    ),
    "morning_list": Letter(
        frozenset({"due", "overdue", "tasks", "parked", "aside"}),
        must=lambda _policy: frozenset({"due", "overdue", "tasks"}),
    ),
    "monthly_report": Letter(
        frozenset(
            "brand month received before answered closed open open_late in_time decided median longest late again "
            "improvements mean answers command".split()
        ),
        must=lambda _policy: frozenset({"brand", "month", "received", "answered", "open", "late", "command"}),
    ),
    "refusal": Letter(
        _names("command because missing clause instead"),
        must=lambda _policy: frozenset({"reference", "command", "because", "missing", "clause", "instead"}),
    ),
    "reported": Letter(
        _names("received_at missing"),
        must=lambda _policy: frozenset({"reference", "missing"}),
    ),
    "consultation": Letter(
        _names("asker words_of_staff fields"),
        must=lambda _policy: frozenset({"reference", "asker", "words_of_staff", "fields"}),
    ),
}

SHORT = "_short"
"""How the short form of a letter ends; without one the letter goes as it is."""
LETTERS: Mapping[str, Letter] = MappingProxyType({**_CUSTOMER, **_STAFF})
"""Every letter."""
CUSTOMER: Mapping[str, frozenset[str]] = MappingProxyType({name: each.names for name, each in _CUSTOMER.items()})
"""Letters to customers, and the names that each may use."""
PURPOSES: Mapping[str, frozenset[str]] = MappingProxyType({name: each.names for name, each in LETTERS.items()})
"""Every letter and its names."""
