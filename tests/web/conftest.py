"""A running web door with the four brands' forms behind it, in the words and with the questions that we ship."""

from __future__ import annotations

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

import httpx2
import pytest
import structlog
from prometheus_client import CollectorRegistry

from connectors.web_form import WebForm, WebFormSettings
from intake_daemon.contract import Ask, BrandFacts, Door, Handler, World
from intake_daemon.lines import open_journal
from intake_daemon.settings import yaml12
from intake_daemon.web import Limits, Listen, Web
from tests.doors import Recorder

CONFIG = Path(__file__).parents[2] / "config"
SITE = "https://shop.example"
ANYWHERE = Listen("127.0.0.1", 0)


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="forms")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


@dataclass
class Forms:
    """What a test holds: where the forms are, and what arrived behind them."""

    url: str
    door: Doorway
    client: httpx2.AsyncClient


def shipped() -> World:
    """The brands, strings and words of `config/`, as connectors see them."""
    pages: dict[str, dict[str, str]] = {}
    words: dict[str, dict[str, dict[str, str]]] = {}
    for file in CONFIG.glob("notices/*/pages.yaml"):
        pages[file.parent.name] = yaml12.load(file)
        spoken = file.with_name("words.yaml")
        words[file.parent.name] = yaml12.load(spoken) if spoken.exists() else {}
    brands = {}
    for name, shown in {"welzo": "Welzo", "ask4": "ASK4", "kontakt": "Kontakt", "logoscon": "log.oscon"}.items():
        policy: dict[str, Any] = yaml12.load(CONFIG / "policies" / f"{name}.yaml")
        first = policy["languages"]["default"]
        others = tuple(each for each in policy["languages"]["offered"] if each != first)
        brands[name] = BrandFacts(
            id=name,
            name=shown,
            prefix=name[:3].upper(),
            addresses=(f"complaints@{name}.example",),
            languages=(first, *others),
            staff_domains=frozenset(),
            ask=tuple(Ask(each["field"], each["must"], tuple(each.get("parts", ()))) for each in policy["ask"]),
            topics=tuple(policy["topics"]),
            channels={channel: rule["accept"] for channel, rule in policy["channels"].items()},
            sites=(SITE,),
        )
    return World(brands=brands, now=lambda: datetime.now(UTC), pages=pages, words=words)


@asynccontextmanager
async def serving(limits: Limits | None = None, **settings: object) -> AsyncIterator[Forms]:
    """The form connector, running on a listener of its own."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=ANYWHERE, limits=limits)
    door = Doorway(web)
    connector = WebForm("forms", WebFormSettings.model_validate({"kind": "web_form", **settings}), shipped())
    running = asyncio.create_task(connector.run(cast("Door", door)), name="forms")
    await web.start()
    try:
        async with httpx2.AsyncClient(base_url=web.url("public"), timeout=30) as client:
            yield Forms(web.url("public"), door, client)
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running
        await web.stop()


@pytest.fixture
async def forms() -> AsyncIterator[Forms]:
    """The forms with their default settings."""
    async with serving() as found:
        yield found


@pytest.fixture
def told() -> Iterator[io.StringIO]:
    """What the journal says, at debug level; afterwards nobody writes into it any more."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    told = io.StringIO()
    open_journal("json", level="debug", to=told)
    yield told
    structlog.reset_defaults()
    root.handlers[:], root.level = before
