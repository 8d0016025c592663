"""Notices as Telegram gets them: parted, pointing at what they answer, through the business account, after a group that
moved; and in doubt only when one of their messages is.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.telegram.sending import UNITS, split
from intake_daemon.errors import Permanent, Temporary, Unknown
from tests.fakes.telegram import FakeBot
from tests.promises import a_notice
from tests.telegram.ways import TelegramWay, polling


@pytest.fixture
async def way(bot: FakeBot) -> AsyncIterator[TelegramWay]:
    """A bot that may write to 4242."""
    bot.know(4242)
    async with polling(bot, timeout=5) as way:
        yield way


@given(text=st.text(alphabet="ab \n😀é", min_size=1, max_size=40).map(lambda text: text * 400))
def test_parts_fit_and_lose_nothing(text: str) -> None:
    """Each fits into a message by Telegram's count, none is blank, and together they have every word."""
    parts = list(split(text))
    assert all(0 < len(part.encode("utf-16-le")) // 2 <= UNITS and part.strip() for part in parts)
    if text.strip():
        assert "".join("".join(parts).split()) == "".join(text.split())


def test_where_a_text_is_parted() -> None:
    """Between paragraphs, else between lines, else between words; a word of 5,000 letters somewhere."""
    paragraph = "word " * 700
    assert list(split(f"{paragraph}\n\n{paragraph}")) == [paragraph.strip()] * 2
    assert [len(part) for part in split("x" * 5000)] == [4096, 904]
    assert [len(part) for part in split("😀" * 2049)] == [2048, 1]
    assert list(split("short")) == ["short"]


async def test_it_points_at_what_it_answers(bot: FakeBot, way: TelegramWay) -> None:
    """Plain text, no preview, as an answer to the customer's message, through the business account if it came so."""
    notice = a_notice("telegram", "4242", thread="message=7&business=abc", text="<b>Yes</b> https://example.com")
    receipt = await way.connector.reply(notice)
    (sent,) = bot.seen()["sent"]
    assert sent["text"] == "<b>Yes</b> https://example.com"
    assert sent["asked"]["reply_parameters"] == '{"message_id": 7, "allow_sending_without_reply": true}'
    assert sent["asked"]["business_connection_id"] == "abc"
    assert "parse_mode" not in sent["asked"]
    assert '"is_disabled": true' in sent["asked"]["link_preview_options"]
    assert receipt.provider_id == f"telegram:{bot.id}:4242:{sent['message_id']}"


async def test_a_button_for_a_new_complaint(bot: FakeBot) -> None:
    """Under the last message of a letter; not where nothing was opened yet, nor in a business's own chat, where the bot
    is not seen."""
    bot.know(4242)
    text = "\n\n".join("word " * 700 for _ in range(2))
    async with polling(bot, timeout=5, pages={"en": {"chat_new": "New complaint"}}) as way:
        await way.connector.reply(a_notice("telegram", "4242", text=text))
        await way.connector.reply(a_notice("telegram", "4242", reference="", id="2"))
        await way.connector.reply(a_notice("telegram", "4242", thread="business=abc", id="3"))
    marked = [json.loads(each["asked"].get("reply_markup") or "null") for each in bot.seen()["sent"]]
    assert [bool(each) for each in marked] == [False, True, False, False]
    ((button,),) = marked[1]["inline_keyboard"]
    assert button["callback_data"] == "new"
    assert button["text"] == "New complaint"


async def test_every_call_has_a_connection_of_its_own(bot: FakeBot, way: TelegramWay) -> None:
    """One that was kept, and has died unnoticed, would leave a notice in doubt that surely was not sent."""
    for _ in range(3):
        await way.connector.reply(a_notice("telegram", "4242"))
    lines = bot.seen()["lines"]
    assert len(lines) == len(set(lines))


async def test_a_long_notice(bot: FakeBot, way: TelegramWay) -> None:
    """Its parts come in order, the first one as the answer; flood control between them is waited out."""
    bot.fail("sendMessage", {}, {"status": 429, "retry_after": 1})
    text = "\n\n".join(f"{number} " + "word " * 700 for number in range(3))
    receipt = await way.connector.reply(a_notice("telegram", "4242", thread="message=7", text=text))
    sent = bot.seen()["sent"]
    assert [each["text"][0] for each in sent] == ["0", "1", "2"]
    assert ["reply_parameters" in each["asked"] for each in sent] == [True, False, False]
    assert receipt.provider_id == f"telegram:{bot.id}:4242:{sent[0]['message_id']}"


@pytest.mark.parametrize(
    "failure", [{"status": 403, "said": "Forbidden: bot was blocked by the user"}, {"drop": "after"}]
)
async def test_a_part_that_fails_leaves_the_whole_in_doubt(
    bot: FakeBot, way: TelegramWay, failure: dict[str, object]
) -> None:
    """The first part has arrived, so it must not be sent again by itself."""
    bot.fail("sendMessage", {}, failure)
    with pytest.raises(Unknown, match="telegram_partly"):
        await way.connector.reply(a_notice("telegram", "4242", text="word " * 1000))


async def test_nobody_asks_while_flood_control_holds(bot: FakeBot, way: TelegramWay) -> None:
    """After a 429 the next notice is put off without a call, for what is left."""
    bot.fail("sendMessage", {"status": 429, "retry_after": 600})
    for _ in range(2):
        with pytest.raises(Temporary) as told:
            await way.connector.reply(a_notice("telegram", "4242"))
        assert told.value.after
        assert 500 < told.value.after <= 600
    assert len([call for call in bot.seen()["calls"] if call["method"] == "sendMessage"]) == 1


async def test_a_group_that_has_moved_is_followed(bot: FakeBot, way: TelegramWay) -> None:
    """The answer to the first try names the new chat; nothing was sent before."""
    bot.move(-77, -10077)
    receipt = await way.connector.reply(a_notice("telegram", "-77"))
    assert receipt.outcome == "sent"
    assert [each["chat"]["id"] for each in bot.seen()["sent"]] == [-10077]


@pytest.mark.parametrize(("kind", "value"), [("email", "ann@shop.example"), ("telegram", "@leyla"), ("telegram", "")])
async def test_an_address_that_is_no_chat(way: TelegramWay, kind: str, value: str) -> None:
    """Never."""
    with pytest.raises(Permanent, match="bad_address"):
        await way.connector.reply(a_notice(kind, value))
