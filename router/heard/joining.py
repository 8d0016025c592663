"""A contact that belongs to a case: what it says besides what the handler reads in it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta

from intake_daemon import events
from intake_daemon.message import message_id
from router.breaker import TASK
from router.calendar import add
from router.case import Case
from router.heard.opening import rights
from router.heard.stages import stages
from router.owing import Owing
from router.paper import task
from router.policy import Span
from router.rules import Rules
from router.turn import Decided, Intent, Turn

_RECEIPT_AFTER = timedelta(hours=24)
_REOPEN = Span("working_days", 2)
"""Within which a person decides whether a closed case is taken up again."""


@dataclass
class Heard:
    """What was found in it so far."""

    decided: list[Decided] = field(default_factory=list)
    owed: list[Intent] = field(default_factory=list)
    found: list[str] = field(default_factory=list)
    silent: bool = False
    """The handler need not be told: nothing is to be done."""


def joining(turn: Turn, case: Case, rules: Rules) -> Turn:
    """The Turn with what the customer's words mean for the case. A sender whom we do not know only adds to it."""
    if not turn.verified or turn.staff or case.erased:
        return turn
    if turn.unseen:
        return turn.found("revision: nothing that can be seen", silent=True)
    heard = Heard()
    _revised(turn, heard)
    owing = Owing(rules, case.brand, turn.message, case.language)
    _answers(turn, case, heard)
    heard.decided += rights(turn)
    if turn.wants_any("abuse") and not case.flagged:
        heard.decided.append(Decided(events.ConductFlagged(by="rule", message=turn.message.id), turn.now))
    asked = _status(turn, owing, heard)
    moved, letters = stages(turn, case, rules, owing)
    heard.decided += moved
    heard.owed += letters if turn.quiet != "breaker" else _held(letters)
    heard.found += [f"escalation: {each.fact.type_}" for each in moved[:1]]
    marked = not moved and _marked(turn, case, heard)
    if not moved and not marked and case.state in {"closed", "withdrawn"}:
        _afterwards(turn, case, rules, owing, heard)
    if turn.quiet == "breaker":
        _stopped(turn, case, rules, owing, heard)
    elif not asked and not moved and not heard.silent:
        heard.owed += _receipt(turn, case, owing)
    for finding in heard.found:
        turn = turn.found(finding)
    return replace(
        turn,
        decided=(*turn.decided, *heard.decided),
        owed=(*turn.owed, *heard.owed),
        silent=heard.silent,
    )


_MARK = re.compile(r"\s*([1-5])(?:\s*/\s*5)?\s*(?:$|[-.,;:!)\u2013\u2014\n])")
_LITTLE = 8
"""Words beside a mark that ask nobody to read them."""


def _marked(turn: Turn, case: Case, heard: Heard) -> bool:
    """A number in answer to our question after the end (A-06). Whether that is all: what else is said, is read."""
    asked = any(row.purpose == "survey" for row in turn.knows.notices.values())
    said = turn.message.new_words.strip()
    mark = _MARK.match(said)
    if mark is None or case.open or not (asked or (case.surveyed and mark.end() >= len(said))):
        return False
    fact = events.SurveyAnswered(score=int(mark[1]), by="reply")
    heard.decided.append(Decided(fact, turn.message.contact_at, "customer"))
    heard.found.append("survey: a mark")
    heard.silent = len(said.split()) <= _LITTLE and not turn.wants_any("dissatisfaction", "complaint", "escalation")
    return heard.silent


def _answers(turn: Turn, case: Case, heard: Heard) -> None:
    """What we asked for came, or something that may be it; a person reads it (L-10 K-14)."""
    if case.asked or turn.wants_any("answer"):
        fact = events.InformationReceived(message=turn.message.id)
        heard.decided.append(Decided(fact, turn.message.contact_at, "customer"))
        heard.found.append("answer: to what was asked")


def _revised(turn: Turn, heard: Heard) -> None:
    """An edit stands in the case beside the first text, which is kept (AT-X09)."""
    if turn.message.revision_of:
        fact = events.ContactRevised(message=turn.message.id, revision_of=turn.message.revision_of)
        heard.decided.append(Decided(fact, turn.message.contact_at, "customer"))
        heard.found.append("revision: of an earlier message")


def _status(turn: Turn, owing: Owing, heard: Heard) -> bool:
    """How it stands is told at once (K-19). Where it may be more than a question, the handler reads it, too."""
    message = turn.message
    if not turn.wants_any("status"):
        return False
    asked = events.StatusAsked(message=message.id, verified=True)
    heard.decided.append(Decided(asked, message.contact_at, "customer"))
    if not turn.quiet:
        heard.owed += owing.customer("status_answer", cause=message.id, sends="status.told", data={"verified": True})
    heard.found.append("status: told to the customer of the case")
    heard.silent = not turn.quiet and turn.sure("status") and len({want.kind for want in turn.wants}) == 1
    return True


def _held(letters: Iterable[Intent]) -> Iterator[Intent]:
    """Those to the customer wait for a person."""
    for each in letters:
        yield each if each.staff is not None or each.held else each.model_copy(update={"held": "breaker"})


def _stopped(turn: Turn, case: Case, rules: Rules, owing: Owing, heard: Heard) -> None:
    """Perhaps a machine answers us: who works on the case is told once, and not of its every letter."""
    heard.silent = any(task.kind == TASK for task in case.tasks)
    if not heard.silent:
        owner = rules.reached(case.handler or "", case.team or "")
        opened, letters = task(owing, TASK, owner=owner, cause=turn.message.id, now=turn.now)
        heard.decided += opened
        heard.owed += letters


def _afterwards(turn: Turn, case: Case, rules: Rules, owing: Owing, heard: Heard) -> None:
    """After closing: thanks change nothing; anything else is looked at by a person within two working days (AT-X23)."""
    if turn.part:
        return
    if turn.sure("thanks"):
        heard.found.append("closed: thanks change nothing")
        heard.silent = True
        return
    policy = rules.policies.by_hash(case.policy) if case.policy else rules.policies.brand(case.brand)
    due = add(rules.calendars[policy.calendar], turn.now, _REOPEN).at
    task = message_id(f"task:reopening:{turn.message.id}")[:8]
    owner = next(iter(rules.in_role("manager", case)), case.handler or "")
    opened = events.TaskOpened(task=task, kind="reopening", owner=owner, due=due)
    heard.decided.append(Decided(opened, turn.now))
    data = {"task": task, "kind": "reopening", "due": due.isoformat()}
    heard.owed += owing.staff("task", [owner], cause=f"{turn.message.id}/{task}", data=data)
    heard.found.append("closed: a person decides whether it is taken up again")


def _receipt(turn: Turn, case: Case, owing: Owing) -> Iterator[Intent]:
    """One line for a later addition: at most one a day, none in the first day (R-12), none for an edit."""
    message = turn.message
    last = max(filter(None, (case.receipted_at, case.received_at)), default=None)
    if (
        turn.part
        or message.revision_of
        or turn.quiet
        or last is None
        or message.received_at - last < _RECEIPT_AFTER
        or not case.acknowledged_at
    ):
        return
    yield from owing.customer("addition_receipt", cause=message.id)
