"""What doors refused is kept beside the balance: every few seconds, by day, door and code.

Doors refuse strangers, who may come by the thousand: a refusal is counted in memory and costs no row of its own. A
process that is killed takes the last `EVERY` seconds along; one that stops keeps them.
"""

from __future__ import annotations

import asyncio
import contextlib

from intake_daemon import journal
from intake_daemon.contract import Now
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from router.ledger import balance

EVERY = 10.0
"""Seconds."""


async def keep(store: Store, now: Now) -> None:
    """Runs for ever. While the database is away they wait in memory."""
    while True:
        await asyncio.sleep(EVERY)
        with contextlib.suppress(Temporary):
            await once(store, now)


async def once(store: Store, now: Now) -> None:
    """Keep what was counted since the last time. Raises Temporary; nothing is forgotten then."""
    taken, moment = journal.take_refusals(), now()
    if not taken:
        return
    try:
        await store.write(lambda connection: balance.keep_refusals(connection, taken, moment))
    except Temporary:
        journal.give_back_refusals(taken)
        raise
