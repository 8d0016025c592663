"""Over any history: a report never fails, its counts add up, what is late stays late, and no word gets into it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from intake_daemon.events import TYPES, Fact
from router.reports import TOLD, Month, Report, page, sheet
from router.reports.sections import sections
from tests.reports.histories import BAKU, LONDON, History, made

BEGIN = datetime(2026, 9, 20, tzinfo=UTC)
SECRET = "Ann Example ann@customer.example"
MOMENTS = st.integers(0, 130 * 24 * 60).map(lambda minutes: BEGIN + timedelta(minutes=minutes))
CODES = st.sampled_from(["billing", "result", "ack", "upheld", "advice_gb", "imp-1", "", SECRET])
SEVERAL: dict[str, st.SearchStrategy[Any]] = {
    "basis": st.sampled_from(["policy", "law", "target"]),
    "clock": st.sampled_from(["ack", "result"]),
    "cycle": st.integers(1, 2),
    "law": st.sampled_from(["", "pt_livro"]),
    "score": st.integers(0, 6),
    "stage": st.integers(1, 2),
    "withdraws": st.none(),
    "printed": st.just({}),
    "traits": st.just({}),
}


def facts(type_: type[Fact]) -> st.SearchStrategy[Fact]:
    """Any data of one type: codes, also such as are none, and times of this autumn."""
    given_: dict[str, st.SearchStrategy[Any]] = {}
    for name, field in type_.model_fields.items():
        kind = str(field.annotation).lower()
        if name in SEVERAL:
            given_[name] = SEVERAL[name]
        elif field.annotation is date:
            given_[name] = MOMENTS.map(lambda moment: moment.date())
        elif "awaredatetime" in kind:
            given_[name] = st.none() | MOMENTS if "optional" in kind else MOMENTS
        elif "tuple" in kind:
            given_[name] = st.lists(CODES, max_size=2).map(tuple)
        elif "bool" in kind:
            given_[name] = st.booleans()
        elif "int" in kind:
            given_[name] = st.integers(0, 9)
        else:
            given_[name] = CODES
    return st.fixed_dictionaries(given_).map(type_.model_validate)


FACTS = st.one_of(
    st.one_of([facts(TYPES[name]) for name in TOLD if name.startswith("clock.")]),
    st.one_of([facts(TYPES[name]) for name in TOLD if not name.startswith("clock.")]),
    st.one_of([facts(type_) for type_ in TYPES.values()]),
)


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Any events in any order, most of them of a complaint; letters may come back."""
    history = History(draw(st.integers(1, 10**6)), people=draw(st.sampled_from([(), ("ann",), ("ann", "bob")])))
    if draw(st.integers(0, 4)):
        history.received(draw(MOMENTS), draw(CODES), draw(CODES))
    for when, fact in draw(st.lists(st.tuples(MOMENTS, FACTS), min_size=1, max_size=12)):
        event = history.add(when, fact)
        if event.type.endswith(".sent") and not draw(st.integers(0, 3)):
            history.bounced(when, event)
    return history


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(st.lists(histories(), max_size=5, unique_by=lambda each: each.number), MOMENTS, st.sampled_from([LONDON, BAKU]))
def test_any_history_gives_a_report_that_adds_up(cases: list[History], now: datetime, zone: Any) -> None:  # noqa: ANN401 -- a ZoneInfo
    """Received by topic = by channel = by cause = by outcome = by day; the same for answers, closings and what ran out.
    The page, the sheet and every table can be made of it, and it reads back from its JSON."""
    report = made(cases, now=now, zone=zone)
    for figures in (report.figures, report.before):
        for name in ("received", "answered", "closed"):
            sums = {sum(getattr(row, name) for row in _rows(figures, by)) for by in BY}
            assert sums == {getattr(figures.flow, name)}
        assert sum(figures.days) == figures.flow.received
        promised = sum(each.late for each in figures.promises if each.basis != "target")
        assert {sum(row.late for row in _rows(figures, by)) for by in BY} == {promised}
        assert sum(each.late for each in figures.promises) == len(figures.late)
        assert sum(figures.spread) == next(each.number for each in figures.times if each.name == "answer")
        assert {sum(row.again for row in _rows(figures, by)) for by in BY} == {figures.repeats.same_topic}
        assert 0 <= figures.flow.open_late <= figures.flow.open
    written = report.to_json()
    assert TypeAdapter(Report).validate_json(written) == report
    for text in (written, page(report), sheet(report), str(sections(report))):
        assert "Example" not in text
        assert "ann@" not in text


BY = ("topics", "channels", "causes", "outcomes")


def _rows(figures: Any, by: str) -> Any:  # noqa: ANN401 -- Figures and its rows
    return getattr(figures, by)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(histories())
def test_every_month_together_counts_each_thing_once(history: History) -> None:
    """Over all the months that a history touches, a complaint, each answer and each late clock is counted once: nothing
    falls between two reports, and nothing is in two."""
    now = BEGIN + timedelta(days=400)
    months = [Month(2026, number) for number in range(8, 13)] + [Month(2027, number) for number in range(1, 7)]
    reports = [made([history], month=month, now=now) for month in months]
    flows = [report.figures.flow for report in reports]
    complaint = any(event.type == "complaint.received" for event in history.events)
    assert sum(flow.received + flow.set_aside for flow in flows) == int(complaint)
    late = [(each.reference, each.basis, each.law, each.name, each.cycle) for r in reports for each in r.figures.late]
    assert len(late) == len(set(late))
    breached = {
        (event.data["law"], event.data["clock"], event.data["cycle"])
        for event in history.events
        if event.type == "clock.breached"
    }
    withdrawn = any(event.type == "clock.breach_withdrawn" for event in history.events)
    assert withdrawn or breached <= {(law, name, cycle) for _, _, law, name, cycle in late}
