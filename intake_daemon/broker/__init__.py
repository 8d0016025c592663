"""Brokers: letters into durable queues and out again. In here stands what both of them share: which queues there are.

    rabbitmq.RabbitMQ    one broker or a cluster; any number of our processes
    embedded.Embedded    one SQLite file; belongs to one process

Both keep the promises of `contract.Broker` and pass one list of tests (tests/ground/test_broker.py). The topology is
public (docs/operations.md): case systems bind to these exchanges, so it changes only by addition.

Rules
- Every exchange is a topic exchange. A mandatory letter that reaches no queue is refused, never kept somewhere else: an
  alternate exchange would turn the refusal into a confirm.
- A letter that was given back too often goes to `intake.parked` under the name of its queue; nothing is dropped. Only a
  subscriber's queue drops, its oldest letter first: a slow subscriber must never hold up anybody else, and it sees the
  loss as a gap in `sequence` and asks for a replay.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from intake_daemon.contract import COMMANDS, EVENTS, MESSAGES, NOTICES, PARKED, RECEIPTS, ROUTER_QUEUE, Subscriber

EXCHANGES = (MESSAGES, EVENTS, NOTICES, RECEIPTS, COMMANDS, PARKED)

DELIVERY_LIMIT = 200
"""How often a letter may come back before it is parked. The router parks after five attempts of its own (it counts them
in the ledger); this is the net below for a letter that ends the process before anything could be counted. Every restart
counts too, also for innocents that only lay on the same desk: with 20, fifty kills in a row parked some of them."""

ENDLESS = 2_000_000_000
"""For queues behind which there is no other place. Never -1: RabbitMQ 3.10 then drops at the first return; and never
unset: 4.x sets 20 by itself and drops after it."""

LARGEST = 15 * 1024 * 1024
"""Bytes of a letter's body. RabbitMQ 4.x takes 16 MiB by default and closes the channel over a larger one, which would
fail every letter beside it; so a larger one is refused here (Permanent `too_large`), by both brokers."""


@dataclass(frozen=True)
class Queue:
    """A durable queue of ours. `keep`: how many ready letters before the oldest is dropped; None means all of them."""

    name: str
    exchange: str
    bind: tuple[str, ...]
    limit: int = DELIVERY_LIMIT
    parks: bool = True
    keep: int | None = None


def notices_queue(connector: str) -> str:
    """Where the notices for one connector wait."""
    return f"{NOTICES}.{connector}"


def topology(notices: Sequence[str], subscribers: Sequence[Subscriber]) -> tuple[Queue, ...]:
    """Every queue that we declare. `notices`: names of the connectors that send."""
    ours = [
        # first, since the others point to it
        Queue(PARKED, PARKED, ("#",), limit=ENDLESS, parks=False),
        Queue(ROUTER_QUEUE, MESSAGES, ("#",)),
        Queue(RECEIPTS, RECEIPTS, ("#",)),
        Queue(COMMANDS, COMMANDS, ("#",)),
    ]
    ours += [Queue(notices_queue(name), NOTICES, (name,)) for name in notices]
    theirs = [
        Queue(each.queue, EVENTS, each.bind, limit=ENDLESS, parks=False, keep=each.max_length) for each in subscribers
    ]
    return (*ours, *theirs)


def matches(pattern: str, key: str) -> bool:
    """Whether a binding takes a routing key, as AMQP 0-9-1 topic exchanges do: `*` is one word, `#` any number."""
    words = key.split(".") if key else []
    places = {0}
    """How many words may be read so far."""
    for wanted in pattern.split(".") if pattern else []:
        if wanted == "#":
            places = set(range(min(places), len(words) + 1))
        else:
            places = {place + 1 for place in places if place < len(words) and wanted in {"*", words[place]}}
        if not places:
            return False
    return len(words) in places
