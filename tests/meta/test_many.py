"""Many messages in batches, in any order and some of them twice: each in exactly one contact, order kept per
conversation, files whole. A sample in every run; ten thousand as proof."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from typing import Any

import pytest

from tests.fakes.meta import FakeApp
from tests.meta.conftest import Line, answering
from tests.meta.payloads import AT, Json, direct, instagram, messenger, text, typed, value, whatsapp
from tests.promises import PNG, until


def things(app: FakeApp, count: int) -> list[tuple[str, str, Json]]:
    """Messages of many people by all three ways: who, the words, the thing itself. Each person's come second by
    second."""
    app.keep("77", PNG, "image/png")
    link = f"{app.meta.url}/files/{app.token}/77"
    people = max(6, count // 20)
    said: dict[int, int] = defaultdict(int)
    found = []
    for number in range(count):
        person = number * 7 % people
        said[person] += 1
        words, at = f"{person}/{said[person]}", AT + said[person]
        of = ("whatsapp", "messenger", "instagram")[person % 3]
        if of == "whatsapp":
            thing = text(f"w{number}", words, sender=f"37120{person:06}", at=at)
            if number % 50 == 0:
                image = {"id": "77", "mime_type": "image/png", "caption": words}
                thing = typed("image", image, f"w{number}") | {"from": thing["from"], "timestamp": str(at)}
        else:
            account = app.page if of == "messenger" else app.instagram
            thing = direct(f"m{number}", words, f"{person}", account) | {"timestamp": at * 1000}
            if number % 50 == 0:
                thing["message"]["attachments"] = [{"type": "image", "payload": {"url": link}}]
        found.append((of, words, thing))
    return found


def batches(app: FakeApp, chosen: list[tuple[str, str, Json]], chance: random.Random) -> list[Json]:
    """Posts of one to a hundred things each, several entries and changes in each."""
    by_way: dict[str, list[Json]] = defaultdict(list)
    for of, _, thing in chosen:
        by_way[of].append(thing)
    posts: list[Json] = []
    for of, waiting in by_way.items():
        while waiting:
            size = chance.choice((1, 3, 20, 100))
            taken, waiting[:size] = waiting[:size], []
            if of == "whatsapp":
                cut = chance.randrange(len(taken) + 1)
                changes = [value(*part, phone=app.phone) for part in (taken[:cut], taken[cut:]) if part]
                posts.append(whatsapp(*changes))
            else:
                posts.append(
                    messenger(*taken, page=app.page) if of == "messenger" else instagram(*taken, account=app.instagram)
                )
    chance.shuffle(posts)
    return posts


async def whole(line: Line, count: int, seed: int) -> None:
    """They come, in random order, every twentieth twice; and are all there."""
    chance = random.Random(seed)  # noqa: S311 -- disorder, no secret
    said = things(line.app, count)
    posts = said + chance.sample(said, count // 20)
    chance.shuffle(posts)
    line.app.push(line.url, batches(line.app, posts, chance))
    await until(lambda: not line.app.seen()["pending"], "all were taken", line.running)
    assert set(line.app.seen()["answers"]) == {200}
    messages = [held.message for held in line.door.held.values()]
    assert Counter(each.text for each in messages) == Counter(words for _, words, _ in said)
    assert not [each for each in messages if each.remarks]
    assert len(line.door.files()) >= count // 50
    talks: dict[str | None, list[Any]] = defaultdict(list)
    for each in messages:
        talks[each.thread.conversation].append(each)
    assert len(talks) == len({words.partition("/")[0] for _, words, _ in said})
    for told in talks.values():
        in_time = sorted(told, key=lambda each: each.contact_at)
        people = {each.text.partition("/")[0] for each in told}
        assert len(people) == 1, "a conversation is one person's"
        assert [int(each.text.partition("/")[2]) for each in in_time] == list(range(1, len(told) + 1))


async def test_a_few_hundred(line: Line) -> None:
    """The sample."""
    await whole(line, 300, 3)


async def test_one_post_in_disorder(line: Line) -> None:
    """Within a post Meta's time is the order, whatever the order in it."""
    said = things(line.app, 120)
    random.Random(1).shuffle(said)  # noqa: S311 -- disorder, no secret
    mine = [thing for of, _, thing in said if of == "whatsapp"]
    assert await line.post(whatsapp(value(*mine, phone=line.app.phone))) == [200]
    talks: dict[str, list[int]] = defaultdict(list)
    for held in line.door.held.values():
        person, _, number = held.message.text.partition("/")
        talks[person].append(int(number))
    assert all(numbers == sorted(numbers) for numbers in talks.values())
    assert sum(map(len, talks.values())) == len(mine)


@pytest.mark.proof
@pytest.mark.timeout(3600)
async def test_ten_thousand(app: FakeApp) -> None:
    """The full count."""
    async with answering(app, media_seconds=60) as line:
        await whole(line, 10_000, 5)
