"""ASK4's clocks and the law's, by the rows of the acceptance table that are about dates."""

from __future__ import annotations

from tests.dates.cases import Story, ask4, welzo


def acknowledged() -> Story:
    """Received and acknowledged on Friday night: the update is due on Wednesday 25 November."""
    return ask4().then("2026-11-20T23:11", "acknowledgement.sent")


def updated() -> Story:
    """With news on Tuesday: the result is due on 3 December."""
    return acknowledged().then("2026-11-24T10:00", "progress.sent")


class TestAsk4:
    """24 hours, three working days, seven working days; no extension."""

    def test_at_a18_on_a_friday_night(self) -> None:
        """AT-A18: received Fri 20 Nov 23:10, held back: breached Sat 21 Nov 23:10."""
        assert ask4().states("2026-11-21T23:10")["ack"].state == "warned"
        assert ask4().breaches("2026-11-22T00:00", "ack") == ["2026-11-21 23:10:00"]

    def test_at_a19_over_the_change_of_the_clocks(self) -> None:
        """AT-A19: received Sat 24 Oct 2026 12:00 BST, due Sun 25 Oct 11:00 GMT."""
        story = ask4("2026-10-24T12:00")
        assert story.local(story.states("2026-10-24T12:00")["ack"].due) == "2026-10-25 11:00:00"

    def test_at_a20_a_bounced_acknowledgement_was_not_sent(self) -> None:
        """AT-A20 R-8: the clock still has 24 hours from receipt, and what hung on it waits again."""
        story = acknowledged()
        assert story.states("2026-11-20T23:20")["update"].state == "running"
        story.facts.pop()
        states = story.states("2026-11-21T01:10")
        assert (states["ack"].state, story.local(states["ack"].due)) == ("running", "2026-11-21 23:10:00")
        assert states["update"].state == "waiting"

    def test_at_a21_the_update(self) -> None:
        """AT-A21: acknowledged 20 Nov: due 25 Nov, warned after two working days."""
        state = acknowledged().states("2026-11-21T09:00")["update"]
        assert ask4().local(state.due) == "2026-11-25 23:59:59"
        assert ask4().local(state.warn) == "2026-11-24 23:59:59"

    def test_at_a22_only_the_first_update_counts(self) -> None:
        """AT-A22: updates on 24 and 27 Nov: the result is due 3 Dec."""
        story = updated()
        first = story.states("2026-11-25T10:00")["result"].due
        assert story.local(first) == "2026-12-03 23:59:59"
        assert story.then("2026-11-27T10:00", "progress.sent").states("2026-11-27T10:00")["result"].due == first

    def test_an_early_update_pulls_the_answer_forward(self) -> None:
        """A-15: seven working days from the update, not from the last day for it."""
        story = acknowledged().then("2026-11-21T10:00", "progress.sent")
        assert story.local(story.states("2026-11-21T10:00")["result"].due) == "2026-12-01 23:59:59"

    def test_each_step_that_is_late_starts_the_next(self) -> None:
        """R-4 through the whole chain: nobody does anything, and every clock runs out from the one before."""
        story = ask4()
        states = story.states("2027-01-05T00:00")
        assert [story.local(states[clock].start) for clock in ("ack", "update", "result")] == [
            "2026-11-20 23:10:00",
            "2026-11-21 23:10:00",
            "2026-11-25 23:59:59",
        ]
        assert {states[clock].state for clock in ("ack", "update", "result")} == {"breached"}
        assert story.states("2026-11-20T23:10")["result"].latest == states["result"].due, "known at receipt"

    def test_at_a23_nothing_is_extended(self) -> None:
        """AT-A23: the policy has no such clause: the date stays, and a late answer is a breach."""
        story = updated().extended("2026-12-02T10:00", "result", "2026-12-20").then("2026-12-10T10:00", "result.sent")
        assert story.breaches("2026-12-11T10:00", "result") == ["2026-12-03 23:59:59"]

    def test_at_a24_stage_2_promises_no_time_but_is_warned_of(self) -> None:
        """AT-A24 C-A5: no due time; warned after seven working days."""
        story = updated().then("2026-11-30T10:00", "result.sent").then("2026-12-01T10:00", "escalation.requested")
        state = story.states("2026-12-10T23:59:59")["result2"]
        assert (state.due, state.latest, state.state) == (None, None, "warned")

    def test_the_answer_before_any_update_owes_none(self) -> None:
        """A-14: who has the formal answer needs no news of its progress; an acknowledgement is owed all the same."""
        states = ask4().then("2026-11-21T10:00", "result.sent").states("2026-12-20T10:00")
        assert {states[clock].state for clock in ("update", "result")} == {"stopped"}
        assert not states["update"].late
        assert not states["result"].late
        assert states["ack"].state == "breached"


class TestLaw:
    """Law on top of policy, where it applies."""

    def test_at_a25_the_letter_about_the_ombudsman(self) -> None:
        """AT-A25: due on day 42, a holiday, not rolled; an accepted answer makes it void, an answer alone does not."""
        story = ask4(customer=["consumer"]).then("2026-11-30T10:00", "result.sent")
        story.then("2026-12-01T10:00", "case.closed")
        state = story.states("2026-12-02T10:00")["adr_letter"]
        assert (state.state, story.local(state.due)) == ("running", "2027-01-01 23:59:59")
        void = story.then("2026-12-03T10:00", "result.accepted").states("2027-02-01T10:00")["adr_letter"]
        assert (void.state, void.stopped_by, void.met, void.late) == ("stopped", "result.accepted", False, False)

    def test_at_a11_data_protection_has_thirty_days_rolled(self) -> None:
        """AT-A11: the law's clock beside the policy's, for that topic only: the 30th day is a Sunday."""
        assert list(ask4().states("2026-11-20T23:10")) == ["ack", "update", "result"]
        story = ask4(topic=["data_protection"])
        assert story.local(story.states("2026-11-20T23:10")["dp_ack"].due) == "2026-12-21 23:59:59"

    def test_at_x15_a_request_for_ones_data_has_a_month_of_its_own(self) -> None:
        """AT-X15: rolled to a working day; the complaint's own end does not end it."""
        story = ask4().then("2026-11-20T23:10", "rights_request.found").then("2026-11-23T10:00", "result.sent")
        story.then("2026-11-24T10:00", "complaint.withdrawn").then("2026-11-24T10:01", "case.closed")
        state = story.states("2026-11-30T10:00")["rights"]
        assert (state.state, story.local(state.due)) == ("running", "2026-12-21 23:59:59")

    def test_at_x15_a_second_request_has_a_month_too(self) -> None:
        """One that comes after the answer to the first is not lost."""
        story = ask4().then("2026-11-20T23:10", "rights_request.found")
        story.then("2026-12-01T10:00", "rights_request.answered").then("2027-01-31T10:00", "rights_request.found")
        states = story.states("2027-02-01T10:00")
        assert (states["rights"].met, states["rights"].late) == (True, False)
        assert (states["rights/2"].state, story.local(states["rights/2"].due)) == ("running", "2027-03-01 23:59:59")

    def test_what_made_the_first_request_void_does_not_touch_the_second(self) -> None:
        """A clock that begins anew begins with nothing behind it."""
        story = ask4().then("2026-11-20T23:10", "rights_request.found").then("2026-11-22T10:00", "result.accepted")
        story.then("2027-01-31T10:00", "rights_request.found")
        law = story.policy.law["gb_rights_request"]
        void = law.model_copy(update={"clocks": (law.clocks[0].model_copy(update={"unless": "result.accepted"}),)})
        story.policy = story.policy.model_copy(update={"law": {"gb_rights_request": void}})
        states = story.states("2027-02-01T10:00")
        assert (states["rights"].state, states["rights/2"].state) == ("stopped", "running")

    def test_the_law_allows_two_months_more_from_the_start(self) -> None:
        """GB-04a: what is told beyond that does not count; what is told within does."""
        for told, due in (("2027-06-01", "2027-02-22 23:59:59"), ("2027-01-15", "2027-01-15 23:59:59")):
            story = ask4().then("2026-11-20T23:10", "rights_request.found").extended("2026-12-10T10:00", "rights", told)
            assert story.local(story.states("2026-12-11T10:00")["rights"].due) == due

    def test_at_x19_silence_is_deemed_acceptance_in_poland(self) -> None:
        """AT-X19: fourteen days where the brand sells into Poland and the customer lives there."""
        story = ask4(customer_country=["PL"], trader_directs_to=["PL"])
        assert story.states("2026-12-04T23:59:59")["art7a"].deemed is None
        assert story.states("2026-12-05T00:00")["art7a"].deemed == "deemed_accepted"
        assert "art7a" not in ask4(customer_country=["PL"]).states("2026-12-05T00:00")

    def test_at_x19_silence_is_deemed_refusal_in_latvia(self) -> None:
        """AT-X19: fifteen working days."""
        story = welzo("2026-11-02T10:00")
        story.traits = {"customer_country": ["LV"], "trader_directs_to": ["LV"]}
        assert story.states("2026-11-24T00:00")["ptal"].deemed == "deemed_refused"
        assert story.breaches("2026-11-24T00:00", "ptal") == ["2026-11-23 23:59:59"]
