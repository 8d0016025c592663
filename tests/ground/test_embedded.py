"""The embedded broker: the promises of every broker, and what a file brings besides."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given

from intake_daemon.broker import Queue, matches
from intake_daemon.broker.embedded import Embedded
from intake_daemon.broker.file import LettersFile, Row
from intake_daemon.contract import NOTICES, PARKED, ROUTER_QUEUE, Depth
from intake_daemon.errors import BadSettings
from tests.ground.brokers import (
    BOUND,
    KEYS,
    PATTERNS,
    Consuming,
    House,
    Publishing,
    Subscribers,
    ids,
    letter,
    letters,
    now,
    take,
)


@pytest.fixture
def house(tmp_path: Path) -> House:
    """A file that does not exist yet."""
    return House("embedded", str(tmp_path / "var" / "queues.sqlite"))


class TestPublishing(Publishing):
    """Publishing."""


class TestConsuming(Consuming):
    """Consuming."""


class TestSubscribers(Subscribers):
    """Subscribers."""


async def test_a_second_process_is_refused(house: House) -> None:
    """The file belongs to one; the other is told what to look for."""
    async with house.open():
        with pytest.raises(BadSettings) as refused:
            await house.build().start()
    assert "is in use by another process" in str(refused.value)


async def test_what_is_no_queue_file_is_refused(tmp_path: Path) -> None:
    """Somebody else's file is left as it is."""
    path = tmp_path / "queues.sqlite"
    path.write_bytes(b"a letter to my grandmother" * 100)
    with pytest.raises(BadSettings) as refused:
        await Embedded(path, now).start()
    assert str(path) in str(refused.value)
    assert path.read_bytes() == b"a letter to my grandmother" * 100


async def test_settled_words_are_gone_from_the_disk(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a quiet moment nothing of a settled letter stands in the file or its log."""
    monkeypatch.setattr("intake_daemon.broker.embedded.QUIET", 0.01)
    async with house.open() as broker:
        await broker.publish(letters(200))
        assert _in_files(house, b'{"n": 7}')
        await take(broker, ROUTER_QUEUE, 200)
        async with asyncio.timeout(BOUND):
            while _in_files(house, b'{"n": '):  # noqa: ASYNC110 -- nobody tells us
                await asyncio.sleep(0.02)


async def test_a_reconfigured_queue_keeps_what_it_holds(tmp_path: Path) -> None:
    """A connector taken out of the configuration and put back finds its notices again."""
    path = tmp_path / "queues.sqlite"
    for notices in (["mail"], [], ["mail"]):
        broker = Embedded(path, now, (), notices)
        await broker.start()
        if not notices:
            await broker.close()
            continue
        if await broker.depth("intake.notices.mail") == Depth(0, 0):
            await broker.publish([letter(1, exchange=NOTICES, key="mail")])
            await broker.close()
            continue
        assert ids(await take(broker, "intake.notices.mail", 1)) == ["id-1"]
        await broker.close()


def plainly(pattern: list[str], key: list[str]) -> bool:
    """The rule of AMQP 0-9-1 as one would say it."""
    if not pattern:
        return not key
    if pattern[0] == "#":
        return plainly(pattern[1:], key) or (bool(key) and plainly(pattern, key[1:]))
    return bool(key) and pattern[0] in {"*", key[0]} and plainly(pattern[1:], key[1:])


@given(PATTERNS, KEYS)
def test_matching_is_as_one_would_say_it(pattern: str, key: str) -> None:
    """Many patterns and keys, empty words included; test_rabbitmq.py asks RabbitMQ itself."""
    words = pattern.split(".") if pattern else []
    assert matches(pattern, key) == plainly(words, key.split(".") if key else [])


def _in_files(house: House, words: bytes) -> bool:
    folder = Path(house.where).parent
    return any(words in file.read_bytes() for file in folder.iterdir())


def test_what_is_counted_is_what_is_there(tmp_path: Path) -> None:
    """Whatever is put, taken, settled, given back, parked, dropped or rolled back, in any order: the depth of each
    queue is what one would count in the file, and nothing is lost by a restart."""
    chance = random.Random(7)  # noqa: S311 -- repeatable, no secret
    parked = Queue(PARKED, PARKED, ("#",), parks=False)
    queues = (parked, Queue("a", "x", ("#",), limit=2), Queue("b", "y", ("#",), keep=5))
    file = LettersFile(tmp_path / "letters.db", queues)
    at = "2026-11-20T12:00:00+00:00"
    held: list[int] = []

    def put(name: str) -> None:
        many = range(chance.randrange(1, 5))
        file.put([Row(name, "x", "k", b"", str(n), "", "{}", None, None, at) for n in many])

    def some() -> list[int]:
        return chance.sample(held, min(len(held), 3))

    def take() -> None:
        held.extend(each.tag for each in file.take(chance.randrange(1, 3), chance.choice("ab"), 4))

    deeds = (
        lambda: put("a"),
        lambda: put("b"),
        take,
        lambda: file.settle(some()),
        lambda: file.give_back(some()),
        lambda: file.leave(chance.randrange(1, 3)),
    )
    for step in range(400):
        file.begin()
        for _ in range(chance.randrange(1, 4)):
            chance.choice(deeds)()
        if step % 5:
            file.commit()
        else:
            file.rollback()
        if step % 3 == 0:
            assert [file.depth(each.name) for each in queues] == counted(file, queues), step
    before = counted(file, queues)
    file.db.close()
    file = LettersFile(tmp_path / "letters.db", queues)
    after = [file.depth(each.name) for each in queues]
    assert after == counted(file, queues)
    assert sum(each.ready for each in after) == sum(each.ready + each.unsettled for each in before)
    file.db.close()


def counted(file: LettersFile, queues: Sequence[Queue]) -> list[Depth]:
    """By hand."""
    query = "SELECT COUNT(*) FROM letters WHERE queue = ? AND (taken = 0) = ?"
    return [
        Depth(*(file.db.execute(query, (each.name, ready)).fetchone()[0] for ready in (True, False))) for each in queues
    ]


def test_a_wrong_sample_is_not_carried_on(tmp_path: Path) -> None:
    """Of what waits at a start the last two hundred are weighed, and these were a hundred times as large, or as small:
    once all of that is decided, or more of it than was thought, what comes next has its own size."""
    queues = (Queue(ROUTER_QUEUE, "x", ("#",)),)
    for sizes in ([100] * 50 + [10_000] * 200, [10_000] * 50 + [100] * 200):
        file = LettersFile(tmp_path / f"{sizes[0]}.db", queues)
        put(file, sizes)
        assert file.undecided() == (250, sum(sizes))
        file.commit()
        file.db.close()
        file = LettersFile(tmp_path / f"{sizes[0]}.db", queues)
        assert file.undecided() == (250, 250 * sizes[-1])
        file.begin()
        while found := file.take(1, ROUTER_QUEUE, 50):
            file.settle([each.tag for each in found])
            assert file.undecided()[1] >= 0
        put(file, [7, 8])
        assert file.undecided() == (2, 15)
        file.db.close()


def put(file: LettersFile, sizes: Sequence[int]) -> None:
    """Messages of so many bytes, for the router; not committed yet."""
    if not file.db.in_transaction:
        file.begin()
    at = "2026-11-20T12:00:00+00:00"
    file.put([Row(ROUTER_QUEUE, "x", "k", b"." * size, "m", "", "{}", None, None, at) for size in sizes])
