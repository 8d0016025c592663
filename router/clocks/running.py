"""All clocks of a case as they stand: the same for every order in which the facts became known."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from router.calendar import Due, WorkCalendar
from router.clocks.chain import RESULT, Chain, Start, Stop
from router.clocks.course import Course, course
from router.clocks.state import ClockState, State, over
from router.clocks.terms import Term, Traits, terms
from router.moments import Moment
from router.policy import Policy


class Move(NamedTuple):
    """An open clock whose due time is another under other calendars."""

    state: ClockState
    """As it stands now."""
    before: Due
    after: Due


def running(
    policy: Policy,
    happened: Iterable[Moment],
    now: datetime,
    calendars: Mapping[str, WorkCalendar],
    traits: Traits | None = None,
) -> tuple[ClockState, ...]:
    """Every clock that has begun or will begin by itself, and how it stands at `now`; the policy's own first.

    `happened` in any order. A clock whose event may never come (an escalation) is not among them before it comes.
    `traits`: what is known of the case, for the laws. Raises KeyError for a calendar that is not there.
    """
    facts = sorted(happened, key=lambda moment: moment.order)
    chain = Chain(policy, terms(policy, facts, calendars, traits or {}), facts, now)
    return tuple(state for term in chain.terms for state in _cycles(chain, term))


def outrun(states: Iterable[ClockState]) -> tuple[tuple[ClockState, ClockState], ...]:
    """Answers that are due before a step on the way to them need be done: the customer will have to be told (C-K2).

    Pairs of the answer's clock and the step's, both promised by the policy and open.
    """
    promised = [state for state in states if state.clock.basis == "policy" and state.stopped is None]
    return tuple(
        (answer, step)
        for answer in promised
        for step in promised
        if answer.clock.until == RESULT != step.clock.until and answer.clock.stage == step.clock.stage
        if answer.latest is not None and step.latest is not None and answer.latest.at < step.latest.at
    )


def moved(before: Iterable[ClockState], after: Iterable[ClockState]) -> tuple[Move, ...]:
    """The open clocks that fall due at another time than before, such as after a change of holidays."""
    earlier = {state.key: state.latest for state in before}
    return tuple(
        Move(state, was, state.latest)
        for state in after
        if state.stopped is None and state.latest is not None
        if (was := earlier.get(state.key)) is not None and was.at != state.latest.at
    )


def _cycles(chain: Chain, term: Term) -> Iterator[ClockState]:
    """The clock, and again for as often as it began anew."""
    opened = chain.opened(term)
    if opened is None:
        return
    start, cycle = chain.start(term, opened), 1
    while start.by is not None:
        stop = chain.stop(term, cycle, start, opened)
        told = chain.happened if cycle == 1 else [each for each in chain.happened if each.at >= start.by]
        run = course(term, start.by, told, extends=chain.extends(term), end=stop.at, now=chain.now)
        yield _state(term, cycle, start, stop, run, chain.now)
        anew = chain.again(term, stop)
        start, cycle = Start(anew, anew), cycle + 1


def _state(term: Term, cycle: int, start: Start, stop: Stop, run: Course, now: datetime) -> ClockState:
    begun = start.at is not None and (stop.at is None or stop.at >= start.at)
    return ClockState(
        clock=term.clock,
        law=term.law,
        cycle=cycle,
        state=_name(start, stop, run, now),
        start=start.at if begun else None,
        starts_by=start.by,
        due=run.due if begun else None,
        latest=run.due,
        warn=run.warn if begun else None,
        dues=run.dues if begun else (),
        breaches=run.breaches if begun else (),
        stopped=stop.at,
        stopped_by=stop.by,
    )


def _name(start: Start, stop: Stop, run: Course, now: datetime) -> State:
    if stop.at is not None:
        return "stopped"
    if start.at is None:
        return "waiting"
    if run.due is not None and over(run.due.at, now):
        return "breached"
    return "warned" if run.warn is not None and run.warn.at <= now else "running"
