"""What a further part means for the case that the first one opened: the complaint is heard anew, over all of it.

What the parts before had already said is not said twice: an event comes only where this one changes something.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from intake_daemon import events
from router.case import Case
from router.contact import absent
from router.heard import besides, joining
from router.recognise import Context
from router.rules import Rules
from router.turn import Decided, Effects, Turn, whole


def further(turn: Turn, case: Case, joined: Decided, rules: Rules) -> Turn:
    """The Turn with what this part changes. Of an erased case nothing is kept."""
    if case.erased:
        return replace(turn, effects=_kept_nothing(turn, case))
    if not turn.opening:
        return joining(replace(turn, decided=(joined,)), case, rules)
    decided = (joined, *_revised(turn), *_anew(turn, case, rules), *_besides(turn, case, rules))
    return replace(turn, decided=decided, silent=turn.silent or turn.unseen)


def _kept_nothing(turn: Turn, case: Case) -> Effects:
    return Effects("joined", "part", case=case.id, reference=case.reference, brand=case.brand, findings=turn.findings)


def _revised(turn: Turn) -> Iterator[Decided]:
    message = turn.message
    if message.revision_of and not turn.unseen:
        fact = events.ContactRevised(message=message.id, revision_of=message.revision_of)
        yield Decided(fact, message.contact_at, "customer")


def _anew(turn: Turn, case: Case, rules: Rules) -> Iterator[Decided]:
    """What the complaint is, where it is more than its parts before said."""
    message, said = turn.message, turn.said
    policy = rules.policies.by_hash(case.policy) if case.policy else rules.policies.brand(case.brand)
    absent_now = tuple(ask.field for ask in policy.ask if ask.must and absent(said, ask.field, ask.parts))
    missing = tuple(each for each in case.missing if each in absent_now)
    named = tuple(dict.fromkeys((*case.staff_named, *turn.staff_named)))
    first = min(said.contact_at, case.received_at or said.contact_at)
    danger = case.danger or turn.danger
    before = (case.received_at, case.language, case.missing, case.danger, case.staff_named)
    if before != (first, turn.language, missing, danger, named):
        fact = events.ComplaintContinued(
            message=message.id,
            contact_at=first,
            language=turn.language,
            missing=missing,
            danger=danger,
            staff_named=named,
        )
        yield Decided(fact, message.contact_at, "customer")
    if turn.topic != case.topic and case.topic == _topic_before(turn, rules):
        yield Decided(events.TopicSet(topic=turn.topic, rule=turn.topic_rule), turn.now)


def _topic_before(turn: Turn, rules: Rules) -> str:
    """What the parts before were about: a topic that is another by now was set by a person."""
    first, *others = turn.lines or (turn.message,)
    topic, _ = rules.topic(whole(first, others), turn.found_language or turn.language, danger=turn.danger)
    return topic


def _besides(turn: Turn, case: Case, rules: Rules) -> Iterator[Decided]:
    """Rights, conduct, danger: those of which nothing was said before."""
    first, *others = turn.lines or (turn.message,)
    language = turn.found_language or turn.language
    wants = rules.wants(whole(first, others), (language,) if language else (), Context())
    known = {_told(decided) for decided in besides(replace(turn, wants=wants, danger=case.danger))}
    yield from (decided for decided in besides(turn) if _told(decided) not in known)


def _told(decided: Decided) -> str:
    """What an event says, apart from by which part."""
    return f"{decided.fact.type_} {decided.fact.model_dump_json(exclude={'message', 'contact_at', 'received_at'})}"
