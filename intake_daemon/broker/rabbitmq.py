"""RabbitMQ, 3.10 to 4.x: one node or a cluster, any number of our processes.

How it works
- `start` connects and declares (link.py); from then on a lost link is replaced by a new one, for ever, told once when
  it is down, or blocked, and once when it is up. What was in flight then raises Temporary: it may be held or not, and
  its id makes a second one the same.
- `publish` returns when the broker has confirmed: on the disks of a majority. Up to `IN_FLIGHT` letters of a process
  wait for their confirms at once; further ones wait in memory of their callers.
- `consume` has a channel of its own for each call (taking.py).

Obligations
- A returned letter is recognised by its message id alone (aiormq), so two letters of one id are never in flight at
  once: the return of the first would be read as a confirm of the other.
- While the broker is short of memory or disk (`connection.blocked`) nothing is confirmed: `well` says `blocked`, and
  publishing raises Temporary after a bounded wait.
- A person's words must not be in the URL or in a routing key; this file logs codes only.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Coroutine, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from aio_pika.exceptions import DeliveryError, PublishError

from intake_daemon import journal
from intake_daemon.broker import LARGEST, Queue, topology
from intake_daemon.broker.bringing import purge, ways_in
from intake_daemon.broker.link import ANSWER, Link, connect, speaking
from intake_daemon.broker.taking import Consumer
from intake_daemon.broker.wire import as_message
from intake_daemon.contract import REPLIES, Delivery, Depth, Letter, Now, Subscriber
from intake_daemon.errors import BadSettings, Permanent, Temporary

T = TypeVar("T")

IN_FLIGHT = 256
"""Letters that wait for their confirm at once."""
CONFIRM = 30.0
"""Seconds for a confirm, waiting for one's turn included. A connector's own bound is often shorter (contract.Door)."""
BLOCKED = 5.0
"""Seconds that a letter waits for a blocked broker."""
PAUSES = (0.1, 0.3, 1.0, 2.0, 5.0)
"""Seconds between attempts to connect; the last holds on. A little chance is added, so that processes come apart."""
_TAGS = 1 << 48
"""Delivery tags of a channel are below this: a tag of ours is the consumer's number and the channel's tag in one."""


class RabbitMQ:
    """A `contract.Broker` at `url` (`amqp://user:password@host/virtual-host`, or `amqps://`)."""

    def __init__(self, url: str, now: Now, subscribers: Sequence[Subscriber] = (), notices: Sequence[str] = ()) -> None:
        self._url = url
        self._now = now
        self._queues: dict[str, Queue] = {each.name: each for each in topology(notices, subscribers)}
        self._link: Link | None = None
        self._up = asyncio.Event()
        self._closed = False
        self._keeper: asyncio.Task[None] | None = None
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._publishing = 0
        self._idle = asyncio.Event()
        self._under_way: dict[str, asyncio.Event] = {}
        self._numbers = count(1)
        self._consumers: dict[int, Consumer] = {}
        self._tasks: set[asyncio.Task[Any]] = set()
        self._outage = journal.Outage("broker")
        self._why = "not_connected"

    async def start(self) -> None:
        """Connects and declares, once. Raises Temporary (call again) or BadSettings."""
        link = await connect(self._url, tuple(self._queues.values()))
        self._linked(link)
        self._keeper = asyncio.create_task(self._keep(link), name="broker")

    async def close(self) -> None:
        """Confirms under way have five seconds; consumers end, and what they had goes back."""
        self._closed = True
        if self._publishing:
            self._idle.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(5):
                    await self._idle.wait()
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.gather(self._keeper, return_exceptions=True)
        link, self._link = self._link, None
        self._up.set()  # consumers that wait for a link see that there will be none
        if link is not None:
            await asyncio.gather(*(consumer.close(link) for consumer in self._consumers.values()))
            await link.close()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=5)

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Raises Temporary: `no_route`, `nacked`, `blocked`, `no_answer`, `not_connected`; Permanent: `too_large`."""
        if any(len(letter.body) > LARGEST for letter in letters):
            raise Permanent("too_large")
        if not letters:
            return
        link = self._link
        if link is None or self._closed:
            raise Temporary("not_connected")
        self._publishing += 1
        try:
            published = self._now()
            # every one is waited for, also when another fails: nothing goes on behind the caller's back
            done = await asyncio.gather(
                *(self._send(link, letter, published) for letter in letters), return_exceptions=True
            )
        finally:
            self._publishing -= 1
            if not self._publishing:
                self._idle.set()
        for failure in done:
            if failure is not None:
                raise failure

    async def consume(
        self, queue: str, *, batch: int = 50, linger: float = 0.005
    ) -> AsyncGenerator[list[Delivery], None]:
        """See the contract. A queue that somebody deleted is declared again. KeyError: no such queue of ours."""
        declared = self._queues[queue]
        failures = 0
        while True:
            await self._up.wait()
            link = self._link
            if self._closed:
                return
            if link is not None:
                number = next(self._numbers)
                self._consumers[number] = consumer = Consumer(declared, number * _TAGS, self._now)
                opening = self._uncut(consumer.open(link, batch))
                try:
                    # whoever refuses now (BadSettings) may have been repaired a second later
                    with contextlib.suppress(Temporary, BadSettings):
                        await asyncio.shield(opening)
                        failures = 0
                        async with contextlib.aclosing(consumer.batches(batch, linger)) as batches:
                            async for deliveries in batches:
                                yield deliveries
                finally:
                    # perhaps we are being cancelled: a stuck broker must not hold us up
                    await asyncio.wait([self._uncut(self._ended(number, opening, link))], timeout=1)
            await _pause(failures)
            failures += 1

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Acknowledged. Raises Temporary when the channel that they came over is gone."""
        for consumer, tags in self._by_consumer(deliveries):
            await consumer.settle(tags)

    async def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Back to the queue; after `DELIVERY_LIMIT` returns RabbitMQ parks them. Raises Temporary like `settle`."""
        for consumer, tags in self._by_consumer(deliveries):
            await consumer.give_back(tags)

    async def depth(self, queue: str) -> Depth:
        """`ready` is the broker's; `unsettled` only what this process holds: AMQP tells nobody what others hold."""
        link = self._there()
        ready = await asyncio.shield(self._uncut(_look(link, queue)))
        held = sum(consumer.unsettled() for consumer in self._consumers.values() if consumer.queue == queue)
        return Depth(ready=ready, unsettled=held)

    async def bring(self, letters: Sequence[Delivery]) -> None:
        """Letters of another broker, each into its queue, with its own time. Raises like `publish`; KeyError: none."""
        link = self._there()
        async with ways_in(link, {self._queues[each.queue] for each in letters}) as ways:
            known = ((replace(one.letter, exchange=ways.get(one.queue, one.letter.exchange)), one) for one in letters)
            sent = (self._send(link, letter, one.published_at) for letter, one in known)
            done = await asyncio.gather(*sent, return_exceptions=True)
        for failure in done:
            if failure is not None:
                raise failure

    async def clear(self) -> None:
        """Everything in every queue of ours goes: only for a house that is being filled."""
        await purge(self._there(), self._queues.values())

    def well(self) -> str | None:
        """`not_connected`, `refused` (the broker took us once and does not now), `blocked`, or None."""
        if self._link is None:
            return self._why
        if self._link.blocked():
            self._outage.begin("blocked", time.monotonic())
            return "blocked"
        self._outage.end(time.monotonic())
        return None

    def _there(self) -> Link:
        if self._link is None:
            raise Temporary("not_connected")
        return self._link

    # --- publishing -----------------------------------------------------------------------------------------------

    async def _send(self, link: Link, letter: Letter, published: datetime) -> None:
        if link.blocked():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(BLOCKED):
                    await link.unblocked()
            if link.blocked():
                raise Temporary("blocked")
        message = as_message(letter, published)
        try:
            async with speaking(CONFIRM), self._room, self._alone(letter.message_id):
                channel = await link.to_publish()
                exchange = channel.default_exchange
                if letter.exchange != REPLIES:
                    exchange = await channel.get_exchange(letter.exchange, ensure=False)
                try:
                    await exchange.publish(message, letter.key, mandatory=letter.mandatory)
                except PublishError as error:
                    raise Temporary("no_route") from error
                except DeliveryError as error:
                    raise Temporary("nacked") from error
        except Temporary as error:
            if error.code == "no_answer" and link.blocked():
                raise Temporary("blocked") from error
            raise

    @contextlib.asynccontextmanager
    async def _alone(self, message_id: str) -> AsyncGenerator[None, None]:
        """No other letter of this id is in flight."""
        while other := self._under_way.get(message_id):
            await other.wait()
        ended = self._under_way[message_id] = asyncio.Event()
        try:
            yield
        finally:
            del self._under_way[message_id]
            ended.set()

    # --- consuming ------------------------------------------------------------------------------------------------

    def _uncut(self, work: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        """A task that goes on when whoever waits for it (behind `shield`) is cancelled."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda done: done.cancelled() or done.exception())  # perhaps nobody waits any more
        return task

    async def _ended(self, number: int, opening: asyncio.Task[None], link: Link) -> None:
        await asyncio.wait([opening])
        await self._consumers.pop(number).close(link)

    def _by_consumer(self, deliveries: Iterable[Delivery]) -> list[tuple[Consumer, list[int]]]:
        found: dict[int, list[int]] = {}
        for delivery in deliveries:
            number, tag = divmod(delivery.tag, _TAGS)
            found.setdefault(number, []).append(tag)
        if not found.keys() <= self._consumers.keys():
            raise Temporary("not_connected")
        return [(self._consumers[number], tags) for number, tags in found.items()]

    # --- the link -------------------------------------------------------------------------------------------------

    def _linked(self, link: Link) -> None:
        self._link, self._why = link, "not_connected"
        self._up.set()

    async def _keep(self, link: Link) -> None:
        """As long as we live: a lost link is replaced."""
        while True:
            await link.lost.wait()
            self._link = None
            self._up.clear()
            self._outage.begin("not_connected", time.monotonic())
            await link.close()
            self._linked(link := await self._again())
            self._outage.end(time.monotonic())

    async def _again(self) -> Link:
        failures = count()
        while True:
            try:
                return await connect(self._url, tuple(self._queues.values()))
            except (Temporary, BadSettings) as error:
                self._why = error.code if isinstance(error, Temporary) else "refused"
            self._outage.begin(self._why, time.monotonic())
            await _pause(next(failures))


async def _look(link: Link, queue: str) -> int:
    """How many letters are ready, as a passive declaration tells."""
    async with speaking(ANSWER):
        found = await (await link.to_look()).declare_queue(queue, passive=True)
        return found.declaration_result.message_count or 0


async def _pause(failures: int) -> None:
    await asyncio.sleep(PAUSES[min(failures, len(PAUSES) - 1)] * random.uniform(0.8, 1.2))  # noqa: S311 -- no secret
