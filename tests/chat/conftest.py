"""Chats of the four brands on a running web door, with a real memory behind them, in the words that we ship."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import sqlalchemy as sa
from prometheus_client import CollectorRegistry

from connectors.web_chat import WebChat, WebChatSettings
from connectors.web_chat.lines import conversation_of
from intake_daemon.contract import Door, Handler, SocketHandler
from intake_daemon.memory import StoredChats
from intake_daemon.message import Notice
from intake_daemon.store import Store, upgrade
from intake_daemon.web import Limits, Web
from tests.doors import Recorder
from tests.promises import a_notice
from tests.web.conftest import ANYWHERE, shipped

SESSION = "S" * 43
HERE = conversation_of("kontakt", SESSION) or ""


class Clock:
    """The one clock; it runs, and can be moved."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        """This moment."""
        return datetime.now(UTC) + self.ahead


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="chat")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)

    def socket(self, path: str, handler: SocketHandler) -> None:
        """The same."""
        self.web.websocket(path, handler, owner=self.name)


@dataclass
class Chat:
    """One process: where its chats are, and what arrived behind them."""

    url: str
    door: Doorway
    connector: WebChat
    client: httpx2.AsyncClient
    chats: StoredChats
    clock: Clock
    running: asyncio.Task[None]
    web: Web

    async def say(self, text: str, line: str = "line-0001", **more: Any) -> httpx2.Response:  # noqa: ANN401 -- any field
        """A line by post."""
        frame = {"session": SESSION, "id": line, "text": text, "lang": "en", **more}
        return await self.client.post("/chat/kontakt/lines", json=frame)

    async def news(self, after: int = 0, **more: Any) -> list[dict[str, Any]]:  # noqa: ANN401 -- any field
        """What a window without a socket gets."""
        told = await self.client.post("/chat/kontakt/news", json={"session": SESSION, "after": after, **more})
        assert told.status_code == 200, told.text
        lines: list[dict[str, Any]] = told.json()["lines"]
        return lines

    def notice(self, number: int = 1, text: str = "We have your complaint.", **said: Any) -> Notice:  # noqa: ANN401 -- any field
        """A notice for the conversation."""
        plain = {"id": f"notice-{number}", "brand": "kontakt", "text": text}
        return a_notice("chat", HERE, **(plain | said))


@asynccontextmanager
async def chatting(
    store: Store, clock: Clock | None = None, limits: Limits | None = None, **settings: object
) -> AsyncIterator[Chat]:
    """The chat connector of one process, on a listener of its own; several may share the store."""
    clock = clock or Clock()
    web = Web(ready=dict, registry=CollectorRegistry(), public=ANYWHERE, limits=limits)
    door = Doorway(web)
    chats = StoredChats(store, clock)
    door.chats = chats
    world = replace(shipped(), now=clock)
    connector = WebChat("chat", WebChatSettings.model_validate({"kind": "web_chat", **settings}), world)
    running = asyncio.create_task(connector.run(cast("Door", door)), name="chat")
    await web.start()
    try:
        async with httpx2.AsyncClient(base_url=web.url("public"), timeout=60) as client:
            yield Chat(web.url("public"), door, connector, client, chats, clock, running, web)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await web.stop()


@pytest.fixture(scope="session")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it."""
    path = tmp_path_factory.mktemp("chat") / "ledger.db"
    engine = sa.create_engine(f"sqlite:///{path}", poolclass=sa.pool.NullPool)
    with engine.begin() as connection:
        upgrade(connection)
    return path


@pytest.fixture
async def store(empty: Path, tmp_path: Path) -> AsyncIterator[Store]:
    """A memory of its own."""
    shutil.copy(empty, tmp_path / "ledger.db")
    found = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    yield found
    await found.close()


@pytest.fixture
async def chat(store: Store) -> AsyncIterator[Chat]:
    """One process, which waits patiently for a window."""
    async with chatting(store, shown_seconds=30) as found:
        yield found
