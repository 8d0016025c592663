"""An update becomes ours: its files are fetched, it is held, and only then anybody is told.

Rules
-----
1. One conversation goes in order, several go side by side. What a body holds in disorder is put right by Telegram's own
   time and number.
2. An update that fails in our own hands, or that nobody can read, is parked whole; it blocks nothing.
3. What we say at once (to `/start`; in a group, that we answer in private) is no notice: said once, after it was held,
   and never in the way.
"""

from __future__ import annotations

import asyncio
import json
import weakref
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from connectors.telegram.content import content_of, mapping, number, string
from connectors.telegram.fetching import Downloads, fetch
from connectors.telegram.finding import Other, Reading, Said, find, press_of
from connectors.telegram.reading import parse_with
from intake_daemon.contract import Door, Raw
from intake_daemon.errors import IntakeError, Temporary

_AT_ONCE = 8
"""Conversations that are held side by side."""
_REMEMBERED = 1000

Say = Callable[[str, int, int | None, str], Awaitable[None]]
"""The name of a string of pages.yaml, the chat, the message that it answers, the language of the person's client."""
Released = Callable[[str], Coroutine[Any, Any, None]]
"""Lets go of a button that was pressed; by the id of the press."""


@dataclass(frozen=True)
class Limits:
    """Bytes of one file; seconds for all files of a message."""

    file_bytes: int
    seconds: float


class Receiving:
    """The updates of one bot, for one brand."""

    def __init__(
        self,
        door: Door,
        brand: str,
        reading: Reading,
        files: Downloads,
        limits: Limits,
        say: Say,
        released: Released | None = None,
    ) -> None:
        self._door = door
        self._brand = brand
        self._reading = reading
        self._files = files
        self._limits = limits
        self._say = say
        self._released = released
        self._albums = _Lately()
        self._answered = _Lately()
        self._saying: set[asyncio.Task[None]] = set()
        self._talks: weakref.WeakValueDictionary[str, asyncio.Lock] = weakref.WeakValueDictionary()

    async def take_all(self, updates: Sequence[Mapping[str, Any]], bodies: Sequence[bytes]) -> set[int]:
        """Hold them all; the places of those that could not be held. Behind one of these, of the same conversation,
        nothing was tried."""
        talks: dict[str, list[int]] = {}
        order = _orders(updates)
        for place in sorted(range(len(updates)), key=lambda place: order[place]):
            talks.setdefault(_talk(updates[place]), []).append(place)
        missed: set[int] = set()
        free = asyncio.Semaphore(_AT_ONCE)

        async def one_talk(places: Sequence[int]) -> None:
            async with free:
                for done, place in enumerate(places):
                    try:
                        await self.take(updates[place], bodies[place])
                    except Temporary:
                        missed.update(places[done:])
                        return

        async with asyncio.TaskGroup() as group:
            for places in talks.values():
                group.create_task(one_talk(places))
        return missed

    async def take(self, update: Mapping[str, Any], body: bytes) -> None:
        """Ours when it returns, whatever it is. Raises Temporary: it must come again."""
        lock = self._talks.setdefault(_talk(update), asyncio.Lock())
        async with lock:
            await self._take(update, body)

    async def unreadable(self, body: bytes) -> None:
        """What is no update at all is kept for a person. Raises Temporary."""
        await self._door.park(Raw(body, self._brand, "application/json"), "telegram_unreadable")

    async def _take(self, update: Mapping[str, Any], body: bytes) -> None:
        found = find(update, self._reading)
        album = string(mapping(update.get("message")).get("media_group_id"))
        follows = isinstance(found, Other) and found.what == "not_to_us" and album in self._albums
        if follows:
            found = find(update, self._reading, addressed=True)
        if isinstance(found, Other):
            if found.what == "empty":
                await self.unreadable(body)
            elif found.what == "start":
                self._answer("telegram_start", mapping(update.get("message")))
            return
        if album:
            self._albums.add(album)
        await self._hold(found, body, addressed=follows)
        if self._released is not None and (press := press_of(update)):
            self._aside(self._released(press))
        if found.grouped and not found.edited and not follows:
            self._answer("telegram_group", found.message)

    async def _hold(self, said: Said, body: bytes, *, addressed: bool) -> None:
        media = content_of(said.message).media
        fetched = await fetch(media, self._files, self._limits.file_bytes, self._limits.seconds)
        envelope = {"files_missing": json.dumps(fetched.missing)} if fetched.missing else {}
        raw = Raw(
            content=body,
            brand=self._brand,
            media_type="application/json",
            contact_at=said.moment,
            envelope=envelope | ({"addressed": "yes"} if addressed else {}),
            files=fetched.files,
        )
        try:
            await self._door.accept(raw, parse_with(self._reading))
        except Temporary:
            raise
        except Exception:  # noqa: BLE001 -- a fault of ours with this one must not hold up the others
            await self._door.park(raw, "telegram_failed")

    def _answer(self, words: str, message: Mapping[str, Any]) -> None:
        chat, asked = number(mapping(message.get("chat")).get("id")), number(message.get("message_id"))
        name = f"{chat}:{asked}"
        if chat is None or name in self._answered:
            return
        self._answered.add(name)
        language = string(mapping(message.get("from")).get("language_code"))
        self._aside(self._try_to_say(words, chat, asked, language))

    def _aside(self, work: Coroutine[Any, Any, None]) -> None:
        """Done beside the next update, and never in its way."""
        task = asyncio.create_task(work)
        self._saying.add(task)
        task.add_done_callback(self._saying.discard)

    async def _try_to_say(self, words: str, chat: int, asked: int | None, language: str) -> None:
        try:
            await self._say(words, chat, asked, language)
        except IntakeError as error:
            self._door.refused(f"{words}_{error.code}")

    async def stop(self) -> None:
        """What was about to be said is not."""
        for task in self._saying:
            task.cancel()
        await asyncio.gather(*self._saying, return_exceptions=True)


class _Lately:
    """Names that were seen, the latest ones."""

    def __init__(self) -> None:
        self._names: OrderedDict[str, None] = OrderedDict()

    def add(self, name: str) -> None:
        self._names[name] = None
        if len(self._names) > _REMEMBERED:
            self._names.popitem(last=False)

    def __contains__(self, name: str) -> bool:
        return name in self._names


def _message(update: Mapping[str, Any]) -> Mapping[str, Any]:
    found = (each for each in update.values() if isinstance(each, dict) and "chat" in each)
    return next(found, mapping(mapping(update.get("callback_query")).get("message")))


def _talk(update: Mapping[str, Any]) -> str:
    """Which conversation it belongs to."""
    message = _message(update)
    return f"{message.get('business_connection_id')}/{mapping(message.get('chat')).get('id')}"


def _orders(updates: Sequence[Mapping[str, Any]]) -> list[tuple[int, int]]:
    """When each was said. A press has no time of its own: it comes after what was told before it in the same chat."""
    found: list[tuple[int, int]] = []
    latest: dict[str, tuple[int, int]] = {}
    for update in updates:
        talk = _talk(update)
        order = latest.get(talk, (0, 0)) if press_of(update) else _order(update)
        latest[talk] = max(order, latest.get(talk, order))
        found.append(order)
    return found


def _order(update: Mapping[str, Any]) -> tuple[int, int]:
    """When it was said: time, then the message's own number."""
    message = _message(update)
    moment = number(message.get("edit_date")) or number(message.get("date")) or 0
    return moment, number(message.get("message_id")) or 0
