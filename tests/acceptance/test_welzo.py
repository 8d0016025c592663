"""Welzo's rows: receipt, acknowledgement, the first answer. The second stage is test_welzo_stages.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from tests.acceptance.office import Office

EVE = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
ANSWER = {
    "decision": "You are right.",
    "reasons": "The card was charged twice.",
    "actions_taken": "We have paid it back.",
    "next_step": "You need do nothing.",
    "outcome": "upheld",
}


@pytest.mark.row("AT-W07", "AT-W09", "AT-W15")
async def test_the_acknowledgement_says_what_is_promised(office: Office) -> None:
    """AT-W07 AT-W09 AT-W15: it is being investigated, what comes next, and the day of the answer, which is the clock's:
    acknowledged on 24 December 2026, the answer is due on 12 January 2027."""
    await office.at(EVE)
    case = await office.mail("You charged my card twice for one order.")
    assert case is not None
    (letter,) = office.told()
    text = letter.get_content()
    assert "being investigated" in text
    assert case.reference in text
    assert "Tuesday 12 January 2027" in text
    assert (await office.due(case))["result"] == "2027-01-12 23:59:59"


@pytest.mark.row("AT-W08")
async def test_the_reference_in_a_new_mail_finds_the_case(office: Office) -> None:
    """AT-W08: quoted in a new mail with another subject line: the same case."""
    first = await office.mail("You charged my card twice for one order.")
    assert first is not None
    again = await office.mail(f"A receipt for {first.reference}", subject="Something else")
    assert again is not None
    assert again.id == first.id


@pytest.mark.row("AT-W24")
async def test_an_extension_lacks_a_part(office: Office) -> None:
    """AT-W24: without reason, progress or date: refused, naming part and clause; the due time stays."""
    case = await office.mail("You charged my card twice for one order.")
    assert case is not None
    due = (await office.due(case))["result"]
    whole = {"reason": "complex", "progress": "We have asked the bank.", "new_date": "2026-12-18", "clock": "result"}
    for part in ("reason", "progress", "new_date"):
        outcome = await office.do(case, "extend", case.handler or "", **{k: v for k, v in whole.items() if k != part})
        assert (outcome.disposition, outcome.clause, part in outcome.missing) == ("refused", "W-25", True), outcome
    assert (await office.due(case))["result"] == due


@pytest.mark.row("AT-W25", "AT-W26")
@pytest.mark.parametrize("late", [False, True])
async def test_a_complete_extension(office: Office, *, late: bool) -> None:
    """AT-W25 AT-W26: the notice is sent first, then the due time moves, both dates kept; told after the due day it
    moves, too, and the breach stays."""
    case = await office.mail("You charged my card twice for one order.")
    assert case is not None
    before = (await office.case(case)).clocks
    due = next(mark.due for mark in before if mark.clock == "result")
    assert due is not None
    await office.at(due + timedelta(days=1 if late else -1))
    data = {"reason": "complex", "progress": "We have asked the bank.", "new_date": "2026-12-18", "clock": "result"}
    outcome = await office.do(case, "extend", case.handler or "", **data)
    assert outcome.disposition == "done", outcome
    types = await office.types(case)
    assert types.index("extension.told") < types.index("clock.moved")
    told = next(event for event in await office.events(case) if event.type == "extension.told")
    assert told.data["due"] == "2026-12-18"
    assert told.data["before"]
    assert (await office.due(case))["result"] == "2026-12-18 23:59:59"
    assert ("clock.breached" in types) is late
