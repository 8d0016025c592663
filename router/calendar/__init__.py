"""Which days are working days, and when a time that was promised is over. Pure: no I/O once loaded, no reading of time.

    public    public holidays and moved working days of a country or region, year by year
    days      one calendar: what each day is, why, and where midnight lies
    adding    a moment and a term give the moment at which the term is over
    loading   calendars from the policies' settings and config/holidays.yaml

Rules
-----
1. Hours and minutes are elapsed time in UTC. Days, working days and months end at 23:59:59 of the local day; the day on
   which they start is not counted (R-3).
2. Every result says which days were passed over, and why, and whether it rests on a date that is only estimated.
3. Today's calendars apply to every open term: a calendar belongs to no policy and has no versions.
"""

from router.calendar.adding import AT_ONCE, Deemed, Due, Unit, add
from router.calendar.days import Change, Day, Skipped, WorkCalendar
from router.calendar.loading import load_calendars, work_calendars

__all__ = [
    "AT_ONCE",
    "Change",
    "Day",
    "Deemed",
    "Due",
    "Skipped",
    "Unit",
    "WorkCalendar",
    "add",
    "load_calendars",
    "work_calendars",
]
