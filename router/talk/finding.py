"""Whether an input is a further part of what was said before; and which case a conversation is about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from intake_daemon.message import Message
from router.case import Case
from router.recognise import Context
from router.rules import Rules
from router.turn import LISTENED, Gathering, NoticeRow, Pause, Turn

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
        known = knows.gathered.get(key)
        if known is None:
            continue
        near = (_grown(turn, known),) if key == turn.keys.group else _near(known, message, pause)
        pieces = _one(tuple(each for each in near if not _set_aside(turn, each)), message, pause)
        if not pieces:
            continue
        found = _whole(pieces)
        case = knows.cases.get(found.case or "")
        lines = tuple(knows.lines[each] for each in found.lines if each in knows.lines)
        finding = "part: of what was said in one go" + (", between what came before" if len(pieces) > 1 else "")
        turn = turn.found(finding, gathering=found, pieces=pieces, lines=lines)
        if case is not None and case.brand == message.brand:
            answered = message.reply_to is not None and message.reply_to.address is not None
            # a contact that a person has given to this case made nobody its customer
            verified = answered and (found.opened or turn.answered_where_known(case.id))
            turn = replace(turn, case=case, tie="part", verified=verified, sort="addition")
        return turn
    return turn


def _grown(turn: Turn, group: Gathering) -> Gathering:
    """What a group is by now: of a conversation, with the lines that were written beside it."""
    talk = turn.knows.gathered.get(turn.keys.conversation or "")
    return next((each for each in (talk.each if talk else ()) if set(group.lines[:1]) & set(each.lines)), group)


def _set_aside(turn: Turn, found: Gathering) -> bool:
    """By a person: what is said further is heard anew."""
    case = turn.knows.cases.get(found.case or "")
    return case is not None and case.state == "aside" and not case.erased


def _near(known: Gathering, message: Message, pause: Pause) -> tuple[Gathering, ...]:
    """What was said in the same go, by the times that the channel gives, the nearest first; nothing from the other side
    of the moment in which the customer said that it is over."""
    silence, longest, at = timedelta(seconds=pause.silence), timedelta(seconds=pause.longest), message.contact_at
    near: list[Gathering] = []
    for each in known.each:
        if each.over:
            if at >= each.last:
                break
            near.clear()  # what was said after it
            continue
        within = each.began - silence <= at <= each.last + silence
        if within and max(each.last, at) - min(each.began, at) <= longest:
            near.append(each)
    return tuple(sorted(near, key=lambda each: max(each.began - at, at - each.last)))


def _one(near: tuple[Gathering, ...], message: Message, pause: Pause) -> tuple[Gathering, ...]:
    """Those that it ties to one contact: what came in between makes them one, unless they are about different cases."""
    taken: list[Gathering] = []
    at = message.contact_at
    for each in near:
        cases = {one.case for one in (*taken, each) if one.case}
        began = min(at, *(one.began for one in (*taken, each)))
        last = max(at, *(one.last for one in (*taken, each)))
        if not taken or (len(cases) <= 1 and last - began <= timedelta(seconds=pause.longest)):
            taken.append(each)
    return tuple(taken)


def _whole(pieces: tuple[Gathering, ...]) -> Gathering:
    """Several as one; it begins with what opened the case."""
    first, *others = sorted(pieces, key=lambda each: (not each.opened, each.case is None, each.began))
    if not others:
        return first
    return first.model_copy(
        update={
            "lines": tuple(line for each in (first, *others) for line in each.lines)[:LISTENED],
            "began": min(each.began for each in pieces),
            "last": max(each.last for each in pieces),
            "since": min(each.since for each in pieces),
            "letters": tuple(dict.fromkeys(letter for each in (first, *others) for letter in each.letters)),
            "fresh": all(each.fresh for each in pieces),
        }
    )


def fresh(turn: Turn) -> bool:
    """Whether the customer has said that the next thing is a new complaint, and says this after that."""
    before = turn.knows.gathered.get(turn.keys.conversation or "")
    if before is None or not before.fresh:
        return False
    said = next((each for each in before.each if each.over), None)
    return said is None or turn.message.contact_at >= said.last


def asked(turn: Turn) -> Iterator[NoticeRow]:
    """What happened, they were asked in this go, or since they said that it is a new complaint."""
    latest = turn.knows.gathered.get(turn.keys.conversation or "")
    hand = [letter for each in (turn.gathering, latest) if each is not None for letter in each.letters]
    letters = turn.knows.letters
    yield from (letters[each] for each in hand if each in letters and letters[each].purpose == "question")


def current(turn: Turn, rules: Rules) -> Case | None:
    """The case that the conversation is about; None where what is said now is a new one."""
    message, knows = turn.message, turn.knows
    before = knows.gathered.get(turn.keys.conversation or "")
    if fresh(turn):
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
