"""RabbitMQ: the promises of every broker on a real node, and what happens when the node goes away or refuses."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

import aio_pika
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from intake_daemon import journal
from intake_daemon.broker import DELIVERY_LIMIT, ENDLESS, matches
from intake_daemon.broker import rabbitmq as rabbitmq_
from intake_daemon.broker.rabbitmq import RabbitMQ
from intake_daemon.contract import COMMANDS, MESSAGES, ROUTER_QUEUE, Broker, Subscriber
from intake_daemon.errors import BadSettings, Temporary
from tests.ground.brokers import (
    BOUND,
    KEYS,
    PATTERNS,
    Consuming,
    House,
    Publishing,
    Subscribers,
    first,
    ids,
    letter,
    letters,
    now,
    take,
    until_ready,
)
from tests.services.rabbit import Rabbit


@pytest.fixture
def house(virtual_host: str) -> House:
    """A fresh virtual host."""
    return House("rabbitmq", virtual_host)


@pytest.fixture
async def broker(house: House) -> AsyncIterator[Broker]:
    """A started broker with nothing in it."""
    async with house.open() as opened:
        yield opened


async def until_well(broker: Broker, code: str | None = None) -> None:
    """Waits until the broker says that it is so."""
    async with asyncio.timeout(BOUND):
        while broker.well() != code:  # noqa: ASYNC110 -- nobody tells us
            await asyncio.sleep(0.02)


async def publish_until_held(broker: Broker, number: int) -> int:
    """As a source that comes back does it; how often it was told to."""
    refusals = 0
    async with asyncio.timeout(BOUND):
        while True:
            try:
                await broker.publish([letter(number)])
            except Temporary:
                refusals += 1
                await asyncio.sleep(0.02)
            else:
                return refusals


class TestTheNodeGoesAway:
    """Nothing is lost, and nobody has to do anything when it is back. First of all, for a node that starts again
    recovers every virtual host that tests before it had."""

    @pytest.mark.parametrize(
        ("end", "begin"),
        [
            ("stop_app", "start_app"),
            pytest.param("stop", "start", marks=pytest.mark.proof),
            pytest.param("kill", "start", marks=pytest.mark.proof),
        ],
    )
    async def test_consuming_and_publishing_go_on(self, house: House, rabbitmq: Rabbit, end: str, begin: str) -> None:
        """The broker or its node is stopped, or killed, amid both, and started again: each letter arrives, `down` and
        `up` are said once, and what was confirmed is there."""
        with capture_logs() as said:
            async with house.open() as broker:
                seen: list[str] = []
                some, everything = asyncio.Event(), asyncio.Event()

                async def work() -> None:
                    async with aclosing(broker.consume(ROUTER_QUEUE, batch=10)) as batches:
                        async for batch in batches:
                            try:
                                await broker.settle(batch)
                            except Temporary:
                                continue
                            seen.extend(ids(batch))
                            if len(seen) > 50:
                                some.set()
                            if len(set(seen)) == 1000:
                                everything.set()

                async def source() -> int:
                    return sum([await publish_until_held(broker, number) for number in range(1000)])

                consumer, published = asyncio.create_task(work()), asyncio.create_task(source())
                async with asyncio.timeout(BOUND):
                    await some.wait()
                await asyncio.to_thread(getattr(rabbitmq, end))
                try:
                    await until_well(broker, "not_connected")
                finally:
                    await asyncio.to_thread(getattr(rabbitmq, begin))
                assert await published > 0
                async with asyncio.timeout(BOUND):
                    await everything.wait()
                assert broker.well() is None
                consumer.cancel()
                await asyncio.gather(consumer, return_exceptions=True)
        assert [entry["event"] for entry in said] == ["down", "up"]

    async def test_what_was_in_flight_is_temporary_at_once(self, house: House, rabbitmq: Rabbit) -> None:
        """Two thousand letters in flight when the node is killed: each caller hears soon, and those that were told
        `confirmed` are there afterwards."""
        async with house.open() as broker:
            tasks = [asyncio.create_task(broker.publish([letter(number)])) for number in range(2000)]
            async with asyncio.timeout(BOUND):
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            await asyncio.to_thread(rabbitmq.kill)
            try:
                async with asyncio.timeout(BOUND):
                    done = await asyncio.gather(*tasks, return_exceptions=True)
            finally:
                await asyncio.to_thread(rabbitmq.start)
            assert {type(each) for each in done} == {type(None), Temporary}
            confirmed = {f"id-{number}" for number, each in enumerate(done) if each is None}
            await until_well(broker)
            await broker.publish([letter(9999)])
            found: set[str] = set()
            async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE)) as batches:
                async for batch in batches:
                    await broker.settle(batch)
                    found.update(ids(batch))
                    if "id-9999" in found:
                        break
        assert confirmed <= found

    async def test_settling_what_came_over_a_lost_link_is_temporary(self, house: House, rabbitmq: Rabbit) -> None:
        """It comes again, redelivered; an old tag settles nothing of the new link."""
        async with house.open() as broker:
            await broker.publish(letters(3))
            async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=3)) as batches:
                old = await anext(batches)
                await asyncio.to_thread(rabbitmq.stop_app)
                await until_well(broker, "not_connected")
                with pytest.raises(Temporary):
                    await broker.settle(old)
                await asyncio.to_thread(rabbitmq.start_app)
                new = await anext(batches)
                assert all(each.redelivered for each in new)
                with pytest.raises(Temporary):
                    await broker.settle(old)
                with pytest.raises(Temporary):
                    await broker.give_back(old)
            assert len(await take(broker, ROUTER_QUEUE, 3)) == 3

    async def test_a_broker_that_is_away_at_the_start_is_temporary(self) -> None:
        """Whoever starts us calls again."""
        with pytest.raises(Temporary) as away:
            await RabbitMQ("amqp://guest:guest@127.0.0.1:1/", now).start()
        assert away.value.code == "not_connected"

    async def test_a_deleted_queue_comes_back(self, broker: Broker, virtual_host: str) -> None:
        """An operator deletes a queue under a consumer: it is declared again, and taken from."""
        waiting = asyncio.create_task(take(broker, ROUTER_QUEUE, 1))
        connection = await aio_pika.connect(virtual_host)
        async with connection, connection.channel() as channel:
            async with asyncio.timeout(BOUND):
                while not await _consumers(channel, ROUTER_QUEUE):  # noqa: ASYNC110 -- nobody tells us
                    await asyncio.sleep(0.02)
            await channel.queue_delete(ROUTER_QUEUE)
        await publish_until_held(broker, 7)
        assert ids(await waiting) == ["id-7"]


async def _consumers(channel: aio_pika.abc.AbstractChannel, queue: str) -> int:
    """How many take from it."""
    return (await channel.declare_queue(queue, passive=True)).declaration_result.consumer_count or 0


class TestPublishing(Publishing):
    """Publishing."""


class TestConsuming(Consuming):
    """Consuming."""


class TestSubscribers(Subscribers):
    """Subscribers."""


class TestTheNodeRefuses:
    """Whose move it is then, and in which words."""

    async def test_a_blocked_broker_is_temporary(
        self, house: House, rabbitmq: Rabbit, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Short of memory it confirms nothing: `well` says so, publishing is refused after a bounded wait, consuming
        goes on; and when there is memory again all is well."""
        monkeypatch.setattr(rabbitmq_, "BLOCKED", 0.2)
        monkeypatch.setattr(rabbitmq_, "CONFIRM", 2.0)
        async with house.open() as broker:
            await broker.publish(letters(5))
            await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "absolute", "1MB")
            try:
                with contextlib.suppress(Temporary):  # RabbitMQ tells it to whoever publishes
                    while True:
                        await broker.publish([letter(6)])
                await until_well(broker, "blocked")
                assert journal.outages()["broker"] == "blocked"
                with pytest.raises(Temporary) as refused:
                    await broker.publish([letter(7)])
                assert refused.value.code == "blocked"
                assert ids(await take(broker, ROUTER_QUEUE, 5))[:5] == [f"id-{number}" for number in range(5)]
            finally:
                await asyncio.to_thread(rabbitmq.ctl, "set_vm_memory_high_watermark", "0.4")
            await until_well(broker)
            assert "broker" not in journal.outages()
            await broker.publish([letter(8)])

    async def test_a_queue_with_other_settings_is_named(self, virtual_host: str) -> None:
        """A subscriber's limit was changed in the configuration: which queue, and what to do."""
        before = RabbitMQ(virtual_host, now, [Subscriber("crm", ("welzo.#",), max_length=10)])
        await before.start()
        await before.close()
        with pytest.raises(BadSettings) as refused:
            await RabbitMQ(virtual_host, now, [Subscriber("crm", ("welzo.#",), max_length=20)]).start()
        assert "queue 'crm'" in str(refused.value)
        assert "rabbitmqctl delete_queue crm" in str(refused.value)

    async def test_a_wrong_password_is_the_operators(self, rabbitmq: Rabbit) -> None:
        """And is not printed."""
        with pytest.raises(BadSettings) as refused:
            await RabbitMQ(rabbitmq.url("/", password="sesame"), now).start()
        assert "user or the password" in str(refused.value)
        assert "sesame" not in str(refused.value)

    async def test_an_unknown_virtual_host_is_the_operators(self, rabbitmq: Rabbit) -> None:
        """What is missing is named."""
        with pytest.raises(BadSettings) as refused:
            await RabbitMQ(rabbitmq.url("nowhere"), now).start()
        assert "virtual host" in str(refused.value)

    async def test_a_user_without_permission_is_the_operators(self, house: House, rabbitmq: Rabbit) -> None:
        """May log in, may declare nothing."""
        host = house.where.rpartition("/")[2]
        rabbitmq.add_user("nobody", "x")
        rabbitmq.permit("nobody", host, configure="^$", write="^$", read="^$")
        with pytest.raises(BadSettings) as refused:
            await RabbitMQ(rabbitmq.url(host, "nobody", "x"), now).start()
        assert "may not declare" in str(refused.value)


class TestStrangers:
    """What others publish and bind."""

    async def test_only_the_property_names_the_user(self, broker: Broker, virtual_host: str) -> None:
        """RabbitMQ checks `user_id`; a header of that name is nobody's word."""
        connection = await aio_pika.connect(virtual_host)
        async with connection, connection.channel(on_return_raises=True) as channel:
            exchange = await channel.get_exchange(COMMANDS)
            await exchange.publish(aio_pika.Message(b"1", user_id="guest"), "welzo.note")
            await exchange.publish(aio_pika.Message(b"2", headers={"user_id": "guest"}), "welzo.note")
        got = await take(broker, "intake.commands", 2)
        assert [each.user for each in got] == ["guest", None]

    async def test_a_stranger_with_an_odd_id_gets_another(self, broker: Broker, virtual_host: str) -> None:
        """Letters with an odd id are told apart by what they say: attempts are counted by their names."""
        connection = await aio_pika.connect(virtual_host)
        async with connection, connection.channel() as channel:
            exchange = await channel.get_exchange(COMMANDS)
            for body, told in ((b"1", "\x00"), (b"2", "\x00"), (b"1", "\x00"), (b"3", "x" * 250), (b"4", "mine")):
                await exchange.publish(aio_pika.Message(body, message_id=told), "welzo.note")
        names = ids(await take(broker, "intake.commands", 5))
        assert len(set(names)) == 4
        assert names[0] == names[2]
        assert names[4] == "mine"
        assert all(each.isprintable() for each in names)

    async def test_a_time_of_publishing_is_found_or_made(self, broker: Broker, virtual_host: str) -> None:
        """From the header, else the property, else now; a broken header is no error."""
        connection = await aio_pika.connect(virtual_host)
        past = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
        async with connection, connection.channel() as channel:
            exchange = await channel.get_exchange(COMMANDS)
            for headers, stamp in (
                ({"intake-published-at": "2026-01-02T03:04:05.678Z"}, None),
                ({"intake-published-at": "yesterday"}, past),
                ({"intake-published-at": 17, "x-deaths": 1}, past),
                ({}, None),
            ):
                await exchange.publish(aio_pika.Message(b"", headers=dict(headers), timestamp=stamp), "welzo.note")
        got = await take(broker, "intake.commands", 4)
        assert [each.published_at for each in got[:3]] == [past + timedelta(milliseconds=678), past, past]
        assert datetime.now(UTC) - got[3].published_at < timedelta(seconds=BOUND)
        assert [dict(each.letter.headers) for each in got] == [{}] * 4

    @pytest.mark.usefixtures("broker")
    async def test_the_topology_is_as_written(self, house: House, rabbitmq: Rabbit) -> None:
        """Quorum queues with a positive limit, dead letters at least once to `intake.parked` under the queue's name;
        no alternate exchange anywhere."""
        host = house.where.rpartition("/")[2]
        queues = {each["name"]: each["arguments"] for each in rabbitmq.api("GET", f"/api/queues/{host}")}
        parking = {
            "x-queue-type": "quorum",
            "x-delivery-limit": DELIVERY_LIMIT,
            "x-dead-letter-exchange": "intake.parked",
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
        for name in ("intake.router", "intake.receipts", "intake.commands", "intake.notices.mail"):
            assert queues[name] == parking | {"x-dead-letter-routing-key": name}
        assert queues["intake.parked"] == {"x-queue-type": "quorum", "x-delivery-limit": ENDLESS}
        slow = {"x-max-length": 10, "x-overflow": "drop-head", "x-queue-type": "quorum", "x-delivery-limit": ENDLESS}
        assert queues["slow"] == slow
        ours = [each for each in rabbitmq.api("GET", f"/api/exchanges/{host}") if each["name"].startswith("intake.")]
        assert {(each["type"], each["durable"], str(each["arguments"])) for each in ours} == {("topic", True, "{}")}
        assert len(ours) == 6


async def test_a_prefetched_letter_is_unsettled_too(broker: Broker) -> None:
    """A consumer never holds more than its batch, and all of it counts."""
    await broker.publish(letters(30))
    async with asyncio.timeout(BOUND), aclosing(broker.consume(ROUTER_QUEUE, batch=10)) as batches:
        await anext(batches)
        await until_ready(broker, ROUTER_QUEUE, 20)
        assert (await broker.depth(ROUTER_QUEUE)).unsettled == 10


async def test_many_consumers_come_and_go(broker: Broker) -> None:
    """Fifty consumers, each leaving its letters: the link stays, nothing is lost."""
    await broker.publish(letters(20))
    for _ in range(10):
        await asyncio.gather(*(first_or_none(broker) for _ in range(5)))
    assert len(await take(broker, ROUTER_QUEUE, 20)) == 20
    assert broker.well() is None


async def first_or_none(broker: Broker) -> None:
    """A consumer that perhaps gets nothing before it goes."""
    task = asyncio.create_task(first(broker, ROUTER_QUEUE, batch=3))
    await asyncio.wait([task], timeout=0.1)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


@settings(max_examples=1, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_our_matching_is_rabbitmqs(virtual_host: str, data: st.DataObject) -> None:
    """A sample of patterns and keys: the embedded broker's `matches` says what RabbitMQ does."""
    patterns = data.draw(st.lists(PATTERNS, min_size=40, max_size=40, unique=True))
    keys = data.draw(st.lists(KEYS, min_size=40, max_size=40, unique=True))

    async def routed() -> set[tuple[str, str]]:
        found = set()
        connection = await aio_pika.connect(virtual_host)
        async with connection, connection.channel() as channel:
            exchange = await channel.declare_exchange("sample", aio_pika.ExchangeType.TOPIC)
            queues = {}
            for pattern in patterns:
                queues[pattern] = await channel.declare_queue(exclusive=True)
                await queues[pattern].bind(exchange, pattern)
            for key in keys:
                await exchange.publish(aio_pika.Message(key.encode()), key, mandatory=False)
            for pattern, queue in queues.items():
                while message := await queue.get(no_ack=True, fail=False):
                    found.add((pattern, message.body.decode()))
        return found

    expected = {(pattern, key) for pattern in patterns for key in keys if matches(pattern, key)}
    assert asyncio.run(routed()) == expected


async def test_the_letter_to_a_queue_that_was_never_there_is_not_kept(broker: Broker) -> None:
    """An unknown exchange closes the channel: Temporary, and the next letter finds a new one."""
    with pytest.raises(Temporary):
        await broker.publish([letter(1, exchange="nowhere")])
    await broker.publish([letter(2, exchange=MESSAGES)])
    assert ids(await take(broker, ROUTER_QUEUE, 1)) == ["id-2"]
