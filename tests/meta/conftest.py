"""The fake Meta for the session, a fresh app of it for each test, and the connector at work behind a door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from connectors.meta import Meta
from intake_daemon.contract import Handler
from intake_daemon.web import Listen, Web
from tests.doors import Recorder, brand, world
from tests.fakes.meta import FakeApp, FakeMeta
from tests.promises import stop
from tests.web.conftest import shipped

VERIFY = "what-we-typed"


@pytest.fixture(scope="session")
def meta(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeMeta]:
    """The process."""
    fake = FakeMeta(tmp_path_factory.mktemp("meta") / "log")
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture
def app(meta: FakeMeta) -> FakeApp:
    """An app that nobody has used."""
    return meta.app()


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="meta")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


@dataclass
class Line:
    """The connector at work, and who speaks to it."""

    app: FakeApp
    connector: Meta
    door: Doorway
    url: str
    running: asyncio.Task[None]

    async def post(self, payload: Any, **how: Any) -> list[int]:  # noqa: ANN401 -- JSON; as `deliver` has it
        """A webhook of Meta's; what it was answered."""
        return await asyncio.to_thread(self.app.deliver, self.url, payload, **how)


def settings(app: FakeApp, **said: Any) -> dict[str, Any]:  # noqa: ANN401 -- settings
    """Settings for that app."""
    return {
        "kind": "meta",
        "app_secret": app.secret,
        "verify_token": VERIFY,
        "token": app.token,
        "whatsapp": {app.phone: "welzo"},
        "pages": {app.page: "welzo"},
        "instagram": {app.instagram: "kontakt"},
        "api_url": app.meta.url,
        "media_seconds": 3,
        "timeout": 5,
    } | said


@asynccontextmanager
async def answering(app: FakeApp, **said: Any) -> AsyncIterator[Line]:  # noqa: ANN401 -- settings
    """The connector, running behind a listener of its own."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
    door = Doorway(web)
    there = replace(world(brand("welzo"), brand("kontakt")), pages=shipped().pages)
    connector = Meta("meta", Meta.Settings.model_validate(settings(app, **said)), there)  # type: ignore[arg-type]
    running = asyncio.create_task(connector.run(door))
    await asyncio.sleep(0)
    await web.start()
    try:
        yield Line(app, connector, door, f"{web.url('public')}/hooks/meta", running)
    finally:
        await stop(running)
        await web.stop()


@pytest.fixture
async def line(app: FakeApp) -> AsyncIterator[Line]:
    """It, with plain settings."""
    async with answering(app) as found:
        yield found
