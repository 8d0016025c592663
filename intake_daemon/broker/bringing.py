"""Letters of another broker into RabbitMQ's queues: each into the one queue in which it lay, with its routing key.

What lies in a queue of ours was published to the queue's exchange, and reaches nobody else there. An event lies in the
queue of each subscriber who bound it: published to its exchange once more it would reach all of them again. So a
subscriber's queue gets a way in of its own for as long as it is filled, an exchange to which nothing else is bound;
the routing key, by which case systems tell events apart, stays.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager

from aio_pika import ExchangeType

from intake_daemon.broker import Queue
from intake_daemon.broker.link import ANSWER, Link, speaking
from intake_daemon.contract import EVENTS

_WAY = "intake.moving."


@asynccontextmanager
async def ways_in(link: Link, queues: Iterable[Queue]) -> AsyncGenerator[dict[str, str], None]:
    """By subscriber's queue the exchange that leads into it alone; gone afterwards. Raises Temporary."""
    theirs = {each.name: f"{_WAY}{each.name}" for each in queues if each.exchange == EVENTS}
    async with speaking(ANSWER):
        channel = await link.to_publish()
        for queue, exchange in theirs.items():
            await channel.declare_exchange(exchange, ExchangeType.TOPIC, durable=True)
            await (await channel.get_queue(queue, ensure=False)).bind(exchange, "#")
    try:
        yield theirs
    finally:
        async with speaking(ANSWER):
            channel = await link.to_publish()
            for exchange in theirs.values():
                await channel.exchange_delete(exchange)


async def purge(link: Link, queues: Iterable[Queue]) -> None:
    """Nothing is ready in any of them any more. Raises Temporary."""
    async with speaking(ANSWER):
        channel = await link.to_publish()
        for queue in queues:
            await (await channel.get_queue(queue.name, ensure=False)).purge()
