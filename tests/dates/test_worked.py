"""The worked dates of docs/policies/clauses.md: every row of its table, from the shipped policies."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.dates.cases import Story

LAWS = {"customer": ["consumer"], "channel": ["livro"]}


class Row(NamedTuple):
    """One row: what happened, and when a clock is due (and warned of)."""

    brand: str
    facts: tuple[tuple[str, str], ...]
    clock: str
    due: str
    warn: str = ""


RECEIVED, ACKNOWLEDGED = "complaint.received", "acknowledgement.sent"
ESCALATED, ACKNOWLEDGED_2 = "escalation.requested", "escalation_acknowledgement.sent"
ROWS = {
    "ASK4 ack": Row("ask4", (("2026-11-20T23:10", RECEIVED),), "ack", "2026-11-21 23:10:00", "2026-11-21 11:10:00"),
    "ASK4 update, ack sent at once": Row(
        "ask4",
        (("2026-11-20T23:10", RECEIVED), ("2026-11-20T23:10", ACKNOWLEDGED)),
        "update",
        "2026-11-25 23:59:59",
        "2026-11-24 23:59:59",
    ),
    "ASK4 result, update sent Tue 24 Nov": Row(
        "ask4",
        (
            ("2026-11-20T23:10", RECEIVED),
            ("2026-11-20T23:10", ACKNOWLEDGED),
            ("2026-11-24T15:00", "progress.sent"),
            ("2026-11-27T15:00", "progress.sent"),
        ),
        "result",
        "2026-12-03 23:59:59",
    ),
    "ASK4 update over Christmas": Row(
        "ask4",
        (("2026-12-23T12:00", RECEIVED), ("2026-12-23T12:00", ACKNOWLEDGED)),
        "update",
        "2026-12-30 23:59:59",
    ),
    "ASK4 ack over the clock change": Row("ask4", (("2026-10-24T12:00", RECEIVED),), "ack", "2026-10-25 11:00:00"),
    "same in spring": Row("ask4", (("2026-03-28T12:00", RECEIVED),), "ack", "2026-03-29 13:00:00"),
    "ASK4 ADR letter": Row("ask4", (("2026-11-20T12:00", RECEIVED),), "adr_letter", "2027-01-01 23:59:59"),
    "Welzo ack": Row("welzo", (("2026-12-24T18:00", RECEIVED),), "ack", "2026-12-26 18:00:00", "2026-12-25 18:00:00"),
    "Welzo result, ack sent 24 Dec": Row(
        "welzo",
        (("2026-12-24T18:00", RECEIVED), ("2026-12-24T18:01", ACKNOWLEDGED)),
        "result",
        "2027-01-12 23:59:59",
    ),
    "Welzo result, ack sent late on 29 Dec": Row(
        "welzo",
        (("2026-12-24T18:00", RECEIVED), ("2026-12-29T10:00", ACKNOWLEDGED)),
        "result",
        "2027-01-12 23:59:59",
    ),
    "Welzo stage 2 ack / warn": Row(
        "welzo",
        (("2026-12-24T18:00", RECEIVED), ("2027-01-11T10:00", "result.sent"), ("2027-01-13T10:00", ESCALATED)),
        "ack2",
        "2027-01-27 23:59:59",
        "2027-01-20 23:59:59",
    ),
    "Welzo stage 2 result, ack 15 Jan": Row(
        "welzo",
        (
            ("2026-12-24T18:00", RECEIVED),
            ("2027-01-11T10:00", "result.sent"),
            ("2027-01-13T10:00", ESCALATED),
            ("2027-01-15T10:00", ACKNOWLEDGED_2),
        ),
        "result2",
        "2027-01-29 23:59:59",
    ),
    "Kontakt accept": Row(
        "kontakt", (("2026-11-05T20:00", RECEIVED),), "accept", "2026-11-12 23:59:59", "2026-11-08 23:59:59"
    ),
    "Kontakt review, accepted 6 Nov": Row(
        "kontakt",
        (("2026-11-05T20:00", RECEIVED), ("2026-11-06T12:00", "complaint.accepted")),
        "review",
        "2026-11-13 23:59:59",
    ),
    "Kontakt result": Row(
        "kontakt", (("2026-11-05T20:00", RECEIVED),), "result", "2026-11-15 23:59:59", "2026-11-12 23:59:59"
    ),
    "Kontakt at Novruz: accept": Row("kontakt", (("2026-03-18T12:00", RECEIVED),), "accept", "2026-04-01 23:59:59"),
    "Kontakt at Novruz: result": Row("kontakt", (("2026-03-18T12:00", RECEIVED),), "result", "2026-03-28 23:59:59"),
    "log.oscon via Livro": Row("logoscon", (("2026-11-27T12:00", RECEIVED),), "livro", "2026-12-22 23:59:59"),
}


@pytest.mark.parametrize("row", ROWS.values(), ids=ROWS)
def test_worked_date(row: Row) -> None:
    """The clock of the row is due, and where it says so warned of, at the time by the clocks of the place."""
    story = Story(row.brand, LAWS)
    for when, event in row.facts:
        story.then(when, event)
    state = story.states(row.facts[-1][0])[row.clock]
    assert story.local(state.due) == row.due
    if row.warn:
        assert story.local(state.warn) == row.warn
