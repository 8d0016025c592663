"""What our own people get: each letter to staff, in one brand's name, in the language of one of its handlers."""

from __future__ import annotations

from datetime import date

from babel.dates import format_skeleton
from babel.units import format_unit

from intake_daemon.command.schema.letters.example import AGAIN, RECEIVED, Example, Told, Values
from router.notices import CUSTOMER, PURPOSES


def to_staff(case: Example) -> Told:
    """Every letter to staff."""
    words, due, extends = case.words, case.at(AGAIN), case.policy.extend is not None
    clause = {"logoscon": "L-12", "welzo": "W-14", "ask4": "A-15", "kontakt": "K-15"}[case.brand]
    shared: Values = {
        "reference": case.reference,
        "brand": case.name,
        "topic": case.say("topics", "service"),
        "language": case.say("languages", case.language),
        "channel": case.say("channels", "email"),
        "received_at": case.at(RECEIVED),
        "team": case.name,
        "reason": case.say("reasons", "skill_language"),
        "words": words["words"],
        "file": "",
        "files": 2,
        "sender": "… <customer@mail.example>",
        "remarks": [],
        "clock": case.say("promises", "result.sent"),
        "due_at": due,
        "basis": case.say("bases", "policy"),
        "clause": clause,
        "can_extend": extends,
        "holding": True,
        "number": "1",
        "task": case.say("tasks", "letter"),
        "words_of_staff": words["task"],
        "parked": 1,
        "aside": 5,
        "command": "answer",
        "month": format_skeleton("yMMMM", date(2026, 11, 15), locale=case.language),
        "received": 41,
        "before": 38,
        "answered": 36,
        "closed": 30,
        "open": 12,
        "open_late": 2,
        "in_time": 40,
        "decided": 41,
        "median": format_unit(6, "duration-day", length="long", locale=case.language),
        "longest": format_unit(21, "duration-day", length="long", locale=case.language),
        "late": 3,
        "again": 4,
        "improvements": 2,
        "mean": "3.8",
        "answers": 9,
        "because": case.say("refusals", "missing"),
        "missing": [case.say("parts", "actions_taken"), case.say("parts", "cause")],
        "instead": [],
        "asker": next(
            each.name
            for each in case.read.staff.handlers.values()
            if each.language == case.language and set(each.brands) == {case.brand}
        ),
        "fields": [{"name": case.say("fields", "ticket_refs"), "value": words["answer"]}],
    }
    entry = {"reference": case.reference, "brand": case.name, "clock": shared["clock"], "due_at": due}
    shared |= {
        "due": [entry],
        "overdue": [{**entry, "clock": case.say("promises", "progress.sent")}],
        "tasks": [{"reference": case.reference, "task": case.say("tasks", "call_back"), "due_at": ""}],
    }
    remarks = [case.say("remarks", code) for code in ("infected", "cut")]
    ways: dict[str, dict[str, Values]] = {
        "assignment": {"": {}, "with something to look at": {"remarks": remarks}},
        "breach": {"": {}, "of a target": {"holding": False, "basis": case.say("bases", "target"), "clause": ""}},
        "consultation": {"": {"words_of_staff": words["question"]}},
        "reported": {
            "": {"missing": [case.say("fields", "customer.contact")]},
            "when nothing is missing": {"missing": []},
        },
        "refusal": {"": {}, "of a wrong value": {"missing": [], "instead": ["complex", "third party"]}},
        "monthly_report": {"": {"command": f"intake report {case.brand} --month 2026-11"}},
        "morning_list": {"": {}, "on a quiet day": {"due": [], "overdue": [], "tasks": [], "parked": 0, "aside": 0}},
    }
    for purpose in (each for each in PURPOSES if each not in CUSTOMER):
        for when, values in ways.get(purpose, {"": {}}).items():
            yield purpose, when, {key: value for key, value in {**shared, **values}.items() if key in PURPOSES[purpose]}
