"""What our people are told by itself: read from the feed, behind a place that moves on when somebody was told.

A bot that starts for the first time begins at the feed's end: nobody is told of last year.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Protocol

from connectors.desk_bot.desk import Desk
from intake_daemon.contract import News
from intake_daemon.errors import Permanent, Temporary, Unknown

_TOLD = {
    "handler.assigned": ("desk_assigned", ("claim",)),
    "clock.warned": ("desk_warning", ("progress", "extend")),
    "clock.breached": ("desk_breach", ("progress", "extend")),
}
"""Event -> the string, the buttons."""
_PLACE = "feed"
_FAILURES = 3


class Says(Protocol):
    """The line, as far as it is needed here."""

    async def say(self, chat: int, text: str, buttons: Sequence[tuple[str, str]] = ()) -> None:
        """One message."""


class Telling:
    """One life of it."""

    def __init__(self, line: Says, desk: Desk, seconds: float) -> None:
        self._line = line
        self._desk = desk
        self._seconds = seconds

    async def run(self) -> None:
        """Until cancelled. Raises Temporary."""
        kept = await self._desk.memory.load(_PLACE)
        place = int(kept["position"]) if kept else await self._begin()
        failures = 0
        while True:
            try:
                for news in await self._desk.staff.news(place):
                    await self._tell(news)
                    place = news.position
                    await self._desk.memory.save(_PLACE, {"position": place})
                failures = 0
                await asyncio.sleep(self._seconds)
            except (Temporary, Unknown) as error:
                failures += 1
                if failures == _FAILURES:
                    raise Temporary(error.code) from None
                await asyncio.sleep((error.after if isinstance(error, Temporary) else None) or self._seconds)

    async def _begin(self) -> int:
        place = await self._desk.staff.place()
        await self._desk.memory.save(_PLACE, {"position": place})
        return place

    async def _tell(self, news: News) -> None:
        chat = await self._desk.chat(news.handler) if news.handler else None
        told = _TOLD.get(news.type)
        if chat is None or told is None:
            return
        case = await self._desk.staff.case(news.handler, news.reference)
        if case is None:
            return
        words = await self._desk.words(news.handler)
        due = self._desk.date(news.due or case.due, case.brand)
        text = words[told[0]].format(reference=news.reference, field=due)
        buttons = [(words[f"desk_{each}"], f"{each}:{news.reference}") for each in told[1]]
        try:
            await self._line.say(chat, text, buttons)
        except Permanent:
            await self._desk.unlink(chat)
