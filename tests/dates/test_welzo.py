"""Welzo's clocks, by the rows of the acceptance table that are about dates; and dates that were printed."""

from __future__ import annotations

from datetime import date

from router.calendar import Change, work_calendars
from router.clocks import running
from tests.dates.cases import Story, policies, welzo


def acknowledged() -> Story:
    """Received and acknowledged on 24 December: the result is due on 12 January."""
    return welzo().then("2026-12-24T18:01", "acknowledgement.sent")


class TestWelzo:
    """48 hours, then ten working days; a second stage; extensions."""

    def test_at_w06_hours_run_over_the_holiday(self) -> None:
        """AT-W06: received 24 Dec 18:00, held back: warned 25 Dec 18:00, breached 26 Dec 18:00."""
        story = welzo()
        assert story.states("2026-12-25T17:59:59")["ack"].state == "running"
        assert story.states("2026-12-25T18:00")["ack"].state == "warned"
        assert story.states("2026-12-26T18:00")["ack"].state == "warned"
        assert story.states("2026-12-26T18:00:01")["ack"].state == "breached"
        assert story.breaches("2026-12-27T00:00", "ack") == ["2026-12-26 18:00:00"]

    def test_at_w15_the_result_counts_from_the_acknowledgement(self) -> None:
        """AT-W15: acknowledged 24 Dec 2026, the result is due 2027-01-12; until then it waits, with its latest date."""
        waiting = welzo().states("2026-12-24T18:00")["result"]
        assert (waiting.state, waiting.start, waiting.due) == ("waiting", None, None)
        assert welzo().local(waiting.latest) == "2027-01-12 23:59:59"
        begun = acknowledged().states("2026-12-24T18:01")["result"]
        assert (begun.state, welzo().local(begun.due)) == ("running", "2027-01-12 23:59:59")

    def test_at_w16_a_late_acknowledgement_lengthens_nothing(self) -> None:
        """AT-W16 C-W2: acknowledged on 29 Dec, due on the 26th: the result counts from the 26th, the breach stays."""
        story = welzo()
        by_itself = story.states("2026-12-28T12:00")["result"]
        assert (by_itself.state, story.local(by_itself.start)) == ("running", "2026-12-26 18:00:00")
        states = story.then("2026-12-29T10:00", "acknowledgement.sent").states("2026-12-30T10:00")
        assert story.local(states["result"].start) == "2026-12-26 18:00:00"
        assert story.local(states["result"].due) == "2027-01-12 23:59:59"
        assert (states["ack"].state, states["ack"].met, states["ack"].late) == ("stopped", True, True)

    def test_at_w16_nor_does_a_much_later_one(self) -> None:
        """C-W2: acknowledged on 5 Jan, ten working days from then would be the 19th; it stays the 12th."""
        story = welzo().then("2027-01-05T10:00", "acknowledgement.sent")
        assert story.local(story.states("2027-01-05T10:00")["result"].due) == "2027-01-12 23:59:59"

    def test_at_w22_the_escalation_is_acknowledged_in_ten_working_days(self) -> None:
        """AT-W22: escalated 13 Jan 2027: warned 20 Jan, breached after 27 Jan; no clock of stage 2 before."""
        story = acknowledged().then("2027-01-11T10:00", "result.sent")
        assert "ack2" not in story.states("2027-01-12T10:00")
        story.then("2027-01-13T10:00", "escalation.requested")
        assert story.states("2027-01-20T23:59:58")["ack2"].state == "running"
        assert story.states("2027-01-20T23:59:59")["ack2"].state == "warned"
        assert story.states("2027-01-27T23:59:59")["ack2"].state == "warned"
        assert story.states("2027-01-28T00:00:00")["ack2"].state == "breached"

    def test_at_w23_stage_2_counts_from_its_own_acknowledgement(self) -> None:
        """AT-W23: acknowledged 15 Jan 2027, due 29 Jan; the first answer does not stop it, the second does."""
        story = acknowledged().then("2027-01-11T10:00", "result.sent").then("2027-01-13T10:00", "escalation.requested")
        story.then("2027-01-15T10:00", "escalation_acknowledgement.sent")
        state = story.states("2027-01-16T10:00")["result2"]
        assert (state.state, story.local(state.due)) == ("running", "2027-01-29 23:59:59")
        answered = story.then("2027-01-28T10:00", "result.sent").states("2027-01-30T10:00")["result2"]
        assert (answered.state, answered.met, answered.late) == ("stopped", True, False)

    def test_at_w25_an_extension_in_time_moves_the_due_time(self) -> None:
        """AT-W25: told one day before: the new date holds from then on, both are kept, nothing is late."""
        story = acknowledged().extended("2027-01-11T10:00", "result", "2027-02-01")
        state = story.states("2027-01-20T10:00")["result"]
        assert [(story.local(since), story.local(due)) for since, due in state.dues] == [
            ("2026-12-24 18:01:00", "2027-01-12 23:59:59"),
            ("2027-01-11 10:00:00", "2027-02-01 23:59:59"),
        ]
        assert (state.state, state.late) == ("running", False)
        assert story.local(state.warn) == "2027-01-27 23:59:59", "warned as many days before as without the extension"

    def test_at_w26_told_late_it_moves_and_the_breach_stays(self) -> None:
        """AT-W26 R-6: told one day after; and if the new date passes too, that is a second one."""
        story = acknowledged().extended("2027-01-13T10:00", "result", "2027-02-01")
        state = story.states("2027-01-20T10:00")["result"]
        assert (state.state, story.local(state.due)) == ("running", "2027-02-01 23:59:59")
        assert story.breaches("2027-01-20T10:00", "result") == ["2027-01-12 23:59:59"]
        assert story.breaches("2027-02-02T00:00", "result") == ["2027-01-12 23:59:59", "2027-02-01 23:59:59"]

    def test_an_extension_never_brings_a_date_forward(self) -> None:
        """An earlier date is no extension."""
        story = acknowledged().extended("2026-12-29T10:00", "result", "2027-01-05")
        assert story.local(story.states("2026-12-30T10:00")["result"].due) == "2027-01-12 23:59:59"

    def test_after_its_end_nothing_moves(self) -> None:
        """Answered on 4 January: what is told afterwards makes it neither late nor longer."""
        story = (
            acknowledged().then("2027-01-04T10:00", "result.sent").extended("2027-01-20T10:00", "result", "2027-02-01")
        )
        state = story.states("2027-03-01T10:00")["result"]
        assert (story.local(state.due), state.late) == ("2027-01-12 23:59:59", False)

    def test_what_may_not_be_extended_is_not(self) -> None:
        """W-25 names result and result2: the acknowledgement keeps its time, whatever is told."""
        story = welzo().extended("2026-12-25T10:00", "ack", "2027-01-05")
        assert story.local(story.states("2026-12-25T12:00")["ack"].due) == "2026-12-26 18:00:00"


class TestPrinted:
    """A printed date binds. Acknowledged after midnight, the result would be due on 4 December."""

    def acknowledged(self, printed: str) -> Story:
        """A letter that was written before midnight and sent after it."""
        return welzo("2026-11-19T23:00").printed("2026-11-20T00:00:05", "acknowledgement.sent", "result", printed)

    def test_the_earlier_of_printed_and_computed_holds(self) -> None:
        """The letter binds to the day that it says."""
        story = self.acknowledged("2026-12-03")
        assert story.local(story.states("2026-11-20T09:00")["result"].due) == "2026-12-03 23:59:59"

    def test_a_later_printed_date_changes_nothing(self) -> None:
        """What the policy promises stays promised."""
        story = self.acknowledged("2026-12-24")
        assert story.local(story.states("2026-11-20T09:00")["result"].due) == "2026-12-04 23:59:59"

    def test_an_extension_goes_beyond_what_was_printed(self) -> None:
        """The letter of the extension is the newer word, and its own date binds in turn."""
        story = self.acknowledged("2026-12-03").extended("2026-12-02T10:00", "result", "2026-12-20")
        story.printed("2026-12-02T10:00", "progress.sent", "result", "2026-12-18")
        assert story.local(story.states("2026-12-03T09:00")["result"].due) == "2026-12-18 23:59:59"

    def test_a_date_before_the_clock_begins_is_none_of_its_dates(self) -> None:
        """Printed by mistake for a day on which the clock had not begun: what is computed holds."""
        story = welzo("2026-11-19T23:00").printed("2026-11-19T23:30", "progress.sent", "result", "2026-11-20")
        story.then("2026-11-21T10:00", "acknowledgement.sent")
        state = story.states("2026-11-22T09:00")["result"]
        assert (story.local(state.due), state.late) == ("2026-12-04 23:59:59", False)

    def test_what_is_late_is_not_made_late_again(self) -> None:
        """A letter that comes after the due time and repeats it changes nothing."""
        story = self.acknowledged("2026-12-03").printed("2026-12-10T10:00", "progress.sent", "result", "2026-12-03")
        assert story.breaches("2026-12-11T09:00", "result") == ["2026-12-03 23:59:59"]

    def test_it_binds_when_a_holiday_is_added(self) -> None:
        """A new holiday moves the computed date; the customer still has the printed one."""
        story = self.acknowledged("2026-12-04")
        holiday = {"GB-ENG": {date(2026, 11, 30): Change(working=False, why="jubilee")}}
        changed = work_calendars(policies().calendars, holiday)
        [_, result] = running(story.policy, story.facts, story.at("2026-11-20T09:00"), changed)
        assert story.local(result.dues[0][1]) == "2026-12-07 23:59:59"
        assert story.local(result.due) == "2026-12-04 23:59:59"
