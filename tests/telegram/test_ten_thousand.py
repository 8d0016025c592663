"""Updates in random order, every twentieth twice, by both ways in: each in one contact, each conversation in order.

A small sample in every run; ten thousand, with files among them, as proof.
"""

from __future__ import annotations

import asyncio
import random
from collections import defaultdict
from typing import Any

import pytest

from tests.fakes.telegram import FakeBot
from tests.promises import until
from tests.telegram.updates import message
from tests.telegram.ways import TelegramWay, polling, webhook


def conversations(count: int, chance: random.Random, bot: FakeBot) -> list[dict[str, Any]]:
    """Messages of many conversations, edits and files among them, and the order in which a busy Telegram has them:
    any, but each conversation's own as it was."""
    talks = [4000 + number for number in range(max(3, count // 40))]
    written: dict[int, int] = defaultdict(int)
    bot.keep("f", "bytes of a photo", path="documents/f.txt")
    updates = []
    for _ in range(count):
        chat = chance.choice(talks)
        written[chat] += 1
        number = written[chat]
        said = message(number, chat, text=f"{chat}/{number}")
        if number % 10 == 0:
            updates.append({"edited_message": {**said, "message_id": number - 1, "edit_date": said["date"]}})
            continue
        if number % 25 == 0:
            said["document"] = {"file_id": "f", "file_unique_id": "f", "file_name": "f.txt", "mime_type": "text/plain"}
        updates.append({"message": said})
    return updates


def whole(way: TelegramWay, updates: list[dict[str, Any]]) -> None:
    """Every one is held, once, with its file; each conversation in its order."""
    held = [each.message for each in way.door.held.values()]
    wanted = {next(iter(update.values()))["text"] for update in updates}
    texts = [each.text for each in held]
    assert len(texts) == len(set(texts)) == len(updates)
    assert set(texts) == wanted
    order: dict[str, list[int]] = defaultdict(list)
    for text in texts:
        chat, _, number = text.partition("/")
        order[chat].append(int(number))
    assert all(numbers == sorted(numbers) for numbers in order.values())
    with_files = sum("document" in next(iter(update.values())) for update in updates)
    assert len(way.door.files()) >= with_files
    assert not [each for each in held if each.remarks]


def with_repeats(updates: list[dict[str, Any]], chance: random.Random) -> list[dict[str, Any]]:
    """Every twentieth comes once more, soon."""
    again = []
    for place, update in enumerate(updates):
        again.append(update)
        if place % 20 == 0:
            again.append(updates[max(0, place - chance.randrange(5))])
    return again


async def asked(bot: FakeBot, count: int) -> None:
    """By polling."""
    chance = random.Random(count)  # noqa: S311 -- disorder, no secret
    updates = conversations(count, chance, bot)
    for start in range(0, len(updates), 1000):
        bot.push(*with_repeats(updates[start : start + 1000], chance))
    async with polling(bot) as way:
        await until(lambda: len(way.door.held) == count and not bot.seen()["pending"], "all are held", way.running)
        whole(way, updates)
        assert way.door.repeats >= count // 20


async def posted(bot: FakeBot, count: int) -> None:
    """By webhook, each delivered by several posts at a time; then all of it in any order at all, in batches."""
    chance = random.Random(count)  # noqa: S311 -- disorder, no secret
    updates = conversations(count, chance, bot)
    async with webhook(bot) as way:
        bot.push(*with_repeats(updates, chance))
        await until(lambda: len(way.door.held) == count and not bot.seen()["pending"], "all are held", way.running)
        whole(way, updates)
        chance.shuffle(updates)
        posts = [updates[start : start + 50] for start in range(0, len(updates), 50)]
        assert set(await asyncio.gather(*map(way.post, posts))) == {"held"}
        assert len(way.door.held) == count


async def test_a_few_hundred_asked_for(bot: FakeBot) -> None:
    """The sample, by polling."""
    await asked(bot, 200)


async def test_a_few_hundred_posted(bot: FakeBot) -> None:
    """The sample, by webhook."""
    await posted(bot, 200)


@pytest.mark.proof
@pytest.mark.timeout(1200)
async def test_ten_thousand_asked_for(bot: FakeBot) -> None:
    """The full count, by polling."""
    await asked(bot, 10_000)


@pytest.mark.proof
@pytest.mark.timeout(1200)
async def test_ten_thousand_posted(bot: FakeBot) -> None:
    """The full count, by webhook."""
    await posted(bot, 10_000)
