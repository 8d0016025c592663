"""Values with which every letter is tried before anybody gets one: the longest words, each choice, everything, nothing.

Words of ours come from words.yaml; what a person would write is a text whose lines are longer than a letter's, since a
letter must break them. A date that the policy does not give is a `NoDate`: nothing to ask for, and a fault to print.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import product
from typing import Any

from router.notices.letters import Notices
from router.notices.purposes import CUSTOMER, LETTERS
from router.policy import Policy

_COUNTS = (0, 1, 2, 5, 21)
_LONGEST = date(2026, 9, 30)
"""A day whose name is long in every language."""
_WORDS = "A person wrote this about %s, in more words than one line of a letter holds, and so the letter breaks it."
_CHOICES: Mapping[str, tuple[object, ...]] = {
    "missed": (
        "result.sent",
        "progress.sent",
        "complaint.accepted",
        "review.completed",
        "escalation_acknowledgement.sent",
        "",
    ),
    "spoken": (True, False),
    "can_escalate": (True, False),
    "lacks": ("dissatisfaction", "request", "answer"),
    "why": ("time", "deadlock", ""),
    "how": ("closed", "withdrawn", "declined"),
    "verified": (True, False),
    "late": (True, False),
}
"""Names that hold one of a few values, each of which must make a letter."""


class PromiseError(ValueError):
    """A date was printed that the policy does not give. Its text is the date's name."""


class NoDate:
    """A date that the policy has no clock for: false when asked, an error when printed."""

    def __init__(self, name: str) -> None:
        """`name`: what the letter calls it."""
        self._name = name

    def __bool__(self) -> bool:
        """There is none."""
        return False

    def __str__(self) -> str:
        """Raises PromiseError."""
        raise PromiseError(self._name)


def samples(notices: Notices, purpose: str, policy: Policy, language: str, name: str) -> Iterator[dict[str, Any]]:
    """Values for every try of a letter; the first has everything. `name`: the brand as customers know it."""
    letter = LETTERS[purpose]
    full = {key: value for key, value in _full(notices, purpose, policy, language, name).items() if key in letter.names}
    full |= {key: NoDate(key) for key, dated in letter.dates.items() if not dated(policy)}
    yield full
    if "files" in letter.names:
        yield from ({**full, "files": files} for files in _COUNTS)
    choices = {key: _CHOICES[key] for key in letter.names & _CHOICES.keys()}
    for chosen in product(*choices.values()):
        yield {**full, **dict(zip(choices, chosen, strict=True))}
        yield {**full, **_empty(purpose, full), **dict(zip(choices, chosen, strict=True))}


def _full(notices: Notices, purpose: str, policy: Policy, language: str, name: str) -> dict[str, Any]:
    customer = purpose in CUSTOMER
    say = notices.say(language)
    known = notices.words()[language]
    day = notices.day(_LONGEST, language)
    return {
        "reference": "WLZM-4T7K-Q9MX-2RH0",
        "brand": name,
        "received_at": "30 września 2026, 23:59 (Londyn)",
        "channel": max((say("channels", channel) for channel in policy.channels), key=len),
        "topic": max((say("topics", topic) for topic in policy.topics), key=len),
        "files": 1,
        "says": frozenset(policy.acknowledge.contains),
        "missing": [say("fields", _field(asked.field, asked.parts)) for asked in policy.ask if asked.must],
        "optional": [say("fields", asked.field) for asked in policy.ask if not asked.must],
        "late": True,
        "due_date": day,
        "old_date": day,
        "new_date": day,
        "missed": "result.sent",
        "state": max(known["states"].values(), key=len, default="…"),
        "next_step": _WORDS % "the next step"
        if purpose == "result"
        else max(known["next_steps"].values(), key=len, default="…"),
        "asked": [say("fields", asked.field) for asked in policy.ask],
        "steps": [*known["steps"].values(), _WORDS % "a step"],
        "words_of_staff": _WORDS % "it",
        "bodies": _bodies(purpose, policy),
        "decision": _WORDS % "the decision",
        "reasons": _WORDS % "the reasons",
        "actions_taken": _WORDS % "what was done",
        "spoken": False,
        "can_escalate": True,
        "needs": frozenset(need for stage in policy.stages for need in stage.needs),
        "form": "https://www.example/forms/shop?token=0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEF",
        "address": "Shop Limited, Customer Service Manager, 833, 19-21 Crawford Street, London W1H 1PJ",
        "lacks": "answer",
        "why": "time",
        "how": "declined",
        "unless": frozenset(policy.not_accepted.unless if policy.not_accepted else ()),
        "prefilled": True,
        "verified": True,
        "last_step": max(known["steps"].values(), key=len, default="…"),
        "last_step_at": "30 września 2026, 23:59 (Londyn)",
        "code": "481 516",
        "minutes": 15,
        "link": "https://www.example/survey/0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEF",
        "language": max(known["languages"].values(), key=len),
        "team": "Kontakt online orders and delivery",
        "reason": _WORDS % "the reason" if customer else max(known["reasons"].values(), key=len, default=""),
        "words": "…",
        "sender": "… <…>",
    }


def _bodies(purpose: str, policy: Policy) -> list[dict[str, str]]:
    """The outside bodies that the policy names at this point."""
    event = {"acknowledgement": "acknowledgement.sent", "result": "result.sent"}.get(purpose)
    return [
        {
            "name": policy.bodies[each.body].name,
            "formerly": policy.bodies[each.body].formerly or "",
            "url": policy.bodies[each.body].url,
            "topic": each.topic or "",
            "binds": policy.bodies[each.body].binds or "",
        }
        for each in policy.external
        if event is None or event in each.when
    ]


def _empty(purpose: str, full: Mapping[str, Any]) -> dict[str, Any]:
    """What may be nothing, as nothing."""
    kept = {"reference", "brand", "received_at", "channel", "language", "team"}
    return {key: _nothing(purpose, key, value) for key, value in full.items() if key not in kept}


def _nothing(purpose: str, key: str, value: object) -> object:
    if key in {"words", "sender"} and purpose not in CUSTOMER:
        return None
    return value if isinstance(value, NoDate) else type(value)()


def _field(field: str, parts: tuple[str, ...]) -> str:
    return f"{field}.parts" if parts else field
