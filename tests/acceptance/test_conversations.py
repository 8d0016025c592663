"""Conversations through their front doors, in one house: Telegram, SMS and WhatsApp against fakes on the wire, the web
chat by its own requests, and mail and form beside them."""

from __future__ import annotations

import asyncio
import http.client
import itertools
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from connectors.telegram import Telegram, TelegramSettings
from connectors.twilio.text import TwilioText, TwilioTextSettings
from intake_daemon.command.building import build
from intake_daemon.command.office import routes
from intake_daemon.reference import find_references
from router.case import Case
from router.language import Detector
from router.ledger import lives
from tests.acceptance.conftest import arranged
from tests.acceptance.office import PATIENCE, Clock, Office
from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.fakes.twilio import FakeAccount, FakeTwilio
from tests.promises import until

PUBLIC = "https://intake.kontakt.example"
OURS = "+994125550101"
WORDS = "Купил у вас телефон, через неделю экран погас, а в магазине отказались вернуть деньги."
SESSION = "S" * 43


@pytest.fixture(scope="module")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTelegram]:
    """A Bot API of our own."""
    fake = FakeTelegram(tmp_path_factory.mktemp("telegram") / "log")
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture(scope="module")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTwilio]:
    """A Twilio of our own."""
    fake = FakeTwilio(tmp_path_factory.mktemp("twilio") / "log")
    fake.start()
    yield fake
    fake.kill()


@dataclass
class Town:
    """The office with all of these doors, and people before them."""

    office: Office
    bots: dict[str, FakeBot]
    account: FakeAccount
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def telegram(self, *texts: str, chat: int = 4242, brand: str = "kontakt", **more: Any) -> None:  # noqa: ANN401 -- fields
        """Somebody writes these lines to the bot, two seconds apart; they are held and decided."""
        who = {"id": chat, "is_bot": False, "first_name": more.pop("name", "Айгюн"), "language_code": "en"}
        bot = self.bots[brand]
        for text in texts:
            self.office.clock.now += timedelta(seconds=2)
            said = {"message_id": next(self.numbers), "from": who, "chat": {"id": chat, "type": "private"}}
            said |= {"date": int(self.office.clock.now.timestamp()), **more, **({"text": text} if text else {})}
            await self.update(bot, {"message": said})

    async def update(self, bot: FakeBot, update: dict[str, Any]) -> None:
        """Any update; it is held and decided."""
        before = await self.contacts()
        bot.push(update)
        await self.come(before + 1)

    def answers(self, chat: int = 4242, brand: str = "kontakt") -> list[str]:
        """What the bot wrote there."""
        return [each["text"] for each in self.bots[brand].seen()["sent"] if each["chat"]["id"] == chat]

    async def text(self, words: str, number: str, way: str = "") -> None:
        """An SMS, or by WhatsApp."""
        before = await self.contacts()
        form = {
            "MessageSid": f"SM{next(self.numbers):032}",
            "AccountSid": self.account.sid,
            "From": way + number,
            "To": way + OURS,
            "Body": words,
            "NumMedia": "0",
        }
        url = f"{self._web().url('public')}/hooks/sms"
        (answer,) = await asyncio.to_thread(self.account.deliver, url, f"{PUBLIC}/hooks/sms", form)
        assert answer["status"] == 200
        await self.come(before + 1)

    def texted(self, to: str) -> list[str]:
        """What Twilio was asked to send there."""
        return [each["Body"] for each in self.account.seen()["sent"] if each["To"] == to]

    async def chat(self, words: str) -> None:
        """A line in the web chat."""
        before = await self.contacts()
        frame = {"session": SESSION, "id": f"line-{next(self.numbers):04}", "text": words, "lang": "en"}
        assert (await self._post("/chat/kontakt/lines", frame))[0] == 200
        await self.come(before + 1)

    async def window(self) -> list[str]:
        """The visitor's window is open until it has shown something."""
        seen = 0
        async with asyncio.timeout(PATIENCE):
            while True:
                frame = {"session": SESSION, "after": 0, "seen": seen, "wait": 0}
                _, told = await self._post("/chat/kontakt/news", frame)
                ours = [each for each in told["lines"] if each.get("ours")]
                if ours and seen:
                    return [each["text"] for each in ours]
                seen = max([seen, *(each["n"] for each in ours)])
                await asyncio.sleep(0.02)

    async def contacts(self) -> int:
        """How many the ledger has."""
        return (await self.office.house.store.read(lives.balance))["in"]

    async def come(self, many: int) -> None:
        """So many have come, and are decided."""
        async with asyncio.timeout(PATIENCE):
            while await self.contacts() < many:  # noqa: ASYNC110 -- a database tells nobody
                await asyncio.sleep(0.01)

    async def pause(self) -> None:
        """They have finished; what is owed is told."""
        await self.office.pause()

    async def of_channel(self, channel: str) -> Case:
        """The only case of a channel."""
        (case,) = [each for each in await self.office.cases() if each.channel == channel]
        return case

    async def _post(self, path: str, said: object) -> tuple[int, Any]:
        host, port = self._web().address("public")

        def post() -> tuple[int, Any]:
            line = http.client.HTTPConnection(host, port, timeout=PATIENCE)
            with closing(line):
                line.request("POST", path, json.dumps(said), {"Content-Type": "application/json"})
                answer = line.getresponse()
                return answer.status, json.loads(answer.read())

        return await asyncio.to_thread(post)

    def _web(self) -> Any:  # noqa: ANN401 -- the house's own
        assert self.office.house.web is not None
        return self.office.house.web


@asynccontextmanager
async def town(telegram: FakeTelegram, twilio: FakeTwilio, var: Path) -> AsyncIterator[Town]:
    """It runs for the length of the block."""
    clock, account = Clock(), twilio.account()
    bots = {"kontakt": telegram.bot(), "ask4": telegram.bot()}
    read = arranged(var)
    sms = TwilioTextSettings.model_validate(
        {
            "kind": "twilio_text",
            "account_sid": account.sid,
            "auth_token": account.token,
            "numbers": {OURS: "kontakt", f"whatsapp:{OURS}": "kontakt"},
            "base_url": PUBLIC,
            "api_url": twilio.url,
            "from": "now",
        }
    )
    telegrams = {
        brand: TelegramSettings.model_validate(
            {"kind": "telegram", "token": bot.token, "brand": brand, "api": telegram.url, "poll_seconds": 1}
        )
        for brand, bot in bots.items()
    }
    added = {"sms": sms, **telegrams}
    connectors = {**read.connectors, "sms": TwilioText, **dict.fromkeys(telegrams, Telegram)}
    settings = read.settings.model_copy(update={"connectors": {**read.settings.connectors, **added}})
    rules = replace(read.rules, replying=read.rules.replying | set(added))
    house = await build(replace(read, settings=settings, connectors=connectors, rules=rules), routes=routes, now=clock)
    await house.run()
    try:
        for bot in bots.values():
            bot.know(4242, 4343)
            await until(partial(bot.calls, "getUpdates"), "it asks")
        yield Town(Office(house, clock, var / "outbox"), bots, account)
    finally:
        await house.close()


async def test_in_russian_through_every_channel(telegram: FakeTelegram, twilio: FakeTwilio, tmp_path: Path) -> None:
    """The same complaint to Kontakt in Russian by mail, form, web chat, Telegram, SMS and WhatsApp: a case each time,
    acknowledged on that channel, in Russian, with its own reference."""
    async with town(telegram, twilio, tmp_path / "var") as there:
        office = there.office
        await office.mail(WORDS, brand="kontakt", sender="a@customer.example", subject="Жалоба", name="Айгюн Алиева")
        await office.form(
            "kontakt", description=WORDS, customer_name="Айгюн", customer_contact="b@customer.example", lang="ru"
        )
        await there.telegram(WORDS)
        await there.text(WORDS, "+994501112233")
        await there.text(WORDS, "+994501112244", "whatsapp:")
        await there.chat(WORDS)
        office.clock.now += timedelta(seconds=20)
        (window,) = await there.window()
        await office.settled()
        told = {
            "email": [office.told("a@customer.example")[0].get_content()],
            "web_form": [office.told("b@customer.example")[0].get_content()],
            "telegram": there.answers(),
            "sms": there.texted("+994501112233"),
            "whatsapp": there.texted("whatsapp:+994501112244"),
            "chat": [window],
        }
        cases = await office.cases()
        assert len(cases) == len(told)
        detector = Detector()
        for channel, (words,) in told.items():
            assert detector.detect(words).language == "ru", channel
            (reference, *_) = find_references(("KON",), words)
            (case,) = [each for each in cases if each.reference == reference]
            assert (case.language, case.contacts, case.acknowledged_at is not None) == ("ru", 1, True), channel
        assert (await office.house.store.read(lives.balance))["unaccounted"] == 0


@pytest.mark.row("AT-X30", "AT-X10", "AT-K03")
async def test_one_go_by_telegram(telegram: FakeTelegram, twilio: FakeTwilio, tmp_path: Path) -> None:
    """AT-X30: 'salam', then five lines and a photo in 15 s: one contact, one acknowledgement in the same chat. AT-K03:
    what they did not say is asked for there. AT-X10: an album of four photos is one contact with four attachments."""
    async with town(telegram, twilio, tmp_path / "var") as there:
        photos = [f"photo-{n}" for n in range(5)]
        for name in photos:
            there.bots["kontakt"].keep(name, "\xff\xd8\xff\xe0 " + name)
        await there.telegram(
            "salam", "aldığım telefon", "bir həftəyə xarab oldu", "mağazaya getdim", "pulu qaytarmadılar"
        )
        await there.telegram("nə edim?", name="Ayan")
        await there.telegram("", photo=[photo(photos[0])], name="Ayan")
        assert there.answers() == []
        await there.pause()
        (answer,) = there.answers()
        (case,) = await there.office.cases()
        assert (case.contacts, case.attachments, case.language) == (1, 1, "az")
        assert case.reference in answer
        assert "1 fayl" in answer
        assert case.missing == ("customer.name",)
        say = there.office.house.desk.rules.notices.say("az")
        assert say("fields", "customer.name.parts") in " ".join(answer.split())

        for place, name in enumerate(photos[1:]):
            more = {"caption": WORDS} if place == 0 else {}
            await there.telegram("", chat=4343, photo=[photo(name)], media_group_id="album-1", **more)
        await there.pause()
        (answer,) = there.answers(4343)
        album = next(each for each in await there.office.cases() if each.id != case.id)
        assert (album.contacts, album.attachments, album.reference in answer) == (1, 4, True)
        files = {each["file_unique_id"] for each in map(photo, photos)}
        assert len(files) == len(photos)


async def test_a_new_complaint_by_its_button(telegram: FakeTelegram, twilio: FakeTwilio, tmp_path: Path) -> None:
    """Under the acknowledgement is a button in the customer's language; pressed, it is let go of, they are asked what
    happened, and what they write next is another complaint, in the same chat."""
    async with town(telegram, twilio, tmp_path / "var") as there:
        bot = there.bots["kontakt"]
        await there.telegram(WORDS)
        await there.pause()
        (told,) = bot.seen()["sent"]
        ((button,),) = json.loads(told["asked"]["reply_markup"])["inline_keyboard"]
        assert button["text"] == "Новая жалоба"
        letter = {"message_id": told["message_id"], "chat": {**told["chat"], "type": "private"}, "date": 1}
        who = {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}
        await there.update(
            bot, {"callback_query": {"id": "q1", "from": who, "message": letter, "data": button["callback_data"]}}
        )
        await there.office.settled()
        assert bot.calls("answerCallbackQuery") == [{"callback_query_id": "q1"}]
        assert len(there.answers()) == len(["the acknowledgement", "the question"])
        assert "что случилось" in there.answers()[-1]
        await there.telegram("Доставка опоздала на неделю", "курьер нагрубил")
        await there.pause()
        first, second = await there.office.cases()
        assert (first.contacts, second.contacts) == (1, 1)
        assert second.reference in there.answers()[-1]


@pytest.mark.row("AT-A13")
async def test_a_refused_network_answers_once(telegram: FakeTelegram, twilio: FakeTwilio, tmp_path: Path) -> None:
    """AT-A13: ASK4 takes no complaints on networks: the lines are kept, the form is offered in that chat, once per
    conversation; no complaint is opened and no clock runs."""
    async with town(telegram, twilio, tmp_path / "var") as there:
        await there.telegram("hello", "the wifi in my room drops every night", "nobody answers", brand="ask4")
        await there.pause()
        (answer,) = there.answers(brand="ask4")
        (case,) = await there.office.cases()
        assert (case.state, case.clocks) == ("redirected", ())
        assert "/forms/ask4" in answer
        assert case.reference in answer
        there.office.clock.now += timedelta(minutes=30)
        await there.telegram("so what now?", brand="ask4")
        await there.pause()
        assert len(there.answers(brand="ask4")) == 1
        assert "complaint.received" not in await there.office.types(case)


@pytest.mark.row("AT-X09", "AT-K17", "AT-X24")
async def test_what_follows_in_a_conversation(telegram: FakeTelegram, twilio: FakeTwilio, tmp_path: Path) -> None:
    """AT-X09: an edit is a revision in the case, nobody is answered again. AT-K17: "what about my complaint?" in the
    chat, at night: the status at once, no new case, no second acknowledgement. AT-X24: a week later a mail that quotes
    the reference from an address that nobody knows is a case of its own, with a link."""
    async with town(telegram, twilio, tmp_path / "var") as there:
        office, bot = there.office, there.bots["kontakt"]
        await there.telegram(WORDS)
        await there.pause()
        (case,) = await office.cases()
        at = int(office.clock.now.timestamp())
        said = {"message_id": 1, "chat": {"id": 4242, "type": "private"}, "date": at - 20, "edit_date": at + 60}
        who = {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}
        office.clock.now += timedelta(seconds=60)
        await there.update(bot, {"edited_message": {**said, "from": who, "text": f"{WORDS} Чек есть."}})
        await there.pause()
        assert "contact.revised" in await office.types(case)
        assert len(there.answers()) == 1

        office.clock.now = office.clock.now.replace(hour=23)
        await there.telegram("Что с моей жалобой?")
        await office.settled()
        assert len(there.answers()) == len(["the acknowledgement", "the status"])
        assert case.reference in there.answers()[-1]
        await there.pause()
        assert len(await office.cases()) == 1
        assert (await office.types(case)).count("acknowledgement.sent") == 1

        await office.at(office.clock.now + timedelta(days=7))
        mail = await office.mail(f"О жалобе {case.reference}: жду.", brand="kontakt", sender="x@customer.example")
        assert mail is not None
        assert mail.id != case.id
        assert [each.data["reference"] for each in await office.events(mail) if each.type == "case.linked"] == [
            case.reference
        ]


def photo(name: str) -> dict[str, Any]:
    """As Telegram names one."""
    return {"file_id": name, "file_unique_id": name, "width": 90, "height": 90, "file_size": 20}
