"""How updates are taken, when the world is unkind: outages, repetitions, disorder, another process, poison."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any, cast

import pytest

from intake_daemon.contract import Door, Held, Parse, Raw
from intake_daemon.errors import Temporary
from tests.doors import Cursors, Recorder, brand, world
from tests.fakes.telegram import FakeBot
from tests.promises import Item, stop, until
from tests.telegram.updates import message, person, written
from tests.telegram.ways import SECRET, TelegramWay, a_connector, closed, ended, polling, webhook

PAGES = {
    "en": {"telegram_start": "Hello from {brand}.", "telegram_group": "In private, please.", "telegram_new": "New"},
    "ru": {"telegram_start": "Здравствуйте, это {brand}.", "telegram_group": "Лично, пожалуйста."},
}


def held(way: TelegramWay) -> list[str]:
    """What is held, in order."""
    return [each.message.text for each in way.door.held.values()]


async def test_it_takes_over_from_a_webhook_without_dropping(bot: FakeBot) -> None:
    """What waited is taken: the webhook is deleted, nothing is dropped, and all kinds are asked for (TG-03, TG-07)."""
    bot.push(written("It waited."))
    async with polling(bot) as way:
        await until(lambda: held(way) == ["It waited."], "it is held", way.running)
    assert bot.calls("deleteWebhook") == [{"drop_pending_updates": "false"}]
    asked = bot.calls("getUpdates")[0]
    assert "edited_business_message" in asked["allowed_updates"]
    assert "offset" not in asked


@pytest.mark.row("AT-X12", level="connector")
async def test_one_that_cannot_be_held_keeps_the_offset_back(bot: FakeBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind it its own conversation waits, others are held; it comes again, and nothing is held twice."""
    async with polling(bot) as way:
        accept, stuck = way.door.accept, [1, 2]

        async def sometimes(raw: Raw, parse: Parse) -> list[Held]:
            if b"Line 1" in raw.content and stuck.pop():
                raise Temporary("broker_away")
            return await accept(raw, parse)

        monkeypatch.setattr(way.door, "accept", sometimes)
        stuck.insert(0, 0)
        bot.push(written("Line 1", 1), written("Line 2", 2), written("Another's", 3, chat=5000))
        await until(lambda: len(stuck) == 2, "one is turned away", way.running)
        assert len(bot.seen()["pending"]) == 3
        await until(lambda: not bot.seen()["pending"], "all are confirmed", way.running)
    assert held(way) == ["Another's", "Line 1", "Line 2"]
    assert way.door.repeats == 0


@pytest.mark.parametrize(
    "failure",
    [{"status": 502, "body": "<html>"}, {"status": 429, "retry_after": 1}, {"drop": "after"}, {"status": 500}],
    ids=["gateway", "flood", "dropped", "error"],
)
async def test_a_failed_question_is_asked_again(bot: FakeBot, failure: dict[str, Any]) -> None:
    """Telegram's daily life does not end the connector."""
    bot.fail("getUpdates", failure)
    bot.push(written("It waited."))
    async with polling(bot) as way:
        await until(lambda: held(way), "it is held", way.running)
        assert not way.running.done()


@pytest.mark.parametrize(
    ("method", "failure", "code"),
    [
        ("getMe", {"status": 401, "said": "Unauthorized"}, "telegram_login"),
        (
            "getUpdates",
            {"status": 409, "said": "Conflict: terminated by other getUpdates request"},
            "telegram_conflict",
        ),
        ("getMe", {"drop": "after"}, "connection_lost"),
        ("deleteWebhook", {"status": 502, "body": "<html>"}, "bad_answer"),
    ],
)
async def test_what_waiting_does_not_mend_is_told(
    bot: FakeBot, method: str, failure: dict[str, Any], code: str
) -> None:
    """A token that is no good, another who polls: the supervisor hears Temporary with the reason."""
    bot.fail(method, failure)
    async with polling(bot) as way:
        with pytest.raises(Temporary) as told:
            await way.running
    assert told.value.code == code


async def test_a_telegram_that_never_answered_is_asked_all_the_same(bot: FakeBot) -> None:
    """Whoever begins while it says nothing counts as asking: else a restart would hide that it is silent."""

    class Asked(Recorder):
        asked = 0

        def alone(self, name: str = "") -> AbstractAsyncContextManager[Callable[[], None]]:
            self.asked += 1
            return super().alone(name)

    bot.fail("getMe", {"drop": "after"})
    door = Asked()
    connector = a_connector(bot, world(), {}, {})
    with pytest.raises(Temporary):
        await connector.run(cast("Door", door))
    assert (door.asked, door.answers) == (1, 0)
    await closed(connector)


async def test_one_process_alone_asks(bot: FakeBot) -> None:
    """A second one waits for the lease; with the first one gone it goes on where that left."""
    async with polling(bot) as way:
        other = a_connector(bot, way.telegram._world, {}, {})
        waits = asyncio.create_task(other.run(cast("Door", way.door)))
        assert await way.deliver(Item()) == "held"
        await until(lambda: other._client is not None, "the second one is ready", waits)
        assert {call.get("offset") for call in bot.calls("getUpdates")} <= {None, "1001"}
        await stop(way.running)
        way.running = waits
        assert await way.deliver(Item("2", "Another.")) == "held"
        assert len(way.door.held) == 2
        await ended(waits, other)


async def test_who_was_away_for_longer_than_telegram_waits_says_so(bot: FakeBot) -> None:
    """TG-02: what came meanwhile is gone, and nobody else would ever know."""
    cursors = Cursors()
    cursors.places["asked"] = {"at": "2026-01-01T00:00:00+00:00"}
    door = Recorder(cursors=cursors)
    connector = a_connector(bot, world(), {}, {})
    running = asyncio.create_task(connector.run(cast("Door", door)))
    await until(lambda: door.refusals["telegram_away_too_long"], "it is counted", running)
    assert cursors.places["asked"]["at"] > "2026-06"
    await ended(running, connector)


async def test_poison_is_parked_and_blocks_nothing(bot: FakeBot, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that fails in our own hands is kept whole for a person; the next one is held."""
    async with polling(bot) as way:
        accept = way.door.accept

        async def failing(raw: Raw, parse: Parse) -> list[Held]:
            if b"poison" in raw.content:
                raise ZeroDivisionError
            return await accept(raw, parse)

        monkeypatch.setattr(way.door, "accept", failing)
        assert await way.bring([written("poison"), written("Good.", 2)]) == "held"
        assert [reason for _, reason in way.door.parked] == ["telegram_failed"]
        assert b"poison" in way.door.parked[0][0].content
        assert held(way) == ["Good."]


async def test_what_is_no_update_is_parked(bot: FakeBot) -> None:
    """Whoever knows the secret and posts nonsense is answered 200, and a person sees it."""
    async with webhook(bot) as way:
        assert await way.post({}) == "held"
        assert await way.post([]) == "held"
    assert [reason for _, reason in way.door.parked] == ["telegram_unreadable"] * 2


async def test_a_body_that_is_too_large(bot: FakeBot) -> None:
    """No update is as large: refused, counted."""
    async with webhook(bot) as way:
        assert await way.post(written("x" * 5_000_000)) == "refused"
        assert way.door.refusals["too_large"] == 1


async def test_the_webhook_is_set_with_its_secret(bot: FakeBot) -> None:
    """Telegram gets address, secret and kinds; what waits is not dropped; what it then posts is held (TG-06)."""
    bot.push(written("It waited."))
    async with webhook(bot) as way:
        await until(lambda: held(way) == ["It waited."], "it is held", way.running)
        seen = bot.seen()
        assert seen["webhook"] == {"url": way.url, "secret": SECRET}
        assert seen["answers"] == [200]
        assert bot.calls("setWebhook")[0]["drop_pending_updates"] == "false"
        way.door.away = True
        bot.push(written("Later.", 2))
        await until(lambda: 503 in bot.seen()["answers"], "it is put off", way.running)
        way.door.away = False
        await until(lambda: not bot.seen()["pending"], "it came again", way.running)
    assert held(way) == ["It waited.", "Later."]


@pytest.mark.row("AT-X02", level="connector")
@pytest.mark.parametrize("at_once", [False, True], ids=["one after another", "at once"])
async def test_a_webhook_delivered_three_times(bot: FakeBot, *, at_once: bool) -> None:
    """Each message is one contact."""
    bot.deliver(copies=3, at_once=at_once)
    async with webhook(bot) as way:
        bot.push(*(written(f"Line {number}", number) for number in range(1, 6)))
        await until(lambda: not bot.seen()["pending"], "all are confirmed", way.running)
        assert bot.seen()["answers"] == [200] * 15
    assert held(way) == [f"Line {number}" for number in range(1, 6)]
    assert way.door.repeats == 10


async def test_disorder_in_an_answer_is_put_right(bot: FakeBot) -> None:
    """Lines of one conversation that come in any order are held in the order in which they were written."""
    lines = [written(f"Line {number}", number) for number in range(1, 30)]
    random.Random(5).shuffle(lines)  # noqa: S311 -- disorder, no secret
    bot.push(*lines)
    async with polling(bot) as way:
        await until(lambda: len(way.door.held) == 29, "all are held", way.running)
    assert held(way) == [f"Line {number}" for number in range(1, 30)]


async def test_an_album_in_a_group(bot: FakeBot) -> None:
    """Its caption names the bot; the parts without a caption follow it."""
    group = {"id": -100, "type": "supergroup", "title": "Group"}
    name = f"@{bot.username}"
    named = {"caption": f"Look {name}", "caption_entities": [{"type": "mention", "offset": 5, "length": len(name)}]}
    parts = [
        {**message(number, media_group_id="g1", poll={"question": f"{number}"}), "chat": group}
        | (named if number == 1 else {})
        for number in range(1, 4)
    ]
    async with polling(bot) as way:
        assert await way.bring([{"message": part} for part in parts]) == "held"
        stranger = {**message(9, media_group_id="g2", dice={"emoji": "2"}), "chat": group}
        assert await way.bring([{"message": stranger}]) == "held"
    groups = [each.message.part_of.group for each in way.door.held.values() if each.message.part_of]
    assert groups == [f"telegram:{bot.id}:-100:album:g1"] * 3


async def test_who_starts_is_greeted_once_in_their_language(bot: FakeBot) -> None:
    """`/start` opens no contact; the brand greets, in the language of the person's client where the brand has it."""
    welzo = brand("welzo", languages=("en", "ru"))
    async with polling(bot, welzo, pages=PAGES) as way:
        start = written("/start", 1)
        assert await way.bring([start]) == "held"
        await until(bot.texts, "somebody is greeted", way.running)
        assert await way.bring([start]) == "held"
        english = {"message": {**message(2, 5000, text="/start"), "from": person(5000, language_code="de")}}
        assert await way.bring([english]) == "held"
        await until(lambda: len(bot.texts()) == 2, "the second one, too", way.running)
        assert not way.door.held
    assert bot.texts() == ["Здравствуйте, это Welzo.", "Hello from Welzo."]
    assert set(bot.seen()["commands"]) == {"", "en"}


async def test_in_a_group_we_say_that_we_answer_in_private(bot: FakeBot) -> None:
    """Nothing else is said where others read along."""
    said = message(3, -100, text="/new@" + bot.username, entities=[{"type": "bot_command", "offset": 0, "length": 40}])
    said["chat"] = {"id": -100, "type": "supergroup", "title": "Group"}
    said["from"] = person(4242)
    async with polling(bot, brand("welzo", languages=("en", "ru")), pages=PAGES) as way:
        assert await way.bring([{"message": said}]) == "held"
        await until(bot.texts, "it is said", way.running)
        (contact,) = way.door.held.values()
    assert bot.texts() == ["Лично, пожалуйста."]
    assert contact.message.reply_to
    assert contact.message.reply_to.address
    assert contact.message.reply_to.address.value == "4242"


async def test_what_we_cannot_say_at_once_costs_nothing(bot: FakeBot) -> None:
    """A greeting that fails is counted; the contact behind it is held."""
    bot.fail("sendMessage", {"status": 500})
    async with polling(bot, pages=PAGES) as way:
        assert await way.bring([written("/start"), written("It broke.", 2)]) == "held"
        await until(lambda: way.door.refusals, "it is counted", way.running)
        assert way.door.refusals == {"telegram_start_telegram_5xx": 1}
        assert held(way) == ["It broke."]


async def test_what_a_file_may_be(bot: FakeBot) -> None:
    """Evidence of any kind, also under a wrong type; not a program, and not a photo that is none."""
    bot.keep("heic", "\0\0\0\x18ftypheic")
    bot.keep("exe", "MZ\x90")
    bot.keep("page", "<html>")
    heic = {"file_id": "heic", "file_unique_id": "1", "file_name": "IMG_1.JPG", "mime_type": "image/jpeg"}
    program = {"file_id": "exe", "file_unique_id": "2", "file_name": "invoice.pdf", "mime_type": "application/pdf"}
    photo = [{"file_id": "page", "file_unique_id": "3", "width": 1, "height": 1}]
    async with polling(bot) as way:
        updates = [message(1, document=heic), message(2, document=program), message(3, photo=photo)]
        assert await way.bring([{"message": each} for each in updates]) == "held"
        remarks = [each.message.remarks for each in way.door.held.values()]
    assert remarks == [(), ("file_wrong_type",), ("file_wrong_type",)]
    assert [file.name for file in way.door.files()] == ["IMG_1.JPG"]
