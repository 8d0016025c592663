"""The list at 8:00: whose, of what, once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from intake_daemon.message import Notice, Receipt
from router.case import fold
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.commands.office import Office
from tests.desk.letters import KEY, letter, rules
from tests.staff_mail.answering import reply
from tests.staff_mail.test_commands import opened, rules_address

THURSDAY = datetime(2026, 11, 19, 10, 0, tzinfo=UTC)


async def lists(office: Office, at: datetime) -> dict[str, Notice]:
    """The lists that leave at this moment, by address."""
    office.now = at
    while await office.ledger.tick(at, at, 100):
        pass
    if office.ledger.dawns(at):
        await office.ledger.mornings(at, at)
    return {each.to.value: each for each in await office.post() if each.purpose == "morning_list"}


async def test_the_list_of_a_morning(office: Office) -> None:
    """At 8:00 where the handler is they get what is due today and late, once, also after a restart and from another
    process; colleagues with nothing to hear get nothing."""
    office.now = THURSDAY
    who = await opened(office)  # acknowledged on Thursday; the answer is due later
    assert await lists(office, datetime(2026, 11, 20, 7, 59, tzinfo=UTC)) == {}
    last = await _due(office)
    morning = last.replace(hour=8, minute=0, second=1)
    found = await lists(office, morning)
    assert rules_address(who) in found
    assert office.reference in found[rules_address(who)].text
    assert "Termiņš šodien" in found[rules_address(who)].text, "in their language"
    later = morning + timedelta(minutes=5)
    assert await lists(office, later) == {}
    office.ledger = StoredLedger(office.store, ComplaintsDesk(rules()), key=KEY, installation="test")
    assert await lists(office, later + timedelta(minutes=5)) == {}, "another process, or the same after a restart"


async def test_no_list_on_a_day_off(office: Office) -> None:
    """On Saturday, and on a public holiday, nobody is told; what is late is in the next list."""
    office.now = THURSDAY
    who = await opened(office)
    last = await _due(office)
    assert rules_address(who) not in await lists(office, datetime(2026, 12, 25, 9, 0, tzinfo=UTC))
    assert rules_address(who) not in await lists(office, datetime(2026, 12, 26, 9, 0, tzinfo=UTC))
    found = await lists(office, datetime(2026, 12, 29, 9, 0, tzinfo=UTC))
    assert last < office.now
    assert "Nokavēts" in found[rules_address(who)].text


async def test_what_lies_aside_goes_to_who_leads(office: Office) -> None:
    """AT-X22: what was set aside is told to the manager by the next list, once; to nobody else."""
    office.now = THURSDAY
    praise = letter("I want to thank your colleague Priya, she was so helpful")
    outcome = await office.take(praise.model_copy(update={"received_at": THURSDAY, "contact_at": THURSDAY}))
    assert outcome.disposition == "aside"
    found = await lists(office, datetime(2026, 11, 20, 9, 0, tzinfo=UTC))
    margaret = rules_address("margaret")
    assert margaret in found
    assert "1 message was set aside" in found[margaret].text
    leads = {person.address for person in rules().staff.handlers.values() if "manager" in " ".join(person.roles)}
    assert set(found) <= leads
    assert margaret not in await lists(office, datetime(2026, 11, 23, 9, 0, tzinfo=UTC)), "told once"


async def test_an_answer_to_a_list_opens_no_case(office: Office) -> None:
    """AT-X27: the list belongs to no case; its receipt and its bounce change nothing, an answer lies aside."""
    office.now = THURSDAY
    await office.take(letter("I want to thank your colleague Priya, she was so helpful"))
    found = await lists(office, datetime(2026, 11, 23, 9, 0, tzinfo=UTC))
    notice = found[rules_address("margaret")]
    late = Receipt(notice=notice.id, connector=notice.connector, outcome="delivered", at=office.now)
    assert (await office.take(late)).disposition == "receipt"
    outcome = await office.take(reply(office, notice, "Thanks, I have seen it."))
    assert (outcome.disposition, outcome.case) == ("aside", None)


async def _due(office: Office) -> datetime:
    """When the answer is due."""
    marks = fold(await office.history()).clocks
    return max(mark.due for mark in marks if mark.due and not mark.stopped)
