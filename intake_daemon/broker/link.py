"""The way to a RabbitMQ: two connections, the declared topology, and what is wrong when it refuses.

Two connections, because RabbitMQ stops reading from a connection that publishes while it is short of memory or disk:
on one connection our acknowledgements would then wait behind our letters, and nothing would ever get better.

The reconnecting is our own (rabbitmq.py). aio-pika's `connect_robust` restores channels and consumers behind our back:
what was unsettled then comes again while old delivery tags still look good, a publish waits for a connection without
saying so, and nobody can tell a person once that it is down. Here a link lives, or is lost and replaced as a whole.

Arguments of queues work unchanged on RabbitMQ 3.10 to 4.x. Never -1 as a delivery limit (3.10 then drops at the first
return), never an alternate exchange (it turns a return into a confirm).
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

import aio_pika
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import (
    CONNECTION_EXCEPTIONS,
    AMQPError,
    ChannelClosed,
    ChannelPreconditionFailed,
    ProbableAuthenticationError,
)

from intake_daemon.broker import EXCHANGES, Queue
from intake_daemon.contract import PARKED
from intake_daemon.errors import BadSettings, Fault, Temporary

CONNECT = 10.0
"""Seconds for a connection, and for each step of declaring."""
ANSWER = 10.0
"""Seconds for an answer to anything but a publish."""
HEARTBEAT = 20
"""Seconds between signs of life, unless the URL says otherwise (`?heartbeat=`)."""
OLDEST = (3, 10)

# What fails comes to us as an exception and is told once; the libraries would tell it at every attempt.
for _library in ("aio_pika", "aiormq"):
    logging.getLogger(_library).setLevel(logging.CRITICAL)


@dataclass
class Link:
    """Open connections. `publishing` and `looking` (for depths) are opened again when the broker closed them."""

    out: AbstractConnection
    into: AbstractConnection
    publishing: AbstractChannel
    looking: AbstractChannel
    lost: asyncio.Event = field(default_factory=asyncio.Event)
    _opening: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def to_publish(self) -> AbstractChannel:
        """A channel with confirms on which an unroutable letter is an error."""
        if self.publishing.is_closed:
            async with self._opening:
                if self.publishing.is_closed:
                    self.publishing = await self.out.channel(publisher_confirms=True, on_return_raises=True)
        return self.publishing

    async def to_look(self) -> AbstractChannel:
        """A channel on which nothing but passive declarations happen."""
        if self.looking.is_closed:
            self.looking = await self.into.channel(publisher_confirms=False)
        return self.looking

    def blocked(self) -> bool:
        """Whether the broker has told us to stop publishing (`connection.blocked`).

        The library only offers to wait for the end of it, so we ask, and do not stay to wait.
        """
        transport = self.out.transport
        if transport is None:
            return False
        asking: Any = transport.connection.ready()
        try:
            asking.send(None)
        except StopIteration:
            return False
        asking.close()
        return True

    async def unblocked(self) -> None:
        """Returns when we may publish."""
        if self.out.transport is not None:
            await self.out.transport.ready()

    async def close(self) -> None:
        """Both connections; bounded."""
        for connection in (self.into, self.out):
            await closed(connection)


async def closed(thing: AbstractConnection | AbstractChannel) -> bool:
    """Closes it, however it is; False when the broker did not answer within five seconds."""
    closing = asyncio.ensure_future(thing.close())
    try:
        # not `asyncio.timeout`: who closes is often being cancelled, and before Python 3.11.3 it ends what is done then
        await asyncio.wait([closing], timeout=5)
        if not closing.done():
            return False
        if not closing.cancelled() and (error := closing.exception()) is not None and not _lost(error):
            raise error
    finally:
        closing.cancel()
    return True


@contextlib.asynccontextmanager
async def speaking(seconds: float) -> AsyncGenerator[None, None]:
    """Around every word to the broker: what goes wrong is Temporary (`no_answer`, `not_connected`).

    A connection that is lost cancels the futures on which we wait: that is no cancellation of us.
    """
    try:
        async with asyncio.timeout(seconds):
            yield
    except TimeoutError as error:
        raise Temporary("no_answer") from error
    except asyncio.CancelledError as error:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise Temporary("not_connected") from error
    except Exception as error:
        if not _lost(error):
            raise
        raise Temporary("not_connected") from error


def _lost(error: BaseException) -> bool:
    """Whether it tells that the connection or the channel is gone; aiormq then raises even a bare `Exception`."""
    return isinstance(error, (*CONNECTION_EXCEPTIONS, TimeoutError)) or type(error) is Exception


async def connect(url: str, queues: tuple[Queue, ...]) -> Link:
    """Connects and declares. Temporary (`not_connected`): the broker is away. BadSettings: it refuses."""
    opened: list[AbstractConnection] = []
    try:
        async with asyncio.timeout(CONNECT * 3):
            opened.append(out := await _connection(url, "intake publishes"))
            opened.append(into := await _connection(url, "intake consumes"))
            _check_version(into)
            async with into.channel(publisher_confirms=False) as channel:
                for exchange in EXCHANGES:
                    await channel.declare_exchange(exchange, aio_pika.ExchangeType.TOPIC, durable=True, timeout=CONNECT)
            for queue in queues:
                async with into.channel(publisher_confirms=False) as channel:
                    await declare(channel, queue)
            link = Link(
                out,
                into,
                await out.channel(publisher_confirms=True, on_return_raises=True),
                await into.channel(publisher_confirms=False),
            )
    except BaseException as error:
        for connection in opened:
            await closed(connection)
        if isinstance(error, BadSettings) or not isinstance(error, Exception):
            raise
        raise _explained(error) from error
    for connection in (out, into):
        connection.close_callbacks.add(lambda *_: link.lost.set())
        if connection.transport is None or connection.transport.connection.is_closed:
            link.lost.set()
    return link


async def declare(channel: AbstractChannel, queue: Queue) -> AbstractQueue:
    """A queue with its bindings. A binding that is configured no longer stays until somebody unbinds it."""
    try:
        declared = await channel.declare_queue(queue.name, durable=True, arguments=arguments(queue), timeout=CONNECT)
        for key in queue.bind:
            await declared.bind(queue.exchange, key, timeout=CONNECT)
    except ChannelClosed as error:
        raise _explained(error, queue) from error
    return declared


def arguments(queue: Queue) -> dict[str, Any]:
    """How it is declared, as in the public table."""
    told: dict[str, Any] = {"x-queue-type": "quorum", "x-delivery-limit": queue.limit}
    if queue.parks:
        # at-least-once needs reject-publish; without it dead letters may be lost on the way
        told |= {
            "x-dead-letter-exchange": PARKED,
            "x-dead-letter-routing-key": queue.name,
            "x-dead-letter-strategy": "at-least-once",
            "x-overflow": "reject-publish",
        }
    if queue.keep is not None:
        # dropped ones must not be dead-lettered, hence no exchange for them
        told |= {"x-max-length": queue.keep, "x-overflow": "drop-head"}
    return told


class _Connection(aio_pika.Connection):
    """One that is closed when it never opened: the library's destructor would make a coroutine that nobody awaits."""

    async def connect(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 -- the library's own
        try:
            await super().connect(timeout)
        except BaseException:
            await closed(self)
            raise


async def _connection(url: str, name: str) -> AbstractConnection:
    options: dict[str, Any] = {} if "heartbeat=" in url else {"heartbeat": HEARTBEAT}
    connection: AbstractConnection = await aio_pika.connect(
        url, timeout=CONNECT, client_properties={"connection_name": name}, connection_class=_Connection, **options
    )
    return connection


def _check_version(connection: AbstractConnection) -> None:
    """Older ones accept our arguments in silence and do not keep the promises."""
    transport = connection.transport
    told = transport.connection.server_properties if transport else {}
    version = str(told.get("version", "") if told else "")
    if (read := re.match(r"(\d+)\.(\d+)", version)) and (int(read[1]), int(read[2])) < OLDEST:
        raise BadSettings([Fault("broker", 0, f"RabbitMQ {version} is too old.", "3.10 or newer is needed.")])


def _explained(error: Exception, queue: Queue | None = None) -> Exception:
    """Whose move it is: the operator's (BadSettings), or nobody's yet (Temporary). Never holds the URL's password."""
    where = f"queue '{queue.name}'" if queue else "an exchange"
    text = str(error)
    match error:
        case BadSettings() | Temporary():
            return error
        case ChannelPreconditionFailed():
            problem = f"{where} exists in RabbitMQ with other settings."
            remedy = (
                f"Delete it once it is empty (`rabbitmqctl delete_queue {queue.name}`), or configure what it has."
                if queue
                else "Delete it (`rabbitmqadmin delete exchange`), or use another virtual host."
            )
        case ProbableAuthenticationError():
            problem, remedy = "RabbitMQ refuses the user or the password.", "Look at the user in its URL."
        case ChannelClosed() if "ACCESS_REFUSED" in text:
            problem = f"RabbitMQ's user may not declare or bind {where}."
            remedy = "Give it configure, write and read on `intake\\..*` and on the subscribers' queues."
        case AMQPError() if "Connection.OpenOk" in text and "Connection.Close" in text:
            # aiormq drops the reason; it is one of these two
            problem = "RabbitMQ does not let us into the virtual host."
            remedy = "Is there one of that name (`rabbitmqctl add_vhost`), may the user enter (`set_permissions`)?"
        case _ if _lost(error):
            return Temporary("not_connected")
        case _:
            return error
    return BadSettings([Fault("broker", 0, problem, remedy)])
