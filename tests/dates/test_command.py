"""`intake policy dates`: what a person reads, and what a program does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from typer.testing import CliRunner

from intake_daemon.command.app import app
from tests.dates.cases import SHIPPED


def ran(*arguments: str, code: int = 0) -> str:
    """What the command prints about the shipped policies."""
    result = CliRunner().invoke(app, ["policy", "dates", *arguments, "-c", str(SHIPPED)], env={"COLUMNS": "200"})
    assert result.exit_code == code, result.output
    return result.output


def clocks(*arguments: str) -> dict[str, dict[str, Any]]:
    """The clocks as programs get them, by id."""
    found = json.loads(ran(*arguments, "--json"))
    return {clock["id"]: clock for clock in found["clocks"]}


def test_every_date_is_printed_with_what_was_skipped_and_why() -> None:
    """Welzo over Christmas: the dates with local time and weekday, basis, events, and each skipped day's reason."""
    told = ran("welzo", "--received", "2026-12-24T18:00")
    for line in (
        "welzo, received 2026-12-24 18:00 Thu (Europe/London)",
        "ack: policy, 48 hours from complaint.received until acknowledgement.sent",
        "  warned      2026-12-25 18:00 Fri",
        "  due         2026-12-26 18:00 Sat",
        "result: policy, 10 working days from acknowledgement.sent until result.sent",
        "  due         2027-01-12 23:59 Tue",
        "  skipped     2026-12-25  Christmas Day",
        "              2026-12-28  Boxing Day (observed)",
        "  at latest   2027-01-12 23:59 Tue, if every step before takes its whole time",
        "  applies     gb_data_protection: topic data_protection",
    ):
        assert line in told.splitlines()


def test_programs_get_the_same_as_json() -> None:
    """With the moment in UTC, the local one, and the days; the law's clocks with where they apply."""
    found = clocks("kontakt", "--received", "2027-03-05T10:00")
    accept = found["accept"]["due"]
    assert (accept["date"], accept["local"]) == ("2027-03-15", "2027-03-15T23:59:59+04:00")
    assert accept["at"] == "2027-03-15T19:59:59+00:00"
    assert {"date": "2027-03-09", "why": "Eid al-Fitr (estimated)"} in accept["provisional"]
    livro = clocks("logoscon", "--received", "2026-11-27T12:00")["livro"]
    assert (livro["law"], livro["applies"], livro["due"]["date"]) == ("pt_livro", {"channel": "livro"}, "2026-12-22")


def test_soonest_and_latest_of_a_chain() -> None:
    """ASK4's answer: eleven days when everything is done at once, fourteen when every step takes its time."""
    result = clocks("ask4", "--received", "2026-11-20T23:10")["result"]
    assert (result["due"]["date"], result["latest"]["date"]) == ("2026-12-01", "2026-12-04")


def test_what_may_never_happen_has_a_date_when_it_is_given() -> None:
    """Stage 2 begins with the escalation; what follows from it is done at once unless it is given too."""
    received = ("welzo", "--received", "2026-12-24T18:00")
    assert clocks(*received)["ack2"]["due"] is None
    assert "give it with --event escalation.requested=" in ran(*received)
    escalated = clocks(*received, "--event", "escalation.requested=2027-01-13T10:00")
    assert escalated["ack2"]["due"]["date"] == "2027-01-27"
    assert escalated["result2"]["due"]["date"] == "2027-01-27"
    later = clocks(
        *received,
        "--event",
        "escalation.requested=2027-01-13T10:00",
        "--event",
        "escalation_acknowledgement.sent=2027-01-15T10:00",
    )
    assert later["result2"]["due"]["date"] == "2027-01-29"


def test_an_answer_that_is_due_before_its_steps_is_told() -> None:
    """C-K2: over Novruz the acceptance may end after the answer is due."""
    told = ran("kontakt", "--received", "2026-03-18T12:00")
    assert "  note        accept, review may end after it; then the customer has to be told" in told.splitlines()


def test_a_time_with_its_zone_is_taken_as_it_is() -> None:
    """14:00 UTC is 18:00 in Baku."""
    assert "received 2026-11-05 18:00 Thu (Asia/Baku)" in ran("kontakt", "--received", "2026-11-05T14:00Z")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("welz", "--received", "2026-12-24T18:00"), "Did you mean 'welzo'?"),
        (("welzo", "--received", "tomorrow"), "Write it like 2026-12-24T18:00"),
        (("welzo", "--received", "2026-12-24", "--event", "result.send=2026-12-25"), "Did you mean 'result.sent'?"),
        (
            ("welzo", "--received", "2026-12-24", "--event", "result.sent=2026-12-23"),
            "before the complaint is received",
        ),
    ],
)
def test_what_cannot_be_understood_is_told(arguments: tuple[str, ...], told: str) -> None:
    """With what to write instead."""
    assert told in ran(*arguments, code=2)
