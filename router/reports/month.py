"""A calendar month in a brand's time zone: where it begins and ends, which came before.

A month begins at its first local midnight and ends where the next one begins; that moment belongs to the next one.
"""

from __future__ import annotations

import re
from calendar import month_name, monthrange
from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

_WRITTEN = re.compile(r"(\d{4})-(\d{2})")
_FIRST, _LAST = 1971, 9000
"""Years; a month needs one before it and one after it."""


class Month(NamedTuple):
    """A year and a month of it; compares by time, prints as `2026-11`."""

    year: int
    number: int

    @classmethod
    def parse(cls, written: str) -> Month:
        """From `2026-11`. Raises ValueError, with what to write."""
        found = _WRITTEN.fullmatch(written.strip())
        year, number = (int(found[1]), int(found[2])) if found else (0, 0)
        if not _FIRST <= year <= _LAST or not 1 <= number <= 12:  # noqa: PLR2004 -- months of a year
            raise ValueError(f"{written!r} is no month. Write it like 2026-11.")
        return cls(year, number)

    @classmethod
    def of(cls, moment: datetime, zone: ZoneInfo) -> Month:
        """The month in which a moment lies, at that place."""
        local = moment.astimezone(zone)
        return cls(local.year, local.month)

    @property
    def before(self) -> Month:
        """The month before."""
        return Month(self.year - 1, 12) if self.number == 1 else Month(self.year, self.number - 1)

    @property
    def after(self) -> Month:
        """The next month."""
        return Month(self.year + 1, 1) if self.number == 12 else Month(self.year, self.number + 1)  # noqa: PLR2004 -- December

    @property
    def days(self) -> int:
        """How many days it has."""
        return monthrange(self.year, self.number)[1]

    def start(self, zone: ZoneInfo) -> datetime:
        """Its first moment, UTC."""
        return datetime(self.year, self.number, 1, tzinfo=zone).astimezone(UTC)

    def end(self, zone: ZoneInfo) -> datetime:
        """The first moment of the next one, UTC."""
        return self.after.start(zone)

    @property
    def named(self) -> str:
        """As in `November 2026`."""
        return f"{month_name[self.number]} {self.year}"

    def __str__(self) -> str:
        return f"{self.year:04}-{self.number:02}"
