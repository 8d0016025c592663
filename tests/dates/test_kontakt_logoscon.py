"""Clocks of Kontakt and log.oscon, by the rows of the acceptance table that are about dates."""

from __future__ import annotations

from router.clocks import Moment, outrun
from tests.dates.cases import Story, kontakt, logoscon


class TestKontakt:
    """Accepted in three working days, considered in three more, solved in ten days."""

    def test_at_k06_acceptance(self) -> None:
        """AT-K06: received Thu 5 Nov 20:00: warned at the end of 8 Nov, breached after 12 Nov."""
        assert kontakt().states("2026-11-08T23:59:58")["accept"].state == "running"
        assert kontakt().states("2026-11-08T23:59:59")["accept"].state == "warned"
        assert kontakt().states("2026-11-12T23:59:59")["accept"].state == "warned"
        assert kontakt().states("2026-11-13T00:00")["accept"].state == "breached"

    def test_at_k09_the_review(self) -> None:
        """AT-K09: accepted 6 Nov, review due 13 Nov."""
        story = kontakt().then("2026-11-06T10:00", "complaint.accepted")
        assert story.local(story.states("2026-11-06T10:00")["review"].due) == "2026-11-13 23:59:59"

    def test_at_k11_ten_days_are_not_rolled(self) -> None:
        """AT-K11: received 5 Nov, due on Sunday the 15th, warned after seven days."""
        assert kontakt().states("2026-11-12T23:59:58")["result"].state == "running"
        state = kontakt().states("2026-11-12T23:59:59")["result"]
        assert (state.state, kontakt().local(state.due)) == ("warned", "2026-11-15 23:59:59")

    def test_at_k12_the_answer_is_due_before_the_acceptance(self) -> None:
        """AT-K12 C-K2: received 18 Mar 2026: accept 1 Apr, result 28 Mar; both known at intake, and told."""
        story = kontakt("2026-03-18T12:00")
        states = story.states("2026-03-18T12:00")
        assert story.local(states["accept"].due) == "2026-04-01 23:59:59"
        assert story.local(states["result"].due) == "2026-03-28 23:59:59"
        pairs = [(answer.clock.id, step.clock.id) for answer, step in outrun(states.values())]
        assert pairs == [("result", "accept"), ("result", "review")]

    def test_without_holidays_the_steps_fit(self) -> None:
        """Nothing is told where three and three working days end before the tenth day."""
        assert outrun(kontakt("2026-10-05T12:00").states("2026-10-05T12:00").values()) == ()

    def test_at_k05_solved_at_once(self) -> None:
        """AT-K05 K-11: nothing is owed any more but the acknowledgement."""
        states = kontakt().then("2026-11-05T20:10", "complaint.resolved_at_once").states("2026-12-01T10:00")
        assert {clock for clock, state in states.items() if state.state != "stopped"} == {"ack"}
        assert not any(states[clock].late for clock in ("accept", "review", "result"))


class TestLogoscon:
    """No number in the policy: targets, and a law."""

    def test_at_l09_clocks_carry_the_first_contact(self) -> None:
        """AT-L09: written Monday, forwarded Thursday: clocks from Monday, the delay of the forward is a breach."""
        story = Story("logoscon").then("2026-11-16T10:00", "staff.first_contact")
        monday, thursday = story.at("2026-11-16T10:00"), story.at("2026-11-19T15:00")
        story.facts.append(Moment("complaint.received", monday, received_at=thursday))
        states = story.states("2026-11-19T15:00")
        assert story.local(states["ack"].start) == "2026-11-16 10:00:00"
        assert story.breaches("2026-11-19T15:00", "forward") == ["2026-11-16 11:00:00"]
        assert story.local(states["forward"].stopped) == "2026-11-19 15:00:00"

    def test_at_l24_the_complaints_book(self) -> None:
        """AT-L24: fifteen working days from the complaint's date, beside a result without a term."""
        states = logoscon("2026-11-27T12:00", channel=["livro"]).states("2026-11-27T12:00")
        assert logoscon().local(states["livro"].due) == "2026-12-22 23:59:59"
        assert (states["result"].due, states["result"].state) == (None, "running")
        assert "livro" not in logoscon(channel=["email"]).states("2026-11-27T12:00")

    def test_progress_begins_anew_until_the_answer(self) -> None:
        """L-13: ten working days after each news, until the result; each time is kept as a clock of its own."""
        story = logoscon().then("2026-11-02T10:01", "acknowledgement.sent").then("2026-11-10T10:00", "progress.sent")
        states = story.states("2026-11-10T10:00")
        assert (states["progress"].met, states["progress/2"].state) == (True, "running")
        assert story.local(states["progress/2"].due) == "2026-11-24 23:59:59"
        states = story.then("2026-11-20T10:00", "result.sent").states("2027-01-01T10:00")
        assert (states["progress/2"].stopped_by, states["progress/2"].late) == ("result.sent", False)
        assert "progress/3" not in states

    def test_late_news_is_late_and_the_next_counts_from_it(self) -> None:
        """R-9: the first time keeps its breach, the second begins with what met the first."""
        story = logoscon().then("2026-11-02T10:01", "acknowledgement.sent").then("2026-12-02T10:00", "progress.sent")
        states = story.states("2026-12-03T10:00")
        assert story.breaches("2026-12-03T10:00", "progress") == ["2026-11-16 23:59:59"]
        assert (story.local(states["progress/2"].start), states["progress/2"].late) == ("2026-12-02 10:00:00", False)

    def test_news_before_the_acknowledgement_starts_nothing(self) -> None:
        """The first time counts from the acknowledgement, or from when that was due."""
        story = logoscon().then("2026-11-02T11:00", "progress.sent")
        assert story.states("2026-11-02T12:00")["progress"].state == "waiting"
        assert story.states("2026-11-03T10:00:01")["progress"].state == "running"
