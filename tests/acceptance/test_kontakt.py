"""Kontakt's rows on what comes in and how it is answered; terms and steps are in test_kontakt_terms.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake_daemon.message import Address, Person, ReplyTo, Thread, Transcript, Turn
from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.acceptance.office import Office
from tests.commands.office import Office as Desk
from tests.desk.letters import KEY, rules

WORDS = "Telefonu iki gün əvvəl aldım, ekranı işləmir, mağazada isə pulu qaytarmırlar."


def said(*turns: tuple[str, str]) -> Transcript:
    """What was said in a call."""
    spoken = tuple(
        Turn.model_validate({"speaker": who, "start": 5.0 * n, "end": 5.0 * n + 4, "text": text})
        for n, (who, text) in enumerate(turns)
    )
    return Transcript(turns=spoken, provider="test", language="az")


@pytest.mark.row("AT-K01", level="message")
@pytest.mark.row("AT-K02", "AT-K07")
async def test_every_channel_is_open(office: Office) -> None:
    """AT-K01 AT-K02 AT-K07: six ways, six complaints, also where somebody is only dissatisfied and claims nothing; each
    has severity, urgency and subject at receipt, and a person can change them. E-mail and site form come through their
    doors; chat, transcript, social and the shop's form as messages."""
    unhappy = "Mən sadəcə mağazanızdakı xidmətdən narazıyam."
    case = await office.mail(unhappy, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva")
    assert case
    status, _ = await office.form("kontakt", description=WORDS, customer_name="Ayan", customer_contact="a@c.example")
    assert status < 400
    await office.contact(WORDS, channel="phone", transcript=said(("customer", WORDS)), sender="p@c.example")
    for channel in ("chat", "social", "store"):
        await office.contact(WORDS, channel=channel, sender=f"{channel}@c.example")
    cases = await office.cases()
    assert sorted(each.channel for each in cases) == ["chat", "email", "phone", "social", "store", "web_form"]
    for each in cases:
        types = await office.types(each)
        assert "complaint.received" in types
        assert "contact.redirected" not in types
        assert each.state == "investigating"
        assert (each.severity, each.urgency) == ("normal", "normal")
        assert each.topic
    handler = case.handler or ""
    assert (await office.do(case, "triage", handler, severity="high", urgency="low")).disposition == "done"
    assert (await office.do(case, "correct_topic", handler, topic="product")).disposition == "done"
    now = await office.case(case)
    assert (now.severity, now.urgency, now.topic) == ("high", "low", "product")
    refused = await office.do(case, "correct_topic", handler, topic="weather")
    assert (refused.disposition, "product" in refused.instead) == ("refused", True)


@pytest.mark.row("AT-K03", level="message")
async def test_asked_where_they_wrote(tmp_path: Path) -> None:
    """AT-K03: a name in one word, no contact, no substance: acknowledged where they wrote, in the same conversation,
    and the parts that lack are asked for there. At the level of the message: no chat is configured here."""
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    desk = Desk(store)
    known = replace(rules(), replying=frozenset({"chat", "social"}))
    desk.ledger = StoredLedger(store, ComplaintsDesk(known), key=KEY, installation="test")
    for channel in ("chat", "social"):
        desk.left.clear()
        who = Address(kind=channel, value=f"visitor-{channel}")
        await desk.open(
            "kontakt",
            acknowledged=False,
            channel=channel,
            connector=channel,
            kind=channel,
            text="",
            subject="",
            sender=Person(name="Ayan"),
            thread=Thread(conversation=f"talk-{channel}"),
            reply_to=ReplyTo(connector=channel, address=who, thread=f"talk-{channel}"),
        )
        await desk.later(seconds=20)  # they have finished
        (letter,) = [each for each in desk.left if each.purpose == "acknowledgement"]
        assert (letter.connector, letter.to, letter.thread) == (channel, who, f"talk-{channel}")
        case = await desk.folded()
        assert case.missing == ("customer.name", "customer.contact", "description")
        say = known.notices.say(letter.language)
        words = " ".join(letter.text.split())
        for field in ("customer.name.parts", "customer.contact", "description"):
            assert " ".join(say("fields", field).split()) in words, field
        assert (await desk.last("information.requested")).data["asked"] == list(case.missing)
    await store.close()


@pytest.mark.row("AT-K04")
async def test_who_served_them_is_asked_once(office: Office) -> None:
    """AT-K04: where nobody is named it is asked for in the acknowledgement, as what would help, and never again."""
    case = await office.mail(WORDS, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva")
    assert case
    assert case.missing == ()
    await office.at(office.clock.now + timedelta(hours=30))
    again = await office.mail(
        f"Qəbzi də göndərirəm: {case.reference}", brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva"
    )
    assert again
    assert again.id == case.id
    await office.do(case, "accept", case.handler or "")
    await office.at(office.clock.now + timedelta(days=12))
    letters = office.told("ayan@c.example")
    assert len(letters) > 2
    asked = " ".join(office.house.desk.rules.notices.say("az")("fields", "staff_named").split())
    assert [asked in " ".join(each.get_content().split()) for each in letters] == [True, *[False] * (len(letters) - 1)]
    requested = [each for each in await office.events(case) if each.type == "information.requested"]
    assert requested == []


@pytest.mark.row("AT-K10")
async def test_who_is_named_does_not_have_it(office: Office) -> None:
    """AT-K10: the employee whom the complaint names would have it: somebody else has it, and it cannot go back."""
    plain = await office.mail(WORDS, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva")
    assert plain
    owner = plain.handler or ""
    await office.do(plain, "withdraw", owner)
    again = await office.mail(f"Mən də: {WORDS}", brand="kontakt", sender="lale@c.example", name="Lalə")
    assert again
    assert again.handler == owner, "whose turn it is"
    await office.do(again, "withdraw", owner)
    name = office.house.desk.rules.staff.handlers[owner].name
    case = await office.mail(
        f"{WORDS} Mənə xidmət edən {name} idi.", brand="kontakt", sender="eva@c.example", name="Eva Eldar Quliyeva"
    )
    assert case
    assert owner in case.staff_named
    assert case.handler != owner
    refused = await office.do(case, "assign", case.handler or "", handler=owner)
    assert (refused.disposition, refused.reason) == ("refused", "named_in_complaint")
    assert "K-22" in refused.clause.split()


@pytest.mark.row("AT-K17", level="message")
@pytest.mark.row("AT-K18")
async def test_how_does_it_stand(office: Office) -> None:
    """AT-K17 AT-K18: asked at night by mail, chat or telephone the customer is told at once; no new case, no second
    acknowledgement. A stranger who quotes the reference gets no details, and is told how to be known. Mail comes
    through its door; chat and transcript as messages."""
    case = await office.mail(WORDS, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva")
    assert case
    await office.do(case, "accept", case.handler or "")
    night = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    await office.at(night)
    before = len(office.told("ayan@c.example"))
    question = "Bəs mənim şikayətim nə oldu?"
    await office.mail(question, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva", subject="Sual")
    await office.contact(f"{question} {case.reference}", channel="chat", sender="ayan@c.example", subject="")
    await office.contact(
        question,
        channel="phone",
        transcript=said(("agent", "Kontakt, salam."), ("customer", question)),
        sender="ayan@c.example",
        subject="",
    )
    letters = office.told("ayan@c.example")[before:]
    assert len(letters) == 3
    say = office.house.desk.rules.notices.say("az")
    for letter in letters:
        words = " ".join(letter.get_content().split())
        assert say("states", "investigating") in words
        assert say("steps", "accept") in words
        assert case.reference in words
    assert len(await office.cases()) == 1
    types = await office.types(case)
    assert types.count("acknowledgement.sent") == 1
    assert types.count("status.told") == 3
    told = [each.time for each in await office.events(case) if each.type == "status.told"]
    assert max(told) == night

    await office.mail(f"{question} {case.reference}", brand="kontakt", sender="stranger@c.example", subject="Sual")
    (answer,) = office.told("stranger@c.example")
    words = answer.get_content()
    for detail in (say("states", "investigating"), say("steps", "accept"), "Ayan", "2026"):
        assert detail not in words, detail
    assert case.reference not in f"{answer['Subject']}{words}"
    enquiry = next(each for each in await office.cases() if each.id != case.id)
    assert enquiry.state == "enquiry"
    assert enquiry.links == (case.reference,)


@pytest.mark.row("AT-K22")
async def test_the_customers_language(office: Office) -> None:
    """AT-K22: Russian, Azerbaijani and English are answered in kind; Georgian in Azerbaijani."""
    for sender, text in (
        ("ru", "Купила у вас телефон два дня назад, экран не работает, а деньги в магазине не возвращают."),
        ("az", WORDS),
        ("en", "I bought a telephone two days ago, its screen does not work, and the shop will not refund me."),
        ("ka", "ორი დღის წინ ტელეფონი ვიყიდე, ეკრანი არ მუშაობს და მაღაზია ფულს არ მიბრუნებს."),
    ):
        assert await office.mail(text, brand="kontakt", sender=f"{sender}@c.example", name="Ayan Eldar Quliyeva")
    found = [office.told(f"{name}@c.example")[0]["Content-Language"] for name in ("ru", "az", "en", "ka")]
    assert found == ["ru", "az", "en", "az"]
    assert "Şikayətinizi aldıq" in office.told("ka@c.example")[0]["Subject"]


@pytest.mark.row("AT-K21", level="message")
async def test_nobody_knows_who_called(office: Office) -> None:
    """AT-K21: a call without a number is a case that says what lacks; somebody has a task to find a way, and however
    long it takes no letter fails and none is tried again."""
    outcome = await office.contact(
        WORDS,
        channel="phone",
        transcript=said(("customer", WORDS)),
        sender=None,
        name="",
        reply_to=ReplyTo(connector="calls", address=None),
    )
    case = await office.case(outcome)
    assert case.state == "investigating"
    assert "customer.contact" in case.missing
    assert [(task.kind, task.owner) for task in case.tasks] == [("unreachable", case.handler)]
    handler = office.house.desk.rules.staff.handlers[case.handler or ""]
    assert any(case.tasks[0].id in each.get_content() for each in office.told(handler.address))
    await office.at(office.clock.now + timedelta(days=40))
    types = await office.types(case)
    assert not {"notice.failed", "notice.unknown", "notice.delivered"} & set(types)
    left = {each.data["purpose"] for each in await office.events(case) if each.type == "notice.released"}
    assert left <= {"assignment", "task", "warning", "breach"}, "to our own people only"
    assert types.count("task.opened") == 1
    assert "acknowledgement.sent" not in types
