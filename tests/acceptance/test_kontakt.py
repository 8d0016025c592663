"""Kontakt's rows on what comes in and how it is answered; terms and steps are in test_kontakt_terms.py."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from router.case import Case
from tests.acceptance.office import Office
from tests.acceptance.town import Town

WORDS = "Telefonu iki gün əvvəl aldım, ekranı işləmir, mağazada isə pulu qaytarmırlar."
PHOTO = b"\xff\xd8\xff\xe0 the screen"
CALLER = "+994501234567"


@pytest.mark.row("AT-K01", "AT-K02", "AT-K07")
async def test_every_channel_is_open(town: Town) -> None:
    """AT-K01 AT-K02 AT-K07: six ways, six complaints, also where somebody is only dissatisfied and claims nothing; each
    has severity, urgency and subject at receipt, and a person can change them."""
    unhappy = "Mən sadəcə mağazanızdakı xidmətdən narazıyam."
    case = await town.mail(unhappy, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva")
    assert case
    status, _ = await town.form("kontakt", description=WORDS, customer_name="Ayan", customer_contact="a@c.example")
    assert status < 400
    await town.calls.says(WORDS)
    await town.chat.says(WORDS)
    await town.social.says(WORDS)
    await town.papers.says(WORDS, brand="kontakt", channel="store", name="Ayan", phone="+994 50 765 43 21")
    await town.pause()
    cases = await town.cases()
    assert sorted(each.channel for each in cases) == ["chat", "email", "phone", "social", "store", "web_form"]
    for each in cases:
        types = await town.types(each)
        assert {"complaint.received", "acknowledgement.sent"} <= set(types), each.channel
        assert "contact.redirected" not in types
        assert each.state == "investigating"
        assert (each.severity, each.urgency) == ("normal", "normal")
        assert each.topic
    handler = case.handler or ""
    assert (await town.do(case, "triage", handler, severity="high", urgency="low")).disposition == "done"
    assert (await town.do(case, "correct_topic", handler, topic="product")).disposition == "done"
    now = await town.case(case)
    assert (now.severity, now.urgency, now.topic) == ("high", "low", "product")
    refused = await town.do(case, "correct_topic", handler, topic="weather")
    assert (refused.disposition, "product" in refused.instead) == ("refused", True)


@pytest.mark.row("AT-K03")
async def test_asked_where_they_wrote(town: Town) -> None:
    """AT-K03: a photo without a word, from who is called by one name, or by none: acknowledged where they wrote, in the
    same conversation, and the parts that lack are asked for there. Who leaves no contact in the form has the reference
    on the page; a form without substance comes back with the question."""
    status, page = await town.form("kontakt", customer_name="Ayan")
    assert (status, "Nə baş verib?" in page) == (400, True)
    status, page = await town.form("kontakt", customer_name="Ayan", description=WORDS)
    (case,) = await town.cases()
    assert (status, case.reference in page) == (200, True)
    assert case.missing == ("customer.name", "customer.contact")
    await town.chat.sends(PHOTO)
    await town.social.sends(PHOTO, name="Ayan")
    await town.pause()
    lacking = dict.fromkeys(("chat", "social"), ("customer.name", "description"))
    found = {each.channel: each for each in await town.cases() if each.id != case.id}
    assert {channel: case.missing for channel, case in found.items()} == lacking
    letters = {"chat": town.chat.answers(), "social": town.social.answers()}
    for channel, case in found.items():
        (letter,) = letters[channel]
        assert case.reference in letter
        say = town.house.desk.rules.notices.say(case.language)
        words = " ".join(letter.split())
        for field in lacking[channel]:
            asked = say("fields", "customer.name.parts" if field == "customer.name" else field)
            assert " ".join(asked.split()) in words, (channel, field)
        requested = next(each for each in await town.events(case) if each.type == "information.requested")
        assert requested.data["asked"] == list(lacking[channel])


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


@pytest.mark.row("AT-K17", "AT-K18")
async def test_how_does_it_stand(town: Town) -> None:
    """AT-K17 AT-K18: asked at night by mail, chat or telephone the customer is told at once, there (who calls, by
    text); no new case, no second acknowledgement. A stranger who quotes the reference gets no details, and is told how
    to be known."""

    async def says(words: str) -> None:
        """The three of them, each where they always are."""
        await town.mail(words, brand="kontakt", sender="ayan@c.example", name="Ayan Eldar Quliyeva", subject="Sual")
        await town.chat.says(words)
        await town.calls.says(words)

    def told() -> dict[str, list[str]]:
        """What each was told."""
        mails = [each.get_content() for each in town.told("ayan@c.example")]
        return {"email": mails, "chat": town.chat.answers(), "phone": town.texts.answers(CALLER)}

    await says(WORDS)
    await town.pause()
    cases = {case.channel: case for case in await town.cases()}
    assert set(cases) == set(told())
    for each in cases.values():
        assert (await town.do(each, "accept", each.handler or "")).disposition == "done"
    night = datetime(2026, 11, 20, 22, 30, tzinfo=UTC)
    await town.at(night)
    before = told()
    question = "Bəs mənim şikayətim nə oldu?"
    await says(question)
    say = town.house.desk.rules.notices.say("az")
    for channel, letters in told().items():
        (status,) = letters[len(before[channel]) :]
        words = " ".join(status.split())
        assert say("states", "investigating") in words, channel
        assert cases[channel].reference in words, channel
        assert (say("steps", "accept") in words) is (channel != "phone"), "a text says no more than what holds now"
        types = await town.types(cases[channel])
        assert (types.count("acknowledgement.sent"), types.count("status.told")) == (1, 1), channel
        (at,) = [each.time for each in await town.events(cases[channel]) if each.type == "status.told"]
        assert at == night
    assert len(await town.cases()) == len(cases)

    case: Case = cases["email"]
    await town.mail(f"{question} {case.reference}", brand="kontakt", sender="stranger@c.example", subject="Sual")
    (answer,) = town.told("stranger@c.example")
    words = answer.get_content()
    for detail in (say("states", "investigating"), say("steps", "accept"), "Ayan", "2026"):
        assert detail not in words, detail
    assert case.reference not in f"{answer['Subject']}{words}"
    (enquiry,) = [each for each in await town.cases() if each.id not in {one.id for one in cases.values()}]
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


@pytest.mark.row("AT-K21")
async def test_nobody_knows_who_called(town: Town) -> None:
    """AT-K21: a call without a number is a case that says what lacks; somebody has a task to find a way, and however
    long it takes no letter fails and none is tried again."""
    await town.calls.says(WORDS, who=None)
    (case,) = await town.cases()
    assert case.state == "investigating"
    assert "customer.contact" in case.missing
    assert [(task.kind, task.owner) for task in case.tasks] == [("unreachable", case.handler)]
    handler = town.house.desk.rules.staff.handlers[case.handler or ""]
    assert any(case.tasks[0].id in each.get_content() for each in town.told(handler.address))
    await town.at(town.clock.now + timedelta(days=40))
    types = await town.types(case)
    assert not {"notice.failed", "notice.unknown", "notice.delivered"} & set(types)
    left = {each.data["purpose"] for each in await town.events(case) if each.type == "notice.released"}
    assert left <= {"assignment", "task", "warning", "breach"}, "to our own people only"
    assert types.count("task.opened") == 1
    assert "acknowledgement.sent" not in types
