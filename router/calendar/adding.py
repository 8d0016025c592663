"""A moment and a term give the moment at which the term is over, and the days that did not count.

Rules (R-3)
-----------
1. Minutes and hours are elapsed: 24 hours over the change of the clocks end an hour earlier or later by the clock.
2. Days and months count every day, working days only those; they end at 23:59:59 of the local day, and the day on which
   they start is not counted. A month ends on the corresponding date, in a shorter month on its last day.
3. `roll` moves an end that is no working day to the end of the next working day.
4. When a receipt counts (`Deemed`) is the company's to say. It never touches minutes and hours.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple

from router.calendar.days import Skipped, WorkCalendar

Unit = Literal["minutes", "hours", "days", "working_days", "months"]
_ELAPSED = {"minutes": timedelta(minutes=1), "hours": timedelta(hours=1)}
_DEEMED = "counts as the day of receipt"


class Deemed(NamedTuple):
    """When something that was received counts as received, for terms in days.

    `first_working_day`: what is received on no working day has its first working day after it counted as day 0 (as if
    received then) or as day 1 (the receipt stays where it is; only working days are counted). Twenty working days from
    Saturday 2020-01-04 end on 2020-02-03 or on 2020-01-31. Only working days know this difference.
    `cut_off`: what is received later than this local time counts as received on the next day.
    """

    first_working_day: Literal[0, 1] = 1
    cut_off: time | None = None


AT_ONCE = Deemed()
"""The rule of the shipped policies: what is received counts from the day on which it is received (R-3)."""


@dataclass(frozen=True)
class Due:
    """When a term is over."""

    at: datetime
    """In UTC. The last second that is still in time, for terms in days."""
    local: datetime
    """The same by the clocks of the place."""
    skipped: tuple[Skipped, ...] = ()
    """The days that did not count, in order; the day of the start is not among them."""
    uncertain: tuple[Skipped, ...] = ()
    """Days on which this rests and whose dates are only estimated."""

    @property
    def date(self) -> date:
        """The local date, which is what is printed."""
        return self.local.date()

    @property
    def provisional(self) -> bool:
        """Whether this may change when an estimated holiday is decided."""
        return bool(self.uncertain)


def due_at(
    calendar: WorkCalendar,
    moment: datetime,
    skipped: tuple[Skipped, ...] = (),
    uncertain: tuple[Skipped, ...] = (),
) -> Due:
    """A due time that somebody has named or computed. Raises ValueError for a moment without a time zone."""
    local = calendar.local(moment)
    return Due(local.astimezone(UTC), local, skipped, uncertain)


def due_on(calendar: WorkCalendar, day: date) -> Due:
    """The end of a day that somebody has named."""
    return due_at(calendar, calendar.end_of(day))


def add(
    calendar: WorkCalendar, start: datetime, term: tuple[Unit, int], *, roll: bool = False, deemed: Deemed = AT_ONCE
) -> Due:
    """When `term`, begun at `start`, is over. Raises ValueError for a start without a time zone."""
    unit, amount = term
    local = calendar.local(start)
    if unit in _ELAPSED:
        end = calendar.local(start.astimezone(UTC) + amount * _ELAPSED[unit])
        if not roll or calendar.is_working_day(end.date()):
            return due_at(calendar, end)
        return _until_the_end(calendar, end.date(), end.date(), (), roll=True)
    first, skipped = _received(calendar, local, unit, deemed)
    if unit == "working_days":
        last = first
        for _ in range(amount):
            last, over = calendar.to_working_day(last + timedelta(days=1))
            skipped += over
        return _until_the_end(calendar, first, last, skipped, roll=True)
    last = first + timedelta(days=amount) if unit == "days" else _month(first, amount)
    return _until_the_end(calendar, last, last, skipped, roll=roll)


def _until_the_end(
    calendar: WorkCalendar, asked_from: date, last: date, skipped: tuple[Skipped, ...], *, roll: bool
) -> Due:
    """The end of `last` or, with `roll`, of the next working day; then it rests on the days since `asked_from`."""
    if not roll:
        return due_at(calendar, calendar.end_of(last), skipped)
    end, over = calendar.to_working_day(last)
    return due_at(calendar, calendar.end_of(end), (*skipped, *over), calendar.uncertain(asked_from, end))


def _received(calendar: WorkCalendar, local: datetime, unit: Unit, deemed: Deemed) -> tuple[date, tuple[Skipped, ...]]:
    """The day from which is counted, itself not counted, and what lies between it and the start."""
    start = first = local.date()
    if deemed.cut_off is not None and local.time() > deemed.cut_off:
        first += timedelta(days=1)
    over: tuple[Skipped, ...] = ()
    if unit == "working_days" and deemed.first_working_day == 0:
        first, over = calendar.to_working_day(first)
    if first == start:
        return first, ()
    return first, (*(each for each in over if each.day != start), Skipped(first, _DEEMED))


def _month(start: date, months: int) -> date:
    """The corresponding date, or the last day of a shorter month (GB-04a)."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))
