"""Every command by its name on the wire: its data, who may, in which states, what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from router.case import State
from router.commands import answering, course, ending, people, posting, stages, telling
from router.commands.data import Comment, Data
from router.commands.doing import Doing
from router.turn import Effects

_LEADERS = frozenset({"operator", "manager", "customer_service_manager", "department_head"})
_MANAGERS = frozenset({"manager", "customer_service_manager"})
_STAFF = _LEADERS | {"handler", "legal"}
_ALL = _STAFF | {"case_system"}
_ANY: frozenset[str] = frozenset(get_args(State))
_OPEN = frozenset({"received", "investigating", "answered", "escalated", "reviewing", "external"})


@dataclass(frozen=True)
class Ability:
    """One command."""

    name: str
    says: str
    """What it does, in a sentence."""
    takes: type[Data]
    """Its data."""
    do: Callable[[Doing, Any], Effects]
    may: frozenset[str] = _ALL
    """The roles that may; within their brands, and never who is named in the complaint."""
    when: frozenset[str] = _OPEN
    """The states of the case in which it is possible."""
    reviews: bool = False
    """Whether it is the answer's: then who dealt with the first stage may not in the second (W-20 A-16)."""
    lacks: str = "missing"
    """The code of a refusal for what is missing."""
    place: tuple[str, ...] = ()
    """The place in the policy whose clause asks for it."""


_WORKING = frozenset({"received", "investigating", "escalated", "reviewing"})
_ENDED = frozenset({"closed", "withdrawn"})
_EVERY = (
    # the course inside the house
    Ability("note", "Leaves a note.", course.Note, course.note, _STAFF, _ANY, lacks="text_missing"),
    Ability("accept", "Takes the complaint on for review.", Comment, course.accept, when=_WORKING),
    Ability("triage", "Records the initial review.", course.Triage, course.triage),
    Ability("assign", "Gives the case to somebody; in a later stage, to its reviewer.", course.Assign, course.assign),
    Ability("cause", "Records what brought it about.", course.Cause, course.cause, when=_OPEN | _ENDED),
    Ability(
        "review_completed",
        "Records the findings of the review.",
        course.Findings,
        course.review_completed,
        when=_WORKING,
        reviews=True,
    ),
    Ability("action", "Records what was done about it.", course.Action, course.action, when=_OPEN | _ENDED),
    Ability("step", "Records a step of the policy's list that has no command of its own.", course.Step, course.step),
    Ability("correct_topic", "Corrects what it is about.", course.Topic, course.correct_topic, when=_OPEN | _ENDED),
    Ability(
        "record_improvement",
        "Records what the company changes because of it.",
        course.Improvement,
        course.record_improvement,
        when=_OPEN | _ENDED,
    ),
    Ability("flag_conduct", "Flags abusive words for a manager.", course.Conduct, course.flag_conduct, when=_ANY),
    # who else
    Ability("consult", "Asks somebody outside the case.", people.Consult, people.consult, _STAFF),
    Ability("consulted", "Ends a consultation.", people.Consulted, people.consulted, when=_ANY),
    Ability("link", "Names another case of the same matter.", people.Link, people.link, when=_ANY),
    Ability("part", "Gives a contact to the case that it belongs to.", people.Part, people.part, _STAFF, _ANY),
    Ability(
        "verify_sender",
        "Says that the sender is the customer, of this case or of another.",
        people.Verify,
        people.verify_sender,
        _STAFF,
        _ANY,
    ),
    # to the customer
    Ability("ask", "Asks the customer for information.", telling.Ask, telling.ask),
    Ability("progress", "Tells the customer how it is going.", telling.Progress, telling.progress),
    Ability("extend", "Tells the customer a new date.", telling.Extend, telling.extend, when=_WORKING),
    Ability(
        "answer",
        "Answers the complaint.",
        answering.Answer,
        answering.answer,
        when=_WORKING | {"answered"},
        reviews=True,
        place=("result",),
    ),
    Ability(
        "resolve_at_once",
        "Records that it was solved in the first contact.",
        answering.AtOnce,
        answering.resolve_at_once,
        when=frozenset({"received", "investigating"}),
        place=("acknowledge",),
    ),
    # what waits for a person
    Ability("task_done", "Says that a task is done.", posting.Done, posting.task_done, when=_ANY),
    Ability("dispatch_letter", "Says when a letter was posted.", posting.Dispatch, posting.dispatch_letter, when=_ANY),
    Ability("release", "Lets a withheld notice leave.", Comment, posting.release, _STAFF, _ANY),
    # stages and bodies
    Ability(
        "escalate",
        "Records that the customer asks for the next stage.",
        stages.Escalate,
        stages.escalate,
        when=_OPEN | {"closed"},
    ),
    Ability(
        "acknowledge_escalation",
        "Acknowledges the next stage, where the policy leaves that to the manager.",
        Comment,
        stages.acknowledge_escalation,
        when=frozenset({"escalated", "reviewing"}),
    ),
    Ability("refer", "Records that an outside body has the matter.", stages.Refer, stages.refer, when=_OPEN | _ENDED),
    Ability("decide", "Records an outside body's decision.", stages.Decide, stages.decide),
    Ability("deadlock", "Says that the company can go no further.", Comment, stages.deadlock, _LEADERS),
    Ability("signpost", "Tells the customer of the outside body.", Comment, stages.signpost),
    # the end
    Ability(
        "decline_help", "Declines further help.", ending.Declined, ending.decline_help, _MANAGERS, place=("conduct",)
    ),
    Ability("withdraw", "Records that the customer takes it back.", ending.Withdraw, ending.withdraw),
    Ability("close", "Closes the case.", ending.Close, ending.close, reviews=True),
    Ability("reopen", "Takes the case up again.", Comment, ending.reopen, when=_ENDED),
    Ability("not_a_complaint", "Sets it aside as no complaint.", ending.NoComplaint, ending.not_a_complaint),
    Ability(
        "back",
        "Turns back what was set aside: a complaint after all, with the first receipt's date.",
        ending.Back,
        ending.back,
        when=frozenset({"aside", "contact", "enquiry", "redirected"}),
    ),
    Ability(
        "erase",
        "Erases words, names and files of the case; events and dates stay.",
        Comment,
        ending.erase,
        frozenset({"operator", "manager"}),
        _ANY,
    ),
)
TABLE: Mapping[str, Ability] = MappingProxyType({each.name: each for each in _EVERY})
"""Every command, by name."""
