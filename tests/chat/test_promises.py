"""connectors/web_chat keeps what every connector promises (tests/promises), by posts and by sockets."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, ClassVar

import httpx2
import pytest
import sqlalchemy as sa
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from connectors.browser.typed import tidy
from connectors.web_chat import WebChat, parse
from intake_daemon.contract import ChatLine, Draft, Raw
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.memory import StoredChats
from intake_daemon.memory.tables import chat_lines
from intake_daemon.message import Notice
from intake_daemon.store import Store
from tests import promises
from tests.chat.conftest import HERE, SESSION, Chat, chatting
from tests.promises import Item, Row, Told, Way, a_notice

LONG = timedelta(days=3)


def frame_of(item: Item) -> dict[str, Any]:
    """What a window sends."""
    session = hashlib.sha256(item.conversation.encode()).hexdigest()[:43]
    mail = "wombat@shop.example"
    return {"t": "line", "session": session, "id": f"line-{item.name:0>8}", "text": item.text, "mail": mail}


class ChatWay(Way):
    """A window, and a memory that can be ill."""

    planted = ("wombat@shop.example",)

    def __init__(self, chat: Chat) -> None:
        self.chat = chat
        self.door = chat.door
        self.connector = chat.connector
        self.running = chat.running
        self.doing = ""
        self.watching: asyncio.Task[None] | None = None

    def carried(self, item: Item) -> str:
        """Controls and blanks around it are taken away."""
        return tidy(item.text)

    def answers(self, what: str) -> None:
        """The visitor looks, or one of the table's troubles."""
        self.doing = what
        self.door.chats = self.chat.chats
        self.chat.clock.ahead = timedelta()
        if what == "unseen":
            self.chat.clock.ahead = LONG
        if what == "no_memory":
            self.door.chats = StoredChats(Store("postgresql://nobody@127.0.0.1:1/nothing"), self.chat.clock)

    async def visit(self) -> None:
        """A visitor who looks at whatever comes, when there is one; or whose case is erased meanwhile."""
        store = self.chat.chats._store
        gone = sa.delete(chat_lines).where(chat_lines.c.line == a_notice().id)
        while True:
            if self.doing == "":
                lines = await self.chat.chats.since(HERE, 0)
                if lines and self.doing == "":
                    await self.chat.client.post(
                        "/chat/kontakt/news", json={"session": SESSION, "after": 999, "seen": lines[-1].number}
                    )
            elif self.doing == "erased":
                await store.write(lambda connection: connection.execute(gone))
            await asyncio.sleep(0.02)

    def notice(self) -> Notice:
        """To the conversation, or to what is none."""
        return a_notice("chat", "wombat" if self.doing == "bad_address" else HERE, brand="kontakt")


class PostWay(ChatWay):
    """By plain requests."""

    async def deliver(self, item: Item) -> Told:
        """200 with `held`; 503."""
        files = [("files", (file.name, file.content, file.media_type)) for file in item.files]
        said = frame_of(item)
        try:
            if files:
                told = await self.chat.client.post("/chat/welzo/lines", data=said, files=files)
            else:
                told = await self.chat.client.post("/chat/welzo/lines", json=said)
        except httpx2.HTTPError:
            return "again"
        if told.status_code == 200 and told.json()["t"] == "held":
            return "held"
        return "again" if told.status_code == 503 else "refused"


class SocketWay(ChatWay):
    """By WebSocket."""

    async def deliver(self, item: Item) -> Told:
        """`held` with its id; `not_held`, or a socket that closes."""
        said = frame_of(item)
        url = self.chat.url.replace("http", "ws")
        try:
            async with connect(f"{url}/chat/welzo/socket", proxy=None) as socket:
                await socket.send(json.dumps({"session": said["session"], "after": 0}))
                await socket.send(json.dumps(said))
                async for got in socket:
                    told = json.loads(got)
                    if told.get("id") == said["id"] and told["t"] in {"held", "not_held"}:
                        return "held" if told["t"] == "held" else "again"
        except (ConnectionClosed, OSError):
            pass
        return "again"


class TestByPost(promises.Brings, promises.Files, promises.Orders, promises.Replies):
    """The chat without a socket."""

    kind = WebChat
    settings: ClassVar[dict[str, Any]] = {"kind": "web_chat"}
    huge = 60_000
    table = (
        Row("unseen", Permanent, "unseen"),
        Row("erased", Permanent, "erased"),
        Row("bad_address", Permanent, "bad_address"),
        Row("no_memory", Temporary, "database_away"),
    )

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    def test_the_table_knows_all_three(self) -> None:
        """But Unknown: a notice is put down under its id, so what was perhaps put there is put there again."""
        assert {row.error for row in self.table} == {Temporary, Permanent}

    async def test_each_row(self, way: Way, row: Row) -> None:
        """As every connector's; who is `unseen` went days ago."""
        assert isinstance(way, ChatWay)
        if row.answer == "unseen":
            way.doing = "unseen"
            await way.chat.chats.add(HERE, ChatLine(a_notice().id, "x", way.chat.clock(), ours=True))
        await super().test_each_row(way, row)

    @pytest.fixture
    async def way(self, store: Store) -> AsyncIterator[Way]:
        """The chats, served, and a visitor."""
        async with chatting(store, shown_seconds=60) as chat:
            assert (await chat.say("Hello?")).status_code == 200
            chat.door.raws.clear()
            chat.door.drafts.clear()
            chat.door.held.clear()
            found = PostWay(chat)
            visiting = asyncio.create_task(found.visit())
            try:
                yield found
            finally:
                visiting.cancel()
                with contextlib.suppress(asyncio.CancelledError, httpx2.HTTPError):
                    await visiting


class TestBySocket(promises.Brings, promises.Orders):
    """The chat's socket."""

    kind = WebChat
    settings: ClassVar[dict[str, Any]] = {"kind": "web_chat"}
    huge = 60_000

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, store: Store) -> AsyncIterator[Way]:
        """The chats, served."""
        async with chatting(store) as chat:
            yield SocketWay(chat)


assert len(SESSION) == 43
