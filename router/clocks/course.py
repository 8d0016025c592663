"""One clock from its start to its end: its due times as they moved, and those that passed unmet.

Rules
-----
1. An extension counts for clocks that may be extended, when it names a later time than the one that holds (R-6). What
   the law lets us add is the most that it can add, counted from the start.
2. A printed date holds where it is earlier than what holds then and is not over; an extension told later goes beyond.
3. After the end nothing moves.
4. The warning moves with an extension, by as many days.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from router.calendar import AT_ONCE, Due, WorkCalendar
from router.calendar.adding import due_at, due_on
from router.clocks.state import over
from router.clocks.terms import Term
from router.moments import EXTENSION, Moment
from router.policy import Clock, Span


@dataclass(frozen=True)
class Course:
    """What became of a clock's due time."""

    dues: tuple[tuple[datetime, Due], ...]
    breaches: tuple[datetime, ...]
    warn: Due | None

    @property
    def due(self) -> Due | None:
        """The due time that holds."""
        return self.dues[-1][1] if self.dues else None


def course(
    term: Term, start: datetime, told: Iterable[Moment], *, extends: bool, end: datetime | None, now: datetime
) -> Course:
    """A clock that began at `start`. `told`: moments in the order of time; `extends`: whether the policy extends it.

    `end`: when it stopped, if it did; `now`: the time, else.
    """
    due, warn = term.due(start), term.warn(start)
    if due is None:
        return Course((), (), warn)
    dues, breaches = [(start, due)], []
    for moment in told:
        at = max(moment.at, start)
        if end is not None and at > end:
            break
        for later, new in _told(term, start, moment, extends=extends):
            if later and new.at > due.at:
                if over(due.at, at):
                    breaches.append(due.at)
                warn = _moved(warn, due, new, term)
            elif later or new.at >= due.at or over(due.at, at) or over(new.at, at):
                continue
            due = new
            dues.append((at, due))
    if over(due.at, now if end is None else end):
        breaches.append(due.at)
    return Course(tuple(dues), tuple(breaches), warn)


def _told(term: Term, start: datetime, moment: Moment, *, extends: bool) -> Iterator[tuple[bool, Due]]:
    """What a moment says of the clock: whether it extends it, and to when."""
    clock, calendar = term.clock, term.calendar
    if moment.type == EXTENSION and moment.clock == clock.id and (extends or clock.extend is not None):
        most = _most(term, start)
        named = None
        if isinstance(moment.until, datetime):
            named = due_at(calendar, moment.until)
        elif moment.until is not None:
            named = due_on(calendar, moment.until)
        given = [due for due in (most, named) if due is not None]
        if given:
            yield True, min(given, key=lambda due: due.at)
    for name, day in moment.printed:
        if name == clock.id:
            yield False, due_on(calendar, day)


def farthest(clock: Clock, start: datetime, calendar: WorkCalendar) -> Due | None:
    """How far a law lets a clock of its own be extended that began at `start`; None where it says nothing."""
    return _most(Term(clock, "", calendar, AT_ONCE), start)


def _most(term: Term, start: datetime) -> Due | None:
    """How far the law lets the clock be extended, from the original start (GB-04a); None where the law says nothing."""
    within, extend = term.clock.within, term.clock.extend
    if extend is None or within is None:
        return None
    if within.unit == extend.unit:
        return term.after(start, Span(within.unit, within.amount + extend.amount))
    return term.after(term.after(start, within).at, extend)


def _moved(warn: Due | None, before: Due, new: Due, term: Term) -> Due | None:
    if warn is None:
        return None
    if term.clock.warn is not None and term.clock.warn.unit in {"minutes", "hours"}:
        return due_at(term.calendar, warn.at + (new.at - before.at))
    return due_on(term.calendar, warn.date + timedelta(days=(new.date - before.date).days))
