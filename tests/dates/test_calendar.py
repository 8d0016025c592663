"""Calendars: what a day is and why, which days a term passes over, and when it is over."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.calendar import Change, Deemed, Due, Unit, WorkCalendar, add

LISBON = WorkCalendar("Europe/Lisbon", places=("PT", "PT-11"))
LONDON = WorkCalendar("Europe/London", places=("GB-ENG",))
BAKU = WorkCalendar("Asia/Baku", places=("AZ",))
RIGA = WorkCalendar("Europe/Riga", places=("LV",))
ALL = (LISBON, LONDON, BAKU, RIGA)


def at(calendar: WorkCalendar, local: str) -> datetime:
    """A moment by the clocks of a place."""
    return datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(calendar.tz)).astimezone(UTC)


def due(calendar: WorkCalendar, start: str, amount: int, unit: Unit) -> str:
    """When a term is over, by the clocks of the place."""
    return add(calendar, at(calendar, start), (unit, amount)).local.strftime("%Y-%m-%d %H:%M:%S %Z")


def passed_over(found: Due) -> dict[str, str]:
    """The days that did not count, with their reasons."""
    return {str(each.day): each.why for each in found.skipped}


class TestDays:
    """What one day is."""

    def test_a_weekend_is_named_by_its_day(self) -> None:
        """The reason of an ordinary Saturday is that it is one."""
        assert LONDON.day(date(2026, 11, 21)) == (False, "Saturday", False)
        assert LONDON.day(date(2026, 11, 23)) == (True, "", False)

    def test_a_holiday_is_named_in_english_whatever_the_machine_speaks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """The name comes from the calendar, the language not from the environment."""
        monkeypatch.setenv("LANGUAGE", "pt_PT")
        assert LISBON.day(date(2031, 12, 8)).why == "Immaculate Conception"

    def test_a_region_has_holidays_of_its_own(self) -> None:
        """Lisbon rests on Saint Anthony's day, the rest of Portugal does not."""
        assert not LISBON.is_working_day(date(2028, 6, 13))
        assert WorkCalendar("Europe/Lisbon", places=("PT",)).is_working_day(date(2028, 6, 13))

    def test_a_moved_saturday_is_worked(self) -> None:
        """Latvia works on 17 January 2026 instead of the 2nd, Azerbaijan on 21 June 2025."""
        assert RIGA.is_working_day(date(2026, 1, 17))
        assert not RIGA.is_working_day(date(2026, 1, 2))
        assert BAKU.is_working_day(date(2025, 6, 21))
        assert due(RIGA, "2026-01-16T12:00", 1, "working_days").startswith("2026-01-17")

    def test_our_own_change_goes_over_the_table(self) -> None:
        """A day added, a holiday taken away and a Saturday worked are what holidays.yaml says, with its reason."""
        changed = WorkCalendar(
            "Europe/London",
            places=("GB-ENG",),
            changes={
                date(2026, 11, 23): Change(working=False, why="stocktaking"),
                date(2026, 12, 25): Change(working=True, why="we work"),
                date(2026, 11, 21): Change(working=True, why="open day"),
            },
        )
        assert changed.day(date(2026, 11, 23)).why == "stocktaking"
        assert changed.is_working_day(date(2026, 12, 25))
        assert due(changed, "2026-11-20T10:00", 2, "working_days").startswith("2026-11-24")

    def test_a_calendar_without_working_days_ends_in_an_error(self) -> None:
        """Nothing counts for ever."""
        never = WorkCalendar("UTC", weekend=frozenset({"mon", "tue", "wed", "thu", "fri", "sat", "sun"}))
        with pytest.raises(ValueError, match="no working day"):
            add(never, datetime(2026, 1, 1, tzinfo=UTC), ("working_days", 1))


class TestTerms:
    """A moment and a term."""

    def test_hours_are_elapsed_over_the_change_of_the_clocks(self) -> None:
        """AT-A19: 24 hours are an hour less by the clock in autumn, an hour more in spring."""
        assert due(LONDON, "2026-10-24T12:00", 24, "hours") == "2026-10-25 11:00:00 GMT"
        assert due(LONDON, "2026-03-28T12:00", 24, "hours") == "2026-03-29 13:00:00 BST"

    def test_days_end_with_the_local_day(self) -> None:
        """K-15: ten days end at 23:59:59 in Baku, on a Sunday too."""
        found = add(BAKU, at(BAKU, "2026-11-05T20:00"), ("days", 10))
        assert found.at == datetime(2026, 11, 15, 19, 59, 59, tzinfo=UTC)
        assert found.date == date(2026, 11, 15)
        assert found.skipped == ()

    def test_the_start_day_is_that_of_the_place(self) -> None:
        """22:30 UTC is the next day in Baku, and that day is not counted."""
        found = add(BAKU, datetime(2026, 11, 4, 22, 30, tzinfo=UTC), ("days", 1))
        assert found.date == date(2026, 11, 6)

    def test_working_days_say_what_they_passed_over(self) -> None:
        """W-14: each skipped day has its reason, in order."""
        found = add(LONDON, at(LONDON, "2026-12-24T18:00"), ("working_days", 10))
        assert found.date == date(2027, 1, 12)
        assert passed_over(found) == {
            "2026-12-25": "Christmas Day",
            "2026-12-26": "Boxing Day",
            "2026-12-27": "Sunday",
            "2026-12-28": "Boxing Day (observed)",
            "2027-01-01": "New Year's Day",
            "2027-01-02": "Saturday",
            "2027-01-03": "Sunday",
            "2027-01-09": "Saturday",
            "2027-01-10": "Sunday",
        }
        assert not found.provisional

    @pytest.mark.parametrize(
        ("start", "months", "end"),
        [
            ("2026-11-20", 1, "2026-12-20"),
            ("2027-01-31", 1, "2027-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2026-12-05", 1, "2027-01-05"),
            ("2026-11-30", 3, "2027-02-28"),
        ],
    )
    def test_a_month_ends_on_the_corresponding_date(self, start: str, months: int, end: str) -> None:
        """GB-04a: or on the last day of a shorter month."""
        assert due(LONDON, f"{start}T09:00", months, "months").startswith(end)

    def test_a_month_is_rolled_to_a_working_day(self) -> None:
        """AT-X15: what ends on Sunday 20 December 2026 ends on Monday; without the roll it stays."""
        start = at(LONDON, "2026-11-20T09:00")
        rolled = add(LONDON, start, ("months", 1), roll=True)
        assert rolled.date == date(2026, 12, 21)
        assert passed_over(rolled) == {"2026-12-20": "Sunday"}
        assert add(LONDON, start, ("days", 42)).date == date(2027, 1, 1)
        assert add(LONDON, start, ("days", 42), roll=True).date == date(2027, 1, 4)

    def test_hours_that_roll_end_with_the_next_working_day(self) -> None:
        """Only where they end on none; else they stay to the second."""
        friday = at(LONDON, "2026-11-20T15:00")
        assert add(LONDON, friday, ("hours", 24), roll=True).date == date(2026, 11, 23)
        assert add(LONDON, friday, ("hours", 1), roll=True).local.hour == 16

    def test_a_start_without_time_zone_is_refused(self) -> None:
        """A naive time is nobody's time."""
        with pytest.raises(ValueError, match="time zone"):
            add(LONDON, datetime(2026, 1, 1), ("hours", 1))  # noqa: DTZ001 -- the fault under test


class TestDeemedReceipt:
    """When a receipt counts."""

    SATURDAY = "2020-01-04T11:00"

    def test_the_first_working_day_is_day_0(self) -> None:
        """Received Saturday 2020-01-04, twenty working days: 2020-02-03, and the day of receipt is told."""
        found = add(LONDON, at(LONDON, self.SATURDAY), ("working_days", 20), deemed=Deemed(0))
        assert found.date == date(2020, 2, 3)
        assert passed_over(found)["2020-01-06"] == "counts as the day of receipt"

    def test_the_first_working_day_is_day_1(self) -> None:
        """Received Saturday 2020-01-04, twenty working days: 2020-01-31."""
        found = add(LONDON, at(LONDON, self.SATURDAY), ("working_days", 20), deemed=Deemed(1))
        assert found.date == date(2020, 1, 31)
        assert "2020-01-06" not in passed_over(found)

    def test_a_holiday_counts_like_a_weekend(self) -> None:
        """Received on Wednesday 1 January 2020: the 2nd is day 0 or day 1."""
        start = at(LONDON, "2020-01-01T11:00")
        assert add(LONDON, start, ("working_days", 1), deemed=Deemed(0)).date == date(2020, 1, 3)
        assert add(LONDON, start, ("working_days", 1), deemed=Deemed(1)).date == date(2020, 1, 2)

    def test_on_a_working_day_both_rules_are_the_same(self) -> None:
        """The day of receipt is not counted, whichever rule."""
        start = at(LONDON, "2026-11-20T11:00")
        days = {add(LONDON, start, ("working_days", 3), deemed=Deemed(first)).date for first in (0, 1)}
        assert days == {date(2026, 11, 25)}

    @pytest.mark.parametrize(
        ("received", "first", "end"),
        [
            ("2026-11-19T17:00:00", 1, "2026-11-20"),  # Thursday, in time: the 19th is not counted
            ("2026-11-19T17:00:01", 1, "2026-11-23"),  # too late: the 20th is not counted
            ("2026-11-20T17:00:01", 1, "2026-11-23"),  # Friday, too late: received on Saturday
            ("2026-11-20T17:00:01", 0, "2026-11-24"),  # the same, and Monday is day 0
        ],
    )
    def test_the_daily_cut_off(self, received: str, first: int, end: str) -> None:
        """What is received after it counts as received on the next day."""
        deemed = Deemed(1 if first else 0, time(17))
        found = add(LONDON, at(LONDON, received), ("working_days", 1), deemed=deemed)
        assert str(found.date) == end

    def test_the_cut_off_moves_days_but_no_hours(self) -> None:
        """Elapsed time knows no closing hour."""
        start = at(LONDON, "2026-11-19T20:00")
        deemed = Deemed(cut_off=time(17))
        assert add(LONDON, start, ("days", 10), deemed=deemed).date == date(2026, 11, 30)
        assert add(LONDON, start, ("hours", 24), deemed=deemed).local.hour == 20


class TestProvisional:
    """What rests on an estimated day."""

    def test_an_estimated_holiday_marks_the_date(self) -> None:
        """Eid in 2027 is estimated for 9 and 10 March; three working days from the 5th rest on it."""
        found = add(BAKU, at(BAKU, "2027-03-05T10:00"), ("working_days", 3))
        assert found.date == date(2027, 3, 15)
        assert found.provisional
        assert {str(each.day) for each in found.uncertain} == {"2027-03-09", "2027-03-10"}

    def test_a_day_beside_an_estimate_is_marked_too(self) -> None:
        """Were Eid a day later, a term that ends on 11 March would end on the 12th."""
        assert add(BAKU, at(BAKU, "2027-03-10T10:00"), ("working_days", 1)).provisional
        assert not add(BAKU, at(BAKU, "2027-03-15T10:00"), ("working_days", 1)).provisional

    def test_a_confirmed_day_marks_nothing(self) -> None:
        """Once holidays.yaml says so the date is firm; a change of ours may itself be provisional."""
        days = {date(2027, 3, day): Change(working=False, why="Eid, decided") for day in (9, 10)}
        confirmed = WorkCalendar("Asia/Baku", places=("AZ",), changes=days)
        assert not add(confirmed, at(BAKU, "2027-03-05T10:00"), ("working_days", 3)).provisional
        ours = WorkCalendar("UTC", changes={date(2026, 11, 24): Change(working=False, why="jubilee", provisional=True)})
        assert add(ours, datetime(2026, 11, 20, tzinfo=UTC), ("working_days", 3)).provisional

    def test_days_and_hours_rest_on_no_holiday(self) -> None:
        """Ten days are ten days."""
        assert not add(BAKU, at(BAKU, "2027-03-05T10:00"), ("days", 10)).provisional


MOMENTS = st.datetimes(datetime(2020, 1, 1), datetime(2035, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 -- its bounds
TERMS = st.one_of(
    st.tuples(st.just("working_days"), st.integers(1, 40)),
    st.tuples(st.just("days"), st.integers(1, 90)),
    st.tuples(st.just("months"), st.integers(1, 6)),
    st.tuples(st.just("hours"), st.integers(1, 200)),
)
RULES = st.builds(Deemed, st.sampled_from([0, 1]), st.none() | st.times())


class TestForAnyTerm:
    """What holds for every calendar, moment and term."""

    @given(
        calendar=st.sampled_from(ALL),
        starts=st.lists(MOMENTS, min_size=2, max_size=5),
        term=TERMS,
        roll=st.booleans(),
        deemed=RULES,
    )
    def test_a_later_start_is_never_due_earlier(
        self, calendar: WorkCalendar, starts: list[datetime], term: tuple[Unit, int], *, roll: bool, deemed: Deemed
    ) -> None:
        """Being late with one step never brings the next one forward."""
        ends = [add(calendar, start, term, roll=roll, deemed=deemed).at for start in sorted(starts)]
        assert all(one <= next_ for one, next_ in pairwise(ends))

    @given(st.sampled_from(ALL), MOMENTS, st.integers(1, 30), RULES)
    def test_working_days_and_skipped_days_fill_the_time(
        self, calendar: WorkCalendar, start: datetime, amount: int, deemed: Deemed
    ) -> None:
        """Between start and end every day is either counted or told; the end is a working day at 23:59:59."""
        found = add(calendar, start, ("working_days", amount), deemed=deemed)
        between = (found.date - calendar.local(start).date()).days
        assert between == amount + len(found.skipped)
        assert calendar.is_working_day(found.date)
        assert found.local.time() == time(23, 59, 59)
        assert found.at == found.local
        assert found.at.tzinfo is UTC
