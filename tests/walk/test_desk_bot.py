"""The desk's own bot beside the customers': a colleague links a chat, hears of a new case, looks, and acts."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from intake_daemon.settings import yaml12
from router.ledger import tokens
from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.services.place import until
from tests.walk.conftest import Ground
from tests.walk.daemon import ROOT

CODE = re.compile(r"intake_[0-9a-f]{12}_[A-Za-z0-9_-]{43}")
KON = re.compile(r"KON(?:-[0-9A-Z]{4}){3}")


@pytest.fixture
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTelegram]:
    """A Bot API of our own, for both bots."""
    fake = FakeTelegram(tmp_path_factory.mktemp("telegram") / "log")
    fake.start()
    yield fake
    fake.kill()


def written(chat: int, number: int, text: str) -> dict[str, object]:
    """An update with a text."""
    who = {"id": chat, "is_bot": False, "first_name": "A", "language_code": "en"}
    said = {"message_id": number, "from": who, "chat": {"id": chat, "type": "private"}, "date": int(time.time())}
    return {"message": {**said, "text": text}}


def told(bot: FakeBot, chat: int, count: int) -> list[str]:
    """What a chat was told, when there is so much of it."""

    def enough() -> list[str]:
        texts = [sent["text"] for sent in bot.seen()["sent"] if sent["chat"]["id"] == chat]
        return texts if len(texts) >= count else []

    return until(enough, f"{count} told to {chat}", 90)


def test_a_colleague_hears_of_a_case_and_acts(alone: Ground, telegram: FakeTelegram) -> None:
    """Whoever gets the case is told so in their chat, sees it among theirs, and their press reaches the case's own gate
    as them; a code works once."""
    customers, desk = telegram.bot(), telegram.bot()
    alone.place.connectors = {
        "tg": {
            "kind": "telegram",
            "token": customers.token,
            "brand": "kontakt",
            "api": telegram.url,
            "poll_seconds": 5,
        },
        "desk": {"kind": "desk_bot", "token": desk.token, "api": telegram.url, "poll_seconds": 5, "look_seconds": 0.2},
    }
    daemon = alone.place.add()
    daemon.start()
    people = yaml12.load(ROOT / "config" / "handlers.yaml")["handlers"]
    chats = {who: 8000 + n for n, (who, each) in enumerate(people.items()) if "kontakt" in each["brands"]}
    codes = {}
    for who, chat in chats.items():
        with alone.place.reading().begin() as connection:  # as the command below does it, which takes longer
            codes[who] = tokens.create(connection, who, "operator", datetime.now(UTC), 1).token
        if who == "elnur":
            shown_once = CODE.search(daemon.ask("token", "create", who))
            assert shown_once
            codes[who] = shown_once[0]
        desk.push(written(chat, 1, codes[who]))
        told(desk, chat, 1)
    desk.push(written(9999, 1, codes["elnur"]))
    assert "used it already" in told(desk, 9999, 1)[0]

    customers.push(written(4242, 1, "My fridge has not worked for three days and nobody answers. This is a complaint."))
    reference = KON.search(told(customers, 4242, 1)[0])
    assert reference

    def assigned() -> list[int]:
        sent = desk.seen()["sent"]
        return [each["chat"]["id"] for each in sent if reference[0] in each["text"]]

    (chat,) = until(assigned, "somebody is told of the case", 90)
    assert chat in chats.values()
    desk.push(written(chat, 2, "/mine"), written(chat, 3, f"/case {reference[0].lower()}"))
    texts = told(desk, chat, 4)
    assert all(reference[0] in text for text in texts[1:4])
    press = {"id": "77", "from": {"id": chat, "is_bot": False, "first_name": "A"}, "chat_instance": "1"}
    shown = {"message_id": 5, "chat": {"id": chat, "type": "private"}, "date": int(time.time())}
    desk.push({"callback_query": {**press, "data": f"claim:{reference[0]}", "message": shown}})
    assert told(desk, chat, 5)[4].startswith(reference[0])
    desk.push(written(9999, 2, "/mine"))
    assert reference[0] not in told(desk, 9999, 2)[1]
    daemon.stop()
