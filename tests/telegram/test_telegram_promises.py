"""connectors/telegram keeps what every connector promises (tests/promises), by both ways in, against the fake on the
wire.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from connectors.telegram import Telegram, parse
from intake_daemon.contract import Draft, Raw
from intake_daemon.errors import Permanent, Temporary, Unknown
from tests import promises
from tests.fakes.telegram import FakeBot
from tests.promises import Row, Way
from tests.telegram.ways import polling, webhook

SETTINGS = {"kind": "telegram", "token": "1:hush-hush", "brand": "welzo", "secret": "hush-hush-hush-hush"}
TABLE = (
    Row("away", Temporary, "not_connected"),
    Row("flood", Temporary, "telegram_429", after=1.0),
    Row("busy", Temporary, "telegram_429", after=1.0),
    Row("no_login", Temporary, "telegram_login"),
    Row("not_found", Temporary, "telegram_login"),
    Row("conflict", Temporary, "telegram_conflict"),
    Row("not_started", Temporary, "telegram_not_started"),
    Row("blocked", Permanent, "telegram_blocked"),
    Row("no_chat", Permanent, "telegram_chat_not_found"),
    Row("bad_request", Permanent, "telegram_400"),
    Row("too_long", Permanent, "telegram_413"),
    Row("odd", Permanent, "telegram_refused"),
    Row("dropped_before", Unknown, "connection_lost"),
    Row("dropped_after", Unknown, "connection_lost"),
    Row("silent", Unknown, "no_answer"),
    Row("error", Unknown, "telegram_5xx"),
    Row("gateway", Unknown, "bad_answer"),
)


class _Telegram(promises.Brings, promises.Edits, promises.Fetches, promises.Orders):
    kind = Telegram
    settings: ClassVar[dict[str, Any]] = SETTINGS
    secrets = ("hush-hush",)
    huge = 4096
    provider_time = True

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)


class TestPolling(_Telegram, promises.Replies):
    """We ask."""

    table = TABLE

    @pytest.fixture
    async def way(self, bot: FakeBot) -> AsyncIterator[Way]:
        """A bot that is asked."""
        async with polling(bot, timeout=2, file_seconds=3) as way:
            yield way


class TestWebhook(_Telegram, promises.Signed, promises.Batches):
    """Telegram posts."""

    @pytest.fixture
    async def way(self, bot: FakeBot) -> AsyncIterator[Way]:
        """A bot that posts."""
        async with webhook(bot, timeout=2, file_seconds=3) as way:
            yield way
