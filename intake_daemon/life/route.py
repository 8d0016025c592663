"""2 route: an input (message, receipt, command) meets its case, in one transaction; only then it is settled.

Poison of any kind is parked within its attempts and delays nothing else.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime

from pydantic import ValidationError

from intake_daemon import canary, journal
from intake_daemon.contract import (
    COMMANDS,
    RECEIPTS,
    REPLIES,
    ROUTER_QUEUE,
    Broker,
    Delivery,
    Input,
    Ledger,
    Letter,
    Memory,
    Now,
    Outcome,
    Parked,
    Vault,
)
from intake_daemon.errors import Newer, Temporary
from intake_daemon.life.finish import finish
from intake_daemon.life.waiting import Patience
from intake_daemon.message import Command, Message, Receipt, is_newer

ATTEMPTS = 5
"""After so many attempts an input is parked."""
_NOBODYS = "unknown_notice"
"""A receipt of a notice that the ledger does not have: a stranger's, or of one that a restored database lacks."""
UNREADABLE = "unreadable"
"""A letter that is none: parked itself, and so is not its receipt."""
NEWER = "newer"
"""Under this reason waits what only a newer version knows (life/parked.py)."""
VOUCHED = "intake-vouched"
"""The header of such a letter in the ledger: whom the broker vouched for, whatever a stranger wrote there."""


@dataclass
class Reading:
    """How far a queue was read by this process (life/tick.py goes by it)."""

    newest: datetime | None = None
    """When the newest delivery that was taken had been published."""
    in_hand: dict[int, datetime] = field(default_factory=dict)
    """What was taken and is neither settled nor given back: when it had been published."""

    def took(self, batch: Sequence[Delivery]) -> None:
        """A batch was taken."""
        self.in_hand.update({delivery.tag: delivery.published_at for delivery in batch})
        fresh = [delivery.published_at for delivery in batch if not delivery.redelivered]
        self.newest = max([*fresh, *([self.newest] if self.newest else [])], default=None)

    gave_back: bool = False
    """Something went back unsettled: what is known of the queue is known no more (the tick forgets it)."""

    def done(self) -> None:
        """All of it was settled, or given back."""
        self.in_hand.clear()

    def back(self) -> None:
        """It goes back, and comes again: nothing published after it counts before it has."""
        self.newest, self.gave_back = None, True


@dataclass(frozen=True)
class RouterHalf:
    """What the router half works with; built by the composition root."""

    broker: Broker
    vault: Vault
    ledger: Ledger
    memory: Memory
    now: Now
    holder: str
    """This process and no other."""
    senders: Sequence[str] = ()
    """Connectors that send; each has a queue."""
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something may have to be released."""
    reading: dict[str, Reading] = field(default_factory=dict)
    """Per queue how far this process has read it."""
    forgiven: Counter[str] = field(default_factory=Counter)
    """Attempts that went well, or that an outage cut short, by letter: still to be taken off their count."""


async def route(router: RouterHalf, queue: str) -> None:
    """Runs for ever: batches from `queue` (messages, receipts or commands) meet their cases.

    While ledger or vault is away nothing is consumed: what was taken is given back once, and it goes on when both are
    well. (Consuming and giving back in a circle would use up the queue's delivery limit and park innocents.)
    """
    patience = patience_of(router, queue)
    reading = router.reading.setdefault(queue, Reading())
    while True:
        await patience.until_well()
        await _forgive(router)
        deliveries = router.broker.consume(queue)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                reading.took(batch)
                try:
                    await finish(_settle_batch(router, queue, batch))
                    patience.worked()
                except Temporary as error:
                    reading.back()
                    patience.failed(error)
                    break
                finally:
                    reading.done()


def patience_of(router: RouterHalf, queue: str) -> Patience:
    """Of a loop that needs ledger and vault."""
    return Patience(f"route {queue}", router.ledger.ping, router.vault.ping)


async def _settle_batch(router: RouterHalf, queue: str, batch: Sequence[Delivery]) -> None:
    """Decide all of it as one; what came again, or failed in company, is taken alone, its attempt recorded first."""
    try:
        again = [delivery for delivery in batch if delivery.redelivered]
        fresh = [delivery for delivery in batch if not delivery.redelivered]
        try:
            await _decide(router, queue, fresh)
        except Temporary:
            raise
        except Newer:
            again = fresh + again
            fresh = []
        except Exception as error:  # noqa: BLE001 -- one of them is poison: find out which
            journal.failed(f"batch {queue}", error)
            again = fresh + again
            fresh = []
        for delivery in again:
            await _decide_alone(router, queue, delivery)
    except Temporary:
        with contextlib.suppress(Temporary):
            await router.broker.give_back(batch)
        raise
    if fresh:
        await router.broker.settle(fresh)


async def _decide_alone(router: RouterHalf, queue: str, delivery: Delivery) -> None:
    """An attempt that ends the process, or fails, is counted; one that an outage cut short is not. What works begins
    anew: a source that brings the same item again at every start (Twilio's list) is no poison."""
    attempt = await router.ledger.attempt(delivery.letter.message_id)
    if attempt <= ATTEMPTS:
        try:
            await _decide(router, queue, [delivery])
        except Temporary:
            await _forgive(router, delivery.letter.message_id)
            raise
        except Newer:
            await _park(router, queue, delivery, NEWER, attempt)
            await router.broker.settle([delivery])
            return
        except Exception as error:  # noqa: BLE001 -- poison of any kind must not stop the queue
            journal.failed(f"input {queue}", error)
            if attempt < ATTEMPTS:
                await router.broker.give_back([delivery])
                return
        else:
            await _forgive(router, delivery.letter.message_id, attempt)
            await router.broker.settle([delivery])
            return
    await _park(router, queue, delivery, "failed_repeatedly", min(attempt, ATTEMPTS))
    await router.broker.settle([delivery])


async def _forgive(router: RouterHalf, letter: str = "", attempts: int = 1) -> None:
    """These attempts at it do not count, nor those of which we could not say so before; without a database, later."""
    if letter:
        router.forgiven[letter] += attempts
    with contextlib.suppress(Temporary):
        while router.forgiven:
            each, times = router.forgiven.popitem()
            try:
                await router.ledger.attempt(each, -times)
            except Temporary:
                router.forgiven[each] += times
                raise


async def _decide(router: RouterHalf, queue: str, deliveries: Sequence[Delivery]) -> None:
    """One transaction for all that can be read; what cannot be read at all is parked."""
    readable: list[tuple[Delivery, Input]] = []
    for delivery in deliveries:
        try:
            readable.append((delivery, read_input(queue, delivery)))
        except ValidationError:
            newer = is_newer(delivery.letter.body)
            await _park(router, queue, delivery, NEWER if newer else UNREADABLE, 1)
            if queue == COMMANDS and delivery.letter.reply_to and not newer:  # who asked hears that it was no command
                await _tell(router, delivery.letter, delivery.letter.reply_to, Outcome("refused", reason=UNREADABLE))
    if readable:
        await decide(router, readable)


async def decide(router: RouterHalf, readable: Sequence[tuple[Delivery, Input]]) -> None:
    """One transaction for all of it; originals into the vault, answers to who asked. Raises what the ledger does."""
    queue = readable[0][0].queue
    now = router.now()
    journal.waited(queue, (now - min(delivery.published_at for delivery, _ in readable)).total_seconds())
    outcomes = await router.ledger.decide([item for _, item in readable], now)
    router.decided.set()
    messages = [(item.value, outcome) for (_, item), outcome in zip(readable, outcomes, strict=True)]
    await asyncio.gather(
        *(_vault_original(router, value, outcome) for value, outcome in messages if isinstance(value, Message))
    )
    for (delivery, item), outcome in zip(readable, outcomes, strict=True):
        if outcome.reason == _NOBODYS and isinstance(item.value, Receipt) and item.value.code != UNREADABLE:
            await _park(router, queue, delivery, _NOBODYS, 1)
        if isinstance(item.value, Command) and delivery.letter.reply_to:
            await _tell(router, delivery.letter, delivery.letter.reply_to, outcome)
        journal.routed(
            outcome.reference or "",
            outcome.disposition,
            brand=item.value.brand if isinstance(item.value, Message) else "",
            reason=outcome.reason,
            topic=outcome.topic,
            team=outcome.team,
            who=outcome.handler,
        )


def read_input(queue: str, delivery: Delivery) -> Input:
    """What such a queue holds. Raises ValidationError, and KeyError for a queue that is none of these."""
    kinds: dict[str, type[Message | Receipt | Command]] = {
        ROUTER_QUEUE: Message,
        RECEIPTS: Receipt,
        COMMANDS: Command,
    }
    value = kinds[queue].model_validate_json(delivery.letter.body)
    if not isinstance(value, Command):
        return Input(value, delivery.published_at)
    # Who acts is whom the broker vouches for, whatever the letter says; the routing key names the brand.
    value = value.model_copy(update={"actor": delivery.user or ""})
    return Input(value, delivery.published_at, delivery.letter.key.partition(".")[0])


async def _vault_original(router: RouterHalf, message: Message, outcome: Outcome) -> None:
    """Before the delivery is settled. A repeat puts the same bytes at the same place, an erased contact and a canary
    nothing, nor does their repeat."""
    original = message.original_bytes()
    kept = outcome.disposition != canary.PURPOSE and outcome.reason not in {"erased", canary.PURPOSE}
    if original is not None and kept:
        await router.vault.put(original)


async def _tell(router: RouterHalf, asked: Letter, queue: str, outcome: Outcome) -> None:
    """The answer to a command, to the queue that asked; nobody listening any more is no failure. Never into a queue of
    ours: we may write where the asker may not."""
    if queue.startswith("intake."):
        return
    body = json.dumps(asdict(outcome)).encode()
    answer = Letter(REPLIES, queue, body, asked.message_id, mandatory=False, correlation_id=asked.correlation_id)
    await router.broker.publish([answer])


async def _park(router: RouterHalf, queue: str, delivery: Delivery, reason: str, attempts: int) -> None:
    letter = delivery.letter
    if reason == NEWER:  # whom the broker vouched for is known to nobody else later on
        letter = replace(letter, headers={**letter.headers, VOUCHED: delivery.user or ""})
    await router.ledger.park([Parked(letter.message_id, queue, reason, letter, attempts, router.now())])
    (journal.newer if reason == NEWER else journal.parked)(queue, reason, attempts, letter.message_id)
