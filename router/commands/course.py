"""The course of a complaint inside the house: accepted, looked at, given to somebody, what was found and done."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from pydantic import Field

from intake_daemon import events
from router.commands.data import Code, Comment, Data, Name, Text
from router.commands.doing import Doing, Refused, together
from router.policy import Stage
from router.turn import Content, Effects

_OWN = {"accept": "accept", "triage": "triage", "review": "review_completed", "answer": "answer"}
"""Steps of a policy's list that have a command of their own."""


def _steps(doing: Doing) -> tuple[str, ...]:
    return tuple(step for stage in doing.policy.stages for step in stage.steps)


class Note(Data):
    """A note of the case; the customer never sees it."""

    text: Text
    """What it says."""


def note(doing: Doing, data: Note) -> Effects:
    """Leaves a note of the case; the customer never sees it."""
    added = events.NoteAdded(content=doing.key, by=doing.actor)
    return doing.done(added, contents=(Content(doing.key, "note", data.text),))


def accept(doing: Doing, data: Comment) -> Effects:
    """Takes the complaint on for review (K-20). Of a policy without this step there is nothing to accept."""
    if "accept" not in _steps(doing) and not any(c.until == "complaint.accepted" for c in doing.policy.clocks):
        raise Refused("not_in_policy", instead=_steps(doing))
    if doing.case.accepted_at is not None:
        raise Refused("done_before", clause=doing.clause("clocks", "accept"))
    done = doing.done(events.ComplaintAccepted(by=doing.actor))
    return together(done, doing.note(data.text), doing.news("accept"))


class Triage(Data):
    """The initial review (K-13): may be given again, the last one counts."""

    severity: Literal["low", "normal", "high"]
    """How bad it is for the customer."""
    urgency: Literal["low", "normal", "high"]
    """How soon something must be done."""
    customer: Literal["consumer", "small_business", "business"] | None = None
    """What kind of customer it is, where a law asks (GB-02)."""
    customer_country: str | None = Field(default=None, pattern=r"^[A-Z]{2}$")
    """Where the customer lives, in two letters, where a law asks (PL-01 LV-01)."""
    relation: Literal["customer", "relative", "representative", "supplier", "employee", "other"] | None = None
    """Who complains: not only customers may (W-04)."""
    survey: Literal["opted_out"] | None = None
    """The customer does not want to be asked how it was (A-06)."""


def triage(doing: Doing, data: Triage) -> Effects:
    """Records the initial review (K-13); it may be given again, the last one counts."""
    named = data.model_dump(exclude={"severity", "urgency"}, exclude_none=True)
    facts: list[events.Fact] = [
        events.TriageRecorded(severity=data.severity, urgency=data.urgency, by=doing.actor, traits=named)
    ]
    if "triage" in _steps(doing):
        facts.append(events.StepDone(step="triage", by=doing.actor))
    fresh = "triage" not in doing.case.steps
    return together(doing.done(*facts), *([doing.news("triage")] if fresh else []))


class Assign(Data):
    """Whose case it is from now on."""

    handler: Name | None = None
    """An id of handlers.yaml; where the stage names a role that decides, the one for the topic, by default."""
    team: Name | None = None
    """Id of the team; theirs by default."""


def assign(doing: Doing, data: Assign) -> Effects:
    """Gives the case to somebody; in the second stage to its reviewer, never who dealt with the first. Never to
    whom the complaint names (L-09 A-07 K-22 W-19 W-20)."""
    case, staff = doing.case, doing.rules.staff
    stage, second = doing.stage, doing.case.stage > 1
    may = _reviewers(doing, stage) if second and stage and stage.then_to else ()
    chosen = data.handler or next(iter(may), None)
    if chosen is None:
        raise Refused("missing", "handler")
    brand = [name for name, each in staff.handlers.items() if case.brand in each.brands]
    if chosen not in brand:
        raise Refused("not_known", "handler", instead=[each for each in brand if each not in case.staff_named])
    if chosen in case.staff_named:
        raise Refused("named_in_complaint", "handler", clause=doing.clause("conflict"))
    if second and stage and stage.not_by and chosen == case.first_handler:
        raise Refused("same_handler", clause=doing.clause("stages", str(stage.id)))
    if may and stage and chosen not in may:
        raise Refused("wrong_role", "handler", clause=doing.clause("stages", str(stage.id)), instead=may)
    teams = staff.handlers[chosen].teams
    if data.team is not None and data.team not in staff.teams:
        raise Refused("not_known", "team", instead=teams)
    team = data.team or (case.team if case.team in teams else next(iter(teams), case.team)) or staff.root
    if second:
        has = staff.handlers[chosen].roles
        roles = [role for role in (stage.then_to, stage.first_to) if role] if stage else []
        meant = next((role for role in roles if role in has), roles[0] if roles else "manager")
        fact: events.Fact = events.ReviewerAssigned(handler=chosen, team=team, role=meant)
    else:
        fact = events.HandlerAssigned(handler=chosen, team=team, reason="by_hand", before=case.handler)
    done = replace(doing.done(fact), intents=doing.assigned(chosen))
    if chosen == case.handler:
        return done
    return together(done, doing.news("reassign" if case.handler else "assign"))


def _reviewers(doing: Doing, stage: Stage) -> tuple[str, ...]:
    """To whom a case goes in a stage that names who decides (W-19): whoever has the role, those of the topic first; and
    back to whom it comes to first. Nobody is named where nobody is left."""
    case, people = doing.case, doing.rules.staff.handlers
    free = [name for name, each in people.items() if case.brand in each.brands and name not in case.staff_named]
    heads = [name for name in free if str(stage.then_to) in people[name].roles and name != case.first_handler]
    heads.sort(key=lambda name: case.topic not in people[name].skills)
    back = doing.rules.in_role(str(stage.first_to or "manager"), case)
    return tuple(dict.fromkeys((*heads, *back))) if heads else ()


class Cause(Data):
    """What brought it about (A-01); there may be several."""

    cause: Code = "other"
    """A code of the company's own list, for the report."""
    text: Text | None = None
    """What it was, in words."""


def cause(doing: Doing, data: Cause) -> Effects:
    """Records what brought it about (A-01); there may be several."""
    if not data.model_fields_set:
        raise Refused("missing", "cause", clause=doing.clause("result"))
    content = doing.content("cause", {"text": data.text}) if data.text else None
    fact = events.CauseRecorded(cause=data.cause, by=doing.actor, content=content.id if content else None)
    return doing.done(fact, contents=(content,) if content else ())


class Findings(Data):
    """The review is done (K-22)."""

    text: Text
    """What was found."""


def review_completed(doing: Doing, data: Findings) -> Effects:
    """Records that it was considered, and what was found (K-22)."""
    content = doing.content("findings", {"text": data.text})
    fact = events.ReviewCompleted(by=doing.actor, content=content.id)
    return together(doing.done(fact, contents=(content,)), doing.news("review"))


class Action(Data):
    """What was done about it; append-only (L-15)."""

    text: Text
    """What was done."""
    corrects: Name | None = None
    """The entry that this one corrects, by its content's id; the old one stays readable."""


def action(doing: Doing, data: Action) -> Effects:
    """Records what was done about it; append-only (L-15)."""
    if data.corrects is not None and data.corrects not in doing.case.actions:
        raise Refused("not_known", "corrects", instead=doing.case.actions)
    content = doing.content("action", {"text": data.text})
    fact = events.ActionRecorded(content=content.id, by=doing.actor, corrects=data.corrects)
    return doing.done(fact, contents=(content,))


class Step(Data):
    """A step of the policy's list is done (K-25)."""

    step: Code
    """Its name in the policy."""
    text: Text | None = None
    """What was done, as a note."""


def step(doing: Doing, data: Step) -> Effects:
    """Records a step of the policy's list that has no command of its own (K-25)."""
    steps = _steps(doing)
    if data.step not in steps:
        raise Refused("not_in_policy", "step", instead=[each for each in steps if each not in _OWN])
    if data.step in _OWN:
        raise Refused("has_own_command", "step", instead=[_OWN[data.step]])
    done = doing.done(events.StepDone(step=data.step, by=doing.actor))
    return together(done, doing.note(data.text), doing.news(data.step))


class Topic(Data):
    """What it is about, corrected by a person."""

    topic: Code
    """A topic of the policy's list."""


def correct_topic(doing: Doing, data: Topic) -> Effects:
    """Corrects what it is about; the old topic stays readable (W-05)."""
    if data.topic not in doing.policy.topics:
        raise Refused("not_known", "topic", clause=doing.clause("topics"), instead=doing.policy.topics)
    return doing.done(events.TopicSet(topic=data.topic, before=doing.case.topic or None, rule="person"))


class Improvement(Data):
    """What the company changes because of it (L-03 W-28 K-24)."""

    text: Text | None = None
    """What is changed."""
    improvement: Name | None = None
    """Id of an improvement that another case recorded, and that this case led to as well."""


def record_improvement(doing: Doing, data: Improvement) -> Effects:
    """Records what the company changes because of it (L-03 W-28 K-24); other cases may name the same one."""
    if data.text is None and data.improvement is None:
        raise Refused("missing", "text")
    if data.improvement in doing.case.improvements:
        raise Refused("done_before")
    name = data.improvement or doing.key
    content = doing.content("improvement", {"text": data.text}) if data.text else None
    fact = events.ImprovementRecorded(improvement=name, content=content.id if content else name, by=doing.actor)
    return doing.done(fact, contents=(content,) if content else ())


class Conduct(Data):
    """Abusive or threatening words (A-05)."""

    message: Name | None = None
    """Id of the contact that has them."""
    text: Text | None = None
    """What happened, for the manager."""


def flag_conduct(doing: Doing, data: Conduct) -> Effects:
    """Flags abusive or threatening words for a manager, who decides; nothing else changes (A-05)."""
    flagged = doing.done(events.ConductFlagged(by=doing.actor, message=data.message))
    if doing.case.flagged and not data.text:
        return flagged
    content = doing.content("task", {"words": data.text}) if data.text else None
    decide = doing.task("conduct", role="manager", content=content.id if content else None)
    return together(flagged, replace(decide, contents=(content,) if content else ()))
