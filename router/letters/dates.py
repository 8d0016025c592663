"""The dates that a letter may print: those that the case's clocks have."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from router.clocks import ClockState, Moment, running
from router.deadlines import traits
from router.letters.shared import Letter


def promised(letter: Letter, until: Collection[str], *, sent: str = "") -> tuple[str, date] | None:
    """The next day by which one of these events is promised: the clock's id and its local day.

    `sent`: the event that this letter itself will be; what it starts is printed as if it left now. Only the policy's
    own word is printed, never a target (R-11), and no day that has passed.
    """
    found = [
        (state.due.at, state.clock.id, state.due.date)
        for state in clocks(letter, sent)
        if state.due is not None and state.stopped is None
        if state.clock.basis == "policy" and state.clock.until in until and state.clock.stage == letter.case.stage
        if state.due.at >= letter.now
    ]
    return min(found)[1:] if found else None


def clocks(letter: Letter, sent: str = "") -> tuple[ClockState, ...]:
    """Every clock of the case, as if this letter had left."""
    case = letter.case
    if case.policy is None:
        return ()
    moments = (*case.moments, *([Moment(sent, letter.now)] if sent else []))
    return running(letter.policy, moments, letter.now, letter.rules.calendars, traits(case, letter.rules))


def late(letter: Letter) -> bool:
    """Whether something that the policy promises has run out and is still owed."""
    return any(state.late and state.stopped is None and state.clock.basis == "policy" for state in clocks(letter))
