"""Stage 4: which words are owed, to whom, and which are withheld.

    acknowledgement   to the customer, once per case, on the channel they used (W-07 A-13)
    assignment        to the handler, at once
    addition          to the handler, when something new came to their case

An acknowledgement goes only to the address that the contact came from, never to a machine, and never repeats what was
typed. It is withheld, and a person decides, when nobody can be reached (`no_address`), the contact was brought in by
`intake import` (`imported`) or is old (`old_contact`), a colleague only named the address (`named_address`), this
correspondent has had too many (`breaker`) or the brand is sending too many at once (`brake`). Where nobody can be
reached it is laid out as a letter, and a task says so.
"""

from __future__ import annotations

from dataclasses import replace

from intake_daemon import events
from router import paper
from router.case import Case
from router.foreseen import foreseen
from router.owing import NOBODY, Owing
from router.rules import Rules
from router.turn import Decided, Effects, Turn

UNDESCRIBED = "undescribed"
"""The remark of a scan that came without a word about it: a person is asked for them, as a task."""


def acknowledge(turn: Turn, rules: Rules) -> Turn:
    """The Turn with its Effects: everything that is written about this input."""
    if turn.effects is not None:
        return turn
    if turn.case is not None and turn.case.complaint:
        return replace(turn, effects=_addition(turn, turn.case, rules))
    return replace(turn, effects=_complaint(turn, rules))


def _complaint(turn: Turn, rules: Rules) -> Effects:
    message = turn.message
    case_id = turn.case.id if turn.case else message.id
    owing = Owing(rules, message.brand, message, turn.language)
    told = [turn.handler]
    if turn.staff_named:  # who leads them hears of it, too (L-09 A-07 K-22)
        told += [each for each in rules.leaders(turn.team) if each not in turn.staff_named][:1]
    intents = [*turn.owed, *owing.staff("assignment", dict.fromkeys(told), cause=message.id)]
    intents += foreseen(owing, turn.said, turn.handler)
    decided = [*turn.decided]
    assigned = events.HandlerAssigned(handler=turn.handler, team=turn.team, reason=turn.handler_reason)
    decided.append(Decided(assigned, turn.now))
    why = turn.quiet
    if why:
        decided.append(Decided(events.AcknowledgementWithheld(reason=why), turn.now))
    sends = "acknowledgement.sent"
    if why in NOBODY:  # by post, or somebody finds a way (C-W6 C-A3 K-04)
        opened, letters = paper.told(
            owing, "acknowledgement", owner=turn.handler, cause=message.id, now=turn.now, sends=sends
        )
        decided += opened
        intents = [*intents, *letters]
    else:
        letters = tuple(owing.customer("acknowledgement", cause=message.id, sends=sends, held=why))
        intents = [*letters, *intents]
        if why == "named_address" and letters:
            opened, mails = paper.task(
                owing, why, owner=turn.handler, cause=message.id, now=turn.now, notice=letters[0].id
            )
            decided += opened
            intents += mails
    if UNDESCRIBED in message.remarks:  # a scan, and nobody has said yet what it says
        opened, mails = paper.task(owing, "describe", owner=turn.handler, cause=message.id, now=turn.now)
        decided += opened
        intents = [*intents, *mails]
    finding = f"acknowledgement: {'withheld, ' + why if why else 'owed in ' + turn.language}"
    return Effects(
        "joined" if turn.part else "case",
        "part" if turn.part else "",
        case=case_id,
        reference=turn.case.reference if turn.case else message.reference,
        brand=message.brand,
        decided=tuple(decided),
        intents=tuple(intents),
        aliases=(message.reference,),
        threads=turn.keys.registers,
        correspondents=turn.keys.correspondents,
        findings=(*turn.findings, finding),
        topic=turn.topic,
        team=turn.team,
        handler=turn.handler,
        language=turn.language,
    )


def _addition(turn: Turn, case: Case, rules: Rules) -> Effects:
    message = turn.message
    owing = Owing(rules, case.brand, message, case.language)
    intents, decided = [*turn.owed], [*turn.decided]
    theirs = turn.gathering.letters if turn.part and turn.gathering else ()
    waiting = [row for row in turn.knows.letters.values() if row.id in theirs and row.staff and row.state == "owed"]
    dropped: tuple[str, ...] = ()
    if turn.opening and turn.handler != case.handler:  # what came now is another's
        assigned = events.HandlerAssigned(handler=turn.handler, team=turn.team, reason=turn.handler_reason)
        decided.append(Decided(assigned, turn.now))
        dropped = tuple(row.id for row in waiting)
        intents += owing.staff("assignment", [turn.handler], cause=message.id)
    elif not turn.silent and not waiting and not any(each.staff for each in turn.owed):
        intents += owing.staff("addition", [rules.reached(case.handler or "", case.team or "")], cause=message.id)
    return Effects(
        "joined",
        turn.tie,
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        decided=tuple(decided),
        intents=tuple(intents),
        dropped=dropped,
        aliases=(message.reference,),
        threads=turn.keys.registers,
        correspondents=turn.keys.correspondents if turn.verified else (),
        findings=turn.findings,
        topic=turn.topic if turn.opening else case.topic,
        team=turn.team if turn.opening else case.team or "",
        handler=turn.handler if turn.opening else case.handler or "",
        language=turn.language if turn.opening else case.language,
    )
