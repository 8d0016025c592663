"""Letters into queues and out again, and the names of the exchanges."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

MESSAGES = "intake.messages"
EVENTS = "intake.events"
NOTICES = "intake.notices"
RECEIPTS = "intake.receipts"
COMMANDS = "intake.commands"
PARKED = "intake.parked"
ROUTER_QUEUE = "intake.router"
REPLIES = ""
"""The default exchange: a reply to a command goes straight to the queue that asked."""


@dataclass(frozen=True)
class Letter:
    """What is published: persistent, `mandatory` unless nobody listening is legal (events)."""

    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str = "application/json"
    mandatory: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A letter as it was taken from a queue. `tag` belongs to the broker; `user` is whom the broker vouches for."""

    queue: str
    tag: int
    letter: Letter
    redelivered: bool
    published_at: datetime
    user: str | None = None


@dataclass(frozen=True)
class Depth:
    """How much waits in a queue: `ready`, and taken but not yet settled, as far as this process can know: of RabbitMQ's
    queues it counts what it holds itself."""

    ready: int
    unsettled: int


@dataclass(frozen=True)
class Subscriber:
    """A case system's queue that we declare: what it wants, and how much is kept before the oldest is dropped."""

    queue: str
    bind: tuple[str, ...]
    max_length: int = 1_000_000


class Broker(Protocol):
    """Letters into durable queues and out again. The topology is declared at `start` (docs/operations.md)."""

    async def start(self) -> None:
        """Connect and declare; raises Temporary when the broker is away (call again), BadSettings when it refuses."""

    async def close(self) -> None:
        """Let confirms that are under way finish (5 s at most), then close."""

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Returns when every letter is confirmed and, if mandatory, routed. Raises Temporary when any is not: then
        each may or may not be held. Many may be in flight; bounded, so a caller waits rather than memory grows.
        Raises Permanent (`too_large`) for a body that RabbitMQ would not take (broker.LARGEST, 15 MiB)."""

    def consume(self, queue: str, *, batch: int = 50, linger: float = 0.005) -> AsyncGenerator[list[Delivery], None]:
        """Batches of up to `batch`, waiting at most `linger` seconds to fill one; one batch in flight per call: ask
        for the next one only after all of the last is settled or given back. Survives the broker's absence: it waits
        and goes on; what was unsettled then comes again. Close it (`contextlib.aclosing`): what is unsettled then goes
        back at once."""

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Done with them: they never come again. Raises Temporary when that could not be said (they come again)."""

    async def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Not done: they come again, marked redelivered, to somebody. Counts towards the delivery limit."""

    async def depth(self, queue: str) -> Depth:
        """How much waits. Raises Temporary."""

    def well(self) -> str | None:
        """None when letters can be published now, else a code: `not_connected`, `blocked`."""
