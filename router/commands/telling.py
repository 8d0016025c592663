"""What a person tells the customer on the way: questions, progress, a new date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated, ClassVar, Literal

from pydantic import BeforeValidator

from intake_daemon import events
from router.clocks import ClockState, farthest
from router.commands.data import Data, Name, Text, several
from router.commands.doing import Doing, Refused, together
from router.news import automatic
from router.turn import Effects

Field = Literal[
    "description",
    "customer.name",
    "customer.contact",
    "attachments",
    "ticket_refs",
    "staff_named",
    "dates_times",
    "caller_numbers",
    "emails_sent",
]
_UNSENT = frozenset({"owed", "held"})


class Ask(Data):
    """A question to the customer; no clock waits for its answer (L-10 K-14 R-5)."""

    fields: Annotated[tuple[Field, ...], BeforeValidator(several)] = ()
    """Fields that are asked for; what they are called in a letter is known in every language."""
    text: Text | None = None
    """A question in the handler's words."""
    by_phone: bool = False
    """They are called back instead of written to: a task (K-14)."""


def ask(doing: Doing, data: Ask) -> Effects:
    """Asks the customer for information, by letter or by a call (L-10 K-14); no clock waits for the answer (R-5)."""
    if not data.fields and data.text is None:
        raise Refused("missing", "words")
    asked = (*data.fields, *(["words"] if data.text else []))
    requested = doing.done(events.InformationRequested(asked=asked, by=doing.actor))
    content = doing.content("words", {"words": data.text or ""})
    if data.by_phone:
        say = doing.rules.notices.say(doing.rules.staff_language(doing.case.handler or ""))
        words = "\n".join((*([data.text] if data.text else []), *(f"- {say('fields', each)}" for each in data.fields)))
        content = doing.content("task", {"words": words})
        told = doing.task("call_back", content=content.id)
    else:
        told = doing.tell("information_request", data={"asked": list(data.fields)}, said=content.id)
    return together(requested, replace(told, contents=(content,)))


class Progress(Data):
    """How it is going, in words that a person wrote: only these count as progress (L-13 A-14
    K-23)."""

    parts: ClassVar[Mapping[str, str]] = {"text": "words"}
    text: Text
    """What the customer is told."""


def progress(doing: Doing, data: Progress) -> Effects:
    """Tells the customer how it is going, in words that a person wrote: only these count as progress (L-13 A-14
    K-23)."""
    content = doing.content("words", {"words": data.text})
    waiting = automatic(doing.case, doing.knows)
    steps = [str(step) for row in waiting if row.intent for step in row.intent.data.get("steps", ())]
    told = doing.tell(
        "progress", sends="progress.sent", data={"steps": list(dict.fromkeys(steps))}, said=content.id
    )  # fmt: skip
    return replace(told, contents=(content,), dropped=tuple(row.id for row in waiting))


class Extend(Data):
    """A new date, told to the customer; it holds from the moment the notice has left (R-6 W-25 K-16)."""

    new_date: date | None = None
    """The nearest day by which it will be done."""
    reason: Text | None = None
    """Why: a code of the policy's reasons (`complex`, `third_party`), or words where it lists none."""
    progress: Text | None = None
    """How far we are, in words for the customer."""
    clock: Name | None = None
    """Id of the clock; the one that runs, by default."""


def extend(doing: Doing, data: Extend) -> Effects:
    """Tells the customer a new date, where the policy allows it and with all that it needs (W-25 K-16), or a law for
    its own clock (`clock: rights`, GDPR-01). It holds from the moment the notice has left (R-6)."""
    if legal := _of_a_law(doing, data.clock):
        return _by_law(doing, data, legal)
    rule = doing.policy.extend
    if rule is None:
        raise Refused("no_extension", clause=doing.clause("extend") or _own_clause(doing))
    clause = doing.clause("extend")
    missing = [need for need in rule.needs if getattr(data, need, None) is None]
    if missing or data.new_date is None:
        raise Refused("missing", *(missing or ["new_date"]), clause=clause)
    state = _running(doing, data.clock, rule.clocks, clause)
    if rule.reasons != "any" and data.reason not in rule.reasons:
        raise Refused("bad_value", "reason", clause=clause, instead=rule.reasons)
    before = state.due or state.latest
    today = doing.now.astimezone(doing.zone).date()
    if before is None or data.new_date <= before.date or data.new_date < today:
        raise Refused("not_later", "new_date", clause=clause)
    code, words = _reason(doing, data.reason or "")
    content = doing.content("words", {"reason": words, "progress": data.progress or ""})
    named = {"clock": state.clock.id, "due": data.new_date.isoformat(), "before": _iso(before.at), "reason": code}
    told = doing.tell("extension", sends="extension.told", data=named, said=content.id)
    earlier = tuple(row.id for row in doing.waiting if row.purpose == "extension" and row.state in _UNSENT)
    return replace(told, contents=(content,), dropped=earlier)


def _of_a_law(doing: Doing, wanted: str | None) -> ClockState | None:
    """The law's clock that is named, where the law lets it be extended (GDPR-01)."""
    if wanted is None:
        return None
    named = (each for each in doing.clocks if each.law and each.clock.id == wanted and each.clock.extend is not None)
    return next((each for each in named if each.stopped is None and each.due is not None), None)


def _by_law(doing: Doing, data: Extend, state: ClockState) -> Effects:
    """Told in time, with the reason; no further than the law lets it be."""
    missing = [need for need in ("reason", "new_date") if getattr(data, need) is None]
    if missing or data.new_date is None or state.due is None or state.start is None:
        raise Refused("missing", *missing)
    calendar = doing.rules.calendars[state.clock.calendar or doing.policy.calendar]
    most = farthest(state.clock, state.start, calendar)
    today = doing.now.astimezone(doing.zone).date()
    if data.new_date <= state.due.date or data.new_date < today:
        raise Refused("not_later", "new_date")
    if most is not None and data.new_date > most.date:
        raise Refused("bad_value", "new_date", instead=[most.date.isoformat()])
    code, words = _reason(doing, data.reason or "")
    content = doing.content("words", {"reason": words, "progress": data.progress or ""})
    named = {"clock": state.clock.id, "due": data.new_date.isoformat(), "before": _iso(state.due.at), "reason": code}
    told = doing.tell("rights_extension", sends="extension.told", data=named, said=content.id)
    earlier = tuple(row.id for row in doing.waiting if row.purpose == "rights_extension" and row.state in _UNSENT)
    return replace(told, contents=(content,), dropped=earlier)


def _own_clause(doing: Doing) -> str:
    """Of a policy that has no extension: what it says of the answer's term instead."""
    mine = (clock for clock in doing.policy.clocks if clock.stage == doing.case.stage)
    clocks = [clock.id for clock in mine if clock.until == "result.sent"]
    return " ".join(dict.fromkeys(clause for each in clocks for clause in doing.clause("clocks", each).split()))


def _running(doing: Doing, wanted: str | None, may: tuple[str, ...], clause: str) -> ClockState:
    """The clock that is meant: the policy's own, of this stage, still open."""
    if wanted is not None and wanted not in may:
        raise Refused("no_extension", "clock", clause=clause, instead=may)
    open_ = [
        state
        for state in doing.clocks
        if not state.law and state.clock.id in may and wanted in {None, state.clock.id}
        if state.stopped is None and state.latest is not None
    ]
    if not open_:
        raise Refused("wrong_state", clause=clause)
    return max(open_, key=lambda state: (state.clock.stage, state.cycle))


def _reason(doing: Doing, reason: str) -> tuple[str, str]:
    """The reason as a code, or as words of its own."""
    known = reason.replace("_", " ")
    if doing.rules.notices.say("en")("extension_reasons", reason) != known:
        return reason, ""
    return "other", reason


def _iso(moment: datetime) -> str:
    return moment.isoformat()
