"""Telegram: each brand's bot, asked by long polling; people who write to it, and what it wrote to them."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from tests.acceptance.ways import Place
from tests.fakes.telegram import FakeBot, FakeTelegram
from tests.promises import until


def settings(telegram: FakeTelegram, bot: FakeBot, brand: str) -> dict[str, Any]:
    """One bot's."""
    return {"kind": "telegram", "token": bot.token, "brand": brand, "api": telegram.url, "poll_seconds": 1}


@dataclass
class TelegramWay:
    """Everybody who writes to a bot. `who` is a private chat's number."""

    place: Place
    bots: Mapping[str, FakeBot]
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    async def open(self) -> None:
        """Returns when every bot is being asked."""
        before = {brand: len(bot.calls("getUpdates")) for brand, bot in self.bots.items()}
        for brand, bot in self.bots.items():
            await until(lambda: len(bot.calls("getUpdates")) > before[brand], "it asks")  # noqa: B023 -- asked at once

    async def says(
        self,
        *lines: str,
        who: int = 4242,
        brand: str = "kontakt",
        name: str = "Айгюн",
        last: str = "",
        **more: Any,  # noqa: ANN401 -- fields
    ) -> None:
        """Somebody writes these lines to the bot, two seconds apart; they are held and decided."""
        person = {"id": who, "is_bot": False, "first_name": name, "language_code": "en"}
        person |= {"last_name": last} if last else {}
        for text in lines:
            self.place.clock.now += timedelta(seconds=2)
            said = {"message_id": next(self.numbers), "from": person, "chat": {"id": who, "type": "private"}}
            said |= {"date": int(self.place.clock.now.timestamp()), **more, **({"text": text} if text else {})}
            await self.update({"message": said}, brand)

    async def update(self, update: dict[str, Any], brand: str = "kontakt") -> None:
        """Any update; it is held and decided."""
        before = await self.place.contacts()
        self.bots[brand].push(update)
        await self.place.come(before + 1)

    def answers(self, who: int = 4242, brand: str = "kontakt") -> list[str]:
        """What the bot wrote there."""
        return [str(each["text"]) for each in self.bots[brand].seen()["sent"] if each["chat"]["id"] == who]
