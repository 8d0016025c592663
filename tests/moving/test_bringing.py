"""Letters of another broker, brought into RabbitMQ's queues: each into its own, as it lay."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest

from intake_daemon.broker.rabbitmq import RabbitMQ
from intake_daemon.contract import EVENTS, PARKED, REPLIES, ROUTER_QUEUE, Delivery, Letter
from tests.ground.brokers import SUBSCRIBERS, House, letter, now, take, until_ready
from tests.services.rabbit import Rabbit


def lying(queue: str, one: Letter, hours: float) -> Delivery:
    """It was published so many hours ago."""
    return Delivery(queue, 0, one, redelivered=False, published_at=now() - timedelta(hours=hours))


async def test_each_into_its_own_queue_as_it_lay(virtual_host: str, rabbitmq: Rabbit) -> None:
    """A hundred messages in order, a retried one, a parked one; an event that two subscribers have bound comes only to
    the one who had not taken it, under its own routing key. Times of publishing stay; no exchange is left behind."""
    broker = House("rabbitmq", virtual_host).build()
    assert isinstance(broker, RabbitMQ)
    await broker.start()
    messages = [lying(ROUTER_QUEUE, letter(number), 300 - number) for number in range(100)]
    again = lying(ROUTER_QUEUE, replace(letter(100), exchange=REPLIES, key=ROUTER_QUEUE), 1)
    parked = lying(PARKED, replace(letter(101), exchange=PARKED, key=ROUTER_QUEUE), 2)
    event = letter(102, exchange=EVENTS, key="welzo.complaint.received", mandatory=False)
    assert "welzo.#" in SUBSCRIBERS[0].bind
    waiting = [*messages, again, parked, lying("welzo.crm", replace(event, mandatory=True), 3)]
    await broker.bring(waiting)
    got = await take(broker, ROUTER_QUEUE, 101)
    assert [(each.letter.message_id, each.published_at) for each in got] == [
        (each.letter.message_id, each.published_at) for each in (*messages, again)
    ]
    (there,) = await take(broker, PARKED, 1)
    assert (there.letter.key, there.published_at) == (ROUTER_QUEUE, parked.published_at)
    await until_ready(broker, "welzo.crm", 1)
    assert (await broker.depth("slow")).ready == (await broker.depth("kontakt.received")).ready == 0
    (told,) = await take(broker, "welzo.crm", 1)
    assert (told.letter.key, told.letter.body) == (event.key, event.body)
    host = virtual_host.rpartition("/")[2]
    names = {each["name"] for each in await asyncio.to_thread(rabbitmq.api, "GET", f"/api/exchanges/{host}")}
    assert not [name for name in names if name.startswith("intake.moving")]
    await broker.bring(messages[:3])
    await until_ready(broker, ROUTER_QUEUE, 3)
    await broker.clear()
    await until_ready(broker, ROUTER_QUEUE, 0)
    with pytest.raises(KeyError):
        await broker.bring([lying("nobodys", letter(1), 1)])
    await broker.close()
