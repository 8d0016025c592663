"""The fake Telegram speaks the Bot API: python-telegram-bot, which knows nothing of it, is content with all it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import telegram.error
from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup
from telegram.request import HTTPXRequest

from tests.fakes.telegram import FakeBot
from tests.promises import until
from tests.telegram.updates import NOON, written


@pytest.fixture
async def other(bot: FakeBot, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Bot]:
    """The same bot through python-telegram-bot."""
    monkeypatch.setenv("PTB_TIMEDELTA", "1")  # what the library will do by itself one day; it warns until then
    url = bot.telegram.url
    request = HTTPXRequest(read_timeout=10)
    ptb = Bot(bot.token, f"{url}/bot", f"{url}/file/bot", request=request, get_updates_request=HTTPXRequest())
    async with ptb:
        yield ptb


async def test_it_knows_itself(bot: FakeBot, other: Bot) -> None:
    """The method getMe gives the bot's own User."""
    assert (other.id, other.username) == (bot.id, bot.username)


async def test_an_update_is_confirmed_by_a_higher_offset_only(bot: FakeBot, other: Bot) -> None:
    """TG-01: the same update comes until somebody asks for the next one."""
    bot.push(written("Salam"), written("Yoxdur", 2))
    first = await other.get_updates(timeout=0)
    again = await other.get_updates(timeout=0)
    assert [each.update_id for each in first] == [each.update_id for each in again]
    assert first[0].message
    assert first[0].message.text == "Salam"
    assert first[0].message.date == datetime.fromtimestamp(NOON + 1, UTC)
    (left,) = await other.get_updates(offset=first[0].update_id + 1, timeout=0)
    assert left.message
    assert left.message.text == "Yoxdur"
    assert bot.seen()["confirmed"] == first[0].update_id


async def test_a_negative_offset_forgets(bot: FakeBot, other: Bot) -> None:
    """TG-01: all but the last ones are gone for ever."""
    bot.push(*(written("x", number) for number in range(1, 6)))
    assert len(await other.get_updates(offset=-2, timeout=0)) == 2
    assert len(await other.get_updates(timeout=0)) == 2


async def test_it_gives_up_to_a_hundred(bot: FakeBot, other: Bot) -> None:
    """TG-01: whatever limit somebody asks for."""
    bot.push(*(written("x", number) for number in range(1, 151)))
    assert len(await other.get_updates(timeout=0, limit=100)) == 100
    assert len(await other.get_updates(timeout=0, limit=5)) == 5


async def test_a_waiting_call_is_answered_when_something_comes(bot: FakeBot, other: Bot) -> None:
    """Long polling: the answer comes with the update, not with the end of the time."""
    waiting = asyncio.create_task(other.get_updates(timeout=40))
    await until(lambda: bot.calls("getUpdates"), "it asks")
    bot.push(written("Salam"))
    assert len(await waiting) == 1


async def test_one_consumer(bot: FakeBot, other: Bot) -> None:
    """TG-03: a second getUpdates ends the first one; a webhook ends both."""
    first = asyncio.create_task(other.get_updates(timeout=40))
    await until(lambda: bot.calls("getUpdates"), "it asks")
    second = asyncio.create_task(other.get_updates(timeout=40))
    with pytest.raises(telegram.error.Conflict, match="terminated by other getUpdates"):
        await first
    await other.set_webhook("https://intake.example/hooks/telegram", secret_token="s" * 20)
    with pytest.raises(telegram.error.Conflict, match="webhook is active"):
        await second
    info = await other.get_webhook_info()
    assert info.url == "https://intake.example/hooks/telegram"
    await other.delete_webhook()
    assert await other.get_updates(timeout=0) == ()


async def test_what_it_refuses(bot: FakeBot, other: Bot) -> None:
    """Each refusal is the library's error for it."""
    with pytest.raises(telegram.error.BadRequest, match="Chat not found"):
        await other.send_message(99, "Salam")
    bot.know(99, -100)
    with pytest.raises(telegram.error.BadRequest, match="is too long"):
        await other.send_message(99, "😀" * 2049)
    assert (await other.send_message(99, "😀" * 2048)).text == "😀" * 2048
    bot.block(99)
    with pytest.raises(telegram.error.Forbidden, match="blocked by the user"):
        await other.send_message(99, "Salam")
    bot.move(-100, -1001)
    with pytest.raises(telegram.error.ChatMigrated) as moved:
        await other.send_message(-100, "Salam")
    assert moved.value.new_chat_id == -1001
    with pytest.raises(telegram.error.BadRequest, match="ecret token"):
        await other.set_webhook("https://intake.example/", secret_token="no spaces")
    async with HTTPXRequest() as request:
        with pytest.raises(telegram.error.InvalidToken):
            await Bot("1:unknown", f"{bot.telegram.url}/bot", request=request).get_me()


async def test_how_it_fails(bot: FakeBot, other: Bot) -> None:
    """Flood control, a gateway's page, a connection that ends before or after the deed."""
    bot.know(99)
    bot.fail(
        "sendMessage",
        {"status": 429, "retry_after": 7},
        {"status": 502, "body": "<html>Bad Gateway</html>"},
        {"drop": "before"},
        {"drop": "after"},
    )
    with pytest.raises(telegram.error.RetryAfter) as flood:
        await other.send_message(99, "1")
    assert flood.value.retry_after == timedelta(seconds=7)
    for text in ("2", "3", "4"):
        with pytest.raises(telegram.error.NetworkError):
            await other.send_message(99, text)
    assert (await other.send_message(99, "5")).text == "5"
    assert bot.texts() == ["4", "5"]


async def test_files(bot: FakeBot, other: Bot) -> None:
    """A file is asked for, then downloaded; what has expired or is too large is not there."""
    bot.keep("f1", "bytes")
    bot.keep("f2", None)
    bot.keep("f3", "x", size=21_000_000)
    assert bytes(await (await other.get_file("f1")).download_as_bytearray()) == b"bytes"
    with pytest.raises(telegram.error.TelegramError):
        await (await other.get_file("f2")).download_as_bytearray()
    with pytest.raises(telegram.error.BadRequest, match="too big"):
        await other.get_file("f3")
    with pytest.raises(telegram.error.BadRequest, match="file_id"):
        await other.get_file("unknown")


async def test_buttons_and_commands(bot: FakeBot, other: Bot) -> None:
    """What the desk's bot needs: a keyboard, its answer, an edited message, commands in a language."""
    bot.know(99)
    keyboard = InlineKeyboardMarkup([[InlineKeyboardButton("Claim", callback_data="claim:1")]])
    sent = await other.send_message(99, "A case", reply_markup=keyboard)
    assert await other.answer_callback_query("q1", "Yours")
    assert await other.edit_message_text("Yours", 99, sent.message_id)
    assert bot.texts() == ["Yours"]
    assert await other.set_my_commands([BotCommand("mine", "My cases")], language_code="en")
    assert [each.command for each in await other.get_my_commands(language_code="en")] == ["mine"]
