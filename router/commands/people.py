"""Who is asked besides, who the sender is, and which contacts and cases belong together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from intake_daemon import events
from intake_daemon.message import Message
from router import paper
from router.case import Case
from router.commands.data import Code, Data, Name, Text, several
from router.commands.doing import Doing, Refused, together
from router.commands.moving import moving
from router.commands.posting import confirmed
from router.contact import correspondent
from router.turn import BY_POST, Decided, Effects

_SHOWN = ("reference", "topic", "received_at", "description", "customer.name", "customer.contact")
Shown = Literal["reference", "topic", "received_at", "description", "customer.name", "customer.contact"]


class Consult(Data):
    """Somebody outside the case is asked; they get the question and the chosen fields, nothing else (L-10 W-11)."""

    whom: Name
    """A handler or a team of handlers.yaml, or whom the policy's stage consults (`laboratory`)."""
    text: Text
    """The question."""
    fields: Annotated[tuple[Shown, ...], BeforeValidator(several)] = ()
    """What they are shown of the case."""


def consult(doing: Doing, data: Consult) -> Effects:
    """Asks somebody outside the case (L-10 W-11): a colleague, or whom the policy consults, by mail; by a task for the
    handler, where no address is known. They see the question and the chosen fields, nothing else."""
    staff, case = doing.rules.staff, doing.case
    outside = tuple(each for stage in doing.policy.stages for each in stage.consults)
    inside = data.whom in staff.handlers or data.whom in staff.teams
    if not inside and data.whom not in outside:
        raise Refused("not_known", "whom", clause=_asks(doing), instead=(*outside, *staff.teams))
    asked = data.whom if data.whom in staff.handlers else next(iter(doing.rules.leaders(data.whom)), "")
    if inside and asked in case.staff_named:
        raise Refused("named_in_complaint", "whom", clause=doing.clause("conflict"))
    opened = doing.done(events.ConsultationOpened(consultation=doing.key, whom=data.whom, fields=data.fields))
    shown = list(_shown(doing, data.fields))
    asker = staff.handlers[doing.actor].name if doing.actor in staff.handlers else doing.actor
    if inside:
        content = doing.content("consultation", {"words": data.text, "asker": asker, "fields": shown})
        mails = doing.owing.staff("consultation", [asked], cause=doing.key, said=content.id)
        return together(opened, doing.done(intents=tuple(mails), contents=(content,)))
    content = doing.content("consultation", {"words": data.text, "asker": asker, "fields": shown})
    asks = tuple(doing.owing.outside(data.whom, cause=doing.key, said=content.id))
    if asks:
        return together(opened, doing.done(intents=asks, contents=(content,)))
    lines = [data.text, *(f"- {each['name']}: {each['value']}" for each in shown)]
    content = doing.content("task", {"words": "\n".join(lines), "whom": data.whom})
    return together(opened, replace(doing.task("consult", content=content.id), contents=(content,)))


def _asks(doing: Doing) -> str:
    return doing.clause("stages", str(doing.case.stage))


def _shown(doing: Doing, fields: tuple[str, ...]) -> Iterator[dict[str, str]]:
    """The chosen fields with their values; content, like the question."""
    message, case = doing.owing.contact, doing.case
    say = doing.rules.notices.say("en")
    values: dict[str, Any] = {
        "reference": case.reference,
        "topic": say("topics", case.topic),
        "received_at": f"{(case.received_at or case.opened_at).astimezone(doing.zone):%Y-%m-%d}",
        "description": message.new_words.strip() if message else "",
        "customer.name": (message.sender.name or "") if message else "",
        "customer.contact": ", ".join(each.value for each in message.sender.addresses) if message else "",
    }
    yield from ({"name": name, "value": str(values[name])} for name in _SHOWN if name in fields)


class Consulted(Data):
    """A consultation is over."""

    consultation: Name | None = None
    """Its id; the only one that is open, by default."""
    text: Text | None = None
    """What was answered; nothing where nobody waits for it any more. The customer never sees it."""


def consulted(doing: Doing, data: Consulted) -> Effects:
    """Ends a consultation: answered, or nobody waits for it any more."""
    open_ = doing.case.consultations
    wanted = data.consultation or (open_[0] if len(open_) == 1 else None)
    if wanted not in open_:
        raise Refused("not_known", "consultation", instead=open_)
    closed = events.ConsultationClosed(consultation=str(wanted), answered=data.text is not None)
    number = paper.number("consult", str(wanted))
    done = [events.TaskDone(task=each.id, by=doing.actor) for each in doing.case.tasks if each.id == number]
    return together(doing.done(closed, *done), doing.note(data.text))


def other_case(doing: Doing, reference: str) -> Case:
    """The case that a command names besides its own, of the same brand."""
    found = doing.knows.cases.get(doing.knows.named.get(reference, ""))
    if found is None or found.brand != doing.case.brand or found.id not in doing.knows.by_reference or found.erased:
        raise Refused("not_known", "reference")
    if found.id == doing.case.id:
        raise Refused("same_case", "reference")
    return found


def beside_of(doing: Doing, other: Case, *facts: events.Fact, **more: Any) -> Effects:  # noqa: ANN401
    """What it means for another case."""
    decided = tuple(Decided(fact, doing.at, doing.actor) for fact in facts)
    return Effects("done", case=other.id, reference=other.reference, brand=other.brand, decided=decided, **more)


class Link(Data):
    """Another case is about the same matter."""

    reference: Name
    """Its reference."""
    reason: Code = "same_matter"
    """Why, as a code."""


def link(doing: Doing, data: Link) -> Effects:
    """Names another case of the same matter; each of the two names the other."""
    other = other_case(doing, data.reference)
    if other.reference in doing.case.links:
        raise Refused("done_before", "reference")
    back = beside_of(doing, other, events.CaseLinked(reference=doing.case.reference, reason=data.reason))
    return replace(doing.done(events.CaseLinked(reference=other.reference, reason=data.reason)), beside=(back,))


def contact_of(doing: Doing, wanted: str) -> Message:
    """A contact of the case, by id. Raises Refused for another's."""
    case, message = doing.knows.messages.get(wanted, ("", None))
    if message is None or case != doing.case.id:
        raise Refused("not_known", "message")
    return message


class Verify(Data):
    """The sender is known to be the customer: a person has made sure."""

    message: Name | None = None
    """Id of the contact whose sender it is; the one that the case began with, by default."""
    reference: Name | None = None
    """The case that it belongs to, where it is the customer of that one."""
    text: Text | None = None
    """How we know, as a note."""


def verify_sender(doing: Doing, data: Verify) -> Effects:
    """Says that the sender is the customer: of this case, and is answered from now on, and what waited leaves; or of
    another one, which the contact joins, and this one is no case of its own."""
    case, note = doing.case, doing.note(data.text)
    message = contact_of(doing, data.message) if data.message else doing.owing.contact
    if message is None:
        raise Refused("not_known", "message")
    known = tuple(
        correspondent(doing.rules.key, case.brand, each.kind, each.value) for each in message.sender.addresses
    )
    fact = events.SenderVerified(message=message.id, by="person")
    if data.reference is None:
        held = tuple(row.id for row in doing.waiting if row.state == "held" and row.connector != BY_POST)
        done = doing.done(fact, *confirmed(doing, held), let_go=held)
        return together(replace(done, correspondents=known), note)
    other = other_case(doing, data.reference)
    mails = doing.owing.staff("addition", doing.rules.in_role("handler", other), cause=doing.key)
    moves = moving(doing, message)
    alone = case.contacts == 1
    # what the customer was told of it means the other case now, unless this one goes on under it
    told = {*moves.told, case.reference} if alone else {*moves.told}
    there = beside_of(
        doing,
        other,
        fact,
        intents=tuple(mails),
        correspondents=known,
        threads=moves.ties,  # what they write there next
        renamed=tuple(sorted(told)),
    )
    first, further = moves.lines[:1], moves.lines[1:]
    comes = (
        *moves.joined(first, verified=True, part=False),
        *moves.joined(further, verified=True, part=True),
    )  # fmt: skip
    began = [events.CaseLinked(reference=case.reference, reason="moved")] if moves.opened else []
    there = replace(there, decided=(*comes, *there.decided, *(Decided(each, doing.at, doing.actor) for each in began)))
    facts: list[events.Fact] = [moves.away(other.reference)]
    quiet: tuple[str, ...] = ()
    if alone:
        facts.append(events.ContactSetAside(reason="joined", by=doing.actor))
        quiet = tuple(row.id for row in doing.waiting if row.staff is None and row.state in {"owed", "held"})
    done = doing.done(*facts, dropped=quiet, beside=(there,), untied=moves.ties, talks=moves.talks)
    joins = together(done, note)
    if alone:
        return replace(joins, emptied=other.id)
    return replace(joins, moved=moves.moved(other.id))
