"""What a customer can get: each letter that the brand sends, in every way in which it can be sent."""

from __future__ import annotations

from datetime import date

from intake_daemon.command.schema.letters.example import AGAIN, RECEIVED, STEP, Example, Told, Values
from router.notices import CUSTOMER, LETTERS, PURPOSES
from router.notices.purposes import HEARD


def to_customer(case: Example) -> Told:
    """Every letter that this brand sends, each in every way in which it can be sent."""
    ways = _ways(case)
    shared = _customer_values(case)
    for purpose in CUSTOMER:
        if LETTERS[purpose].needed(case.policy):
            for when, values in ways.get(purpose, {"": {}}).items():
                named = PURPOSES[purpose]
                yield purpose, when, {key: value for key, value in {**shared, **values}.items() if key in named}


def _customer_values(case: Example) -> Values:
    policy, words = case.policy, case.words
    return {
        "reference": case.reference,
        "brand": case.name,
        "received_at": case.at(RECEIVED),
        "channel": case.say("channels", case.written["channel"]),
        "topic": case.say("topics", case.written["topic"]),
        "files": 2,
        "says": frozenset(policy.acknowledge.contains),
        "missing": [_asked(case, each.field, each.parts) for each in policy.ask if each.must][-1:],
        "optional": [_asked(case, each.field, each.parts) for each in policy.ask if not each.must],
        "asked": [_asked(case, each.field, each.parts) for each in policy.ask if each.must][:1],
        "bodies": [],
        "due_date": "",
        "late": False,
        "state": case.say("states", "investigating"),
        "next_step": case.say("next_steps", "investigating"),
        "last_step": case.say("steps", "consult"),
        "last_step_at": case.at(STEP),
        "steps": [case.say("steps", step) for step in ("assign", "consult")],
        "words_of_staff": words["progress"],
        "decision": words["decision"],
        "reasons": words["reasons"],
        "actions_taken": words["actions_taken"],
        "spoken": False,
        "can_escalate": False,
        "needs": frozenset(need for stage in policy.stages for need in stage.needs),
        "form": case.form,
        "address": case.address,
        "unless": frozenset(policy.not_accepted.unless if policy.not_accepted else ()),
        "prefilled": True,
        "status_url": "",
        "code": "481 516",
        "minutes": 15,
        "link": f"{case.form.partition('/forms/')[0]}/survey/{_LINK}",
    }


_LINK = "3vXk81QyT0aB"
"""What a link carries; in truth longer. It opens nothing."""
Ways = dict[str, Values]
"""What is particular to each way in which a letter can be sent; the usual way has no name."""


def _ways(case: Example) -> dict[str, Ways]:
    """The letters that can be sent in several ways, and those that need words of their own."""
    words = case.words
    soon, result = case.day(HEARD), case.day({"result.sent"})
    return {
        "acknowledgement": _acknowledgements(case, soon),
        "acknowledgement_short": _short(case),
        "holding": _holdings(case),
        "information_request": {"": {"words_of_staff": words["question"]}},
        "progress": {"": {"due_date": result}},
        "extension": {
            "": {
                "old_date": result,
                "new_date": case.day({"result.sent"}, later=14),
                "reason": case.say("extension_reasons", words.get("extension", "complex")),
            }
        },
        "result": _results(case),
        "redirect": {"": {"form": f"{case.form}?lang={case.language}&start={_LINK}"}},
        "redirect_short": _both({"form": f"{case.form}?lang={case.language}&start={_LINK}"}),
        "status_answer_short": _states(case),
        "rights_extension": {
            "": {
                "old_date": case.read.notices.day(date(2026, 12, 21), case.language),
                "new_date": case.read.notices.day(date(2027, 2, 1), case.language),
                "reason": case.say("extension_reasons", "complex"),
            }
        },
        "escalation_acknowledgement": {
            "": {"received_at": case.at(AGAIN), "due_date": case.day({"result.sent"}, stage=2)}
        },
        "escalation_incomplete": _incomplete(case, result),
        "external_body": _elsewhere(case),
        "closing": {
            "closed": {"how": "closed", "words_of_staff": ""},
            "withdrawn": {"how": "withdrawn", "words_of_staff": ""},
            "help declined": {"how": "declined", "words_of_staff": words["declined"], "bodies": _bodies(case)},
        },
        "status_answer": {
            "": {"verified": True, "due_date": soon},
            "when we are late": {"verified": True, "late": True},
            "to somebody we do not know": {
                "verified": False,
                "status_url": case.form.partition("/forms/")[0] + "/status",
            },
        },
    }


def _acknowledgements(case: Example, soon: str) -> Ways:
    ways: Ways = {"": {"due_date": soon}}
    if bodies := _bodies(case, "acknowledgement.sent"):
        topic = case.say("topics", "data_protection")
        ways["about personal data"] = {"due_date": soon, "topic": topic, "bodies": bodies}
    ways["when it is late"] = {"due_date": soon, "late": True, "missing": [], "optional": []}
    return ways


def _short(case: Example) -> Ways:
    figures, due = case.read.notices.figures, case.due(HEARD)
    told = {
        "received_at": f"{figures(RECEIVED.date(), case.language)} {RECEIVED:%H:%M}",
        "due_date": figures(due, case.language) if due and "due_date" in case.policy.acknowledge.contains else "",
        "channel": case.say("channels", "sms"),
        "status_url": case.form.partition("/forms/")[0] + "/status",
        "brief": False,
    }
    return _both(told)


def _both(told: Values) -> Ways:
    """A short letter, with all of it and with what an SMS has room for."""
    return {
        "in a chat, and by SMS while it fits": {**told, "brief": False},
        "by SMS that would be longer": {**told, "brief": True},
    }


def _states(case: Example) -> Ways:
    due = case.due(HEARD)
    page = {"status_url": case.form.partition("/forms/")[0] + "/status"}
    day = case.read.notices.figures(due, case.language) if due else ""
    known = _both({**page, "verified": True, "due_date": day})
    return {**known, "to somebody we do not know": {**page, "verified": False, "brief": False}}


def _holdings(case: Example) -> Ways:
    """By what is late; the acknowledgement that is late is an acknowledgement."""
    clocks = [clock for clock in case.policy.clocks if clock.basis == "policy" and clock.within]
    missed = dict.fromkeys(clock.until for clock in clocks if clock.until != "acknowledgement.sent")
    ways: Ways = {}
    for until in missed or ["result.sent"]:
        state = {"complaint.accepted": "received", "escalation_acknowledgement.sent": "escalated"}.get(until)
        ways[case.read.notices.say("en")("promises", until)] = {
            "missed": until,
            "state": case.say("states", state or "investigating"),
            "next_step": case.say("next_steps", state or "investigating"),
        }
    return ways


def _results(case: Example) -> Ways:
    escalates = any(stage.opens_on for stage in case.policy.stages)
    answer = {"next_step": case.words["next_step"], "can_escalate": escalates, "steps": []}
    named = _bodies(case, "result.sent")
    elsewhere = [body for body in named if not body["topic"]]
    ways: Ways = {"the first answer": answer} if escalates else {}
    if about := [body for body in named if body["topic"]]:
        ways["about personal data"] = {**answer, "bodies": about}
    steps = [case.say("steps", step) for step in ("assign", "consult")]
    last = {**answer, "can_escalate": False, "steps": steps, "bodies": elsewhere}
    ways["the final answer" if escalates else ""] = last
    ways["when it was told orally before"] = {**answer, "spoken": True}
    return ways


def _incomplete(case: Example, result: str) -> Ways:
    lacking = {"dissatisfaction": "what is wrong with our answer", "request": "a request"}
    needs = [need for stage in case.policy.stages for need in stage.needs]
    ways: Ways = {f"without {lacking[need]}": {"lacks": need} for need in needs}
    return {**ways, "before our answer": {"lacks": "answer", "due_date": result}}


def _elsewhere(case: Example) -> Ways:
    told = {when for each in case.policy.external for when in each.when}
    ways: Ways = {"at a person's word": {"why": "", "bodies": _bodies(case)}}
    if "deadlock" in told:
        ways["when there is no further step"] = {"why": "deadlock", "bodies": _bodies(case)}
    if any(when.startswith("overlay.") for when in told):
        ways["when it takes too long"] = {"why": "time", "bodies": _bodies(case)}
    return ways


def _asked(case: Example, field: str, parts: tuple[str, ...]) -> str:
    return case.say("fields", f"{field}.parts" if parts else field)


def _bodies(case: Example, event: str = "") -> list[Values]:
    """The outside bodies that the policy names at this point; without a point, those that it names for every topic."""
    found = [(case.policy.bodies[each.body], each) for each in case.policy.external]
    return [
        {
            "name": body.name,
            "formerly": body.formerly or "",
            "url": body.url,
            "topic": each.topic or "",
            "binds": body.binds or "",
        }
        for body, each in found
        if (event in each.when if event else not each.topic)
    ]
