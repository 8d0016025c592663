"""The fake Twilio for the session, a fresh account of it for each test, and the connectors at work behind a door."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import pytest
from prometheus_client import CollectorRegistry

from connectors.twilio import TwilioText, TwilioVoice
from intake_daemon.contract import Handler
from intake_daemon.web import Listen, Web
from tests.doors import Recorder, brand, world
from tests.fakes.twilio import FakeAccount, FakeTwilio
from tests.promises import stop, until
from tests.twilio.payloads import OURS
from tests.web.conftest import shipped

PUBLIC = "https://intake.welzo.example"
NUMBERS = {OURS: "welzo", f"whatsapp:{OURS}": "welzo", "+442079460009": "ask4"}


@pytest.fixture(scope="session")
def twilio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTwilio]:
    """The process."""
    fake = FakeTwilio(tmp_path_factory.mktemp("twilio") / "log")
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture
def account(twilio: FakeTwilio) -> FakeAccount:
    """An account that nobody has used."""
    return twilio.account()


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="sms")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


@dataclass
class Line:
    """A connector at work, and who speaks to it."""

    account: FakeAccount
    connector: Any
    door: Doorway
    url: str
    running: asyncio.Task[None]
    said: dict[str, Any] = field(default_factory=dict)

    async def post(self, form: dict[str, Any], path: str = "", **how: Any) -> list[dict[str, Any]]:  # noqa: ANN401
        """A webhook of Twilio's, to our public address; `AccountSid`: another account's."""
        name = "account_sid" if how.get("json_body") else "AccountSid"
        form = {**form, name: how.pop("AccountSid", self.account.sid)}
        to = f"/hooks/sms{path}"
        return await asyncio.to_thread(self.account.deliver, self.url + to, PUBLIC + to, form, **how)


@cache
def spoken() -> Mapping[str, Mapping[str, str]]:
    """What we ship for callers and pages, by language."""
    return shipped().pages


def settings(account: FakeAccount, kind: str, **said: Any) -> dict[str, Any]:  # noqa: ANN401 -- settings
    """Settings for that account."""
    plain = {
        "kind": kind,
        "account_sid": account.sid,
        "auth_token": account.token,
        "numbers": NUMBERS,
        "base_url": PUBLIC,
        "api_url": account.twilio.url,
        "media_seconds": 3,
        "timeout": 5,
    }
    more = {"from": "now"} if kind == "twilio_text" else {"intelligence_url": account.twilio.url}
    return plain | more | said


@asynccontextmanager
async def answering(account: FakeAccount, kind: str = "twilio_text", **said: Any) -> AsyncIterator[Line]:  # noqa: ANN401
    """The connector, running behind a listener of its own."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
    door = Doorway(web)
    made: Any = TwilioText if kind == "twilio_text" else TwilioVoice
    there = world(brand("welzo"), brand("ask4", channels={"phone": False, "web_form": True}))
    there = replace(there, pages=spoken())
    connector = made("sms", made.Settings.model_validate(settings(account, kind, **said)), there)
    running = asyncio.create_task(connector.run(door))
    await web.start()
    try:
        if kind == "twilio_text" and not running.done():
            await until(lambda: door.cursors.places, "it has looked at the list", running)
        yield Line(account, connector, door, web.url("public"), running)
    finally:
        await stop(running)
        await web.stop()


@pytest.fixture
async def line(account: FakeAccount) -> AsyncIterator[Line]:
    """Messages, with plain settings."""
    async with answering(account) as found:
        yield found
