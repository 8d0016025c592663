"""The connector at work against the fake Telegram, by both of its ways in; a test writes as customers do."""

from __future__ import annotations

import asyncio
import json
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, cast

import httpx2
from prometheus_client import CollectorRegistry

from connectors.telegram import Telegram, TelegramSettings
from intake_daemon.contract import BrandFacts, Door, Handler, World
from intake_daemon.message import Notice
from intake_daemon.web import Listen, Web
from tests.doors import Recorder, world
from tests.fakes.telegram import FakeBot
from tests.promises import Item, Told, Way, a_notice, until
from tests.telegram.updates import message

SECRET = "hush-hush-hush-hush"
TROUBLES: dict[str, tuple[dict[str, Any], tuple[dict[str, Any], ...]]] = {
    "": ({}, ()),
    "gone": ({"content": None}, ()),
    "too_large": ({"size": 21_000_000}, ()),
    "wrong_type": ({"content": "MZ\x90\0 this program"}, ()),
    "redirect": ({}, ({"redirect": "http://127.0.0.1:1/elsewhere"},) * 3),
    "private": ({"path": "http://127.0.0.1:1/x"}, ()),
    "hangs": ({}, ({"slow": 30},) * 3),
    "fails": ({}, ({"status": 500},) * 3),
    "fails_once": ({}, ({"status": 500},)),
}
"""Trouble with a file -> how it is kept, how its downloads fail."""
ANSWERS: dict[str, dict[str, Any]] = {
    "flood": {"status": 429, "retry_after": 1},
    "busy": {"status": 503, "retry_after": 1},
    "no_login": {"status": 401, "said": "Unauthorized"},
    "not_found": {"status": 404, "said": "Not Found"},
    "conflict": {"status": 409, "said": "Conflict"},
    "not_started": {"status": 403, "said": "Forbidden: bot can't initiate conversation with a user"},
    "blocked": {"status": 403, "said": "Forbidden: bot was blocked by the user"},
    "no_chat": {"status": 400, "said": "Bad Request: chat not found"},
    "bad_request": {"status": 400, "said": "Bad Request: not enough rights to send text messages to the chat"},
    "too_long": {"status": 413, "said": "Request Entity Too Large"},
    "odd": {"status": 420, "said": "no"},
    "dropped_before": {"drop": "before"},
    "dropped_after": {"drop": "after"},
    "silent": {"slow": 30},
    "error": {"status": 500},
    "gateway": {"status": 502, "body": "<html>Bad Gateway</html>"},
}
"""What the fake does with a notice."""


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="telegram")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


class TelegramWay(Way):
    """A bot, its connector, and customers."""

    def __init__(self, bot: FakeBot, door: Recorder, connector: Telegram, running: asyncio.Task[None]) -> None:
        self.bot = bot
        self.door = door
        self.connector = connector
        self.telegram = connector
        self.running = running
        self.planted = ("4242", "Wombatova", bot.token)
        self.numbers = iter(range(1_000, 1_000_000))
        self._trouble = ""
        self.others: list[Telegram] = []

    def update(self, item: Item) -> dict[str, Any]:
        """The item as one update."""
        number = int(item.name) + 1 if item.name.isdigit() else 100_000 + zlib.crc32(item.name.encode())
        chat = 4242 if item.conversation == "a" else 5000 + zlib.crc32(item.conversation.encode()) % 1000
        said = message(number, chat, text=item.text) | {"date": int(item.at.timestamp())}
        said["from"] = {**said["from"], "last_name": "Wombatova"}
        return {"message": said}

    def updates(self, item: Item) -> list[dict[str, Any]]:
        """The item with its files: an album, as the client makes one."""
        update = self.update(item)
        if not item.files:
            return [update]
        kept, _ = TROUBLES[self._trouble]
        album = []
        for place, file in enumerate(item.files):
            file_id = f"f{item.name}-{place}"
            self.bot.keep(file_id, **{"content": file.content.decode("latin-1"), **kept})
            sent = {"file_id": file_id, "file_unique_id": file_id, "file_name": file.name, "mime_type": file.media_type}
            said = {**update["message"], "document": sent, "message_id": update["message"]["message_id"] + place}
            text = said.pop("text")
            if place == 0:
                said["caption"] = text
            if len(item.files) > 1:
                said["media_group_id"] = f"album-{item.name}"
            album.append({"message": said})
        return album

    async def deliver(self, item: Item) -> Told:
        """As Telegram brings it."""
        return await self.bring(self.updates(item))

    async def edit(self, item: Item, text: str) -> Told:
        """As Telegram tells of an edit."""
        said = {**self.update(item)["message"], "text": text}
        return await self.bring([{"edited_message": {**said, "edit_date": said["date"] + 60}}])

    async def bring(self, updates: Sequence[dict[str, Any]]) -> Told:
        """Deliver them, and wait for what Telegram hears: confirmed by the next offset, or left where they are."""
        await until(lambda: self.bot.calls("getUpdates"), "it asks", self.running)
        numbered = [{"update_id": next(self.numbers), **update} for update in updates]
        before = self.door.turned_away
        self.bot.push(*numbered)
        last = numbered[-1]["update_id"]

        def heard() -> bool:
            return self.door.turned_away > before or self.bot.seen()["confirmed"] >= last

        await until(heard, "Telegram hears something", self.running)
        return "held" if self.bot.seen()["confirmed"] >= last else "again"

    def original(self, item: Item) -> bytes:
        """JSON may write the same text in several ways."""
        return json.dumps(item.text, ensure_ascii=False).strip('"').encode()

    def trouble(self, what: str) -> None:
        """With the files from now on."""
        self._trouble = what
        self.bot.fail("file", *TROUBLES[what][1])

    def answers(self, what: str) -> None:
        """To the next notice."""
        if what == "away":
            settings = self.telegram._settings.model_copy(update={"api": "http://127.0.0.1:1"})
            self.connector = Telegram("telegram", settings, self.telegram._world)
            self.others.append(self.connector)
        else:
            self.connector = self.telegram
        if what in ANSWERS:
            self.bot.fail("sendMessage", ANSWERS[what])

    def notice(self) -> Notice:
        """To the customer of conversation "a"."""
        self.bot.know(4242)
        return a_notice("telegram", "4242", thread="message=2")


class PostedWay(TelegramWay):
    """The same, by webhook: posts as Telegram makes them."""

    url = ""

    async def bring(self, updates: Sequence[dict[str, Any]]) -> Told:
        """One post each, in order; what it hears at the last one."""
        told: Told = "refused"
        for update in updates:
            told = await self.post(update)
            if told != "held":
                break
        return told

    async def batch(self, items: Sequence[Item]) -> Told:
        """Telegram posts no batches; whoever stands between may."""
        return await self.post([self.update(item) for item in items])

    async def forge(self, item: Item, how: str) -> Told:
        """Without the secret, or with another one."""
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET[:-1] + "H"} if how == "bad" else {}
        return await self.post(self.update(item), headers)

    async def post(self, said: object, headers: dict[str, str] | None = None) -> Told:
        """200 is held, 503 is again."""
        await until(lambda: self.bot.seen()["webhook"], "the webhook is set", self.running)
        body = json.dumps(said if isinstance(said, list) else {"update_id": next(self.numbers), **cast("Any", said)})
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET} if headers is None else headers
        async with httpx2.AsyncClient(timeout=30) as client:
            try:
                answer = await client.post(self.url, content=body.encode(), headers=headers)
            except httpx2.HTTPError:
                return "again"
        return "held" if answer.status_code == 200 else "again" if answer.status_code == 503 else "refused"

    def original(self, item: Item) -> bytes:
        """As it was posted."""
        return json.dumps(item.text).strip('"').encode()


@asynccontextmanager
async def polling(bot: FakeBot, *brands: BrandFacts, pages: Any = None, **settings: Any) -> AsyncIterator[TelegramWay]:  # noqa: ANN401 -- of a test's choice
    """The connector, asking."""
    door = Recorder(name="telegram")
    connector = a_connector(bot, world(*brands), pages or {}, settings)
    running = asyncio.create_task(connector.run(cast("Door", door)), name="telegram")
    try:
        way = TelegramWay(bot, door, connector, running)
        yield way
        for other in way.others:
            await closed(other)
    finally:
        await ended(running, connector)


@asynccontextmanager
async def webhook(bot: FakeBot, *brands: BrandFacts, pages: Any = None, **settings: Any) -> AsyncIterator[PostedWay]:  # noqa: ANN401 -- the same
    """The connector, posted to. The fake posts there by itself, too."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
    door = Doorway(web)
    await web.start()
    url = f"{web.url('public')}/hooks/telegram"
    told = {"mode": "webhook", "secret": SECRET, "url": url, **settings}
    connector = a_connector(bot, world(*brands), pages or {}, told)
    running = asyncio.create_task(connector.run(cast("Door", door)), name="telegram")
    try:
        way = PostedWay(bot, door, connector, running)
        way.url = url
        yield way
    finally:
        await ended(running, connector)
        await web.stop()


def a_connector(bot: FakeBot, around: World, pages: Any, settings: dict[str, Any]) -> Telegram:  # noqa: ANN401 -- of a test's choice
    """For the brand welzo."""
    plain = {"kind": "telegram", "token": bot.token, "brand": "welzo", "api": bot.telegram.url, "poll_seconds": 5}
    known = World(brands=around.brands, now=around.now, pages=pages)
    return Telegram("telegram", TelegramSettings.model_validate({**plain, "timeout": 10, **settings}), known)


async def ended(running: asyncio.Task[None], connector: Telegram) -> None:
    """Stopped, with nothing left open."""
    running.cancel()
    await asyncio.wait([running])
    await closed(connector)


async def closed(connector: Telegram) -> None:
    """As the house closes it."""
    connector.close()
    if connector._closing:
        await connector._closing
