"""One calendar: what each day is in one place, why, and where midnight lies.

Rules
-----
1. What config/holidays.yaml says of a day is what the day is. Then come public holidays, then weekend days that are
   worked in exchange for another day, then the weekend.
2. A day whose date is only estimated (by the library, or marked so in holidays.yaml) is provisional; whatever rests on
   it says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

from router.calendar.public import estimated, public_year

WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_LAST_SECOND = time(23, 59, 59)
_SEARCHED = 400
"""Days after which we stop to look for a working day: no calendar of a company that works has a longer gap."""


class Change(NamedTuple):
    """What holidays.yaml says of one day."""

    working: bool
    why: str
    provisional: bool = False


class Day(NamedTuple):
    """What a day is. `why` is empty for an ordinary working day."""

    working: bool
    why: str = ""
    provisional: bool = False


class Skipped(NamedTuple):
    """A day that did not count, and why."""

    day: date
    why: str


@dataclass(frozen=True)
class WorkCalendar:
    """Working days and midnight of one place."""

    tz: str
    weekend: frozenset[str] = frozenset({"sat", "sun"})
    places: tuple[str, ...] = ()
    """Where the public holidays are taken from: `PT`, `PT-11`. A day that is one in any of them is one."""
    changes: Mapping[date, Change] = field(default_factory=dict)
    _known: dict[date, Day] = field(default_factory=dict, init=False, repr=False, compare=False)
    """What was asked before: every clock of every case walks over the same days."""

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.tz)

    def local(self, moment: datetime) -> datetime:
        """A moment by the clocks of the place. Raises ValueError for a moment without a time zone."""
        if moment.utcoffset() is None:
            raise ValueError("a moment needs its time zone")
        return moment.astimezone(self.zone)

    def end_of(self, day: date) -> datetime:
        """23:59:59 of a local day, in UTC; where clocks are put back over midnight, the first of the two."""
        return datetime.combine(day, _LAST_SECOND, self.zone).astimezone(UTC)

    def day(self, day: date) -> Day:
        """What a day is."""
        known = self._known.get(day)
        if known is None:
            known = self._known[day] = self._found(day)
        return known

    def _found(self, day: date) -> Day:
        change = self.changes.get(day)
        if change is not None:
            return Day(*change)
        years = [public_year(place, day.year) for place in self.places]
        names = dict.fromkeys(year.holidays[day] for year in years if day in year.holidays)
        if names:
            name = "; ".join(names)
            return Day(working=False, why=name, provisional=estimated(name))
        if WEEKDAYS[day.weekday()] not in self.weekend:
            return Day(working=True)
        if any(day in year.workdays for year in years):
            return Day(working=True, why="worked in exchange for another day")
        return Day(working=False, why=_NAMES[day.weekday()])

    def is_working_day(self, day: date) -> bool:
        """Whether work is done on this day."""
        return self.day(day).working

    def to_working_day(self, day: date) -> tuple[date, tuple[Skipped, ...]]:
        """This day, or the next working day and what lies before it. Raises ValueError where there is none."""
        skipped: list[Skipped] = []
        while not (found := self.day(day)).working:
            skipped.append(Skipped(day, found.why))
            if len(skipped) > _SEARCHED:
                raise ValueError(f"no working day within {_SEARCHED} days")
            day += timedelta(days=1)
        return day, tuple(skipped)

    def uncertain(self, first: date, last: date) -> tuple[Skipped, ...]:
        """The provisional days from `first` to `last`, and those a day beside: an estimate is a day early or late."""
        near = timedelta(days=1)
        found = ((day, self.day(day)) for day in _days(first - near, last + near))
        return tuple(Skipped(day, what.why) for day, what in found if what.provisional)


def _days(first: date, last: date) -> Iterator[date]:
    for number in range((last - first).days + 1):
        yield first + timedelta(days=number)
