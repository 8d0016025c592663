"""What waits beside the queues: letters for a person, and letters that only a newer version of us can read.

While old and new processes work side by side, an old one may be handed what it does not know: a message, a receipt, a
command of a newer form, or an input to a case that a newer process has written. It keeps it, whole, in the ledger under
the reason `newer`, and goes on. Every process looks there now and then, and decides by itself what it can read: such a
letter never goes back to the queue, where the old one would take it again. A notice of a newer form is deferred instead
(life/answer.py).
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from dataclasses import replace

from pydantic import ValidationError

from intake_daemon import journal
from intake_daemon.contract import PARKED, Delivery, Parked
from intake_daemon.errors import Newer, Temporary
from intake_daemon.life.finish import finish
from intake_daemon.life.route import ATTEMPTS, NEWER, VOUCHED, RouterHalf, decide, patience_of, read_input

LOOK = 10.0
"""Seconds between two looks at what waits for a newer version."""
_LEASE = "newer"
_RETURNED = "returned_too_often"
_SECONDS = 60.0


async def keep_parked(router: RouterHalf) -> None:
    """Runs for ever: `intake.parked` is only the way in; each letter moves into the ledger, where it can be listed."""
    patience = patience_of(router, "parked")
    while True:
        await patience.until_well()
        deliveries = router.broker.consume(PARKED)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                rows = [
                    Parked(
                        delivery.letter.message_id,
                        delivery.letter.key,
                        _why(delivery),
                        delivery.letter,
                        ATTEMPTS,
                        router.now(),
                    )
                    for delivery in batch
                ]
                try:
                    await router.ledger.park(rows)
                    await router.broker.settle(batch)
                    patience.worked()
                except Temporary as error:
                    patience.failed(error)
                    with contextlib.suppress(Temporary):
                        await router.broker.give_back(batch)
                    break


def _why(delivery: Delivery) -> str:
    """What its header says, and a stranger's may say anything: but never that it waits for a newer version. For those
    we are told elsewhere whom the broker vouched for, and would believe it of this one (`VOUCHED`)."""
    told = delivery.letter.headers.get("intake-reason", _RETURNED)
    return _RETURNED if told == NEWER else told


async def take_up(router: RouterHalf) -> None:
    """Runs for ever: what waited for a newer version, and this one knows, is decided. One process at a time.

    Some are looked at, then the next ones: thousands that are still too new hide none behind them, and lie in nobody's
    memory."""
    outage = journal.Outage("newer")
    last: Parked | None = None
    while True:
        gone = False
        try:
            waiting = await router.ledger.parked_as(NEWER, last)
            if waiting and await router.memory.take(_LEASE, router.holder, _SECONDS):
                try:
                    for parked in waiting:
                        gone = await finish(_take_up(router, parked)) or gone
                finally:
                    await router.memory.drop(_LEASE, router.holder)
            last = waiting[-1] if waiting else None
            outage.end(time.monotonic())
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
        if not gone:
            await asyncio.sleep(LOOK)


async def _take_up(router: RouterHalf, parked: Parked) -> bool:
    """One letter; whether it is gone: what is still too new stays. What fails for another reason goes to a person."""
    letter = parked.letter
    user = letter.headers.get(VOUCHED) or None
    delivery = Delivery(parked.queue, 0, letter, redelivered=True, published_at=parked.since, user=user)
    try:
        found = read_input(parked.queue, delivery)
    except (ValidationError, KeyError):
        return False
    try:
        await decide(router, [(delivery, found)])
    except Newer:
        return False
    except Temporary:
        raise
    except Exception as error:  # noqa: BLE001 -- poison of any kind must not stop the others
        journal.failed(f"input {parked.queue}", error)
        await router.ledger.park([replace(parked, reason="failed_repeatedly")])
    else:
        await router.ledger.unpark(parked)
    return True
