"""One consumer of a RabbitMQ queue: a channel of its own, what has come over it, and what of that is not settled yet.

Rules
- The prefetch is the batch: whatever this process holds when it dies counts towards the delivery limit, so it holds no
  more than it works on.
- A run of deliveries is acknowledged with one `multiple` frame, which settles everything up to a tag; so it goes only
  as far as nothing unsettled stands before it. The rest is acknowledged one by one.
- Letters go back by `basic.reject`, which counts towards the delivery limit on every version; `basic.nack` does not on
  4.3, and a poison letter would go round for ever.
- When the channel is gone so are its tags: what was not settled comes again.
- `open` and `close` must never be cut short (rabbitmq.py runs them as tasks of their own): aiormq stops reading a
  channel whose opening was cancelled while the broker still sends on it, and ten frames later the whole connection
  stands still.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Iterable
from itertools import takewhile
from typing import Any

from aio_pika.abc import AbstractChannel, AbstractIncomingMessage

from intake_daemon.broker import Queue
from intake_daemon.broker.link import ANSWER, Link, closed, declare, speaking
from intake_daemon.broker.wire import as_delivery
from intake_daemon.contract import Delivery, Now
from intake_daemon.errors import Temporary


class Consumer:
    """`first`: the tag of a delivery is this and the channel's own added, so that it names the consumer too."""

    def __init__(self, queue: Queue, first: int, now: Now) -> None:
        self.queue = queue.name
        self._queue = queue
        self._first = first
        self._now = now
        self._channel: AbstractChannel | None = None
        self._waiting: list[Delivery] = []
        self._unsettled: dict[int, None] = {}
        """The channel's tags, in the order in which they came."""
        self._news = asyncio.Event()
        self._gone = False

    async def open(self, link: Link, prefetch: int) -> None:
        """Begins to take. The queue is declared again, since somebody may have deleted it. Raises like `connect`."""
        try:
            async with speaking(ANSWER):
                self._channel = channel = await link.into.channel(publisher_confirms=False)
                channel.close_callbacks.add(self._lost)
                underlay = await channel.get_underlay_channel()
                underlay.on_consumer_cancel_callbacks.add(self._lost)
                await channel.set_qos(prefetch_count=prefetch)
                queue = await declare(channel, self._queue)
                await queue.consume(self._arrived)
                if channel.is_closed:
                    self._lost()
        except Temporary as error:
            if error.code == "no_answer":
                link.lost.set()
            raise

    async def batches(self, batch: int, linger: float) -> AsyncGenerator[list[Delivery], None]:
        """Ends when the channel is gone."""
        while not self._gone:
            self._news.clear()
            if not self._waiting:
                await self._news.wait()
                continue
            try:
                async with asyncio.timeout(linger):
                    while len(self._waiting) < batch and not self._gone:
                        self._news.clear()
                        await self._news.wait()
            except TimeoutError:
                pass
            if not self._gone:
                taken, self._waiting = self._waiting[:batch], self._waiting[batch:]
                yield taken

    async def settle(self, tags: Iterable[int]) -> None:
        """Tags that are not unsettled here are no error: they were settled, or will come again."""
        done = {tag for tag in tags if tag in self._unsettled}
        run = list(takewhile(done.__contains__, self._unsettled))
        channel = await self._answering()
        async with speaking(ANSWER):
            if run:
                self._forget(run)
                await channel.basic_ack(run[-1], multiple=True)
            for tag in sorted(done.difference(run)):
                self._forget([tag])
                await channel.basic_ack(tag)

    async def give_back(self, tags: Iterable[int]) -> None:
        """One by one: AMQP has no `multiple` for it."""
        channel = await self._answering()
        async with speaking(ANSWER):
            for tag in sorted(tags):
                if tag in self._unsettled:
                    self._forget([tag])
                    await channel.basic_reject(tag, requeue=True)

    def _forget(self, tags: Iterable[int]) -> None:
        """Before the answer is sent, never after: a tag that is answered twice costs the whole channel."""
        for tag in tags:
            del self._unsettled[tag]

    def unsettled(self) -> int:
        """What this consumer holds."""
        return 0 if self._gone else len(self._unsettled)

    async def close(self, link: Link) -> None:
        """What is unsettled goes back to the queue. A channel that does not close would keep it: then the link goes."""
        self._lost()
        if self._channel is not None and not await closed(self._channel):
            link.lost.set()

    async def _answering(self) -> Any:  # noqa: ANN401 -- the channel below aio-pika's, of which it exports no type
        if self._gone or self._channel is None:
            raise Temporary("not_connected")
        return await self._channel.get_underlay_channel()

    async def _arrived(self, message: AbstractIncomingMessage) -> None:
        tag = message.delivery_tag
        if tag is not None and not self._gone:
            self._unsettled[tag] = None
            self._waiting.append(as_delivery(self._queue.name, self._first + tag, message, self._now()))
            self._news.set()

    def _lost(self, *_: object) -> None:
        self._gone = True
        self._waiting.clear()
        self._news.set()
