"""What is counted, in which month, and what stays late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from intake_daemon import events
from router.reports import Report
from router.reports.model import Promise, Row, Taken
from tests.reports.histories import BAKU, DECEMBER, LONDON, NOVEMBER, History, made, on


def rows(listed: tuple[Row, ...], field: str = "received") -> dict[str, int]:
    """One count of a breakdown, by name."""
    return {row.name: getattr(row, field) for row in listed if getattr(row, field)}


def promise(report: Report, name: str) -> Promise:
    """One clock of the month."""
    return next(each for each in report.figures.promises if each.name == name)


def taken(report: Report, name: str) -> Taken:
    """How long one step took."""
    return next(each for each in report.figures.times if each.name == name)


def test_case_counts_when_received_and_answer_when_given() -> None:
    """A complaint of October that is answered in November is October's complaint and November's answer."""
    late = History(1).received(on(28, month=10), "delivery", "email")
    late.answered(on(3), "not_upheld")
    late.closed(on(4), "not_upheld")
    report = made([late, History(2).received(on(1))])
    assert report.figures.flow.received == 1
    assert report.before.flow.received == 1
    assert report.figures.flow.answered == report.figures.flow.closed == 1
    assert report.before.flow.answered == 0
    assert rows(report.figures.topics) == {"billing": 1}
    assert rows(report.figures.topics, "answered") == {"delivery": 1}
    assert rows(report.figures.outcomes, "answered") == {"not_upheld": 1}
    assert rows(report.before.outcomes) == {"not_upheld": 1}


def test_month_is_the_brands() -> None:
    """Midnight is where the brand is: 20:30 UTC on 31 October is November in Baku, and not yet in London."""
    history = History(1).received(datetime(2026, 10, 31, 20, 30, tzinfo=UTC))
    assert made([history], zone=BAKU).figures.flow.received == 1
    assert made([history]).figures.flow.received == 0
    assert made([history], zone=BAKU).figures.days[0] == 1


def test_midnight_begins_the_month() -> None:
    """What comes at the first midnight is in the month, what comes at the next month's is not; in both ways nothing is
    counted twice (the last Sunday of October has 25 hours in London)."""
    first, last = History(1).received(on(1, 0)), History(2).received(on(1, 0, month=12))
    assert made([first, last]).figures.flow.received == 1
    assert made([first, last], month=NOVEMBER.after).figures.flow.received == 1
    assert made([first, last], month=NOVEMBER.before).figures.flow.received == 0
    assert NOVEMBER.start(LONDON) - NOVEMBER.before.start(LONDON) == timedelta(days=31, hours=1)


def test_median_and_longest_time_taken() -> None:
    """AT-L01: the report shows the median and the longest time taken, and in which case."""
    histories = [History(number).received(on(1)) for number in (1, 2, 3)]
    for history, days in zip(histories, (1, 4, 20), strict=True):
        history.acknowledged(on(1) + timedelta(minutes=days))
        history.answered(on(1) + timedelta(days=days))
    report = made(histories)
    answer = taken(report, "answer")
    assert (answer.number, answer.median, answer.longest) == (3, 4 * 86_400, 20 * 86_400)
    assert answer.longest_case == histories[2].reference
    assert taken(report, "acknowledgement").median == 4 * 60
    assert report.figures.spread == (1, 0, 1, 0, 1, 0)


def test_forwarding_delay_is_in_the_report() -> None:
    """AT-L09: the customer wrote on Monday, the employee passed it on on Thursday: three days."""
    history = History(1).received(on(2), channel="staff")
    history.add(on(5), events.StaffFirstContact(message="m", contact_at=on(2), received_at=on(5)))
    forward = taken(made([history]), "forward")
    assert (forward.number, forward.longest) == (1, 3 * 86_400)


def test_late_acknowledgement_is_in_the_report() -> None:
    """AT-W16: due on the 26th, sent on the 29th: late, and late for three days, whatever came later (R-9)."""
    history = History(1).received(on(24)).clock("ack", on(24), on(26), met=on(29), ran_out=True)
    history.acknowledged(on(29))
    report = made([history])
    ack = promise(report, "ack")
    assert (ack.kept, ack.late, ack.met_late, ack.worst) == (0, 1, 1, 3 * 86_400)
    (late,) = report.figures.late
    assert (late.reference, late.name, late.due, late.met_at) == (history.reference, "ack", on(26), on(29))
    assert report.figures.topics[0].late == 1


def test_late_stays_late_after_an_extension() -> None:
    """What was extended after it ran out, and met then, is late all the same; so is what the stop alone knows of."""
    extended = History(1).received(on(2)).clock("result", on(2), on(10), ran_out=True)
    extended.add(on(11), events.ClockMoved(clock="result", before=on(10), due=on(20)))
    extended.add(on(15), events.ClockStopped(clock="result", at=on(15), by="result.sent", met=True, late=False))
    unseen = History(2).received(on(2)).clock("result", on(2), on(10), met=on(12))
    report = made([extended, unseen])
    assert (promise(report, "result").kept, promise(report, "result").late) == (0, 2)
    assert [each.due for each in report.figures.late] == [on(10), on(10)]


def test_withdrawn_breach_is_none() -> None:
    """An earlier fact that became known later takes the breach back: the clock was kept."""
    history = History(1).received(on(2)).clock("ack", on(2), on(4), ran_out=True)
    history.add(on(5), events.ClockBreachWithdrawn(clock="ack", due=on(4)))
    history.add(on(5), events.ClockStopped(clock="ack", at=on(3), by="acknowledgement.sent", met=True, late=False))
    report = made([history])
    assert (promise(report, "ack").kept, promise(report, "ack").late) == (1, 0)
    assert report.figures.late == ()


def test_word_of_policy_law_and_target_are_kept_apart() -> None:
    """Each basis has its own line; a missed target is no promise that was broken, and nobody's topic is late by it."""
    history = History(1).received(on(2))
    history.clock("progress", on(2), on(3), basis="target", ran_out=True)
    history.clock("answer", on(2), on(4), basis="law", law="pt_livro", met=on(3))
    history.clock("answer", on(2), on(3), basis="policy", met=on(3))
    report = made([history])
    found = [(each.basis, each.law, each.kept, each.late) for each in report.figures.promises]
    assert found == [("policy", "", 1, 0), ("law", "pt_livro", 1, 0), ("target", "", 0, 1)]
    assert report.figures.topics[0].late == 0
    assert report.figures.flow.open_late == 0


def test_clock_counts_in_the_month_in_which_it_was_decided() -> None:
    """Received in October, run out in November: in November's report, and in no other."""
    history = History(1).received(on(25, month=10)).clock("result", on(25, month=10), on(8), ran_out=True)
    report = made([history])
    assert promise(report, "result").late == 1
    assert report.before.promises == ()
    assert report.figures.flow.open_late == 1
    assert report.before.flow.open_late == 0


def test_letter_that_came_back_was_not_sent() -> None:
    """R-8: an acknowledgement that bounced is none, the next one counts; an answer that bounced is no answer."""
    history = History(1).received(on(2))
    history.bounced(on(3), history.acknowledged(on(2, 13)))
    history.acknowledged(on(4))
    history.bounced(on(7), history.answered(on(6)))
    report = made([history])
    assert taken(report, "acknowledgement").longest == 2 * 86_400
    assert report.figures.flow.answered == 0
    assert rows(report.figures.outcomes) == {"open": 1}


def test_open_at_the_end() -> None:
    """Closed on the 30th it is not open, closed on 1 December it was; reopened counts as open again."""
    early, later, again = (History(number).received(on(2)) for number in (1, 2, 3))
    early.closed(on(30))
    later.closed(on(1, month=12))
    again.closed(on(5))
    again.add(on(9), events.CaseReopened(by="ann"))
    withdrawn = History(4).received(on(2))
    withdrawn.add(on(3), events.ComplaintWithdrawn(by="ann"))
    withdrawn.closed(on(4), "withdrawn")
    flow = made([early, later, again, withdrawn]).figures.flow
    assert (flow.open, flow.closed, flow.reopened) == (2, 3, 1)


def test_no_complaint_after_all() -> None:
    """What a person set aside is counted as that and nothing else; turned back, it counts from its first receipt."""
    aside, back = History(1).received(on(2)), History(2).received(on(2))
    for history in (aside, back):
        history.add(on(3), events.ContactSetAside(reason="praise", by="ann"))
    back.received(on(2))
    flow = made([aside, back]).figures.flow
    assert (flow.received, flow.set_aside, flow.open) == (1, 1, 1)


def test_improvement_is_shown_with_its_cases() -> None:
    """AT-W28, AT-K19: an improvement that is linked to three cases is shown with them, also with October's."""
    histories = [History(number).received(on(2, month=10 + (number > 1))) for number in (1, 2, 3)]
    for day, history in enumerate(histories):
        when = on(20, month=10) if not day else on(20 + day)
        history.add(when, events.ImprovementRecorded(improvement="imp-1", content="c", by="ann"))
    (found,) = made(histories).figures.improvements
    assert found.cases == tuple(history.reference for history in histories)
    assert str(found.since) == "2026-10-20"
    assert len(made(histories).before.improvements[0].cases) == 1


def test_repeats_by_correspondent_and_topic() -> None:
    """A correspondent's second complaint is a repeat, of the same topic or of another; a stranger's is none."""
    first = History(1, people=("ann",)).received(on(2, month=8))
    same = History(2, people=("ann", "ann at work")).received(on(3))
    other = History(3, people=("ann at work",)).received(on(4), "delivery")
    stranger = History(4, people=("bob",)).received(on(5))
    old = History(5, people=("bob",)).received(datetime(2025, 10, 1, tzinfo=UTC))
    report = made([first, same, other, stranger, old])
    assert (report.figures.repeats.again, report.figures.repeats.same_topic) == (2, 1)
    assert rows(report.figures.topics, "again") == {"billing": 1}


def test_survey() -> None:
    """AT-A06: who was asked, who answered, and the mean."""
    histories = [History(number).received(on(2)) for number in (1, 2, 3)]
    for history, score in zip(histories, (5, 2, None), strict=True):
        history.add(on(4), events.SurveyDue())
        if score:
            history.add(on(5), events.SurveyAnswered(score=score))
    survey = made(histories).figures.survey
    assert (survey.asked, survey.answers, survey.mean) == (3, 2, 3.5)
    assert survey.scores == (0, 1, 0, 0, 1)


def test_extensions_escalations_and_outside_bodies() -> None:
    """Each is counted in its month, by what tells it apart; the second answer is timed from the escalation."""
    history = History(1).received(on(2))
    history.answered(on(5), "not_upheld")
    extension = events.ExtensionTold(
        notice="x", connector="mail", language="en", clock="result", due=on(20).date(), reason="complex"
    )
    history.add(on(4), extension)
    history.add(on(8), events.EscalationNoted(elements=("request",), why="before_answer"))
    history.add(on(9), events.EscalationRequested(stage=2, contact_at=on(9), received_at=on(9)))
    history.answered(on(13), "upheld", stage=2)
    history.add(on(14), events.ExternalReferred(body="advice_gb", by="ann"))
    history.add(on(2, month=12), events.ExternalDecided(body="advice_gb", by="ann", content="c"))
    report = made([history])
    course = report.figures.course
    assert [(each.name, each.reason, each.number) for each in course.extensions] == [("result", "complex", 1)]
    assert [(each.name, each.number) for each in course.escalations] == [("stage_2", 1)]
    assert [(each.name, each.number) for each in course.noted] == [("before_answer", 1)]
    assert [(each.name, each.referred, each.decided) for each in course.external] == [("advice_gb", 1, 0)]
    assert taken(report, "second_answer").longest == 4 * 86_400
    assert taken(report, "answer").number == 1


def test_resolved_at_once_is_an_answer() -> None:
    """K-11: solved in the first contact, it is an answer of its own outcome, unless one was written too."""
    history = History(1).received(on(2))
    history.add(on(2, 13), events.ComplaintResolvedAtOnce(by="ann", content="c", agreed_at=on(2, 12, 30)))
    report = made([history])
    assert rows(report.figures.outcomes, "answered") == {"resolved_at_once": 1}
    assert taken(report, "answer").longest == 30 * 60
    history.answered(on(3), "upheld")
    assert rows(made([history]).figures.outcomes, "answered") == {"upheld": 1}


def test_what_is_no_code_is_never_shown() -> None:
    """A cause with blanks, or an address in its place, is counted and not repeated."""
    for number, cause in enumerate(("the driver was rude to Ann", "ann@customer.example", "x" * 65)):
        history = History(number).received(on(2))
        history.add(on(3), events.CauseRecorded(cause=cause, by="ann"))
        assert rows(made([history]).figures.causes) == {"unlisted": 1}


def test_empty_month() -> None:
    """Nothing happened: everything is nought, and it says so."""
    report = made([])
    assert report.complete
    assert report.figures.flow.received == 0
    assert report.figures.days == (0,) * 30
    assert not made([], now=on(20)).complete


def test_same_month_is_open_until_now() -> None:
    """A report of a month that is still going counts what is open now."""
    history = History(1).received(on(2))
    assert made([history], now=on(1)).figures.flow.open == 0
    assert made([history], now=on(3)).figures.flow.open == 1
    assert NOVEMBER.start(BAKU) < DECEMBER
