"""A bot's chats. An update is held when a later question says so (the offset); two lines may come in one go."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from tests.fakes.telegram import FakeTelegram
from tests.faults.doors.door import UNKIND, Got, World
from tests.faults.said import Said

_CHAT = 7_000_000


class Telegram:
    """One bot, polled."""

    name = "telegram"
    brand = "kontakt"
    lines = True

    def __init__(self, world: World, telegram: FakeTelegram) -> None:
        self._world = world
        self._bot = telegram.bot()
        self._api = telegram.url
        self._said: set[int] = set()

    def connectors(self) -> Mapping[str, Any]:
        """It asks every five seconds at the latest."""
        settings = {"kind": "telegram", "token": self._bot.token, "brand": self.brand, "api": self._api}
        return {"tg": {**settings, "poll_seconds": 5}}

    def say(self, said: Said) -> None:
        """Into its customer's chat; Telegram keeps it until it was fetched."""
        self._said.add(said.number)
        chat = _CHAT + said.of
        who = {"id": chat, "is_bot": False, "first_name": said.words.name, "language_code": "en"}
        at = int(self._world.clock.now().timestamp()) - 60
        message = {"message_id": 5 + said.number, "from": who, "chat": {"id": chat, "type": "private"}, "date": at}
        self._bot.push({"update_id": _CHAT + said.number, "message": {**message, "text": said.words.text}})

    def heard(self) -> set[int]:
        """What the offset has passed."""
        return self._said - {update - _CHAT for update in self._bot.seen()["pending"]}

    def waits(self) -> bool:
        """Whether any is to be fetched."""
        return bool(self._said - self.heard())

    def be(self, mood: str, times: int) -> None:
        """What is sent meets it."""
        if mood in UNKIND:
            self._bot.fail("sendMessage", *[dict(UNKIND[mood])] * times)

    def got(self) -> Iterable[Got]:
        """Every message of the bot's is one letter."""
        for sent in self._bot.seen()["sent"]:
            yield Got(sent["chat"]["id"] - _CHAT, f"tg {sent['message_id']}", "", sent["text"])
