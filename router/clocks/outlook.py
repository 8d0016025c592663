"""The dates of a complaint that is only thought of, so that a person can check a policy before it holds.

Each clock twice: if every step is done at once, and if every step takes its whole time. Clocks whose event may never
come are told without a date, unless the event is given.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from router.calendar import Due, WorkCalendar
from router.clocks.running import outrun, running
from router.clocks.state import ClockState
from router.clocks.terms import every_trait
from router.moments import Moment
from router.policy import Clock, Policy


@dataclass(frozen=True)
class Outlook:
    """What one clock will do."""

    clock: Clock
    law: str
    """The law's id; empty for the policy's own clock."""
    start: datetime | None
    """When it begins if every step is done at once; None where its event may never come."""
    soonest: Due | None
    """When it is due then; None without a start and where no time is promised."""
    latest: Due | None
    """When it is due if every step takes its whole time."""
    warn: Due | None
    """When it is warned of if every step is done at once."""
    outrun: tuple[str, ...] = ()
    """Of an answer: the clocks of steps on the way to it that may end after it (C-K2)."""


def outlook(
    policy: Policy,
    received: datetime,
    calendars: Mapping[str, WorkCalendar],
    given: Iterable[Moment] = (),
) -> tuple[Outlook, ...]:
    """Every clock of a policy and of all its laws, for a complaint received at this time; the policy's own first.

    `given`: what else is to have happened, such as an escalation; it takes the place of what would be done at once.
    """
    facts = (Moment("complaint.received", received), *given)
    now = max(moment.at for moment in facts)
    traits = every_trait(policy)
    late = {state.key: state for state in running(policy, facts, now, calendars, traits)}
    soon = {
        state.key: state for state in running(policy, _at_once(policy, facts, now, calendars), now, calendars, traits)
    }
    longer = [(answer.key, step.clock.id) for answer, step in outrun(late.values())]
    clocks = [(clock, "") for clock in policy.clocks]
    clocks += [(clock, name) for name, law in policy.law.items() for clock in law.clocks]
    rows = []
    for clock, law in clocks:
        key = (law, clock.id, 1)
        rows.append(_row(clock, law, soon.get(key), late.get(key), tuple(step for of, step in longer if of == key)))
    return tuple(rows)


def _at_once(
    policy: Policy, facts: tuple[Moment, ...], now: datetime, calendars: Mapping[str, WorkCalendar]
) -> tuple[Moment, ...]:
    """The facts, and each step from which another clock starts, done in the moment in which its own clock begins."""
    wanted = {clock.start for clock in policy.clocks} - {moment.type for moment in facts}
    while True:
        states = running(policy, facts, now, calendars, every_trait(policy))
        steps = {
            state.clock.until: Moment(state.clock.until, state.start)
            for state in reversed(states)
            if state.clock.until in wanted and state.start is not None and state.stopped is None
        }
        if not steps:
            return facts
        facts = (*facts, *steps.values())
        wanted -= set(steps)


def _row(clock: Clock, law: str, soon: ClockState | None, late: ClockState | None, longer: tuple[str, ...]) -> Outlook:
    return Outlook(
        clock=clock,
        law=law,
        start=soon.start if soon else None,
        soonest=soon.due if soon else None,
        latest=late.latest if late else None,
        warn=soon.warn if soon else None,
        outrun=longer,
    )
