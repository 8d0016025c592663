"""The reckoning itself: it must be able to say no."""

from __future__ import annotations

import base64
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from intake_daemon import events as facts
from intake_daemon.events import Event, cloud_event, event_id
from router.case import fold
from router.ledger.rows import case_row
from tests.walk.account import Ledger, folds, in_order, nothing_waits
from tests.walk.complaints import complaints
from tests.walk.search import found_in, needles, planted

NOW = datetime.now(UTC)


def history(case: str, reference: str) -> list[Event]:
    """Three events of a case."""
    stored = facts.ContactStored(message=case, channel="email", connector="smtp-in", received_at=NOW, contact_at=NOW)
    decided = (stored, facts.TopicSet(topic="billing", rule="x"), facts.CaseErased(by="ops"))
    return [
        Event(
            id=event_id(case, sequence),
            case=case,
            reference=reference,
            brand="welzo",
            sequence=sequence,
            type=fact.type_,
            time=NOW,
            recorded_at=NOW,
            actor="daemon",
            data=fact.model_dump(mode="json"),
        )
        for sequence, fact in enumerate(decided, 1)
    ]


@pytest.fixture
def ledger() -> Ledger:
    """Two cases, as they should be."""
    both = [history("a", "WLZ-A"), history("b", "WLZ-B")]
    cases = [case_row(fold(each)) for each in both]
    return Ledger([], cases, [event for each in both for event in each], [], 0, [], {"unaccounted": 0})


def on_queue(ledger: Ledger, *places: int) -> list[dict[str, Any]]:
    """These of the ledger's events, as a case system takes them."""
    return [cloud_event(ledger.events[place], "walk") for place in places]


def test_order_between_cases_is_free(ledger: Ledger) -> None:
    """Only the order within a case counts, and the same event twice is counted."""
    assert in_order(ledger, on_queue(ledger, 0, 3, 1, 4, 4, 2, 5)) == 1


@pytest.mark.parametrize("places", [(0, 2, 1, 3, 4, 5), (0, 1, 3, 4, 5), (0, 2, 3, 4, 5), (1, 0, 2, 3, 4, 5)])
def test_order_within_a_case_counts(ledger: Ledger, places: tuple[int, ...]) -> None:
    """A later event before an earlier one, a missing one, a gap: each is a fault."""
    with pytest.raises(AssertionError):
        in_order(ledger, on_queue(ledger, *places))


def test_two_events_in_one_place(ledger: Ledger) -> None:
    """The same sequence under another id is a fault."""
    events = on_queue(ledger, 0, 1, 2, 3, 4, 5, 5)
    events[-1]["id"] = "another"
    with pytest.raises(AssertionError, match="two events"):
        in_order(ledger, events)


def test_projections_are_the_fold(ledger: Ledger) -> None:
    """A row that says anything else than the events is a fault."""
    folds(ledger)
    for column, value in (("state", "closed"), ("sequence", 2), ("open", True), ("handler", "ilze")):
        wrong = [{**ledger.cases[0], column: value}, ledger.cases[1]]
        with pytest.raises(AssertionError):
            folds(replace(ledger, cases=wrong))


def test_nothing_may_wait(ledger: Ledger) -> None:
    """A notice on its way, a row in the outbox, something parked or unaccounted: each is a fault."""
    nothing_waits(ledger)
    for wrong in (
        replace(ledger, outbox=1),
        replace(ledger, notices=[{"state": "released"}]),
        replace(ledger, parked=[{"queue": "intake.router", "reason": "unreadable"}]),
        replace(ledger, balance={"unaccounted": 1}),
    ):
        with pytest.raises(AssertionError):
            nothing_waits(wrong)


@pytest.mark.parametrize("before", range(4))
def test_planted_words_are_found_inside_base64(before: int) -> None:
    """At every alignment, also packed twice, as the spool has them."""
    wanted = needles(["Qbadofunov"])
    once = base64.b64encode(b"x" * before + b"Qbadofunov and more")
    assert found_in(wanted, once)
    assert found_in(wanted, base64.b64encode(b"y" * before + once))
    assert not found_in(wanted, base64.b64encode(b"x" * before + b"Qbadofenov and more"))


def test_nobody_shares_planted_words() -> None:
    """What is found belongs to one complaint."""
    first, second = complaints(2, 37)
    assert not found_in(planted([first]), second.mail())
