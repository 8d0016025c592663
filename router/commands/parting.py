"""A contact is given to the case that it belongs to, or its complaint begins a case of its own (R-12).

Rules
-----
1. What a case began with stays with it. Where that holds two complaints, the second one's case begins with a copy of
   the contact: its words, or those of them that are named, its files, its sender.
2. A case of its own has a reference of its own, and its clocks from the contact's own receipt, late ones late (R-9);
   the customer is acknowledged as for every complaint.
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
from router.commands.people import beside_of, contact_of, other_case
from router.contact import message_keys
from router.turn import Effects, Knowledge, Turn

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
    if data.reference is None:
        return _new(doing, message, data.words)
    other = other_case(doing, data.reference)
    if message.id == doing.case.contact:
        raise Refused("first_contact", "message", instead=["verify_sender", "link"])
    away = events.ContactMoved(message=message.id, other=other.reference, away=True)
    here = events.ContactMoved(message=message.id, other=doing.case.reference, away=False)
    there = beside_of(doing, other, here, renamed=_told(doing, message))
    return doing.done(away, beside=(there,), moved=((message.id, other.id),))


def _told(doing: Doing, message: Message) -> tuple[str, ...]:
    """The reference that the customer was told of this contact: it goes with it (design 6)."""
    return () if message.reference == doing.case.reference else (message.reference,)


def _new(doing: Doing, message: Message, words: str | None) -> Effects:
    stays = message.id in {doing.case.contact, doing.case.answers_to} or words is not None
    begins = _copied(doing, message, words) if stays else message
    if begins.id in doing.case.parted:
        raise Refused("done_before", "message")
    rules = doing.rules
    keys = message_keys(begins, rules.key, rules.brands)
    nothing = Knowledge(loads=doing.knows.loads, brand_recent=doing.knows.brand_recent)
    turn = Turn(begins, nothing, doing.now, keys=keys if not stays else replace(keys, registers=()), insisted=True)
    turn = assign.assign(decide.decide(understand.understand(turn, rules), rules), rules)
    effects = acknowledge.acknowledge(turn, rules).effects
    if effects is None:
        raise AssertionError("the last stage always decides")
    linked = doing.done(events.CaseLinked(reference=doing.case.reference, reason=_REASON)).decided
    there = replace(effects, decided=(*effects.decided, *linked), kept=begins if stays else None)
    if not stays:
        there = replace(there, renamed=_told(doing, message))
    away = events.ContactParted(message=message.id, other=begins.reference, contact=begins.id)
    moved = () if stays else ((message.id, begins.id),)
    return doing.done(away, beside=(there,), moved=moved)


def _copied(doing: Doing, message: Message, words: str | None) -> Message:
    """The contact once more, as what the new case begins with."""
    own = message.new_words
    said = " ".join((words or own).split())
    if said not in " ".join(own.split()):
        raise Refused("bad_value", "words")
    identity = message_id(f"part:{message.id}:{said}")
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
