"""The values of the customer's letters, purpose by purpose (router/notices/purposes.py lists their names)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from typing import Any

from router.contact import absent
from router.letters import dates, links
from router.letters.shared import Letter
from router.notices.purposes import HEARD

_RESULT = frozenset({"result.sent"})
Made = tuple[dict[str, Any], dict[str, date]]
"""Values, and the dates that they print by clock id."""


def values(letter: Letter, purpose: str = "") -> Made:
    """The values of a letter, or of another form of it. Raises KeyError for a purpose that no customer gets."""
    made = _MAKES[purpose or letter.intent.purpose](letter)
    shared = letter.shared(letter.case.received_at or letter.message.contact_at)
    return {**shared, **made[0]}, made[1]


def _dated(letter: Letter, *, sent: str = "", until: frozenset[str] = HEARD, name: str = "due_date") -> Made:
    found = dates.promised(letter, until, sent=sent)
    if found is None:
        return {name: ""}, {}
    clock, day = found
    return {name: letter.rules.notices.day(day, letter.intent.language)}, {clock: day}


def _with(made: Made, **more: object) -> Made:
    return {**made[0], **more}, made[1]


def _plain(names: Callable[[Letter], dict[str, Any]]) -> Callable[[Letter], Made]:
    return lambda letter: (names(letter), {})


def _acknowledgement(letter: Letter) -> Made:
    """W-07 W-08 W-09 A-13 K-11 K-19: what the policy's `acknowledge.contains` says, and the next date."""
    case, policy, message = letter.case, letter.policy, letter.message
    optional = [ask.field for ask in policy.ask if not ask.must and absent(message, ask.field, ask.parts)]
    says = frozenset(policy.acknowledge.contains)
    made: Made = ({"due_date": ""}, {})
    if "due_date" in says:
        made = _dated(letter, sent=letter.intent.sends)
    overdue = any(
        state.late and state.clock.until == letter.intent.sends and state.clock.basis == "policy"
        for state in dates.clocks(letter)
    )
    return _with(
        made,
        says=says,
        missing=wanted(letter, case.missing),
        optional=[letter.say("fields", field) for field in optional],
        late=overdue,
        bodies=letter.bodies("acknowledgement.sent"),
    )


def wanted(letter: Letter, fields: Iterable[str]) -> list[str]:
    """What we ask the customer for, as the letter's language calls it."""
    parts = letter.rules.name_in_parts(letter.case.brand)
    named = ("customer.name.parts" if each == "customer.name" and parts else each for each in fields)
    return [letter.say("fields", each) for each in named if each != "words"]


def _short(letter: Letter) -> Made:
    """The same in figures, for a telephone or a chat."""
    found, printed = _acknowledgement(letter)
    language, notices = letter.intent.language, letter.rules.notices
    received = (letter.case.received_at or letter.message.contact_at).astimezone(_zone(letter))
    base = letter.rules.base_url
    short = {
        "received_at": f"{notices.figures(received.date(), language)} {received:%H:%M}",
        "status_url": f"{base}/status" if base else "",
        "brief": False,
    }
    for day in printed.values():
        short["due_date"] = notices.figures(day, language)
    return {**found, **short}, printed


def _state(letter: Letter) -> dict[str, Any]:
    return {
        "state": letter.say("states", letter.case.state),
        "next_step": letter.say("next_steps", letter.case.state),
    }


def _holding(letter: Letter) -> dict[str, Any]:
    """L-13 W-25 ISO-03: how it stands and what comes next, without a new date."""
    return {"missed": letter.intent.data.get("until", ""), **_state(letter)}


def _words(letter: Letter) -> str:
    return str(letter.said.get("words", "")).strip()


def _progress(letter: Letter) -> Made:
    """L-13 A-14 K-23: what a person wrote, the steps so far, and the day of the answer."""
    made = _dated(letter, sent=letter.intent.sends, until=_RESULT)
    steps = [letter.say("steps", step) for step in letter.intent.data.get("steps", ())]
    return _with(made, steps=steps, words_of_staff=_words(letter))


def _extension(letter: Letter) -> Made:
    """W-25 K-16: the reason, how far we are, the old and the new date."""
    data = letter.intent.data
    new = date.fromisoformat(data["due"])
    old = datetime.fromisoformat(data["before"]).astimezone(_zone(letter)).date() if data.get("before") else new
    code = str(data.get("reason", ""))
    reason = str(letter.said.get("reason", "")).strip() or letter.say("extension_reasons", code)
    day = letter.rules.notices.day
    found = {
        "reason": reason,
        "words_of_staff": str(letter.said.get("progress", "")).strip(),
        "old_date": day(old, letter.intent.language),
        "new_date": day(new, letter.intent.language),
    }
    return found, {str(data["clock"]): new}


def _zone(letter: Letter) -> Any:  # noqa: ANN401 -- zoneinfo's own
    return letter.rules.calendars[letter.policy.calendar].zone


def _escalation(letter: Letter) -> dict[str, Any]:
    """W-16 W-17 A-16: how to go on, where another stage comes."""
    case, policy = letter.case, letter.policy
    following = next((stage for stage in policy.stages if stage.id == case.stage + 1), None)
    addresses = [rule.address for name, rule in policy.channels.items() if name == "letter" and rule.address]
    brand, rules = case.brand, letter.rules
    form = (
        f"{rules.base_url}/forms/{brand}"
        if rules.base_url and "web_form" in (following.via if following else ())
        else ""
    )
    return {
        "can_escalate": following is not None,
        "needs": frozenset(following.needs) if following else frozenset(),
        "form": form,
        "address": addresses[0] if addresses and following and "letter" in following.via else "",
    }


def _result(letter: Letter) -> dict[str, Any]:
    """L-12 W-12 W-15 A-15 K-17: decision, reasons, what was done, what comes next."""
    said = {
        name: str(letter.said.get(name, "")).strip() for name in ("decision", "reasons", "actions_taken", "next_step")
    }
    steps = [letter.say("steps", step) for step in letter.case.steps] if letter.policy.tell.progress else []
    spoken = bool(letter.intent.data.get("oral"))
    return {**said, "steps": steps, "spoken": spoken, "bodies": letter.bodies("result.sent"), **_escalation(letter)}


def _request(letter: Letter) -> dict[str, Any]:
    """L-10 K-14: what is asked; no clock waits for it."""
    asked = [letter.say("fields", field) for field in letter.intent.data.get("asked", ()) if field != "words"]
    return {"asked": asked, "words_of_staff": _words(letter)}


def _next_stage(letter: Letter) -> Made:
    """W-24 A-16: when the wish for the next stage reached us, and the day of that stage's answer."""
    asked = [each.at for each in letter.case.moments if each.type == "escalation.requested"]
    made = _dated(letter, sent=letter.intent.sends, until=_RESULT)
    return _with(made, received_at=letter.moment(asked[-1])) if asked else made


def _incomplete(letter: Letter) -> Made:
    """W-16 W-17: what lacks; the day of the first answer only where that is what is waited for."""
    lacks = str(letter.intent.data["lacks"])
    made = _dated(letter, until=_RESULT) if lacks == "answer" else ({"due_date": ""}, {})
    return _with(made, lacks=lacks)


def _closing(letter: Letter) -> dict[str, Any]:
    """A-05: how it ended; reasons and outside bodies where further help is declined."""
    how = str(letter.intent.data.get("how", "closed"))
    bodies = letter.bodies("result.sent", last=True) if how == "declined" else []
    return {"how": how, "words_of_staff": _words(letter), "bodies": bodies}


def _body(letter: Letter) -> dict[str, Any]:
    """A-17: where else one can turn."""
    why = str(letter.intent.data.get("why", ""))
    event = {"deadlock": "deadlock", "time": f"overlay.{letter.intent.data.get('law', '')}"}.get(why, "result.sent")
    return {"why": why, "bodies": letter.bodies(event, last=event != "result.sent")}


def _status(letter: Letter) -> Made:
    """K-19: state, last step, next date. To somebody unknown nothing but how to be known."""
    verified = bool(letter.intent.data.get("verified"))
    if not verified:
        empty = {"verified": False, "state": "", "next_step": "", "last_step": "", "last_step_at": ""}
        base = letter.rules.base_url
        return {**empty, "due_date": "", "late": False, "status_url": f"{base}/status" if base else ""}, {}
    behind = dates.late(letter)
    made: Made = ({"due_date": ""}, {}) if behind else _dated(letter)
    step = letter.case.steps[-1] if letter.case.steps else ""
    done = next((each.at for each in reversed(letter.case.moments) if _STEPS.get(each.type) == step), None)
    last = {"last_step": letter.say("steps", step), "last_step_at": letter.moment(done)} if step and done else {}
    return _with(
        made,
        **{
            "verified": True,
            "status_url": "",
            "late": behind,
            "last_step": "",
            "last_step_at": "",
            **_state(letter),
            **last,
        },
    )


_STEPS = {"complaint.accepted": "accept", "review.completed": "review", "result.sent": "answer"}


def _redirect(letter: Letter) -> dict[str, Any]:
    """A-12: where a complaint is taken."""
    policy, rules = letter.policy, letter.rules
    offer = policy.not_accepted.offer if policy.not_accepted else ()
    address = next((rule.address for name, rule in policy.channels.items() if name == "letter" and rule.address), "")
    address = address or rules.postal.get(letter.case.brand, "")
    form, prefilled = links.form(letter) if "web_form" in offer else ("", False)
    return {
        "form": form,
        "address": address if "letter" in offer else "",
        "unless": frozenset(policy.not_accepted.unless if policy.not_accepted else ()),
        "prefilled": prefilled,
    }


def _status_short(letter: Letter) -> Made:
    """The same in figures; where more is told is a page of ours."""
    found, printed = _status(letter)
    language, notices = letter.intent.language, letter.rules.notices
    base = letter.rules.base_url
    short: dict[str, Any] = {"status_url": f"{base}/status" if base else "", "brief": False}
    for day in printed.values():
        short["due_date"] = notices.figures(day, language)
    return {**found, **short}, printed


_MAKES: Mapping[str, Callable[[Letter], Made]] = {
    "acknowledgement": _acknowledgement,
    "acknowledgement_short": _short,
    "holding": _plain(_holding),
    "information_request": _plain(_request),
    "progress": _progress,
    "extension": _extension,
    "rights_extension": _extension,
    "result": _plain(_result),
    "escalation_acknowledgement": _next_stage,
    "escalation_incomplete": _incomplete,
    "external_body": _plain(_body),
    "closing": _plain(_closing),
    "redirect": _plain(_redirect),
    "status_answer": _status,
    "status_code": _plain(lambda letter: {"code": letter.said["code"], "minutes": int(letter.said["minutes"])}),
    "redirect_short": _plain(lambda letter: {**_redirect(letter), "brief": False}),
    "status_answer_short": _status_short,
    "status_code_short": _plain(lambda letter: {"code": letter.said["code"], "minutes": int(letter.said["minutes"])}),
    "addition_receipt": _plain(lambda _letter: {}),
    "survey": _plain(lambda letter: {"link": links.survey(letter)}),
    "question": _plain(lambda _letter: {}),
}
