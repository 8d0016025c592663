"""The paper connector at work: its page on a real internal listener, its folder on a real disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connectors.paper import PaperDesk, PaperSettings
from intake_daemon.contract import Colleague, Handler, StaffDesk
from intake_daemon.errors import Temporary
from intake_daemon.web import Listen, Web
from tests.doors import Recorder, brand, world
from tests.promises import stop

TOKEN = "intake_3f9c01d2a4b7_" + "x" * 43
PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n"


class Staff:
    """A desk that knows one colleague, of two of the three brands."""

    away = False
    language = "en"

    async def known(self, token: str) -> Colleague | None:
        """Hers, until it is taken away."""
        if self.away:
            raise Temporary("database_away")
        return Colleague("margaret", ("welzo", "kontakt"), self.language) if token == TOKEN else None


class Doorway(Recorder):
    """The recording Door, whose staff pages hang on a real internal listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="paper")
        self.web = web
        self.colleagues = Staff()
        self.staff = cast("StaffDesk", self.colleagues)

    def staff_page(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name, door="internal")


@dataclass
class Papers:
    """The connector, and who uses it. The client is signed in."""

    connector: PaperDesk
    door: Doorway
    client: httpx2.AsyncClient
    running: asyncio.Task[None]
    folder: Path
    url: str


@asynccontextmanager
async def serving(folder: Path, *, watched: bool = False, **said: Any) -> AsyncIterator[Papers]:  # noqa: ANN401 -- settings
    """It runs for the length of the block."""
    web = Web(ready=dict, registry=CollectorRegistry(), internal=Listen("127.0.0.1", 0))
    door = Doorway(web)
    watching = {"folder": str(folder), "brand": "welzo", "look_seconds": 0.01, "settle_seconds": 0} if watched else {}
    made = PaperSettings.model_validate({"kind": "paper", **watching, **said})
    brands = (
        brand("welzo", tz="Europe/London"),
        brand("kontakt", tz="Asia/Baku", languages=("az", "ru")),
        brand("ask4"),
    )
    connector = PaperDesk("paper", made, world(*brands))
    running = asyncio.create_task(connector.run(door))
    await web.start()
    try:
        cookies = {"intake_staff": TOKEN}
        async with httpx2.AsyncClient(base_url=web.url("internal"), timeout=30, cookies=cookies) as client:
            yield Papers(connector, door, client, running, folder, web.url("internal"))
    finally:
        await stop(running)
        await web.stop()


@pytest.fixture
async def papers(tmp_path: Path) -> AsyncIterator[Papers]:
    """The page."""
    async with serving(tmp_path / "scans") as found:
        yield found
