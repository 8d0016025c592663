"""What the terminal says of a step: one line with day and local time, company, what happened, and who was told what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from intake_daemon.events import Event

LETTERS = {
    "acknowledgement": "acknowledgement",
    "holding": "holding notice",
    "information_request": "question",
    "progress": "news",
    "extension": "new date",
    "result": "answer",
    "escalation_acknowledgement": "acknowledgement of the next stage",
    "escalation_incomplete": "what lacks for the next stage",
    "external_body": "outside body",
    "closing": "closing",
    "status_answer": "how it stands",
    "addition_receipt": "receipt",
    "survey": "survey",
    "assignment": "assignment",
    "addition": "something new",
    "warning": "warning",
    "breach": "breach",
    "task": "task",
    "refusal": "refusal",
}
"""What letters are called here; any other by its purpose."""
_CUSTOMER = "customer"
_OWED = {
    "acknowledgement.sent": "the acknowledgement",
    "progress.sent": "news for the customer",
    "result.sent": "the answer",
    "complaint.accepted": "acceptance for review",
    "review.completed": "the review",
    "escalation_acknowledgement.sent": "the acknowledgement of the next stage",
}


def line(moment: datetime, company: str, what: str, told: str) -> str:
    """`Fri 20 Nov 09:12 London  ASK4       Kacper Wilk complains … → customer: acknowledgement`. `moment`: local."""
    place = str(moment.tzinfo).rpartition("/")[2]
    said = f"{moment:%a %d %b %H:%M} {place:<7} {company:<10} {what}"
    return f"{said} → {told}" if told else said


def happened(events: Iterable[Event], owed: Mapping[str, str], zone: ZoneInfo) -> str:
    """What the time has brought, of what a person would want to know. `owed`: per clock the event that it awaits."""
    said = []
    for event in events:
        if event.type in {"clock.warned", "clock.breached"} and event.data.get("due"):
            due = datetime.fromisoformat(str(event.data["due"])).astimezone(zone)
            name = str(event.data["clock"])
            thing = _OWED.get(owed.get(name, ""), name)
            stands = f"LATE: {thing} was due" if event.type == "clock.breached" else f"running out: {thing} is due"
            said.append(f"{stands} {due:%a %d %b %H:%M}")
    return "; ".join(dict.fromkeys(said))


def told(notices: Iterable[Mapping[str, Any]], names: Mapping[str, str], promised: str) -> str:
    """Who got which letters, the customer first. `names`: of staff; `promised`: what the customer's letters promise."""
    by: dict[str, list[str]] = {}
    for each in sorted(notices, key=lambda each: each["to"] != _CUSTOMER):
        called = LETTERS.get(each["purpose"], each["purpose"].replace("_", " "))
        theirs = each["to"] == _CUSTOMER
        who = _CUSTOMER if theirs else names.get(each["to"], each["to"])
        by.setdefault(who, []).append(f"{called} ({each['language']}{promised})" if theirs else called)
    return "; ".join(f"{who}: {', '.join(letters)}" for who, letters in by.items())


def promises(events: Iterable[Event]) -> str:
    """The days that were printed to the customer."""
    days: dict[str, None] = {}
    for event in events:
        for day in (event.data.get("printed") or {}).values():
            days[str(day)] = None
        if event.type == "extension.told":
            days[str(event.data["due"])] = None
    return "".join(f", promises {datetime.fromisoformat(day):%a %d %b}" for day in days)
