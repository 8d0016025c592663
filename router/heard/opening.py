"""A contact that belongs to no case: what it is, if not a complaint, and what goes with a complaint."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from intake_daemon import events
from router import paper
from router.contact import channel_of
from router.owing import NOBODY, Owing
from router.rules import Rules
from router.turn import SHORT, Decided, Effects, Turn

_STATUS = "status.told"
_WAITS = frozenset({"imported", "old_contact", "brake", "restored"})
"""Then a person lets the letter go; what the breaker stops is perhaps a machine's."""
_SPAM = "spam_mark"
"""A filter that the company trusts (`spam_marks` of a connector) has marked it."""


def opening(turn: Turn, rules: Rules) -> Turn:
    """The Turn decided whole where it is surely no complaint that we take here; else with what goes with it."""
    if turn.insisted:
        return replace(turn, decided=(*turn.decided, *besides(turn)))
    if aside := _ordinary(turn):
        return turn.found(f"aside: {aside}", effects=_aside(turn, aside))
    if only_asks(turn):
        return _enquiry(turn, rules)
    channel = channel_of(turn.message)
    if not rules.policies.brand(turn.message.brand).takes(channel):
        why = _exception(turn, rules)
        if not why:
            return _redirected(turn, rules)
        turn = turn.found(f"channel: {channel} is not taken, but {why}")
    return replace(turn, decided=(*excepted(turn, rules, turn.decided), *besides(turn)))


def taken(turn: Turn, rules: Rules) -> bool:
    """Whether a complaint is taken on this channel, or for a reason all the same."""
    return rules.policies.brand(turn.message.brand).takes(channel_of(turn.message)) or bool(_exception(turn, rules))


def excepted(turn: Turn, rules: Rules, decided: Iterable[Decided]) -> Iterator[Decided]:
    """The events of a complaint; where its channel is not taken, with the reason why it is all the same (AT-A15)."""
    refused = not rules.policies.brand(turn.message.brand).takes(channel_of(turn.message))
    why = _exception(turn, rules) if refused else ""
    for each in decided:
        if why and isinstance(each.fact, events.ComplaintReceived):
            yield replace(each, fact=each.fact.model_copy(update={"unless": why}))
        else:
            yield each


def besides(turn: Turn) -> Iterator[Decided]:
    """What is said of a complaint as it comes: rights asked for, conduct, a first look (K-13 A-05 GDPR-01)."""
    message = turn.message
    urgent = turn.danger or turn.wants_any("danger")
    triage = events.TriageRecorded(
        severity="high" if urgent else "normal", urgency="high" if urgent else "normal", by="rule"
    )
    yield Decided(triage, turn.now)
    yield from rights(turn)
    if turn.wants_any("abuse"):
        yield Decided(events.ConductFlagged(by="rule", message=message.id), turn.now)


def rights(turn: Turn) -> Iterator[Decided]:
    """A request for what the law gives has a clock of its own, and the complaint goes on (GDPR-01 AT-X15)."""
    message = turn.message
    for want in turn.wants:
        if want.kind == "rights_request":
            found = events.RightsRequestFound(
                message=message.id,
                kind=want.detail or "other",
                contact_at=message.contact_at,
                received_at=message.received_at,
            )
            yield Decided(found, message.contact_at, "customer")
            return


def _ordinary(turn: Turn) -> str:
    """What it surely is, if it is no complaint; nothing in doubt, and never what an employee passed on."""
    if turn.message.forwarded_by is not None or turn.links or turn.danger:
        return ""
    if _SPAM in turn.message.remarks and not turn.wants_any("danger", "rights_request"):
        return "spam"
    if any(want.kind not in {"ordinary", "thanks"} for want in turn.wants):
        return ""
    ordinary = (want.detail or want.kind for want in turn.wants if want.kind == "ordinary" and want.sure)
    return next(ordinary, "")


def only_asks(turn: Turn) -> bool:
    """Whether it surely asks how a complaint stands and says nothing else: short, and nothing else is found in it."""
    short = len(turn.said.new_words.split()) <= SHORT
    return short and turn.sure("status") and {want.kind for want in turn.wants} <= {"status", "thanks"}


def _aside(turn: Turn, what: str) -> Effects:
    return Effects("aside", what, brand=turn.message.brand, findings=turn.findings, language=turn.language)


def _stored(turn: Turn) -> Decided:
    message = turn.message
    stored = events.ContactStored(
        message=message.id,
        channel=channel_of(message),
        connector=message.connector,
        received_at=message.received_at,
        contact_at=message.contact_at,
        attachments=len(message.attachments),
    )
    return Decided(stored, message.contact_at, "customer")


def _small(turn: Turn, reason: str, decided: tuple[Decided, ...]) -> Effects:
    """A small case: a question how it stands, or a contact that was sent elsewhere."""
    message = turn.message
    links = tuple(
        Decided(events.CaseLinked(reference=reference, reason="quoted_by_a_stranger"), message.received_at)
        for reference in turn.links
    )
    return Effects(
        "case",
        reason,
        case=message.id,
        reference=message.reference,
        brand=message.brand,
        decided=(_stored(turn), *decided, *links),
        aliases=(message.reference,),
        threads=turn.keys.registers,
        correspondents=turn.keys.correspondents,
        findings=turn.findings,
        language=turn.language,
    )


def _enquiry(turn: Turn, rules: Rules) -> Turn:
    """Somebody asks how it stands, and we do not know them: no details, only how to be known (K-19 AT-K18)."""
    message = turn.message
    asked = Decided(events.StatusAsked(message=message.id, verified=False), message.contact_at, "customer")
    effects = _small(turn, "enquiry", (asked,))
    owing = Owing(rules, message.brand, message, turn.language)
    owed = (
        ()
        if turn.quiet
        else tuple(owing.customer("status_answer", cause=message.id, sends=_STATUS, data={"verified": False}))
    )
    return turn.found("status: asked by somebody whom we do not know", effects=replace(effects, intents=owed))


def _exception(turn: Turn, rules: Rules) -> str:
    """Why it is taken all the same, or nothing (A-12: `unless`)."""
    rule = rules.policies.brand(turn.message.brand).not_accepted
    holds = {
        "data_protection": turn.topic == "data_protection" or turn.wants_any("data_protection", "rights_request"),
        "safety": turn.danger or turn.wants_any("danger"),
        "cannot_write": turn.wants_any("cannot_write"),
    }
    if rule is None:
        return "nowhere_else"
    return next((name for name in rule.unless if holds.get(name)), "")


def _redirected(turn: Turn, rules: Rules) -> Turn:
    """Answered on the same channel with what is offered; no clock, and nothing is lost (A-12 AT-A12). Where nobody can
    be answered there, a person finds a way; what is old or too much at once waits for one, too."""
    message = turn.message
    channel = channel_of(message)
    fact = Decided(events.ContactRedirected(message=message.id, channel=channel), message.received_at)
    effects = _small(turn, "redirected", (fact,))
    owing = Owing(rules, message.brand, message, turn.language)
    turn = turn.found(f"channel: {channel} is not taken")
    if turn.quiet in NOBODY:
        team, _ = rules.team(turn.said, turn.found_language or turn.language, turn.topic, danger=turn.danger)
        owner = rules.choose(turn, team, turn.language).handler
        opened, owed = paper.told(owing, "redirect", owner=owner, cause=message.id, now=turn.now, automatic="replied")
        turn = turn.found(f"redirect: {turn.quiet}, a task of {owner}")
        return replace(turn, effects=replace(effects, decided=(*effects.decided, *opened), intents=owed))
    held = turn.quiet if turn.quiet in _WAITS else ""
    owed = () if turn.quiet and not held else tuple(owing.customer("redirect", cause=message.id, held=held))
    return replace(turn, effects=replace(effects, intents=owed))
