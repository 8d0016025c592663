"""Values with which every letter is tried before anybody gets one: the longest words, each choice, everything, nothing.

Words of ours come from words.yaml; what a person would write is a text whose lines are longer than a letter's, since a
letter must break them. A date that the policy does not give is a `NoDate`: nothing to ask for, and a fault to print.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from itertools import product
from typing import Any

from router.notices.letters import Notices
from router.notices.purposes import CUSTOMER, LETTERS
from router.policy import Policy

_COUNTS: Mapping[str, tuple[int, ...]] = {
    "files": (0, 1, 2, 5, 21),
    "minutes": (1, 2, 15, 21),
    "parked": (0, 1, 2, 5, 21),
    "aside": (0, 1, 2, 5, 21),
}
"""Names that hold a number, and those that want other words in some language."""
_CHOICES: Mapping[str, tuple[object, ...]] = {
    "late": (True, False),
    "brief": (True, False),
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
    "can_extend": (True, False),
    "holding": (True, False),
}
"""Names that hold one of a few values, each of which must make a letter."""
_MOMENT = datetime(2026, 9, 30, 22, 59, tzinfo=UTC)
"""Its day and month are long in every language."""
_TZ = "Europe/London"
_REFERENCE = "WLZM-4T7K-Q9MX-2RH0"
_TOKEN = "0123456789abcdefghijklmnopqrstuvwxyz0123456789ABCDEF"  # noqa: S105 -- it opens nothing


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
    known = {"reference": _REFERENCE, "brand": name, **_shared(notices, policy, language)}
    known |= _to_customer(notices, purpose, policy, language) if purpose in CUSTOMER else _to_staff(notices, language)
    full = {key: known[key] for key in letter.names}
    full |= {key: NoDate(key) for key, dated in letter.dates.items() if not dated(policy)}
    yield full
    for key in sorted(letter.names & _COUNTS.keys()):
        yield from ({**full, key: count} for count in _COUNTS[key])
    choices = {key: _CHOICES[key] for key in sorted(letter.names & _CHOICES.keys())}
    for chosen in product(*choices.values()):
        yield {**full, **dict(zip(choices, chosen, strict=True))}
        yield {**full, **_empty(purpose, full), **dict(zip(choices, chosen, strict=True))}


def _shared(notices: Notices, policy: Policy, language: str) -> dict[str, Any]:
    say = notices.say(language)
    return {
        "received_at": notices.moment(_MOMENT, language, _TZ),
        "channel": max((say("channels", channel) for channel in policy.channels), key=len),
        "topic": max((say("topics", topic) for topic in policy.topics), key=len),
        "files": 1,
        "words_of_staff": _written("what a person of ours wrote"),
    }


def _to_customer(notices: Notices, purpose: str, policy: Policy, language: str) -> dict[str, Any]:
    say, longest = notices.say(language), _longest(notices, language)
    day = notices.day(_MOMENT.date(), language)
    return {
        "says": frozenset(policy.acknowledge.contains),
        "missing": [say("fields", _field(asked.field, asked.parts)) for asked in policy.ask if asked.must],
        "optional": [say("fields", asked.field) for asked in policy.ask if not asked.must],
        "asked": [say("fields", asked.field) for asked in policy.ask],
        "late": True,
        "status_url": "https://complaints.example/status",
        "brief": False,
        "due_date": day,
        "old_date": day,
        "new_date": day,
        "missed": "",
        "state": longest("states"),
        "next_step": _written("what happens next") if purpose == "result" else longest("next_steps"),
        "last_step": longest("steps"),
        "last_step_at": notices.moment(_MOMENT, language, _TZ),
        "steps": [longest("steps"), _written("a step")],
        "reason": _written("the reason"),
        "decision": _written("the decision"),
        "reasons": _written("the reasons"),
        "actions_taken": _written("what was done"),
        "spoken": False,
        "can_escalate": True,
        "needs": frozenset(need for stage in policy.stages for need in stage.needs),
        "form": f"https://www.example/forms/shop?token={_TOKEN}",
        "address": "Shop Limited, Customer Service Manager, 833, 19-21 Crawford Street, London W1H 1PJ",
        "bodies": _bodies(purpose, policy),
        "lacks": "answer",
        "why": "time",
        "how": "declined",
        "unless": frozenset(policy.not_accepted.unless if policy.not_accepted else ()),
        "prefilled": True,
        "verified": True,
        "code": "481 516",
        "minutes": 15,
        "link": f"https://www.example/survey/{_TOKEN}",
    }


def _to_staff(notices: Notices, language: str) -> dict[str, Any]:
    longest = _longest(notices, language)
    due_at = notices.moment(_MOMENT, language, _TZ)
    due = {"reference": _REFERENCE, "brand": "log.oscon", "clock": longest("promises"), "due_at": due_at}
    return {
        "language": longest("languages"),
        "team": "Kontakt online orders and delivery",
        "reason": longest("reasons"),
        "words": "…",
        "file": "…",
        "sender": "… <…>",
        "remarks": [longest("remarks"), longest("remarks")],
        "clock": longest("promises"),
        "due_at": due_at,
        "basis": longest("bases"),
        "clause": "W-25",
        "can_extend": True,
        "holding": True,
        "task": longest("tasks"),
        "number": "12",
        "due": [due],
        "overdue": [due, due],
        "tasks": [{"reference": _REFERENCE, "task": longest("tasks"), "due_at": due_at}],
        "parked": 1,
        "aside": 1,
        "command": "extend",
        **_MONTH,
        "because": longest("refusals"),
        "missing": [longest("parts")],
        "instead": ["complex", "third party"],
        "asker": "Carolina Sá Nogueira",
        "fields": [{"name": longest("fields"), "value": _written("a field")}],
    }


_MONTH: Mapping[str, Any] = {
    "month": "September 2026",
    "received": 41,
    "before": 38,
    "answered": 36,
    "closed": 30,
    "open": 12,
    "open_late": 2,
    "in_time": 40,
    "decided": 41,
    "median": "6 days",
    "longest": "21 days",
    "late": 3,
    "again": 4,
    "improvements": 2,
    "mean": "3.8",
    "answers": 9,
}
"""What a month's report says."""


def _written(about: str) -> str:
    return f"This is about {about}, in more words than one line of a letter holds, so that the letter has to break it."


def _longest(notices: Notices, language: str) -> Callable[[str], str]:
    known = notices.words()[language]
    return lambda group: max(known[group].values(), key=len, default="…")


def _bodies(purpose: str, policy: Policy) -> list[dict[str, str]]:
    """The outside bodies that the policy names at this point."""
    acknowledged = "acknowledgement.sent"
    event = {
        "acknowledgement": acknowledged,
        "acknowledgement_short": acknowledged,
        "result": "result.sent",
    }.get(purpose)
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
    kept = {"reference", "brand", "received_at", "channel", "language", "team", "old_date", "new_date"}
    return {key: _nothing(purpose, key, value) for key, value in full.items() if key not in kept}


def _nothing(purpose: str, key: str, value: object) -> object:
    if key in {"words", "sender"} and purpose not in CUSTOMER:
        return None
    return value if isinstance(value, NoDate) else type(value)()


def _field(field: str, parts: tuple[str, ...]) -> str:
    return f"{field}.parts" if parts else field
