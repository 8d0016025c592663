"""Whether an input is a further part of what was said before; and which case a conversation is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from intake_daemon.message import Message
from router.case import Case
from router.recognise import Context
from router.rules import Rules
from router.turn import Gathering, Pause, Turn

_OF_THE_CASE = frozenset({"status", "escalation", "appeal", "withdrawal", "thanks", "dissatisfaction"})
"""What one says of a complaint that is closed; anything else is a new one."""
NO_TALK = frozenset({"enquiry", "aside"})
"""What is said after a question how it stands, or after what a person has set aside, is heard anew."""
_ONE_TALK = timedelta(hours=24)
"""So long who was sent elsewhere is not sent there again."""


def continued(turn: Turn, rules: Rules) -> Turn:
    """The Turn with what it is a further part of, and the case of that. A command is a part of nothing."""
    message, knows = turn.message, turn.knows
    if message.automatic.kind != "no" or message.fields.get("command"):
        return turn
    pause = rules.pauses.get(message.brand, Pause())
    for key in turn.keys.gatherings:
        found = knows.gathered.get(key)
        if found is None or not (key == turn.keys.group or _within(found, message, pause)):
            continue
        case = knows.cases.get(found.case or "")
        if case is not None and case.state == "aside" and not case.erased:
            continue
        lines = tuple(knows.lines[each] for each in found.lines if each in knows.lines)
        turn = turn.found("part: of what was said in one go", gathering=found, lines=lines)
        if case is not None and case.brand == message.brand:
            answered = message.reply_to is not None and message.reply_to.address is not None
            turn = replace(turn, case=case, tie="part", verified=answered, sort="addition")
        return turn
    return turn


def _within(found: Gathering, message: Message, pause: Pause) -> bool:
    """Whether it was said in the same go, by the times that the channel gives."""
    silence = timedelta(seconds=pause.silence)
    at = message.contact_at
    if found.over or not found.began - silence <= at <= found.last + silence:
        return False
    return max(found.last, at) - min(found.began, at) <= timedelta(seconds=pause.longest)


def current(turn: Turn, rules: Rules) -> Case | None:
    """The case that the conversation is about; None where what is said now is a new one."""
    message, knows = turn.message, turn.knows
    before = knows.gathered.get(turn.keys.conversation or "")
    if before is not None and before.fresh:
        return None
    for case in _cases(turn):
        if case.open or (case.complaint and (_command(message) or _means(turn, rules))):
            return case
        lately = message.contact_at - (before.last if before else case.opened_at) <= _ONE_TALK
        if case.state == "redirected" and lately and not _command(message):
            return case
        return None  # the latest counts: what was said about an older one was said before it
    return None


def _cases(turn: Turn) -> Iterator[Case]:
    for case_id in turn.knows.by_conversation:
        case = turn.knows.cases.get(case_id)
        if case is not None and case.brand == turn.message.brand and not case.erased and case.state not in NO_TALK:
            yield case


def _command(message: Message) -> bool:
    return bool(message.fields.get("command"))


def _means(turn: Turn, rules: Rules) -> bool:
    """Whether it speaks of a case that is over. Signs of a complaint alone are a new one."""
    return any(want.kind in _OF_THE_CASE for want in rules.wants(turn.message, (), Context()))
