"""Conversations by Telegram, through its front door: what is said in one go, what follows later, what is edited."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from intake_daemon.message import message_id
from router.ledger.lookup import waiting
from tests.acceptance.town import Fakes, accounts, town_in

WORDS = "Купил у вас телефон, через неделю экран погас, а в магазине отказались вернуть деньги."


@pytest.mark.row("AT-X30", "AT-X10", "AT-K03")
async def test_one_go_by_telegram(var: Path, fakes: Fakes) -> None:
    """AT-X30: 'salam', then five lines and a photo in 15 s: one contact, one acknowledgement in the same chat. AT-K03:
    what they did not say is asked for there. AT-X10: an album of four photos is one contact with four attachments."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        photos = [f"photo-{n}" for n in range(5)]
        for name in photos:
            town.telegram.bots["kontakt"].keep(name, "\xff\xd8\xff\xe0 " + name)
        await town.telegram.says(
            "salam", "aldığım telefon", "bir həftəyə xarab oldu", "mağazaya getdim", "pulu qaytarmadılar"
        )
        await town.telegram.says("nə edim?", name="Ayan")
        await town.telegram.says("", photo=[photo(photos[0])], name="Ayan")
        assert town.telegram.answers() == []
        await town.pause()
        (answer,) = town.telegram.answers()
        (case,) = await town.cases()
        assert (case.contacts, case.attachments, case.language) == (1, 1, "az")
        assert case.reference in answer
        assert "1 fayl" in answer
        assert case.missing == ("customer.name",)
        say = town.house.desk.rules.notices.say("az")
        assert say("fields", "customer.name.parts") in " ".join(answer.split())

        for place, name in enumerate(photos[1:]):
            more = {"caption": WORDS} if place == 0 else {}
            await town.telegram.says("", who=4343, photo=[photo(name)], media_group_id="album-1", **more)
        await town.pause()
        (answer,) = town.telegram.answers(4343)
        album = next(each for each in await town.cases() if each.id != case.id)
        assert (album.contacts, album.attachments, album.reference in answer) == (1, 4, True)
        files = {each["file_unique_id"] for each in map(photo, photos)}
        assert len(files) == len(photos)


async def test_a_new_complaint_by_its_button(var: Path, fakes: Fakes) -> None:
    """Under the acknowledgement is a button in the customer's language; pressed, it is let go of, they are asked what
    happened, and what they write next is another complaint, in the same chat."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        bot = town.telegram.bots["kontakt"]
        await town.telegram.says(WORDS)
        await town.pause()
        (told,) = bot.seen()["sent"]
        ((button,),) = json.loads(told["asked"]["reply_markup"])["inline_keyboard"]
        assert button["text"] == "Новая жалоба"
        letter = {"message_id": told["message_id"], "chat": {**told["chat"], "type": "private"}, "date": 1}
        who = {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}
        await town.telegram.update(
            {"callback_query": {"id": "q1", "from": who, "message": letter, "data": button["callback_data"]}}
        )
        await town.settled()
        assert bot.calls("answerCallbackQuery") == [{"callback_query_id": "q1"}]
        assert len(town.telegram.answers()) == len(["the acknowledgement", "the question"])
        assert "что случилось" in town.telegram.answers()[-1]
        await town.telegram.says("Доставка опоздала на неделю", "курьер нагрубил")
        await town.pause()
        first, second = await town.cases()
        assert (first.contacts, second.contacts) == (1, 1)
        assert second.reference in town.telegram.answers()[-1]


@pytest.mark.row("AT-A13")
async def test_a_refused_network_answers_once(var: Path, fakes: Fakes) -> None:
    """AT-A13: ASK4 takes no complaints on networks: the lines are kept, the form is offered in that chat, once per
    conversation; no complaint is opened and no clock runs."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        await town.telegram.says("hello", "the wifi in my room drops every night", "nobody answers", brand="ask4")
        await town.pause()
        (answer,) = town.telegram.answers(brand="ask4")
        (case,) = await town.cases()
        assert (case.state, case.clocks) == ("redirected", ())
        assert "/forms/ask4" in answer
        assert case.reference in answer
        town.clock.now += timedelta(minutes=30)
        await town.telegram.says("so what now?", brand="ask4")
        await town.pause()
        assert len(town.telegram.answers(brand="ask4")) == 1
        assert "complaint.received" not in await town.types(case)


@pytest.mark.row("AT-X09")
async def test_an_edited_message(var: Path, fakes: Fakes) -> None:
    """AT-X09: the edit is a revision in the case, its first text is kept beside it; no second acknowledgement, nor a
    receipt, also when it comes days later; the handler reads it."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        bot = town.telegram.bots["kontakt"]
        await town.telegram.says(WORDS)
        await town.pause()
        (case,) = await town.cases()
        at = int(town.clock.now.timestamp())
        said = {"message_id": 1, "chat": {"id": 4242, "type": "private"}, "date": at - 20}
        said |= {"from": {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}}
        for days, words in ((0, f"{WORDS} Чек есть."), (3, f"{WORDS} Чек и коробка есть.")):
            await town.at(town.clock.now + timedelta(days=days, minutes=5))
            letters, staff = len(town.telegram.answers()), len(town.to_staff())
            edited = {**said, "edit_date": int(town.clock.now.timestamp()), "text": words}
            await town.telegram.update({"edited_message": edited})
            await town.pause()
            assert len(town.telegram.answers()) == letters
            assert any(words in " ".join(mail.get_content().split()) for mail in town.to_staff()[staff:])
        first = message_id(f"telegram:{bot.id}:4242:1")
        revised = [event.data for event in await town.events(case) if event.type == "contact.revised"]
        assert [each["revision_of"] for each in revised] == [first] * 2
        kept = await town.house.store.read(lambda connection: waiting.words(connection, [first]))
        assert WORDS in str(kept)
        assert (await town.types(case)).count("acknowledgement.sent") == 1
        assert len(await town.cases()) == 1


@pytest.mark.row("AT-K17", "AT-X24")
async def test_what_follows_in_a_conversation(var: Path, fakes: Fakes) -> None:
    """AT-K17: "what about my complaint?" in the chat, at night: the status at once, no new case, no second
    acknowledgement. AT-X24: a week later a mail that quotes the reference from an address that nobody knows is a case
    of its own, with a link."""
    async with town_in(var, accounts(fakes, telegrams=True)) as town:
        await town.telegram.says(WORDS)
        await town.pause()
        (case,) = await town.cases()
        town.clock.now = town.clock.now.replace(hour=23)
        await town.telegram.says("Что с моей жалобой?")
        await town.settled()
        assert len(town.telegram.answers()) == len(["the acknowledgement", "the status"])
        assert case.reference in town.telegram.answers()[-1]
        await town.pause()
        assert len(await town.cases()) == 1
        assert (await town.types(case)).count("acknowledgement.sent") == 1

        await town.at(town.clock.now + timedelta(days=7))
        mail = await town.mail(f"О жалобе {case.reference}: жду.", brand="kontakt", sender="x@customer.example")
        assert mail is not None
        assert mail.id != case.id
        assert [each.data["reference"] for each in await town.events(mail) if each.type == "case.linked"] == [
            case.reference
        ]


def photo(name: str) -> dict[str, Any]:
    """As Telegram names one."""
    return {"file_id": name, "file_unique_id": name, "width": 90, "height": 90, "file_size": 20}
