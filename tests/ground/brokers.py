"""What every broker promises (contract.Broker), in one list that each of them passes.

`test_embedded.py` and `test_rabbitmq.py` take these classes and say with the fixture `house` where their broker lives:
a file, or a virtual host of a real RabbitMQ node. What only one of them can show stands there too.
"""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import strategies as st

from intake_daemon.broker import DELIVERY_LIMIT, LARGEST
from intake_daemon.broker.embedded import Embedded
from intake_daemon.broker.rabbitmq import RabbitMQ
from intake_daemon.contract import (
    COMMANDS,
    EVENTS,
    MESSAGES,
    NOTICES,
    PARKED,
    RECEIPTS,
    REPLIES,
    ROUTER_QUEUE,
    Broker,
    Delivery,
    Letter,
    Subscriber,
)
from intake_daemon.errors import Permanent, Temporary

BOUND = 180.0
"""Seconds after which something is surely not going to happen."""

SUBSCRIBERS = (
    Subscriber("welzo.crm", ("welzo.#",)),
    Subscriber("kontakt.received", ("kontakt.complaint.received", "kontakt.*.closed")),
    Subscriber("slow", ("oscon.#",), max_length=10),
)

WORD = st.sampled_from(["a", "b", "welzo", ""])
KEYS = st.lists(WORD, max_size=4).map(".".join)
PATTERNS = st.lists(st.one_of(WORD, st.sampled_from(["*", "#"])), max_size=4).map(".".join)

# what a process does that is killed right after `publish` has returned, or with a batch on its desk
CHILD = """
import asyncio, sys
from tests.ground.brokers import House, letters
async def main(kind, where, act):
    house = House(kind, where)
    broker = house.build()
    await broker.start()
    if act == "publish":
        await broker.publish(letters(100))
        print("published", flush=True)
        await asyncio.Event().wait()
    async for batch in broker.consume("intake.router", batch=10, linger=30):
        print(len(batch), flush=True)
        await asyncio.Event().wait()
asyncio.run(main(*sys.argv[1:]))
"""


def now() -> datetime:
    """The clock of these tests is the real one."""
    return datetime.now(UTC)


@dataclass(frozen=True)
class House:
    """Where brokers of one kind live. `where`: a file, or a URL."""

    kind: str
    where: str

    def build(self) -> Broker:
        """A broker that is not started yet."""
        if self.kind == "embedded":
            return Embedded(Path(self.where), now, SUBSCRIBERS, ["mail"])
        return RabbitMQ(self.where, now, SUBSCRIBERS, ["mail"])

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Broker]:
        """A started one, closed at the end. As in a house: while its server is not well, it starts again."""
        broker, end = self.build(), time.monotonic() + 60
        while True:
            try:
                await broker.start()
                break
            except Temporary:
                if time.monotonic() > end:
                    raise
            await asyncio.sleep(0.2)
        try:
            yield broker
        finally:
            await broker.close()

    def child(self, act: str) -> str:
        """Runs `CHILD` until it says its line, then kills it as a power cut would; the line."""
        with subprocess.Popen(
            [sys.executable, "-c", CHILD, self.kind, self.where, act],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        ) as process:
            assert process.stdout is not None
            line = process.stdout.readline()
            process.send_signal(signal.SIGKILL)
        return line.strip()


class Promises:
    """What the classes below have in common; `house` comes from the test file."""

    @pytest.fixture
    async def broker(self, house: House) -> AsyncIterator[Broker]:
        """A started broker with nothing in it."""
        async with house.open() as opened:
            yield opened


def letter(number: int = 0, *, exchange: str = MESSAGES, key: str = "welzo.email", mandatory: bool = True) -> Letter:
    """A letter whose id and body tell its number."""
    return Letter(exchange, key, f'{{"n": {number}}}'.encode(), f"id-{number}", mandatory=mandatory)


def letters(count: int, key: str = "welzo.email") -> list[Letter]:
    """Many of them, in order."""
    return [letter(number, key=key) for number in range(count)]


async def take(broker: Broker, queue: str, count: int, *, batch: int = 50) -> list[Delivery]:
    """Settles `count` letters of a queue and returns them in the order in which they came."""
    taken: list[Delivery] = []
    async with asyncio.timeout(BOUND), aclosing(broker.consume(queue, batch=batch)) as batches:
        async for each in batches:
            await broker.settle(each)
            taken += each
            if len(taken) >= count:
                break
    return taken


async def first(broker: Broker, queue: str, *, batch: int = 50) -> list[Delivery]:
    """One batch, left unsettled; its consumer is closed, as if it had failed."""
    async with asyncio.timeout(BOUND), aclosing(broker.consume(queue, batch=batch)) as batches:
        async for each in batches:
            return each
    raise AssertionError("nothing came")


async def until_ready(broker: Broker, queue: str, ready: int) -> None:
    """Waits until so many letters are ready there."""
    async with asyncio.timeout(BOUND):
        while (await broker.depth(queue)).ready != ready:  # noqa: ASYNC110 -- nobody tells us
            await asyncio.sleep(0.05)


def bodies(deliveries: Sequence[Delivery]) -> list[bytes]:
    """What was in them."""
    return [each.letter.body for each in deliveries]


def ids(deliveries: Sequence[Delivery]) -> list[str]:
    """Their message ids."""
    return [each.letter.message_id for each in deliveries]


class Publishing(Promises):
    """`publish`."""

    async def test_a_letter_arrives_as_it_was_sent(self, broker: Broker) -> None:
        """Every field of a letter survives, and the time of publishing comes with it."""
        sent = Letter(
            COMMANDS,
            "welzo.note",
            b"\x00\xff body",
            "the-id",
            content_type="application/cloudevents+json; charset=utf-8",
            headers={"x-one": "1", "x-two": "zwei ü"},
            correlation_id="c-1",
            reply_to="answers",
        )
        before = datetime.now(UTC)
        await broker.publish([sent])
        (got,) = await take(broker, "intake.commands", 1)
        assert replace(got.letter, headers=dict(got.letter.headers)) == sent
        assert got.queue == "intake.commands"
        assert not got.redelivered
        assert before - timedelta(milliseconds=1) <= got.published_at <= datetime.now(UTC)
        assert got.published_at.utcoffset() == timedelta(0)

    @pytest.mark.parametrize(
        ("exchange", "key", "queue"),
        [
            (MESSAGES, "welzo.email", "intake.router"),
            (NOTICES, "mail", "intake.notices.mail"),
            (RECEIPTS, "mail", "intake.receipts"),
            (COMMANDS, "welzo.note", "intake.commands"),
            (PARKED, "somewhere", "intake.parked"),
        ],
    )
    async def test_every_exchange_leads_to_its_queue(self, broker: Broker, exchange: str, key: str, queue: str) -> None:
        """The topology of the public table."""
        await broker.publish([letter(1, exchange=exchange, key=key)])
        assert ids(await take(broker, queue, 1)) == ["id-1"]

    async def test_a_mandatory_letter_without_a_queue_is_refused(self, broker: Broker) -> None:
        """Nobody may be told that it is held; what else was published with it may be held or not."""
        with pytest.raises(Temporary) as refused:
            await broker.publish([letter(1, exchange=NOTICES, key="nobody")])
        assert refused.value.code == "no_route"

    async def test_after_a_refusal_publishing_goes_on(self, broker: Broker) -> None:
        """One unroutable letter spoils nothing for the next ones."""
        for _ in range(3):
            with pytest.raises(Temporary):
                await broker.publish([letter(1, exchange=NOTICES, key="nobody")])
        await broker.publish([letter(2)])
        assert ids(await take(broker, ROUTER_QUEUE, 1)) == ["id-2"]

    async def test_an_event_that_nobody_wants_is_no_error(self, broker: Broker) -> None:
        """Nobody listening is legal when a letter is not mandatory."""
        await broker.publish([letter(1, exchange=EVENTS, key="nobody.complaint.received", mandatory=False)])

    async def test_a_reply_goes_straight_to_the_queue_that_asked(self, broker: Broker) -> None:
        """The default exchange: the key is the queue's name; a queue that is gone is no error."""
        await broker.publish([letter(1, exchange=REPLIES, key="intake.commands", mandatory=False)])
        await broker.publish([letter(2, exchange=REPLIES, key="gone", mandatory=False)])
        assert ids(await take(broker, "intake.commands", 1)) == ["id-1"]

    async def test_confirmed_is_durable(self, house: House) -> None:
        """A process that is killed the moment `publish` has returned has published."""
        assert await asyncio.to_thread(house.child, "publish") == "published"
        async with house.open() as broker:
            assert ids(await take(broker, ROUTER_QUEUE, 100)) == [f"id-{number}" for number in range(100)]

    @pytest.mark.parametrize("many", [1000, pytest.param(5000, marks=pytest.mark.proof)])
    async def test_thousands_at_once_all_arrive(self, broker: Broker, many: int) -> None:
        """So many calls in flight: each letter arrives, once."""
        async with asyncio.timeout(BOUND):
            await asyncio.gather(*(broker.publish([letter(number)]) for number in range(many)))
        got = await take(broker, ROUTER_QUEUE, many, batch=200)
        assert sorted(ids(got)) == sorted(f"id-{number}" for number in range(many))

    async def test_what_is_too_large_is_refused_for_ever(self, broker: Broker) -> None:
        """It would close the channel of every letter beside it; up to the limit everything is taken."""
        with pytest.raises(Permanent) as refused:
            await broker.publish([replace(letter(1), body=b"x" * (LARGEST + 1))])
        assert refused.value.code == "too_large"
        await broker.publish([replace(letter(2), body=b"x" * LARGEST)])
        (got,) = await take(broker, ROUTER_QUEUE, 1)
        assert len(got.letter.body) == LARGEST

    async def test_one_id_twice_at_once(self, broker: Broker) -> None:
        """Letters of one id, some routable and some not, in flight together: each caller hears of its own."""
        good, bad = letter(1), letter(1, exchange=NOTICES, key="nobody")
        done = await asyncio.gather(
            *(broker.publish([each]) for each in (bad, good, bad, bad, good)), return_exceptions=True
        )
        assert [isinstance(each, Temporary) for each in done] == [True, False, True, True, False]

    async def test_publishing_nothing_is_nothing(self, broker: Broker) -> None:
        """No letters, no wait, no error."""
        await broker.publish([])
        assert (await broker.depth(ROUTER_QUEUE)).ready == 0

    async def test_before_the_start_and_after_the_end_it_is_temporary(self, house: House) -> None:
        """Whoever publishes then hears that it may come back; `well` says why."""
        broker = house.build()
        assert broker.well() == "not_connected"
        with pytest.raises(Temporary):
            await broker.publish([letter()])
        await broker.start()
        assert broker.well() is None
        await broker.close()
        assert broker.well() == "not_connected"
        with pytest.raises(Temporary):
            await broker.publish([letter()])


class Consuming(Promises):
    """`consume`, `settle`, `give_back`, `depth`."""

    async def test_order_is_kept(self, broker: Broker) -> None:
        """What was published in one call, and in one call after another, comes in that order."""
        await broker.publish(letters(100))
        await broker.publish([letter(number) for number in range(100, 150)])
        got = await take(broker, ROUTER_QUEUE, 150, batch=40)
        assert ids(got) == [f"id-{number}" for number in range(150)]

    async def test_batches_are_filled(self, broker: Broker) -> None:
        """With a hundred letters waiting, and time to take them, batches of fifty are fifty."""
        await broker.publish(letters(100))
        async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=50, linger=BOUND)) as batches:
            sizes = []
            async for batch in batches:
                sizes.append(len(batch))
                await broker.settle(batch)
                if sum(sizes) == 100:
                    break
        assert sizes == [50, 50]

    async def test_nobody_waits_for_a_batch_to_fill(self, broker: Broker) -> None:
        """A few letters come after the linger, though the batch has room."""
        await broker.publish(letters(3))
        assert sorted(ids(await take(broker, ROUTER_QUEUE, 3, batch=50))) == ["id-0", "id-1", "id-2"]

    async def test_a_waiting_consumer_is_woken(self, broker: Broker) -> None:
        """A letter that is published while somebody waits reaches him."""
        waiting = asyncio.create_task(take(broker, ROUTER_QUEUE, 1))
        await asyncio.sleep(0.2)
        assert not waiting.done()
        await broker.publish([letter(7)])
        assert ids(await waiting) == ["id-7"]

    async def test_settled_never_comes_again(self, house: House) -> None:
        """Neither to another consumer nor after a restart."""
        async with house.open() as broker:
            await broker.publish(letters(5))
            await take(broker, ROUTER_QUEUE, 5)
            await broker.publish([letter(9)])
        async with house.open() as broker:
            assert ids(await take(broker, ROUTER_QUEUE, 1)) == ["id-9"]
            assert (await broker.depth(ROUTER_QUEUE)).ready == 0

    async def test_part_of_a_batch_may_be_settled(self, broker: Broker) -> None:
        """Settling some never settles the others, whatever their order; the others can be given back."""
        await broker.publish(letters(6))
        async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=6)) as batches:
            batch: list[Delivery] = []
            async for each in batches:
                batch += each
                if len(batch) == 6:
                    break
            assert len(batch) == 6
            await broker.settle([batch[4], batch[1]])
            await broker.give_back([batch[0], batch[2], batch[3], batch[5]])
        again = await take(broker, ROUTER_QUEUE, 4)
        assert sorted(ids(again)) == ["id-0", "id-2", "id-3", "id-5"]

    async def test_given_back_comes_again_redelivered(self, broker: Broker) -> None:
        """And so marked, while one that comes for the first time is not."""
        await broker.publish([letter(1)])
        async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=10)) as batches:
            async for batch in batches:
                await broker.give_back(batch)
                break
        await broker.publish([letter(2)])
        got = await take(broker, ROUTER_QUEUE, 2)
        assert {each.letter.message_id: each.redelivered for each in got} == {"id-1": True, "id-2": False}

    async def test_the_time_of_publishing_stays_when_it_comes_again(self, broker: Broker) -> None:
        """`published_at` is the time of the fact, also for a redelivery."""
        await broker.publish([letter(1)])
        (once,) = await first(broker, ROUTER_QUEUE)
        (again,) = await take(broker, ROUTER_QUEUE, 1)
        assert again.published_at == once.published_at

    async def test_a_consumer_that_goes_leaves_its_letters(self, broker: Broker) -> None:
        """What it had neither settled nor given back comes again, marked redelivered."""
        await broker.publish(letters(3))
        left = await first(broker, ROUTER_QUEUE)
        assert left
        got = await take(broker, ROUTER_QUEUE, 3)
        assert sorted(ids(got)) == ["id-0", "id-1", "id-2"]
        assert {each.letter.message_id for each in got if each.redelivered} >= set(ids(left))

    async def test_a_cancelled_consumer_loses_nothing(self, broker: Broker) -> None:
        """Cancelled at any moment: every letter is still there for the next one."""
        await broker.publish(letters(40))
        for moment in range(10):
            task = asyncio.create_task(first(broker, ROUTER_QUEUE, batch=7))
            await asyncio.sleep(moment / 500)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
        got = await take(broker, ROUTER_QUEUE, 40)
        assert sorted(ids(got)) == sorted(f"id-{number}" for number in range(40))

    async def test_what_was_on_the_desk_of_a_killed_process_comes_again(self, house: House) -> None:
        """Its batch comes redelivered; nothing else is marked so, nothing is lost."""
        async with house.open() as broker:
            await broker.publish(letters(30))
        assert await asyncio.to_thread(house.child, "consume") == "10"
        async with house.open() as broker:
            got = await take(broker, ROUTER_QUEUE, 30)
        assert sorted(ids(got)) == sorted(f"id-{number}" for number in range(30))
        redelivered = {each.letter.message_id for each in got if each.redelivered}
        assert redelivered >= {f"id-{number}" for number in range(10)}

    async def test_two_consumers_share_a_queue(self, broker: Broker) -> None:
        """No letter goes to both."""
        seen: list[str] = []
        everything = asyncio.Event()

        async def work() -> None:
            async for batch in broker.consume(ROUTER_QUEUE, batch=5):
                await broker.settle(batch)
                seen.extend(ids(batch))
                if len(seen) >= 200:
                    everything.set()

        tasks = [asyncio.create_task(work()) for _ in range(2)]
        await broker.publish(letters(200))
        async with asyncio.timeout(BOUND):
            await everything.wait()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        assert sorted(seen) == sorted(f"id-{number}" for number in range(200))

    async def test_depth_counts_ready_and_unsettled(self, broker: Broker) -> None:
        """What this process holds is unsettled, the rest is ready."""
        await broker.publish(letters(10))
        await until_ready(broker, ROUTER_QUEUE, 10)
        async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=4)) as batches:
            async for batch in batches:
                await until_ready(broker, ROUTER_QUEUE, 10 - 4)
                assert (await broker.depth(ROUTER_QUEUE)).unsettled == 4
                await broker.settle(batch)
                break
        await until_ready(broker, ROUTER_QUEUE, 10 - len(batch))


class Subscribers(Promises):
    """Queues of case systems, and the place for what cannot go on."""

    async def test_a_subscriber_hears_what_it_bound(self, broker: Broker) -> None:
        """`welzo.#` takes every event of that brand and none of another; `*` stands for one word."""
        for number, key in enumerate(
            [
                "welzo.complaint.received",
                "welzo.case",
                "kontakt.complaint.received",
                "kontakt.complaint.closed",
                "kontakt.closed",
                "kontakt.complaint.late",
            ]
        ):
            await broker.publish([letter(number, exchange=EVENTS, key=key, mandatory=False)])
        assert ids(await take(broker, "welzo.crm", 2)) == ["id-0", "id-1"]
        assert ids(await take(broker, "kontakt.received", 2)) == ["id-2", "id-3"]
        assert (await broker.depth("kontakt.received")).ready == 0

    async def test_a_slow_subscriber_loses_its_oldest_and_delays_nobody(self, broker: Broker) -> None:
        """`drop-head`: publishing goes on, the newest stay, in order."""
        for number in range(30):
            await broker.publish([letter(number, exchange=EVENTS, key="oscon.case", mandatory=False)])
        await until_ready(broker, "slow", 10)
        assert ids(await take(broker, "slow", 10)) == [f"id-{number}" for number in range(20, 30)]
        assert (await broker.depth("intake.parked")).ready == 0

    async def test_what_always_comes_back_is_parked_under_its_queue(self, broker: Broker) -> None:
        """A poison letter ends at `intake.parked`, whole, and delays nobody for ever."""
        await broker.publish([letter(1)])
        times = 0

        async def poison() -> None:
            nonlocal times
            async for batch in broker.consume(ROUTER_QUEUE, batch=1):
                times += 1
                await broker.give_back(batch)

        task = asyncio.create_task(poison())
        (parked,) = await take(broker, "intake.parked", 1)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        assert times == DELIVERY_LIMIT + 1
        assert parked.letter.exchange == PARKED
        assert parked.letter.key == ROUTER_QUEUE
        assert parked.letter.message_id == "id-1"
        assert parked.letter.body == letter(1).body
        assert (await broker.depth(ROUTER_QUEUE)).ready == 0
