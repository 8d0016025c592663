"""What holds for every history of every company: no clock is lost or begun anew, and what is late stays late."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from intake_daemon.events import Event, event_id
from router.clocks import ClockState, Moment, every_trait, moments, running
from tests.dates.cases import calendars, policies

BRANDS = st.sampled_from(sorted(policies().brands))
RECEIVED = datetime(2026, 11, 20, 9, tzinfo=UTC)
HOURS = 24 * 150
EVENTS = """acknowledgement.sent progress.sent complaint.accepted review.completed result.sent result.accepted
    escalation.requested escalation_acknowledgement.sent adr_letter.sent rights_request.found rights_request.answered
    information.requested complaint.withdrawn complaint.resolved_at_once case.closed case.reopened""".split()
CLOCKS = "ack progress result update accept review ack2 result2 rights adr_letter".split()
WHEN = st.integers(0, HOURS).map(lambda hours: RECEIVED + timedelta(hours=hours, seconds=hours % 7))
DAYS = st.integers(1, 200).map(lambda days: date(2026, 11, 20) + timedelta(days=days))
PLAIN = st.builds(Moment, st.sampled_from(EVENTS), WHEN)
PRINTED = st.builds(Moment, st.sampled_from(EVENTS), WHEN, printed=st.tuples(st.tuples(st.sampled_from(CLOCKS), DAYS)))
EXTENDED = st.builds(Moment, st.just("extension.told"), WHEN, clock=st.sampled_from(CLOCKS), until=DAYS)
HISTORIES = st.lists(PLAIN | PRINTED | EXTENDED, max_size=14).map(
    lambda facts: [Moment("complaint.received", RECEIVED), *facts]
)

Key = tuple[str, str, int]


def clocks(brand: str, facts: list[Moment], now: datetime) -> dict[Key, ClockState]:
    """All clocks of a case under every law of its brand."""
    policy = policies().brand(brand)
    return {state.key: state for state in running(policy, facts, now, calendars(), every_trait(policy))}


@given(BRANDS, HISTORIES, WHEN, st.randoms(use_true_random=False))
def test_the_order_in_which_facts_become_known_changes_nothing(
    brand: str, facts: list[Moment], now: datetime, random: Random
) -> None:
    """Shuffled, and each known twice, they give the same clocks."""
    shuffled = [*facts, *facts]
    random.shuffle(shuffled)
    assert clocks(brand, shuffled, now) == clocks(brand, facts, now)


@settings(max_examples=300)
@given(BRANDS, HISTORIES, WHEN, WHEN)
def test_as_time_goes_by_nothing_is_lost_begun_anew_or_forgiven(
    brand: str, facts: list[Moment], one: datetime, other: datetime
) -> None:
    """What is known at a time stays: every clock, its start, every breach (R-5 R-9)."""
    first, then = sorted((one, other))
    before = clocks(brand, [fact for fact in facts if fact.at <= first], first)
    after = clocks(brand, [fact for fact in facts if fact.at <= then], then)
    assert set(before) <= set(after)
    for key, state in before.items():
        later = after[key]
        assert state.start in {None, later.start}
        assert set(state.breaches) <= set(later.breaches)
        assert not state.late or later.late


@given(BRANDS, HISTORIES, WHEN)
def test_what_stands_depends_on_no_fact_that_comes_later_in_time(
    brand: str, facts: list[Moment], now: datetime
) -> None:
    """A clock that was stopped stays as it was, unless its case is reopened."""
    known = [fact for fact in facts if fact.at <= now and fact.type != "case.reopened"]
    later = [fact for fact in facts if fact.at > now and fact.type != "case.reopened"]
    whole = clocks(brand, [*known, *later], RECEIVED + timedelta(hours=HOURS))
    for key, state in clocks(brand, known, now).items():
        if state.stopped is not None:
            assert (whole[key].stopped, whole[key].stopped_by) == (state.stopped, state.stopped_by)
            assert (whole[key].due, whole[key].breaches) == (state.due, state.breaches)


@given(BRANDS, HISTORIES, WHEN)
def test_without_an_extension_nothing_is_due_later_than_was_known_at_receipt(
    brand: str, facts: list[Moment], now: datetime
) -> None:
    """The latest possible time, told when the complaint comes in, is never passed by being slow (C-W2)."""
    plain = [fact for fact in facts if fact.type != "extension.told"]
    latest = {key: state.latest for key, state in clocks(brand, plain[:1], RECEIVED).items()}
    for key, state in clocks(brand, plain, now).items():
        limit = latest.get(key)
        if limit is not None and state.due is not None:
            assert state.due.at <= limit.at


@given(BRANDS, HISTORIES, WHEN)
def test_late_is_what_was_not_done_by_its_due_time(brand: str, facts: list[Moment], now: datetime) -> None:
    """State, breaches and due times of one clock never contradict each other."""
    for state in clocks(brand, [fact for fact in facts if fact.at <= now], now).values():
        dues = {due.at for _, due in state.dues}
        assert set(state.breaches) <= dues
        assert list(state.breaches) == sorted(state.breaches)
        assert (state.state == "breached") == (
            state.stopped is None and state.due is not None and state.due.at in state.breaches
        )
        assert (state.state == "waiting") == (state.start is None and state.stopped is None)
        assert state.wakes is None or state.wakes > now


@given(BRANDS, HISTORIES, st.randoms(use_true_random=False))
def test_events_in_any_sequence_give_the_same_clocks(brand: str, facts: list[Moment], random: Random) -> None:
    """As events of a case, recorded in another order than that in which they happened."""
    recorded = facts[1:]
    random.shuffle(recorded)
    history = [_event(brand, number, fact) for number, fact in enumerate([facts[0], *recorded], start=1)]
    now = RECEIVED + timedelta(hours=HOURS)
    assert clocks(brand, list(moments(history)), now) == clocks(brand, facts, now)


def _event(brand: str, sequence: int, fact: Moment) -> Event:
    data: dict[str, object] = {"printed": {clock: str(day) for clock, day in fact.printed}}
    if fact.until is not None:
        data |= {"clock": fact.clock, "due": str(fact.until)}
    return Event(
        id=event_id("c1", sequence),
        case="c1",
        reference="W-1",
        brand=brand,
        sequence=sequence,
        type=fact.type,
        time=fact.at,
        recorded_at=RECEIVED + timedelta(hours=HOURS),
        actor="daemon",
        data=data,
    )
