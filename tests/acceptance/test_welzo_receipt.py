"""Welzo's rows: who may complain, how it comes, what is found in it."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest

from intake_daemon.contract import Input
from intake_daemon.message import Command
from router.ledger.lookup import monthly
from router.reports import Asked, Month, Report
from tests.acceptance.office import Office
from tests.acceptance.test_welzo import ANSWER
from tests.acceptance.town import Town

WORDS = "You charged my card twice for one order."
VOUCHED = {"Authentication-Results": "mx.demo.example; dkim=pass header.d=welzo.example"}
"""What our border says of a colleague's mail."""
LONDON = ZoneInfo("Europe/London")


@pytest.mark.row("AT-W01")
async def test_any_employee_forwards(office: Office) -> None:
    """AT-W01: from any employee's mailbox, inline and as an attachment: the customer's case, each acknowledged to the
    customer only; the employee stands there as who passed it on."""
    text = (
        "Please see below.\n\n---------- Forwarded message ---------\n"
        "From: Ann Smith <ann@customer.example>\nDate: Thu, 19 Nov 2026 at 10:30\nSubject: My order\n"
        f"To: Priya <priya.raman@welzo.example>\n\n{WORDS}\n"
    )
    case = await office.mail(
        text, subject="Fwd: My order", sender="priya.raman@welzo.example", name="Priya Raman", headers=VOUCHED
    )
    assert case
    enclosed = EmailMessage()
    enclosed["From"], enclosed["To"] = "Rita <rita@customer.example>", "warehouse@welzo.example"
    enclosed["Subject"], enclosed["Date"] = "Broken", "Thu, 19 Nov 2026 12:00:00 +0000"
    enclosed["Message-ID"] = "<original-1@customer.example>"
    enclosed.set_content("The test kit came broken and nobody answers me.")
    outer = EmailMessage()
    outer["From"], outer["To"] = "Warehouse <somebody.new@welzo.example>", "complaints@welzo.example"
    outer["Subject"], outer["Message-ID"] = "Fwd: Broken", "<forward-1@welzo.example>"
    outer["Authentication-Results"] = VOUCHED["Authentication-Results"]
    outer.set_content("For you.")
    outer.add_attachment(enclosed)
    other = await office.mail("", sender="somebody.new@welzo.example", raw=outer.as_bytes())
    assert other
    assert len(await office.cases()) == 2
    for found, customer in ((case, "ann@customer.example"), (other, "rita@customer.example")):
        received = next(each for each in await office.events(found) if each.type == "complaint.received")
        assert (received.data["channel"], received.data["forwarded"]) == ("staff", True)
        (told,) = office.told(customer)
        assert found.reference in told["Subject"]
    assert not office.told("somebody.new@welzo.example")
    to_priya = [each["Subject"] for each in office.told("priya.raman@welzo.example")]
    assert not any("We have received" in subject for subject in to_priya), to_priya


@pytest.mark.row("AT-W02")
async def test_a_hundred_mixed_complaints(town: Town) -> None:
    """AT-W02: a hundred, by mail, form and letter, in two languages, about everything: each has an acknowledgement (to
    who gave a postal address only, a letter that a person posts), an owner and in the end an outcome."""
    office, now = town, town.clock.now
    about = (
        WORDS,
        "The parcel never arrived and nobody answers.",
        "The test kit was broken and had expired.",
        "Your agent was rude and hung up on me.",
        "Man divreiz noņēma naudu no kartes, un neviens neatbild uz manām vēstulēm.",
        "I am simply not happy.",
    )
    words = [(f"customer{number}@customer.example", about[number % len(about)]) for number in range(100)]
    async with town.at_once():
        for number, (sender, text) in enumerate(words[::4]):
            await town.papers.says(
                text, name=f"Ann Smith {sender[8:].partition('@')[0]}", address=f"{number} High Street"
            )
        await town.mails(*((sender, "", plain(sender, text)) for sender, text in [*words[1::4], *words[3::4]]))
        for sender, text in words[2::4]:
            status, _ = await town.form(description=text, email=sender)
            assert status == 200
    cases = await office.cases()
    assert len(cases) == 100
    for name, data in (("answer", ANSWER), ("dispatch_letter", {}), ("close", {"outcome": "upheld"})):
        commands = [
            Command(id=str(uuid.uuid4()), reference=case.reference, command=name, actor=case.handler or "", data=said)
            for case in await office.cases()
            for said in (
                [{"task": task.id, "dispatched_on": "2026-11-20"} for task in case.tasks] if not data else [data]
            )
        ]
        outcomes = await office.house.ledger.decide([Input(each, now) for each in commands], now)
        assert {each.disposition for each in outcomes} == {"done"}, {each.reason for each in outcomes}
        await office.settled()
    for number, case in enumerate(await office.cases()):
        told = await office.types(case)
        lacks = [
            each
            for each in ("acknowledgement.sent", "handler.assigned", "result.sent", "case.closed")
            if each not in told
        ]
        assert not lacks, (number, case.channel, lacks)
        assert (case.state, case.outcome) == ("closed", "upheld")
        assert case.handler


def plain(sender: str, text: str) -> bytes:
    """A mail as somebody writes one."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"Ann <{sender}>", "complaints@welzo.example", "Complaint"
    mail["Message-ID"] = f"<{uuid.uuid4()}@customer.example>"
    mail.set_content(text)
    return mail.as_bytes()


@pytest.mark.row("AT-W03")
async def test_who_is_no_customer(office: Office) -> None:
    """AT-W03: a supplier and a patient's daughter complain: both accepted and acknowledged, and asked for no customer
    number; who they are to us is recorded with the first look, by whom and when."""
    for sender, relation, text in (
        (
            "sales@supplier.example",
            "supplier",
            "You have not paid our invoice and nobody answers us. We supply your tubes.",
        ),
        (
            "rita@family.example",
            "relative",
            "My mother's test result never arrived and nobody at your helpline helps her.",
        ),
    ):
        case = await office.mail(text, sender=sender, subject="A complaint")
        assert case
        assert (case.state, case.missing) == ("investigating", ())
        (told,) = office.told(sender)
        assert case.reference in told["Subject"]
        assert "customer number" not in told.get_content().lower()
        outcome = await office.do(
            case, "triage", case.handler or "", severity="normal", urgency="normal", relation=relation
        )
        assert outcome.disposition == "done", outcome
        looked = [each for each in await office.events(case) if each.type == "triage.recorded"][-1]
        assert (looked.actor, looked.data["traits"]) == (case.handler, {"relation": relation})
        assert (await office.case(case)).traits["relation"] == relation


@pytest.mark.row("AT-W04")
async def test_each_kind_is_known(office: Office) -> None:
    """AT-W04: one mail of each of the five kinds, and one of none; the handler may change it and the old value is
    kept."""
    kinds = {
        "service": "My appointment was cancelled and the website was offline all day.",
        "billing": "You charged my card twice and I want the refund.",
        "product": "The test kit was cracked and the tube was damaged.",
        "communication": "You never replied, I was not told anything and you never called back.",
        "customer_service": "The helpline kept me on hold and your support team hung up.",
        "other": "I am simply not happy.",
    }
    cases = {
        kind: await office.mail(text, sender=f"{kind}@customer.example", subject="Hello")
        for kind, text in kinds.items()
    }
    assert {kind: case and case.topic for kind, case in cases.items()} == {kind: kind for kind in kinds}
    case = cases["other"]
    assert case
    assert (await office.do(case, "correct_topic", case.handler or "", topic="service")).disposition == "done"
    changed = [each.data for each in await office.events(case) if each.type == "topic.set"]
    assert [(each["topic"], each.get("before")) for each in changed] == [("other", None), ("service", "other")]
    assert (await office.case(case)).topic == "service"


@pytest.mark.row("AT-W05")
async def test_a_letter_that_is_typed_on_wednesday(town: Town) -> None:
    """AT-W05: arrived on Monday, typed on Wednesday: the clock runs from Monday; acknowledged to the address given."""
    await town.at(datetime(2026, 11, 18, 10, 0, tzinfo=UTC))
    reference = await town.papers.says(WORDS, arrived="2026-11-16", name="Ann Smith", email="ann@customer.example")
    (case,) = await town.cases()
    assert (case.reference, case.channel) == (reference, "letter")
    assert case.received_at == datetime(2026, 11, 16, tzinfo=UTC)
    assert (await town.clocks(case, "started"))["ack"] == ["2026-11-16 00:00:00"]
    (told,) = town.told()
    assert case.reference in told["Subject"]
    assert "16 November 2026" in told.get_content()


@pytest.mark.row("AT-W06")
async def test_a_form_on_christmas_eve(office: Office) -> None:
    """AT-W06: acknowledged on the evening itself."""
    await office.at(datetime(2026, 12, 24, 18, 0, tzinfo=UTC))
    status, page = await office.form(description=WORDS, email="ann@customer.example")
    assert status == 200
    (case,) = await office.cases()
    assert case.reference in page
    assert [each["To"] for each in office.told()] == ["ann@customer.example"]
    assert (case.acknowledged_at or office.clock.now) - office.clock.now < timedelta(minutes=1)
    assert (await office.clocks(case, "stopped")).keys() == {"ack"}


@pytest.mark.row("AT-W06", "AT-W16")
async def test_an_acknowledgement_that_is_held_back(office: Office) -> None:
    """AT-W06 AT-W16: held back for a person: warned 25 December 18:00, breached 26 December 18:00, over the holidays.
    Sent on the 29th, the answer is due on 12 January all the same, and the breach stands in the report."""
    await office.at(datetime(2026, 12, 24, 18, 0, tzinfo=UTC))
    await office.holds_back("welzo")
    status, _ = await office.form(description=WORDS, email="ann@customer.example")
    assert status == 200
    case = await office.held_back()
    assert not office.told()
    await office.at(datetime(2026, 12, 25, 17, 59, 59, tzinfo=UTC))
    assert await office.clocks(case, "warned", "breached") == {}
    await office.at(datetime(2026, 12, 26, 18, 0, 0, tzinfo=UTC))
    assert await office.clocks(case, "warned") == {"ack": ["2026-12-25 18:00:00"]}
    assert await office.clocks(case, "breached") == {}
    await office.at(datetime(2026, 12, 26, 18, 0, 1, tzinfo=UTC))
    assert await office.clocks(case, "breached") == {"ack": ["2026-12-26 18:00:00"]}
    people = {each["To"] for each in office.to_staff() if case.reference in each["Subject"]}
    assert len(people) > 1, "handler and manager"

    await office.at(datetime(2026, 12, 29, 10, 0, tzinfo=UTC))
    assert (await office.do(case, "release", case.handler or "")).disposition == "done"
    (told,) = office.told()
    assert "Tuesday 12 January 2027" in told.get_content()
    assert (await office.due(case))["result"] == "2027-01-12 23:59:59"
    late = (await report(office, 2026, 12)).figures.late
    assert [(each.reference, each.name, each.met_at is not None) for each in late] == [(case.reference, "ack", True)]


async def report(office: Office, year: int, month: int) -> Report:
    """Welzo's report of a month."""
    asked = Asked("welzo", "Welzo Limited", Month(year, month), LONDON)
    return await office.house.store.read(lambda connection: monthly.monthly(connection, asked, office.clock.now))
