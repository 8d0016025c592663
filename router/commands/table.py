"""Every command by its name on the wire: its data, who may, in which states, what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from router.case import State
from router.case.case import OPEN as _OPEN
from router.commands import answering, course, ending, files, parting, people, posting, stages, telling
from router.commands.data import Comment, Data
from router.commands.doing import Doing
from router.turn import Effects

ROLES = ("handler", "manager", "customer_service_manager", "department_head", "legal", "operator", "case_system")
"""Every role that a principal may have."""
_LEADERS = frozenset({"operator", "manager", "customer_service_manager", "department_head"})
_MANAGERS = frozenset({"manager", "customer_service_manager"})
_STAFF = _LEADERS | {"handler", "legal"}
_ALL = frozenset(ROLES)
_ANY: frozenset[str] = frozenset(get_args(State))


@dataclass(frozen=True)
class Ability:
    """One command."""

    name: str
    takes: type[Data]
    """Its data."""
    do: Callable[[Doing, Any], Effects]
    """What it does; its docstring says so in public (docs/commands.md)."""
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
    Ability("note", course.Note, course.note, _STAFF, _ANY, lacks="text_missing"),
    Ability("accept", Comment, course.accept, when=_WORKING),
    Ability("triage", course.Triage, course.triage),
    Ability("assign", course.Assign, course.assign),
    Ability("cause", course.Cause, course.cause, when=_OPEN | _ENDED),
    Ability(
        "review_completed",
        course.Findings,
        course.review_completed,
        when=_WORKING,
        reviews=True,
    ),
    Ability("action", course.Action, course.action, when=_OPEN | _ENDED),
    Ability("step", course.Step, course.step),
    Ability("correct_topic", course.Topic, course.correct_topic, when=_OPEN | _ENDED),
    Ability(
        "record_improvement",
        course.Improvement,
        course.record_improvement,
        when=_OPEN | _ENDED,
    ),
    Ability("flag_conduct", course.Conduct, course.flag_conduct, when=_ANY),
    # who else
    Ability("consult", people.Consult, people.consult, _STAFF),
    Ability("consulted", people.Consulted, people.consulted, when=_ANY),
    Ability("link", people.Link, people.link, when=_ANY),
    Ability("part", parting.Part, parting.part, _STAFF, _ANY),
    Ability(
        "verify_sender",
        people.Verify,
        people.verify_sender,
        _STAFF,
        _ANY,
    ),
    # to the customer
    Ability("ask", telling.Ask, telling.ask),
    Ability("progress", telling.Progress, telling.progress),
    Ability("extend", telling.Extend, telling.extend, when=_WORKING),
    Ability(
        "answer",
        answering.Answer,
        answering.answer,
        when=_WORKING | {"answered"},
        reviews=True,
        place=("result",),
    ),
    Ability(
        "resolve_at_once",
        answering.AtOnce,
        answering.resolve_at_once,
        when=frozenset({"received", "investigating"}),
        place=("acknowledge",),
    ),
    # what waits for a person
    Ability("task_done", posting.Done, posting.task_done, when=_ANY),
    Ability("dispatch_letter", posting.Dispatch, posting.dispatch_letter, when=_ANY),
    Ability("release", Comment, posting.release, _STAFF, _ANY),
    Ability("rights_answered", Comment, stages.rights_answered, when=_ANY),
    Ability("release_file", files.ReleaseFile, files.release_file, frozenset({"operator", "manager"}), _ANY),
    # stages and bodies
    Ability("result_accepted", stages.Accepted, stages.result_accepted, when=frozenset({"answered", "external"})),
    Ability(
        "escalate",
        stages.Escalate,
        stages.escalate,
        when=_OPEN | {"closed"},
    ),
    Ability(
        "acknowledge_escalation",
        Comment,
        stages.acknowledge_escalation,
        when=frozenset({"escalated", "reviewing"}),
    ),
    Ability("refer", stages.Refer, stages.refer, when=_OPEN | _ENDED),
    Ability("decide", stages.Decide, stages.decide),
    Ability("deadlock", Comment, stages.deadlock, _LEADERS),
    Ability("signpost", Comment, stages.signpost),
    # the end
    Ability("decline_help", ending.Declined, ending.decline_help, _MANAGERS, place=("conduct",)),
    Ability("withdraw", ending.Withdraw, ending.withdraw),
    Ability("close", ending.Close, ending.close, reviews=True),
    Ability("reopen", Comment, ending.reopen, when=_ENDED),
    Ability("not_a_complaint", ending.NoComplaint, ending.not_a_complaint),
    Ability(
        "back",
        ending.Back,
        ending.back,
        when=frozenset({"aside", "contact", "enquiry", "redirected"}),
    ),
    Ability(
        "erase",
        Comment,
        ending.erase,
        frozenset({"operator", "manager"}),
        _ANY,
    ),
)
TABLE: Mapping[str, Ability] = MappingProxyType({each.name: each for each in _EVERY})
"""Every command, by name."""
