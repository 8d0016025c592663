"""The next stage, and whom a customer can turn to outside the company."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from pydantic import AwareDatetime, BeforeValidator

from intake_daemon import events
from router import escalating
from router.commands.data import Code, Comment, Data, Name, Text, Texts, several
from router.commands.doing import Doing, Refused, together
from router.turn import Effects

_DEADLOCK = "deadlock"
_LETTER = "adr_letter.sent"


class Escalate(Data):
    """The customer asks for the next stage; a person records it for them (W-16 W-17 A-16)."""

    elements: Annotated[tuple[escalating.Element, ...], BeforeValidator(several)] = escalating.ELEMENTS
    """What the customer said: that they are not satisfied, and that somebody else shall look at it."""
    contact_at: AwareDatetime | None = None
    """When they said so; now, by default."""
    message: Name | None = None
    """Id of the contact in which they did."""
    via: Code | None = None
    """The channel, in the policy's terms."""
    text: Text | None = None
    """What they said, as a note for who looks at it."""


def escalate(doing: Doing, data: Escalate) -> Effects:
    """Records that the customer asks for the next stage (W-16 W-17 A-16): it opens, or what lacks is asked for."""
    case = doing.case
    stage = escalating.following(case, doing.policy)
    if stage is None:
        raise Refused("no_stage", clause=doing.clause("stages", str(case.stage)))
    at = data.contact_at or doing.at
    if at > doing.now:
        raise Refused("not_yet", "contact_at")
    asked = escalating.Asked(
        data.elements, max(at, case.opened_at), doing.at, data.message, data.via or "", automatic="generated"
    )
    decided, intents = escalating.escalate(
        case, doing.policy, stage, doing.owing, asked, cause=doing.key, now=doing.at, actor=doing.actor
    )
    return together(replace(doing.done(), decided=decided, intents=intents), doing.note(data.text))


def acknowledge_escalation(doing: Doing, data: Comment) -> Effects:
    """Acknowledges the next stage, where the policy leaves that to the manager: it starts the second term (C-W3)."""
    if any(moment.type == "escalation_acknowledgement.sent" for moment in doing.case.moments):
        raise Refused("done_before", clause=doing.clause("clocks", "ack2"))
    told = doing.tell("escalation_acknowledgement", sends="escalation_acknowledgement.sent", automatic="generated")
    return together(told, doing.note(data.text))


class Refer(Data):
    """The matter went to an outside body (A-17 A-11)."""

    body: Code
    """Its id in common.yaml."""
    text: Text | None = None
    """What is known of it, as a note."""


def refer(doing: Doing, data: Refer) -> Effects:
    """Records that an outside body has the matter (A-17 A-11)."""
    if data.body not in doing.policy.bodies:
        raise Refused("not_in_policy", "body", clause=doing.clause("external"), instead=doing.policy.bodies)
    done = doing.done(events.ExternalReferred(body=data.body, by=doing.actor))
    return together(done, doing.note(data.text))


class Decide(Data):
    """An outside body has decided (A-17); what it asks becomes tasks."""

    text: Text
    """The decision."""
    body: Code | None = None
    """The body; the one that has it, by default."""
    tasks: Texts = ()
    """What must be done, one task each; the decision itself is the task where nothing is listed."""
    due: AwareDatetime | None = None
    """By when."""
    owner: Name | None = None
    """Whose tasks; the handler's by default."""


def decide(doing: Doing, data: Decide) -> Effects:
    """Records what an outside body has decided (A-17). What it asks becomes tasks; the case cannot close
    before them."""
    body = data.body or doing.case.body
    if not body:
        raise Refused("missing", "body", instead=doing.policy.bodies)
    if body not in doing.policy.bodies:
        raise Refused("not_in_policy", "body", clause=doing.clause("external"), instead=doing.policy.bodies)
    if data.owner is not None and data.owner not in doing.rules.staff.handlers:
        raise Refused("not_known", "owner")
    content = doing.content("decision", {"words": data.text})
    fact = events.ExternalDecided(body=body, by=doing.actor, content=content.id)
    effects = [doing.done(fact, contents=(content,))]
    for number, words in enumerate(data.tasks or (data.text,), 1):
        one = doing.content("task", {"words": words}, mark=f".{number}")
        raised = doing.task(
            "carry_out", cause=f"{doing.key}/{number}", owner=data.owner or "", due=data.due, content=one.id
        )
        effects.append(replace(raised, contents=(one,)))
    return together(*effects)


def deadlock(doing: Doing, data: Comment) -> Effects:
    """Says that the company can go no further; the customer is told of the body that decides for them (A-17 GB-02)."""
    if not any(_DEADLOCK in each.when for each in doing.policy.external):
        raise Refused("not_in_policy", clause=doing.clause("external"))
    declared = doing.done(events.DeadlockDeclared(by=doing.actor))
    told = doing.tell("external_body", sends=_LETTER, data={"why": _DEADLOCK})
    return together(declared, told, doing.note(data.text))


def signpost(doing: Doing, data: Comment) -> Effects:
    """Tells the customer of the outside body to which the law lets them turn by now (GB-02)."""
    laws = [when.partition("overlay.")[2] for each in doing.policy.external for when in each.when]
    law = next((each for each in laws if each), None)
    if law is None:
        raise Refused("not_in_policy", clause=doing.clause("external"))
    told = doing.tell("external_body", sends=_LETTER, data={"why": "time", "law": law}, automatic="generated")
    return together(told, doing.note(data.text))


def rights_answered(doing: Doing, data: Comment) -> Effects:
    """Says that what the law gives was answered: the data held, their erasure … (GDPR-01). Its clock ends, no other."""
    times = {each.type: each.at for each in doing.case.moments}  # in the order of time: the last of each
    found, answered = (times.get(f"rights_request.{what}") for what in ("found", "answered"))
    if found is None or (answered is not None and answered >= found):
        raise Refused("nothing_asked")
    return together(doing.done(events.RightsRequestAnswered(by=doing.actor)), doing.note(data.text))


class Accepted(Data):
    """The customer accepts the answer."""

    message: Name | None = None
    """Id of the contact that says so."""
    text: Text | None = None
    """How they said it, as a note."""


def result_accepted(doing: Doing, data: Accepted) -> Effects:
    """Records that the customer accepts the answer; the case is still closed by a person (R-7)."""
    done = doing.done(events.ResultAccepted(message=data.message, by=doing.actor))
    return together(done, doing.note(data.text))
