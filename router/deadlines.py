"""What the time means for a case: clocks that begin, move, stop, are warned of and run out; pure.

    follow   what a case's facts mean for its clocks, said as events where no event has said it yet
    rows     the clocks that something will happen to, and when
    tick     what the time itself brings: warnings, breaches, and who is told

Rules
-----
1. A clock is what `router.clocks` computes from the case's moments; events only tell it. What was told stands in
   `case.clocks`, so nothing is told twice, and what an earlier fact takes back is told as taken back.
2. A warning and a breach are declared by the tick alone, and only up to a moment before which everything is known. A
   breach that a late answer reveals is told with the answer.
3. At a warning the roles of the clock's `notify` are told; at a breach handler and manager, and the customer gets one
   holding notice, without a new date, where the clock is the policy's or the law's. Where the acknowledgement itself
   is late, it is what the customer gets. (L-13 W-25 K-16 AT-X21)
4. What is only a letter sends itself on its day: the law's word on where else one can turn (GB-02 A-17).
5. While a person decides about a withheld acknowledgement, the customer gets nothing automatic.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from intake_daemon import events
from router import paper
from router.case import Case, ClockMark
from router.clocks import ClockState, Traits, running
from router.owing import Owing
from router.rules import Rules
from router.turn import ClockRow, Decided, Effects, Intent, Knowledge

_ACKNOWLEDGED = "acknowledgement.sent"


_ITSELF = "adr_letter.sent"
"""What needs nobody's words, nor anybody's decision."""
_BEFORE = timedelta(hours=15)
"""So long before the end of its day it leaves: in the morning."""
_AWAITED = timedelta(minutes=15)
"""For so long after it left a letter may still meet its clock; a receipt that comes later takes the breach back."""


def states(case: Case, rules: Rules, now: datetime) -> tuple[ClockState, ...]:
    """Every clock of a case as it stands; none before a complaint was received."""
    if case.policy is None:
        return ()
    policy = rules.policies.by_hash(case.policy)
    return running(policy, case.moments, now, rules.calendars, traits(case, rules))


def traits(case: Case, rules: Rules) -> Traits:
    """What is known of a case, for the laws (docs/policies/clauses.md)."""
    known: dict[str, set[str]] = {name: {*values} for name, values in rules.traits.get(case.brand, {}).items()}
    known["channel"] = {case.channel}
    known["topic"] = {case.topic}
    for name, value in case.traits.items():
        known.setdefault(name, set())
        known[name] = {value} if name != "trader_directs_to" else {*known[name], value}
    return known


def follow(case: Case, rules: Rules, now: datetime) -> tuple[Decided, ...]:
    """Clocks that began, moved or stopped since the last event that said so."""
    told = {mark.key: mark for mark in case.clocks}
    return tuple(
        decided for state in states(case, rules, now) for decided in _followed(state, told.get(state.key), now)
    )


def _followed(state: ClockState, mark: ClockMark | None, now: datetime) -> Iterator[Decided]:
    named = {"clock": state.clock.id, "law": state.law, "cycle": state.cycle}
    due = state.due.at if state.due else None
    if state.start is None:
        return
    if mark is None or (mark.stopped and state.stopped is None):
        started = events.ClockStarted(
            **named, start=state.start, due=due, basis=state.clock.basis, stage=state.clock.stage
        )
        yield Decided(started, state.start)
    elif mark.due != due and not mark.stopped:
        yield Decided(events.ClockMoved(**named, before=mark.due, due=due), now)
    known = mark.breaches if mark else ()
    for breach in known:
        if breach not in state.breaches:
            yield Decided(events.ClockBreachWithdrawn(**named, due=breach), now)
    if state.stopped is not None and (mark is None or not mark.stopped):
        for breach in state.breaches:
            if breach not in known:
                yield Decided(events.ClockBreached(**named, due=breach, basis=state.clock.basis), breach)
        stopped = events.ClockStopped(
            **named, at=state.stopped, by=state.stopped_by, met=state.met, late=bool(state.breaches)
        )
        yield Decided(stopped, state.stopped)


def rows(case: Case, rules: Rules, now: datetime) -> tuple[ClockRow, ...]:
    """The clocks that something will happen to."""
    told = {mark.key: mark for mark in case.clocks}
    found = ((state, _wakes(state, told.get(state.key), now)) for state in states(case, rules, now))
    return tuple(
        ClockRow(
            clock=state.clock.id,
            law=state.law,
            cycle=state.cycle,
            state=state.state,
            basis=state.clock.basis,
            due=state.latest.at if state.latest else None,
            wakes=wakes,
        )
        for state, wakes in found
        if wakes is not None
    )


_SECOND = timedelta(seconds=1)


def _wakes(state: ClockState, mark: ClockMark | None, now: datetime) -> datetime | None:
    """When it must be looked at again, if nothing happens before."""
    if state.stopped is not None:
        return None
    if state.start is None:
        return state.starts_by + _SECOND if state.starts_by else None
    times = []
    if state.warn is not None and not (mark and mark.warned):
        times.append(state.warn.at)
    if (leaves := _leaves(state)) is not None and leaves > now:
        times.append(leaves)
    if state.due is not None and not (mark and state.due.at in mark.breaches):
        times.append(state.due.at.replace(microsecond=0) + _SECOND)
    return min(times, default=None)


def _leaves(state: ClockState) -> datetime | None:
    """When the letter that meets it leaves by itself; None where a person writes it."""
    return state.due.at - _BEFORE if state.due is not None and state.clock.until == _ITSELF else None


def tick(case: Case, rules: Rules, knows: Knowledge, until: datetime) -> Effects:
    """What the time brings to a case. A breach that a letter on its way may still prevent is not declared yet."""
    waiting = knows.waiting.get(case.id, ())
    last = (until - _AWAITED).timestamp()
    awaited = {row.sends for row in waiting if row.state == "released" and row.left_at > last}
    told = {mark.key: mark for mark in case.clocks}
    owing = Owing(rules, case.brand, knows.contacts.get(case.id), case.language)
    decided: list[Decided] = []
    intents: list[Intent] = []
    for state in states(case, rules, until):
        mark = told.get(state.key)
        if state.start is None or state.stopped is not None:
            continue
        named = {"clock": state.clock.id, "law": state.law, "cycle": state.cycle}
        if (leaves := _leaves(state)) is not None and leaves <= until and case.open:
            opened, letters = _elsewhere(case, rules, owing, state, knows)
            decided += [replace(each, time=until) for each in opened]
            intents += letters
        fresh = [each for each in state.breaches if not mark or each not in mark.breaches]
        if fresh and state.clock.until not in awaited:
            basis = state.clock.basis
            decided += [Decided(events.ClockBreached(**named, due=each, basis=basis), each) for each in fresh]
            if state.clock.on_breach:
                decided.append(Decided(events.OutcomeDeemed(outcome=state.clock.on_breach, law=state.law), fresh[-1]))
            theirs = tuple(_to_customer(case, rules, owing, state, knows))
            intents += _to_staff("breach", case, rules, owing, state, holding=any(not each.held for each in theirs))
            intents += theirs
        elif state.warn is not None and state.warn.at <= until and not (mark and mark.warned) and not fresh:
            due = state.due.at if state.due else None
            decided.append(Decided(events.ClockWarned(**named, due=due), state.warn.at))
            intents += _to_staff("warning", case, rules, owing, state)
    return Effects(
        "done",
        "time",
        case=case.id,
        reference=case.reference,
        brand=case.brand,
        decided=tuple(decided),
        intents=tuple(intents),
    )


def _elsewhere(case: Case, rules: Rules, owing: Owing, state: ClockState, knows: Knowledge) -> paper.Owed:
    """The letter that names the outside body, once; by post where nobody can be answered."""
    known = (row.sends == _ITSELF for row in knows.waiting.get(case.id, ()))
    policy = rules.policies.by_hash(case.policy) if case.policy else rules.policies.brand(case.brand)
    if any(known) or not any(f"overlay.{state.law}" in each.when for each in policy.external):
        return (), ()
    owner = next(iter(rules.in_role("handler", case)), case.handler or "")
    due = state.due.at if state.due else None
    data = {"why": "time", "law": state.law}
    told = paper.told(
        owing, "external_body", owner=owner, cause=_cause(case, state, "itself"), now=due or case.opened_at,
        sends=_ITSELF, automatic="generated", data=data, due=due,
    )  # fmt: skip
    # who brings in an old mailbox writes to nobody in it before a person has looked
    why = case.withheld or _held(case, rules, owing, state, knows)
    held = (each if not why or each.staff or each.held else each.model_copy(update={"held": why}) for each in told[1])
    return told[0], tuple(held)


def _to_staff(
    purpose: str, case: Case, rules: Rules, owing: Owing, state: ClockState, *, holding: bool = False
) -> Iterator[Intent]:
    """Who is told of a clock, in the roles that it names. `holding`: the customer is told as well."""
    roles: list[str] = list(state.clock.notify)
    if purpose == "breach":
        roles += ["handler", "manager", *(["legal"] if state.clock.on_breach else [])]
    people = [person for role in dict.fromkeys(roles) for person in rules.in_role(role, case)]
    due = state.due.at.isoformat() if state.due else None
    data = {"clock": state.clock.id, "law": state.law, "basis": state.clock.basis, "due": due, "holding": holding}
    yield from owing.staff(purpose, people, cause=_cause(case, state, purpose), data=data)


def _to_customer(case: Case, rules: Rules, owing: Owing, state: ClockState, knows: Knowledge) -> Iterator[Intent]:
    """One holding notice; or the acknowledgement itself, where that is what is late."""
    waiting = knows.waiting.get(case.id, ())
    if state.clock.basis == "target" or case.withheld is not None:
        return
    cause = _cause(case, state, "breach")
    if state.clock.until == _ACKNOWLEDGED:
        if not any(row.purpose == "acknowledgement" for row in waiting):
            held = _held(case, rules, owing, state, None)
            yield from owing.customer("acknowledgement", cause=cause, sends=_ACKNOWLEDGED, held=held)
        return
    if any(row.purpose == "holding" for row in waiting):
        return
    held = _held(case, rules, owing, state, knows)
    data = {"clock": state.clock.id, "until": state.clock.until}
    yield from owing.customer("holding", cause=cause, sends="holding.sent", automatic="generated", data=data, held=held)


def _held(case: Case, rules: Rules, owing: Owing, state: ClockState, knows: Knowledge | None) -> str:
    """Why what a clock brings waits for a person, or nothing: it may have left before a restore; the brake."""
    way = rules.way(owing.contact) if owing.contact else None
    if state.due is not None and rules.perhaps_sent(state.due.at, way):
        return "restored"
    return "brake" if knows is not None and knows.brand_recent >= rules.brakes[case.brand] else ""


def _cause(case: Case, state: ClockState, what: str) -> str:
    due = state.due.at.isoformat() if state.due else ""
    return f"{case.id}/{state.law}/{state.clock.id}/{state.cycle}/{what}/{due}"
