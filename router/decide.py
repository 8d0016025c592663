"""Stage 2: what the policy says of it, as events; pure.

What an input may be: machine mail (kept, answered by nobody, perhaps news of a notice), an addition to a case, a note
of staff, or a complaint. Doubt counts as complaint. The policy that governs a case is the one in force at receipt,
named by its hash for ever (R-10).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

from intake_daemon import events
from intake_daemon.message import Message, Receipt
from router import talk
from router.case import Case
from router.contact import absent, channel_of
from router.heard import besides, excepted, joining, only_asks, opening, taken
from router.owing import breaker, withheld
from router.rules import Rules
from router.turn import Decided, Effects, Knowledge, NoticeRow, Turn
from router.undelivered import undelivered

_NEWS = ("unknown", "sent", "delivered", "failed")
"""What a receipt may say, the stronger word last: a bounce that overtakes our own receipt stays (design 2)."""
_QUOTED = 60
"""How likely a stranger who quotes a reference means that case, in hundredths."""
_SOON = timedelta(minutes=1)
"""When a deferred notice whose connector named no time is tried again."""


def decide(turn: Turn, rules: Rules) -> Turn:
    """The Turn with the policy's word on it; machine mail, notes and additions are decided whole here."""
    if turn.effects is not None:
        return turn
    if turn.sort == "machine":
        return replace(turn, effects=_machine(turn, rules))
    if turn.sort == "note" and turn.case:
        return replace(turn, effects=_note(turn, turn.case))
    message = turn.message
    policy = rules.policies.brand(message.brand)
    missing = tuple(ask.field for ask in policy.ask if ask.must and absent(turn.said, ask.field, ask.parts))
    channel = channel_of(message)
    turn = turn.found(
        f"policy: {policy.id} accepts {channel}",
        policy=policy.hash,
        missing=missing,
    )
    turn = replace(turn, quiet=withheld(turn, rules), special=policy.privacy.special_category or "")
    if turn.quiet == "breaker":
        turn = turn.found(breaker(turn, rules))
    if turn.case is not None:
        return _belongs(turn, turn.case, rules)
    turn = talk.only_begins(turn, rules)
    return turn if turn.effects else opening(replace(turn, decided=_opening(turn)), rules)


def _belongs(turn: Turn, case: Case, rules: Rules) -> Turn:
    """What comes to a case: a part of what was said before, something that was added, more of something small."""
    joined = _joining(turn)
    if turn.part and (case.complaint or case.erased):
        return talk.further(turn, case, joined, rules)
    if not case.complaint:
        return _small(turn, case, rules)
    if turn.keys.conversation and rules.greets(turn.message):  # nothing is said yet
        return replace(turn, decided=(joined,), silent=True)
    quoted = replace(turn, links=tuple(each for each in turn.links if each != case.reference))
    return joining(replace(turn, decided=(joined, *_links(quoted))), case, rules)


def _small(turn: Turn, case: Case, rules: Rules) -> Turn:
    """More on a contact that was sent elsewhere, or on a question how it stands. A complaint that comes now begins
    where that began: the form that we offered, or a reason to take it as it is (A-12 AT-A14 AT-A15)."""
    joined = _joining(turn)
    complains = turn.part and case.state == "enquiry" and not only_asks(turn) and taken(turn, rules)
    if complains or (case.state == "redirected" and taken(turn, rules)):
        received = [each for each in _opening(turn) if not isinstance(each.fact, events.ContactStored)]
        return replace(turn, decided=(joined, *excepted(turn, rules, received), *besides(turn)))
    effects = Effects(
        "joined",
        turn.tie,
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        decided=(joined,),
        aliases=(turn.message.reference,),
        threads=turn.keys.registers,
        findings=turn.findings,
        language=turn.language,
    )
    return replace(turn, effects=effects)


def _opening(turn: Turn) -> tuple[Decided, ...]:
    """The events with which a complaint begins (L-08 W-04 K-02)."""
    message = turn.message
    said = turn.said
    channel = channel_of(message)
    stored = events.ContactStored(
        message=message.id,
        channel=channel,
        connector=message.connector,
        received_at=message.received_at,
        contact_at=message.contact_at,
        attachments=len(message.attachments),
    )
    received = events.ComplaintReceived(
        message=message.id,
        channel=channel,
        topic=turn.topic,
        language=turn.language,
        received_at=said.received_at,
        contact_at=said.contact_at,
        attachments=len(said.attachments),
        policy=turn.policy,
        missing=turn.missing,
        danger=turn.danger,
        forwarded=message.forwarded_by is not None,
        staff_named=turn.staff_named,
        traits={"customer_country": country} if (country := _country(message)) else {},
        special=turn.special or None,
    )
    asked = [Decided(events.InformationRequested(asked=turn.missing, by="daemon"), turn.now)] if turn.missing else []
    first = [_first_contact(turn)] if message.forwarded_by else []
    return (
        Decided(stored, message.contact_at, "customer"),
        *first,
        Decided(received, said.contact_at, "customer"),
        Decided(events.TopicSet(topic=turn.topic, rule=turn.topic_rule), turn.now),
        *asked,
        *_links(turn),
    )


def _links(turn: Turn) -> Iterator[Decided]:
    """Cases of the same matter, perhaps: those that a stranger quotes, then those that are alike."""
    scores = {reference: score for reference, _, score in turn.alike}
    for reference in turn.links:
        score = max(_QUOTED, scores.get(reference, 0))
        fact = events.CaseLinked(reference=reference, reason="quoted_by_a_stranger", score=score)
        yield Decided(fact, turn.message.received_at)
    for reference, reason, score in turn.alike:
        if reference not in turn.links:
            fact = events.CaseLinked(reference=reference, reason=reason, score=score)
            yield Decided(fact, turn.message.received_at)


def _first_contact(turn: Turn) -> Decided:
    """An employee heard of it first: how long passing it on took is measured from then (L-05 L-07)."""
    message = turn.message
    fact = events.StaffFirstContact(message=message.id, contact_at=message.contact_at, received_at=message.received_at)
    return Decided(fact, message.contact_at, "handler")


def _country(message: Message) -> str:
    """What the customer says of it in a form; two letters."""
    said = str(message.fields.get("country", "")).strip().upper()
    return said if len(said) == len("PL") and said.isascii() and said.isalpha() else ""


def _joining(turn: Turn) -> Decided:
    """A further contact of a case (R-12)."""
    message = turn.message
    fact = events.ContactJoined(
        message=message.id,
        channel=channel_of(message),
        received_at=message.received_at,
        by=turn.tie,
        verified=turn.verified,
        staff=turn.staff,
        attachments=len(message.attachments),
        part=turn.part,
        merges=turn.merges,
    )
    return Decided(fact, message.received_at, "handler" if turn.staff else "customer")


def _machine(turn: Turn, rules: Rules) -> Effects:
    """Kept, never answered. A report of a failed delivery takes back what was sent, and it goes to the next address
    (R-8, MAIL-09)."""
    automatic = turn.message.automatic
    row = next(iter(turn.knows.notices.values()), None)
    kept = Effects("machine", automatic.kind, brand=turn.message.brand, findings=turn.findings)
    case = turn.knows.cases.get(row.case) if row else None
    if row is None or case is None:
        return kept
    # the token says whose it is: two brands may share one bounce address
    kept = replace(kept, case=case.id, reference=case.reference, brand=case.brand)
    # a host that gives up after days reports a failure with a status that began as a delay (4.4.7)
    final = "action_failed" in automatic.evidence or not (automatic.status or "5").startswith(("4", "2"))
    if automatic.kind == "bounce" and final and row.state != "failed":
        failed = events.NoticeFailed(
            notice=row.id, purpose=row.purpose, code=automatic.status or "bounced", withdraws=row.sent_event
        )
        came = turn.message.received_at
        opened, letters = undelivered(case, row, turn.knows.contacts.get(case.id), rules, came)
        decided = (Decided(failed, came), *opened)
        return replace(kept, decided=decided, intents=letters, notice=(row.id, "failed"))
    return kept


def _note(turn: Turn, case: Case) -> Effects:
    """What staff answer becomes a note of the case (AT-X27); of an erased case nothing is kept any more."""
    message = turn.message
    note = events.NoteAdded(content=message.id, by="handler")
    return Effects(
        "joined",
        "staff",
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        decided=() if case.erased else (_joining(turn), Decided(note, message.received_at, "handler")),
        threads=turn.keys.registers,
        findings=turn.findings,
        topic=case.topic,
        team=case.team or "",
        handler=case.handler or "",
        language=case.language,
    )


def receipt(value: Receipt, knows: Knowledge, rules: Rules) -> Effects:
    """What became of a notice. `acknowledgement.sent` exists only from here on; what is refused for good goes to the
    next address, as what comes back does (R-8)."""
    row = knows.notices.get(value.notice)
    if row is None:
        return Effects("receipt", "unknown_notice")
    case = knows.cases.get(row.case)
    effects = Effects("receipt", value.outcome)  # a morning list belongs to no case
    if case is not None:
        effects = replace(effects, case=case.id, reference=case.reference, brand=case.brand)
    if value.outcome == "deferred":
        if row.state != "released":
            return effects
        return replace(effects, notice=(row.id, "deferred"), not_before=value.until or value.at + _SOON)
    if _NEWS.index(value.outcome) <= (_NEWS.index(row.state) if row.state in _NEWS else -1):
        return effects
    fact = _news(value, row) if case is not None else None
    decided = (Decided(fact, value.at),) if fact else ()
    effects = replace(effects, notice=(row.id, value.outcome), decided=decided)
    if value.outcome == "failed" and case is not None:
        contact, taken = knows.contacts.get(case.id), bool(value.provider_id)  # news may overtake our own receipt
        opened, letters = undelivered(case, row, contact, rules, value.at, code=value.code, taken=taken)
        effects = replace(effects, decided=(*decided, *opened), intents=letters)
    return effects


def _news(value: Receipt, row: NoticeRow) -> events.Fact | None:
    if value.outcome == "sent":
        if not row.sends:
            return None
        intent = row.intent
        told = {**intent.data, "printed": intent.printed} if intent else {}
        what = {"notice": row.id, "connector": value.connector, "language": row.language}
        return events.TYPES[row.sends].model_validate({**told, **what})
    if value.outcome == "delivered":
        return events.NoticeDelivered(notice=row.id, purpose=row.purpose)
    if value.outcome == "unknown":
        return events.NoticeUnknown(notice=row.id, purpose=row.purpose, code=value.code)
    return events.NoticeFailed(notice=row.id, purpose=row.purpose, code=value.code, withdraws=row.sent_event)
