"""A notice becomes messages: as many as its length asks for, paced, and in doubt only when one of them is.

Telegram counts UTF-16 code units, 4,096 to a message; we part at paragraphs, lines, words, whatever comes first below.
Of several parts the first says whether the notice was sent at all. When a later one surely did not leave we wait here,
as long as we are told and a minute in all; when it fails in any other way the notice is Unknown, `telegram_partly`: a
part has arrived, so it must not be sent again by itself.

Flood control (core.telegram.org/bots/faq): about 30 messages a second in all. We keep a distance between two, and after
a 429 nobody asks again before the time is over.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol
from urllib.parse import parse_qs

from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown
from intake_daemon.message import Notice

UNITS = 4096
_DISTANCE = 0.04
"""Seconds between two messages."""
_MOMENT = 5.0
_PATIENCE = 60.0
"""Seconds that the rest of a notice waits for its turn; `memory.YOUNG` is longer."""


class Sends(Protocol):
    """Who sends one message."""

    async def send(
        self,
        chat: int,
        text: str,
        *,
        answers: int | None = None,
        business: str | None = None,
        button: tuple[str, str] | None = None,
    ) -> int:
        """Its number. Raises Temporary, Permanent, Unknown."""


class Pace:
    """When the next message may leave."""

    def __init__(self) -> None:
        self._next = 0.0
        self._until = 0.0

    async def wait(self) -> None:
        """A place in the row. Raises Temporary while flood control holds for longer than a moment."""
        now = asyncio.get_running_loop().time()
        if self._until - now > _MOMENT:
            raise Temporary("telegram_429", after=self._until - now)
        self._next = max(now, self._until, self._next) + _DISTANCE
        await asyncio.sleep(self._next - _DISTANCE - now)

    def flooded(self, after: float) -> None:
        """Telegram wants peace for so many seconds."""
        self._until = asyncio.get_running_loop().time() + after


@dataclass(frozen=True)
class Way:
    """How the messages of one notice go: what each is sent with."""

    sends: Sends
    pace: Pace
    chat: int
    business: str | None
    button: tuple[str, str] | None
    """Under the last one: its words, and what it says when it is pressed."""

    async def part(self, text: str, *, answers: int | None = None, last: bool = False) -> int:
        """One message; its number. Raises Temporary, Permanent, Unknown."""
        await self.pace.wait()
        try:
            return await self.sends.send(
                self.chat, text, answers=answers, business=self.business, button=self.button if last else None
            )
        except Temporary as error:
            if error.code == "telegram_429":
                self.pace.flooded(error.after or 1.0)
            raise


async def send(notice: Notice, sends: Sends, pace: Pace, button: tuple[str, str] | None = None) -> tuple[int, int]:
    """Chat and number of the first message. Raises Temporary, Permanent, Unknown."""
    if notice.to.kind != "telegram" or not notice.to.value.removeprefix("-").isdecimal():
        raise Permanent("bad_address")
    chat = int(notice.to.value)
    told = {name: values[0] for name, values in parse_qs(notice.thread or "").items()}
    answers = int(told["message"]) if told.get("message", "").isdecimal() else None
    business = told.get("business")
    way = Way(sends, pace, chat, business, None if business else button)
    parts = list(split(notice.text))
    first = await way.part(parts[0], answers=answers, last=len(parts) == 1)
    patience = _PATIENCE
    for place, part in enumerate(parts[1:], 2):
        patience = await _insist(way, part, last=place == len(parts), patience=patience)
    return chat, first


async def _insist(way: Way, part: str, *, last: bool, patience: float) -> float:
    """One of the later parts; the seconds of patience that are left."""
    while True:
        try:
            await way.part(part, last=last)
        except Temporary as error:
            wait = error.after or 1.0
            if wait > patience:
                raise Unknown("telegram_partly") from None
            patience -= wait
            await asyncio.sleep(wait)
        except IntakeError:
            raise Unknown("telegram_partly") from None
        else:
            return patience


def split(text: str) -> Iterator[str]:
    """Parts of at most `UNITS` UTF-16 code units, none of them blank; together they are the text, but for the white
    space between them."""
    rest = text.strip() or "…"
    while rest:
        fits = _fits(rest)
        if fits < len(rest):
            at = max(rest.rfind("\n\n", 1, fits), 0) or max(rest.rfind("\n", 1, fits), rest.rfind(" ", 1, fits))
            fits = at if at > 0 else fits
        yield rest[:fits].rstrip()
        rest = rest[fits:].lstrip()


def _fits(text: str) -> int:
    """How many characters of it fit into one message."""
    units = 0
    for place, letter in enumerate(text[: UNITS + 1]):
        units += 2 if ord(letter) > 0xFFFF else 1  # noqa: PLR2004 -- the last one of a single UTF-16 unit
        if units > UNITS:
            return place
    return min(len(text), UNITS)
