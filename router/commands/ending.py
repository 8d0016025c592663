"""How a case ends, and is taken up again: closed, withdrawn, declined, no complaint after all, erased."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import ClassVar, Literal

from intake_daemon import events
from router.commands.answering import unsent
from router.commands.data import Comment, Data, Name, Text
from router.commands.doing import Doing, Refused, together
from router.turn import Decided, Effects

_CLOSED = "case.closed"


class Close(Data):
    """The end of a case (L-04): with its outcome, and not over open tasks."""

    outcome: Literal["upheld", "partly_upheld", "not_upheld", "no_answer"] | None = None
    """How it ended; that of the answer, by default. `no_answer`: it needed none."""
    text: Text | None = None
    """Words for the customer, besides that it is closed."""


def close(doing: Doing, data: Close) -> Effects:
    """Closes the case: with its outcome, and not over open tasks (L-04). Then the customer may be asked how it
    was (A-06)."""
    outcome = data.outcome or doing.case.outcome
    if not outcome:
        raise Refused("missing", "outcome", clause=_first_stage(doing))
    if doing.case.tasks:
        raise Refused("open_tasks", instead=[each.id for each in doing.case.tasks])
    closed = doing.done(events.CaseClosed(outcome=outcome, by=doing.actor))
    tells = data.text or not doing.case.answers or doing.policy.tell.progress == "on_every_change"
    content = doing.content("words", {"words": data.text or ""})
    letter = doing.done()
    if tells:
        found = doing.owing.customer(
            "closing", cause=doing.key, automatic="no" if data.text else "generated", data={"how": "closed"},
            said=content.id,
        )  # fmt: skip
        letter = doing.done(intents=tuple(found), contents=(content,))
    return together(closed, letter, _survey(doing))


def _first_stage(doing: Doing) -> str:
    return doing.clause("stages", str(doing.case.stage))


def _survey(doing: Doing) -> Effects:
    """One question afterwards, where the policy asks it and nothing speaks against it (A-06)."""
    survey = doing.policy.survey
    if survey is None or _CLOSED not in survey.after:
        return doing.done()
    against = set(doing.knows.unasked.get(doing.case.id, ()))
    if doing.case.flagged:
        against.add("abusive")
    if doing.case.traits.get("survey") == "opted_out":
        against.add("opted_out")
    if "asked" in against or against.intersection(survey.never_if):
        return doing.done()
    found = tuple(doing.owing.customer("survey", cause=f"{doing.key}/survey", automatic="generated"))
    return doing.done(*([events.SurveyDue()] if found else []), intents=found)


class Withdraw(Data):
    """The customer takes it back."""

    message: Name | None = None
    """Id of the contact that says so."""
    text: Text | None = None
    """How they said it, as a note."""


def withdraw(doing: Doing, data: Withdraw) -> Effects:
    """Records that the customer takes it back; no machine does (R-7)."""
    fact = events.ComplaintWithdrawn(by=doing.actor, message=data.message)
    letter = doing.owing.customer("closing", cause=doing.key, automatic="generated", data={"how": "withdrawn"})
    done = doing.done(fact, intents=tuple(letter), dropped=unsent(doing.waiting, "progress", "holding"))
    return together(done, doing.note(data.text))


class Declined(Data):
    """A manager declines further help (A-05)."""

    parts: ClassVar[Mapping[str, str]] = {"text": "reasons"}
    text: Text
    """The reasons, in words for the customer."""


def decline_help(doing: Doing, data: Declined) -> Effects:
    """Declines further help, in writing, with reasons and the outside body, and closes the case (A-05). Where that goes
    by post, it closes later."""
    doubts = {"conduct"}
    if any(each.kind not in doubts for each in doing.case.tasks):
        raise Refused("open_tasks", instead=[each.id for each in doing.case.tasks])
    content = doing.content("words", {"words": data.text})
    decided = [events.TaskDone(task=each.id, by=doing.actor) for each in doing.case.tasks]
    declined = doing.done(*decided, events.HelpDeclined(by=doing.actor, content=content.id), contents=(content,))
    told = doing.tell("closing", data={"how": "declined"}, said=content.id)
    by_post = bool(told.decided)
    closed = [] if by_post else [events.CaseClosed(outcome="declined", by=doing.actor)]
    return together(declined, told, doing.done(*closed))


def reopen(doing: Doing, data: Comment) -> Effects:
    """Takes the case up again. Clocks that the closing ended run on, late ones late (R-9)."""
    done = doing.done(events.CaseReopened(by=doing.actor, reason="by_hand"))
    return together(done, doing.note(data.text), doing.news("reopen"))


class NoComplaint(Data):
    """It is no complaint: kept, uncounted, reversible (AT-X22)."""

    reason: Literal["order_question", "praise", "application", "invoice", "advertising", "duplicate", "other"] = "other"
    """What it is."""


def not_a_complaint(doing: Doing, data: NoComplaint) -> Effects:
    """Sets it aside as no complaint: kept, uncounted, reversible. What has not left does not leave."""
    fact = events.ContactSetAside(reason=data.reason, by=doing.actor)
    quiet = tuple(row.id for row in doing.waiting if row.staff is None and row.state in {"owed", "held"})
    done = [events.TaskDone(task=each.id, by=doing.actor) for each in doing.case.tasks if each.notice in quiet]
    return doing.done(fact, *done, dropped=quiet)


class Back(Data):
    """It is a complaint after all."""

    contact: Name | None = None
    """Id of the contact that it began with."""


def back(doing: Doing, _data: Back) -> Effects:
    """Turns back what was set aside: a complaint after all, with the first receipt's date."""
    case = doing.case
    message = doing.owing.contact
    before = next((each for each in case.moments if each.type == "complaint.received"), None)
    received_at = message.received_at if message else case.opened_at
    if before is not None and before.received_at is not None:
        received_at = before.received_at
    received = events.ComplaintReceived(
        message=case.contact,
        channel=case.channel,
        topic=case.topic or "other",
        language=case.language or doing.policy.languages.default,
        received_at=received_at,
        contact_at=case.received_at or (message.contact_at if message else case.opened_at),
        attachments=case.attachments,
        policy=case.policy or doing.rules.policies.brand(case.brand).hash,
        missing=case.missing,
        danger=case.danger,
        staff_named=case.staff_named,
        traits=case.traits,
        special=case.special,
    )
    decided: list[events.Fact] = [received]
    handler = case.handler
    if handler is None:
        root = doing.rules.staff.root
        handler = next(iter(doing.rules.leaders(root)), "")
        decided.append(events.HandlerAssigned(handler=handler, team=root, reason="manager"))
    intents = doing.assigned(handler)
    on_its_way = any(row.purpose == "acknowledgement" and row.state != "held" for row in doing.waiting)
    if case.acknowledged_at is None and not on_its_way:
        brake = doing.knows.brand_recent >= doing.rules.brakes[case.brand]
        sends = "acknowledgement.sent"
        owed = doing.owing.customer("acknowledgement", cause=doing.key, sends=sends, held="brake" if brake else "")
        intents = (*owed, *intents)
        if brake:
            decided.append(events.AcknowledgementWithheld(reason="brake"))
    return doing.done(*decided, intents=intents)


def erase(doing: Doing, _data: Comment) -> Effects:
    """Erases words, names and files of the case; events and dates stay. It cannot be taken back."""
    gone = tuple(row.id for row in doing.waiting if row.state == "held")
    # its time is when they went, whenever that was asked for: by it the list of erasures goes on
    fact = Decided(events.CaseErased(by=doing.actor), doing.now, doing.actor)
    return replace(doing.done(), decided=(fact,), erase=True, dropped=gone)
