"""Which reports are to be issued: of every month that is over and was not issued yet, of each brand, once.

A month is over for a report an hour after its last local midnight (`GRACE`): what happened in its last minutes is then
written down, and clocks that ran out at 23:59 have been declared. Whoever was down at that hour issues on the next
start; of a long absence every month is made up for, up to a year.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from router.reports.month import Month

GRACE = timedelta(hours=1)
_MOST = 12


def due(last: Month | None, zone: ZoneInfo, now: datetime) -> list[Month]:
    """The months of one brand that are to be issued at `now`, the oldest first. `last`: the last one issued, or None
    where none ever was; then only the last one that is over."""
    over = Month.of(now - GRACE, zone).before
    found: list[Month] = []
    month = over
    while len(found) < _MOST and month != last and (last is None or month > last):
        found.insert(0, month)
        if last is None:
            break
        month = month.before
    return found
