"""What is surely no complaint is set aside, and turned back by one command."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command
from tests.acceptance.office import Office
from tests.acceptance.test_everywhere import contacts


@pytest.mark.row("AT-X22")
async def test_what_is_no_complaint(office: Office) -> None:
    """AT-X22: advertising, an order question and praise at the complaints address: kept and listed, no case, no clock,
    no letter; turned back by one command it is a complaint since its first receipt."""
    first = office.clock.now
    said = {
        "order": "I'd like to buy ten kits for my practice, can you send me a quote?",
        "praise": "I want to thank your colleague Priya, she was so helpful.",
        "advertising": "We offer SEO services and guaranteed first page rankings. Unsubscribe here.",
    }
    for name, text in said.items():
        assert await office.mail(text, sender=f"{name}@customer.example", subject="Hello") is None
    rows = await contacts(office)
    assert {(row.disposition, row.reason) for row in rows} == {("aside", name) for name in said}
    assert await office.cases() == []
    assert not any(office.told(f"{name}@customer.example") for name in said)
    await office.at(first + timedelta(days=2))
    order = next(row for row in rows if row.reason == "order")
    outcome = await _back(office, order)
    case = await office.case(outcome)
    assert (case.reference, case.received_at) == (order.reference, first)
    assert (await office.clocks(case, "started"))["ack"] == ["2026-11-20 12:00:00"]
    assert len(office.told("order@customer.example")) == 1
    assert len(await office.cases()) == 1


async def _back(office: Office, contact: sa.Row[Any]) -> Outcome:
    """As `intake aside back` does it."""
    now, data = office.clock.now, {"contact": contact.id}
    value = Command(id="back", reference=contact.reference, command="back", actor="margaret", data=data, at=now)
    (outcome,) = await office.house.ledger.decide([Input(value, now)], now)
    await office.settled()
    assert outcome.disposition == "done", outcome
    return outcome
