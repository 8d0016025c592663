"""A contact is given to the case that it belongs to, or its complaint begins a case of its own (R-12).

Rules
-----
1. What a case began with stays with it. Where that holds two complaints, the second one's case begins with a copy of
   the contact: its words, or those of them that are named, its files, its sender. So does the case of what had begun
   another one before it was given to this: that other one is there, under the contact's id.
2. A case of its own has a reference of its own, and its clocks from the contact's own receipt, late ones late (R-9);
   the customer is acknowledged as for every complaint.
4. A contact goes whole (moving.py), with every line that was said in one go. Of what a case began with one line may be
   named, where that alone is the other complaint.
3. The words are the customer's: nobody's else can be put into them.
"""

from __future__ import annotations

from dataclasses import replace

from intake_daemon import events
from intake_daemon.message import Message, message_id
from intake_daemon.reference import reference
from router import acknowledge, assign, decide, understand
from router.commands.data import Data, Name, Text
from router.commands.doing import Doing, Refused
from router.commands.moving import Moving, moving
from router.commands.people import beside_of, contact_of, other_case
from router.contact import message_keys
from router.turn import Effects, Knowledge, Turn, whole

_REASON = "parted"


class Part(Data):
    """A contact belongs to another case, or to one of its own."""

    message: Name | None = None
    """Id of the contact; the customer's latest, by default."""
    reference: Name | None = None
    """Reference of the case that it belongs to; a new one, where none is named."""
    words: Text | None = None
    """Of a new case: those of the customer's words that are its complaint; all of them, by default."""


def part(doing: Doing, data: Part) -> Effects:
    """Gives a contact to the case that it belongs to, with its words; or lets its complaint begin a case of its own,
    with its own reference, and its clocks from the same receipt. What a case began with stays with it."""
    message = contact_of(doing, data.message) if data.message else doing.owing.contact
    if message is None:
        raise Refused("not_known", "message")
    moves = moving(doing, message)
    if data.reference is None:
        began_another = moves.first.reference in doing.case.links  # people.verify_sender gave it to this one
        if not moves.opened and not began_another and data.words is None:
            return _new(doing, moves)
        named = data.message is not None and message.id != doing.case.contact
        return _begun(doing, message if named else whole(moves.first, moves.lines[1:]), data.words)
    other = other_case(doing, data.reference)
    if moves.opened:
        raise Refused("first_contact", "message", instead=["verify_sender", "link"])
    there = beside_of(doing, other, moves.here(), renamed=moves.told, threads=moves.ties)
    given = {"moved": moves.moved(other.id), "untied": moves.ties, "talks": moves.talks}
    return doing.done(moves.away(other.reference), beside=(there,), **given)


def _begun(doing: Doing, message: Message, words: str | None) -> Effects:
    """A case that begins with a copy of what stays where it is."""
    begins = _copied(doing, message, words)
    if begins.id in doing.case.parted:
        raise Refused("done_before", "message")
    there = replace(_case(doing, begins, (), ()), kept=begins)
    away = events.ContactParted(message=message.id, other=begins.reference, contact=begins.id)
    return doing.done(away, beside=(there,))


def _new(doing: Doing, moves: Moving) -> Effects:
    """A case that begins with what leaves this one."""
    first, further = moves.first, moves.lines[1:]
    there = _case(doing, first, further, moves.ties)
    parts = moves.joined(further, verified=False, part=True)
    there = replace(there, decided=(*there.decided, *parts), renamed=moves.told)
    away = events.ContactParted(
        message=first.id, other=first.reference, contact=first.id, parts=moves.parts, attachments=moves.files
    )
    given = {"moved": moves.moved(first.id), "untied": moves.ties, "talks": moves.talks}
    return doing.done(away, beside=(there,), **given)


def _case(doing: Doing, begins: Message, further: tuple[Message, ...], ties: tuple[str, ...]) -> Effects:
    """What a complaint is that begins with this, as from every other door."""
    rules = doing.rules
    keys = replace(message_keys(begins, rules.key, rules.brands), registers=ties)
    nothing = Knowledge(loads=doing.knows.loads, brand_recent=doing.knows.brand_recent)
    turn = Turn(begins, nothing, doing.now, keys=keys, insisted=True, lines=further)
    turn = assign.assign(decide.decide(understand.understand(turn, rules), rules), rules)
    effects = acknowledge.acknowledge(turn, rules).effects
    if effects is None:
        raise AssertionError("the last stage always decides")
    linked = doing.done(events.CaseLinked(reference=doing.case.reference, reason=_REASON)).decided
    return replace(effects, decided=(*effects.decided, *linked))


def _copied(doing: Doing, message: Message, words: str | None) -> Message:
    """The contact once more, as what the new case begins with."""
    own = message.new_words
    said = " ".join((words or own).split())
    if said not in " ".join(own.split()):
        raise Refused("bad_value", "words")
    identity = message_id(f"part:{doing.case.id}:{message.id}:{said}")  # it may have been parted off in another case
    return message.model_copy(
        update={
            "id": identity,
            "reference": reference(doing.rules.brands[doing.case.brand].prefix, doing.rules.key, identity),
            "text": words or own,
            "new_text": (),
            "html": "",
            "original": None,
        }
    )
