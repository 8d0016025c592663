"""Rules of the engine that hold for every policy's clocks."""

from __future__ import annotations

from datetime import date, time

import pytest

from router.calendar import Change, work_calendars
from router.clocks import moved, running
from router.policy import Policy
from tests.dates.cases import ask4, calendars, kontakt, policies, welzo


def test_at_x17_nothing_stops_a_clock_but_its_end() -> None:
    """AT-X17 R-5: information asked and never given, a consultation, a note: all clocks are as before."""
    plain, busy = ask4(), ask4()
    for event in ("information.requested", "consultation.opened", "note.added", "conduct.flagged"):
        busy.then("2026-11-21T10:00", event)
    assert busy.states("2026-11-22T10:00") == plain.states("2026-11-22T10:00")


def test_a_reopening_takes_the_closing_back() -> None:
    """R-9: closed by mistake, an unanswered complaint has its clocks again with the same dates."""
    story = welzo("2026-11-02T10:00").then("2026-11-02T10:01", "acknowledgement.sent")
    before = story.states("2026-11-10T10:00")["result"]
    closed = story.then("2026-11-10T10:00", "case.closed").states("2026-11-10T11:00")["result"]
    assert (closed.state, closed.met) == ("stopped", False)
    assert story.then("2026-11-11T10:00", "case.reopened").states("2026-11-11T10:00")["result"] == before


@pytest.mark.parametrize(("sent", "late"), [("2026-11-25T23:59:59.999", False), ("2026-11-26T00:00", True)])
def test_the_last_second_of_the_day_is_in_time(sent: str, *, late: bool) -> None:
    """The day ends at 24:00, and 23:59:59 is its last second."""
    story = ask4().then("2026-11-20T23:11", "acknowledgement.sent").then(sent, "progress.sent")
    assert story.states("2026-12-05T10:00")["update"].late is late


def test_a_clock_says_when_it_will_stand_otherwise() -> None:
    """At its warning, then in the second after its due time; one that waits when it begins by itself."""
    story = welzo()
    assert story.local(story.states("2026-12-24T18:00")["ack"].wakes) == "2026-12-25 18:00:00"
    assert story.local(story.states("2026-12-25T18:00")["ack"].wakes) == "2026-12-26 18:00:01"
    assert story.local(story.states("2026-12-25T18:00")["result"].wakes) == "2026-12-26 18:00:01"
    assert story.states("2026-12-26T18:00:01")["ack"].wakes is None


def test_a_changed_holiday_moves_open_clocks_and_says_so() -> None:
    """Today's calendars apply: what is open moves, with its date before and after and the reason."""
    story = kontakt().then("2026-11-06T10:00", "complaint.accepted")
    now = story.at("2026-11-07T10:00")
    decided = {"AZ": {date(2026, 11, 12): Change(working=False, why="decided today")}}
    before = running(story.policy, story.facts, now, calendars())
    after = running(story.policy, story.facts, now, work_calendars(policies().calendars, decided))
    [move] = moved(before, after)
    assert move.state.clock.id == "review"
    assert (str(move.before.date), str(move.after.date)) == ("2026-11-13", "2026-11-16")
    assert "decided today" in {each.why for each in move.after.skipped}


def test_the_company_says_when_a_receipt_counts() -> None:
    """A cut-off moves terms in days that begin with the customer; hours and our own steps count as they are."""
    story = kontakt("2026-10-05T20:00").then("2026-10-06T20:00", "complaint.accepted")
    time_ = story.policy.time.model_copy(update={"cut_off": time(17)})
    policy: Policy = story.policy.model_copy(update={"time": time_})
    now = story.at("2026-10-06T20:00")
    dates = [
        {state.clock.id: story.local(state.due) for state in running(each, story.facts, now, calendars())}
        for each in (story.policy, policy)
    ]
    assert dates == [
        {
            "ack": "2026-10-06 20:00:00",
            "accept": "2026-10-08 23:59:59",
            "review": "2026-10-09 23:59:59",
            "result": "2026-10-15 23:59:59",
        },
        {
            "ack": "2026-10-06 20:00:00",
            "accept": "2026-10-09 23:59:59",
            "review": "2026-10-09 23:59:59",
            "result": "2026-10-16 23:59:59",
        },
    ]
