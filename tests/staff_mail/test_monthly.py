"""The month's report to those who lead."""

from __future__ import annotations

from datetime import timedelta

from router.api.reports import wanted
from router.desk_mail import MONTHLY, monthly
from router.ledger.lookup import monthly as months
from router.reports import Month
from tests.commands.office import Office
from tests.desk.letters import rules


async def test_the_month_in_a_letter(office: Office) -> None:
    """L-16 W-27: when a month is over, each manager of the brand gets its numbers in their own language, once; no name,
    no address and no word of a customer is in it."""
    await office.open("welzo")
    await office.open("welzo", acknowledged=False)
    await office.later(days=4)
    asked = wanted(rules(), "welzo", Month.parse("2026-11"))
    report = await office.store.read(lambda connection: months.monthly(connection, asked, office.now))
    letters = tuple(monthly(report, rules(), office.now))
    assert await office.ledger.tell(MONTHLY, letters, office.now) == len(letters)
    assert await office.ledger.tell(MONTHLY, letters, office.now + timedelta(days=1)) == 0
    told = {each.to.value: each for each in await office.post() if each.purpose == MONTHLY}
    assert set(told) == {
        each.address
        for each in rules().staff.handlers.values()
        if "welzo" in each.brands and {"manager", "customer_service_manager"} & set(each.roles)
    }
    mail = told["margaret.ashdown@welzo.example"]
    assert mail.subject == "Welzo: complaints in November 2026"
    assert "Received: 2" in mail.text
    assert "intake report welzo --month 2026-11" in mail.text
    for each in told.values():
        assert not any(word in each.text for word in ("Ann", "customer.example", "card"))
