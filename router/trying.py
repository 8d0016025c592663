"""What becomes of a canary (intake_daemon/canary.py): all four stages are walked, and nothing of it is kept but its row
and its letter. Pure.

It joins no case and begins none: no event, no handler, no count, no clock, no key by which another contact finds it.
The letter is the one that a customer would get, rendered from the case that there would be; it counts for no brake and
no breaker, and waits behind no other; so it goes to the operator's address, or nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from intake_daemon import canary
from intake_daemon.canary import NOWHERE
from intake_daemon.contract import NOBODY
from intake_daemon.events import Event, event_id
from intake_daemon.message import Message
from router import deadlines, letters
from router.case import Case, evolve
from router.rules import Rules
from router.turn import BY_POST, Decided, Effects, Intent, Words

_INSTEAD = "instead"
"""In the letter's data: which letter of a customer's it is."""


def effects(named: str, message: Message, walked: Effects, rules: Rules) -> Effects:
    """What is kept of it. `named`: the canary's id; `walked`: what would have been decided."""
    # what is laid out to be posted would wait for ever: no queue is read by who posts it
    owed = next((each for each in walked.intents if each.staff is None and each.connector != BY_POST), None)
    letter = () if owed is None or _to_a_stranger(message, rules) else (_letter(owed, message),)
    return Effects(
        canary.PURPOSE,
        named,
        reference=message.reference,
        intents=letter,
        findings=walked.findings,
        topic=walked.topic,
        team=walked.team,
        handler=walked.handler,
        language=walked.language,
    )


def _to_a_stranger(message: Message, rules: Rules) -> bool:
    """Whether its letter would be for somebody: a mail address that is not the operator's, a number or an account that
    is not nobody's. Then they say ours once more, and no brake would stop the letters."""
    to = message.reply_to.address if message.reply_to else None
    if to is None:
        return False
    if to.kind == "email":
        # nowhere as we write it alone: written otherwise it would go out by mail (life/answer.py)
        return to.value != NOWHERE and to.value.casefold() != rules.canaries.casefold()
    return to.value != NOBODY.get(to.kind, to.value)  # who chats is nobody else than who asks


def _letter(owed: Intent, message: Message) -> Intent:
    """Of nobody's recipient: so it waits behind no other letter, and none waits behind it."""
    data = {**owed.data, _INSTEAD: owed.purpose}
    plain = {"purpose": canary.PURPOSE, "sends": "", "held": "", "wait": 0, "recipient": message.id, "data": data}
    return owed.model_copy(update=plain)


def render(walked: Effects, intent: Intent, message: Message, rules: Rules, now: datetime) -> Words | None:
    """The words of its letter."""
    case = _folded(None, message, walked.decided, now)
    if case is not None:
        case = _folded(case, message, deadlines.follow(case, rules, now), now)
    if case is None:
        return None
    owed = intent.model_copy(update={"purpose": str(intent.data[_INSTEAD])})
    return letters.render(case, owed, message, None, rules, now)


def _folded(case: Case | None, message: Message, decided: Iterable[Decided], now: datetime) -> Case | None:
    for each in decided:
        sequence = (case.sequence if case else 0) + 1
        event = Event(
            id=event_id(message.id, sequence),
            case=message.id,
            reference=message.reference,
            brand=message.brand,
            sequence=sequence,
            type=each.fact.type_,
            time=each.time,
            recorded_at=now,
            actor=each.actor,
            data=each.fact.model_dump(mode="json"),
        )
        case = evolve(case, event)
    return case
