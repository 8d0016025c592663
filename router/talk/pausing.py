"""Which letters wait until they have finished, and what is remembered of what was said.

A letter waits for a silence after the last line, and never longer than the pause allows after the first. That is
counted from when we decide, so that what waited in a queue is still heard together before it is answered. The parts of
a call or of a batch do not wait: nobody knows whether another comes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from intake_daemon import events
from intake_daemon.message import Message
from router.rules import Rules
from router.talk.finding import asked, fresh
from router.turn import LISTENED, Decided, Effects, Gathering, Intent, NoticeRow, Pause, Turn

_AT_ONCE = frozenset({"status_answer"})
"""Who asks how it stands is told, whatever else they write."""


def pausing(turn: Turn, effects: Effects, rules: Rules) -> Effects:
    """The Effects, with their letters waiting and the parts remembered."""
    message = turn.message
    if not turn.keys.gatherings or message.automatic.kind != "no":
        return effects
    if command := str(message.fields.get("command") or ""):
        effects = _hurried(turn, effects)
        if command != "new" or not (message.new_words.strip() or message.attachments):
            return _over(turn, effects, new=command == "new")
    wait = _wait(turn, rules)
    drawn = _drawn(turn, effects)
    effects = replace(
        effects,
        intents=tuple(_waits(turn, each, wait, drawn) for each in effects.intents),
        decided=(*effects.decided, *(_joined(each) for each in drawn)),
        drawn=(*(each.id for each in drawn), *(_questions(turn) if drawn else ())),
        dropped=(*effects.dropped, *_answered(turn, effects)),
    )
    again = tuple(_again(turn, row, wait) for row in _owed(turn) if row.id not in effects.dropped)
    first = turn.gathering.lines[0] if turn.gathering else None
    return replace(
        effects,
        again=(*effects.again, *again),
        part_of=first,
        merged=tuple(each.lines[0] for each in turn.pieces if each.lines[0] != first),
        gathered=_gathered(turn, effects),
    )


def _wait(turn: Turn, rules: Rules) -> float:
    """Seconds from now."""
    if turn.keys.conversation is None:
        return 0.0
    pause = rules.pauses.get(turn.message.brand, Pause())
    since = turn.gathering.since if turn.gathering else turn.now
    left = (since + timedelta(seconds=pause.longest) - turn.now).total_seconds()
    return max(0.0, min(pause.silence, left))


def _waits(turn: Turn, intent: Intent, wait: float, drawn: Sequence[Message]) -> Intent:
    if intent.held or intent.wait or intent.purpose in _AT_ONCE:
        return intent
    anew = drawn or intent.purpose in {"acknowledgement", "assignment"}
    lines = tuple(each.id for each in turn.lines) if anew and intent.contact == turn.message.id else ()
    return intent.model_copy(update={"wait": wait, "lines": lines})


def _owed(turn: Turn) -> Iterator[NoticeRow]:
    """The letters that wait for its end and have not left."""
    before = turn.gathering
    waiting = turn.knows.letters.values()
    yield from (row for row in waiting if before and row.id in before.letters and row.state == "owed" and row.intent)


def _again(turn: Turn, row: NoticeRow, wait: float) -> Intent:
    """The letter as it is owed now: to be told with this part, in the language that they all speak."""
    intent = row.intent
    assert intent is not None  # noqa: S101 -- `_owed` gives no others
    changed = {"lines": (*intent.lines, turn.message.id)[:LISTENED], "wait": wait}
    if intent.staff is None and turn.language:
        changed["language"] = turn.language
    return intent.model_copy(update=changed)


def _answered(turn: Turn, effects: Effects) -> Iterator[str]:
    """Letters that need not be sent any more: a question that was answered before it was asked, and where a case turns
    out to be a complaint, what it was told as something less."""
    complaint = any(each.purpose == "acknowledgement" for each in effects.intents)
    for row in _owed(turn):
        less = complaint and row.purpose in {"redirect", "status_answer"}
        if less or (row.purpose == "question" and effects.case is not None):
            yield row.id


def _drawn(turn: Turn, effects: Effects) -> tuple[Message, ...]:
    """What was set aside, and turns out to be the beginning of this."""
    loose = {line for each in turn.pieces if each.case is None for line in each.lines}
    return tuple(each for each in turn.lines if each.id in loose) if effects.case is not None else ()


def _joined(message: Message) -> Decided:
    fact = events.ContactJoined(
        message=message.id,
        channel=message.channel,
        received_at=message.received_at,
        by="part",
        verified=False,  # the part that opened the case is answered
        attachments=len(message.attachments),
        part=True,
    )
    return Decided(fact, message.received_at, "customer")


def _questions(turn: Turn) -> Iterator[str]:
    """Our question belongs to the case, too, if it was asked: an erasure takes its words."""
    yield from dict.fromkeys(row.id for row in asked(turn))


def _gathered(turn: Turn, effects: Effects) -> tuple[Gathering, ...]:
    message, before, now = turn.message, turn.gathering, turn.now
    letters = tuple(each.id for each in effects.intents if each.purpose not in _AT_ONCE)
    if before is None:
        opened = effects.disposition == "case"
        one = Gathering(
            key="",
            lines=(message.id,),
            began=message.contact_at,
            last=message.contact_at,
            since=now,
            case=effects.case,
            opened=opened,
            letters=letters,
            fresh=fresh(turn) and effects.case is None,
        )
        return tuple(_kept(turn, key, one) for key in turn.keys.gatherings)
    at = message.contact_at
    one = before.model_copy(
        update={
            "lines": (*before.lines, message.id)[:LISTENED],
            "began": min(before.began, at),
            "last": max(before.last, at),
            "case": effects.case or before.case,
            "opened": before.opened or (before.case is None and effects.disposition == "case"),
            "letters": tuple(dict.fromkeys((*before.letters, *letters))),
            "fresh": before.fresh and effects.case is None,
        }
    )
    return tuple(_kept(turn, key, one) for key in _keys(turn, before))


def _kept(turn: Turn, key: str, one: Gathering) -> Gathering:
    """As it is remembered under its key: of a conversation with what it had come to before."""
    known = turn.knows.gathered.get(key) if key == turn.keys.conversation else None
    if known is not None and turn.message.fields.get("command") == "new" and not one.over:  # words with the button
        at = turn.message.contact_at
        known = Gathering(key=key, began=at, last=at, since=turn.now, over=True).placed(known)
    return one.model_copy(update={"key": key}).placed(known, turn.pieces)


def _keys(turn: Turn, before: Gathering) -> Iterator[str]:
    """Under which it is remembered: a photo of an album that comes much later does not change what the conversation
    has come to."""
    for key in turn.keys.gatherings:
        known = turn.knows.gathered.get(key)
        same = known is not None and any(each.lines[:1] == before.lines[:1] for each in known.each)
        if known is None or key == before.key or same:
            yield key


def _hurried(turn: Turn, effects: Effects) -> Effects:
    """A button, or a command: what was said before it is over, and answered now."""
    before = turn.knows.gathered.get(turn.keys.conversation or "")
    waiting = turn.knows.letters.values()
    owed = [row.intent for row in waiting if before and row.id in before.letters and row.state == "owed" and row.intent]
    again = tuple(intent.model_copy(update={"wait": 0.0}) for intent in owed if intent.purpose != "question")
    pressed_again = effects.case is None and not effects.intents  # then the question still stands
    dropped = () if pressed_again else tuple(intent.id for intent in owed if intent.purpose == "question")
    return replace(effects, again=again, dropped=(*effects.dropped, *dropped))


def _over(turn: Turn, effects: Effects, *, new: bool) -> Effects:
    key, at = turn.keys.conversation, turn.message.contact_at
    if key is None:
        return effects
    questions = tuple(each.id for each in effects.intents if each.purpose == "question")
    letters = questions or tuple(each for each in _questions(turn) if each not in effects.dropped)
    said = Gathering(key=key, began=at, last=at, since=turn.now, over=True, fresh=new, letters=letters)
    return replace(effects, gathered=(_kept(turn, key, said),))
