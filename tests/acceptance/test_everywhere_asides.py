"""What is surely no complaint is set aside, and turned back by one command."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command
from router.case import Case
from tests.acceptance.arranging import arranged, with_settings
from tests.acceptance.office import Office, office_of
from tests.acceptance.test_everywhere import contacts
from tests.acceptance.town import Fakes, accounts, town_in


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


async def test_what_a_trusted_filter_marks(var: Path) -> None:
    """L-11: what the company's own filter marks as spam is laid aside, whatever it says, and turned back by one command
    with its first date; not where somebody is in danger, or an open case is named."""
    marked: dict[str, Any] = {"headers": {"X-Spam-Flag": "YES"}}
    async with office_of(with_settings(arranged(var), "smtp-in", spam_marks=("X-Spam-Flag: YES",))) as office:
        first = office.clock.now
        assert await office.mail("You charged my card twice. I want my money back.", **marked) is None
        (row,) = await contacts(office)
        assert (row.disposition, row.reason) == ("aside", "spam")
        assert await office.cases() == []
        await office.at(first + timedelta(days=1))
        case = await office.case(await _back(office, row))
        assert case.received_at == first
        assert await office.mail("Your kit caught fire, my child was hurt.", sender="b@customer.example", **marked)
        assert await office.mail(f"About {case.reference}: hello?", sender="c@customer.example", **marked)
        assert len(await office.cases()) == 3


async def _back(office: Office, contact: sa.Row[Any]) -> Outcome:
    """As `intake aside back` does it."""
    now, data = office.clock.now, {"contact": contact.id}
    value = Command(id="back", reference=contact.reference, command="back", actor="margaret", data=data, at=now)
    (outcome,) = await office.house.ledger.decide([Input(value, now)], now)
    await office.settled()
    assert outcome.disposition == "done", outcome
    return outcome


@pytest.mark.row("AT-X24")
async def test_one_matter_on_two_channels(var: Path, fakes: Fakes) -> None:
    """AT-X24: a complaint by Telegram, a week later a mail without the reference, then with it: each mail is a case of
    its own with a scored link, since a stranger's quote proves nothing; once somebody has made sure, the contact joins,
    nobody is acknowledged again for it, and the next mail of that address joins by itself."""
    async with town_in(var, accounts(fakes, telegrams=True)) as office:
        await office.telegram.says("The parcel came empty.", brand="welzo", name="Ann", last="Lee")
        await office.pause()
        (first,) = await office.cases()
        await office.at(office.clock.now + timedelta(days=7))
        bare = await office.mail("I am still waiting for my money.", name="Ann Lee")
        assert bare is not None
        assert bare.id != first.id
        quoting = await office.mail(f"It is about {first.reference}, of course.", name="Ann Lee")
        assert quoting is not None
        assert quoting.id not in {first.id, bare.id}
        linked = {case.id: await _linked(office, case) for case in (first, bare, quoting)}
        assert linked[first.id] == []
        assert [(reference, reason) for reference, reason, _ in linked[bare.id]] == [(first.reference, "same_name")]
        ((_, reason, surer), *_) = linked[quoting.id]
        assert reason == "quoted_by_a_stranger"
        assert surer >= linked[bare.id][0][2] >= 50
        told = len(office.told())
        for number, case in enumerate((bare, quoting)):
            outcome = await office.do(case, "verify_sender", "margaret", reference=first.reference)
            assert (outcome.disposition, number) == ("done", number)
        assert (await office.case(first)).contacts == 3
        assert [each.state for each in (await office.case(bare), await office.case(quoting))] == ["aside", "aside"]
        after = await office.mail(f"Anything new on {first.reference}?", name="Ann Lee")
        assert after is not None
        assert after.id == first.id
        told_before = await office.mail(f"And what of {bare.reference}?", name="Ann Lee")
        assert told_before is not None
        assert told_before.id == first.id
        assert not any("We have received" in each["Subject"] for each in office.told()[told:])


async def _linked(office: Office, case: Case) -> list[tuple[str, str, int]]:
    """What a case may belong to: references, reasons, scores."""
    found = [event.data for event in await office.events(case) if event.type == "case.linked"]
    return [(each["reference"], each["reason"], each["score"]) for each in found]
