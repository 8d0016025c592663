"""The fake Telegram for the session, and a fresh bot of it for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fakes.telegram import FakeBot, FakeTelegram


@pytest.fixture(scope="session")
def telegram(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FakeTelegram]:
    """The process."""
    fake = FakeTelegram(tmp_path_factory.mktemp("telegram") / "log")
    fake.start()
    yield fake
    fake.kill()


@pytest.fixture
def bot(telegram: FakeTelegram) -> FakeBot:
    """A bot that nobody has used."""
    return telegram.bot()
