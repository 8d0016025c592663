"""3 release: what was decided leaves the ledger, in one process at a time: events in order, notices when due."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Mapping, Sequence

from intake_daemon import journal
from intake_daemon.broker import notices_queue
from intake_daemon.contract import NOTICES, Broker, Now, Parked, Waiting
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.life.finish import finish
from intake_daemon.life.route import RouterHalf

_LEASE = "release"
_RELEASE_LEASE = 10.0
_OUTBOX = 1000
_DUE = 200
_NOBODY = 30.0
"""Seconds for which letters to a connector without a queue are left alone."""
_LOOK = 30.0
"""Seconds after which connectors' queues are looked at again; a letter counts as lost after an hour."""


async def release(router: RouterHalf) -> None:
    """Runs for ever, in one process at a time: what was decided leaves the ledger.

    Of one case never more than one event is unconfirmed, so a later `sequence` never comes first. Rows are deleted
    after the confirm; a crash in between publishes again, with the same id.
    """
    outage = journal.Outage("release")
    nobody: dict[str, float] = {}
    emptied = Emptied(router.broker, router.senders, router.now)
    try:
        while True:
            router.decided.clear()
            left = 0
            try:
                seen = await emptied.seen()  # may take longer than the lease lasts
                if await router.memory.take(_LEASE, router.holder, _RELEASE_LEASE):
                    left = await finish(_release_once(router, nobody, seen))
                outage.end(time.monotonic())
            except Temporary as error:
                outage.begin(error.code, time.monotonic())
                await asyncio.sleep(0.5)
            if not left:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(0.25):
                        await router.decided.wait()
    finally:
        # who takes over after a clean stop need not wait until the lease has run out
        with contextlib.suppress(Temporary):
            await router.memory.drop(_LEASE, router.holder)


class Emptied:
    """When each connector's queue was last seen empty: what left before that, and has no receipt, lies there no more.
    That letters lie there now says nothing of an older one: the queue may have been made anew, and filled again."""

    def __init__(self, broker: Broker, senders: Sequence[str], now: Now) -> None:
        self._broker = broker
        self._now = now
        self._seen = dict.fromkeys(senders, 0.0)
        self._until = 0.0

    async def seen(self) -> Mapping[str, float]:
        """Seconds since 1970, 0 for never; looked at now and then."""
        if time.monotonic() < self._until:
            return self._seen
        for name in self._seen:
            try:
                if not (await self._broker.depth(notices_queue(name))).ready:
                    self._seen[name] = self._now().timestamp()
            except Temporary as error:  # nobody knows; a queue that was deleted is declared again by who reads it
                if error.code == "no_answer":
                    break  # nor would it answer for the others
        self._until = time.monotonic() + _LOOK
        return self._seen


async def _release_once(router: RouterHalf, nobody: dict[str, float], emptied: Mapping[str, float]) -> int:
    left = await router.ledger.due(router.now(), _DUE, emptied)
    return left + await _publish_outbox(router, nobody)


async def _publish_outbox(router: RouterHalf, nobody: dict[str, float]) -> int:
    """How many left. `nobody`: connectors whose queue was not there, and until when they are left alone."""
    for connector in [name for name, until in nobody.items() if until < time.monotonic()]:
        del nobody[connector]
    rows = await router.ledger.outbox(_OUTBOX, tuple(nobody))
    if not rows:
        return 0
    try:
        await router.broker.publish([row.letter for row in rows])
    except (Temporary, Permanent):
        return await _publish_singly(router, rows, nobody)
    await router.ledger.published(rows)
    return len(rows)


async def _publish_singly(router: RouterHalf, rows: Sequence[Waiting], nobody: dict[str, float]) -> int:
    """One of them cannot leave; it must not hold up the others. Letters for a connector that was taken out are kept,
    and left alone for a while; what no broker would carry goes to a person."""
    results = await asyncio.gather(*(router.broker.publish([row.letter]) for row in rows), return_exceptions=True)
    left, away = [], None
    for row, result in zip(rows, results, strict=True):
        if isinstance(result, Temporary) and result.code == "no_route":
            if row.letter.key not in nobody:
                journal.waiting(f"no_route {row.letter.key}", 1)
            nobody[row.letter.key] = time.monotonic() + _NOBODY
        elif isinstance(result, Temporary):
            away = result
        elif isinstance(result, Permanent):
            queue = notices_queue(row.letter.key) if row.letter.exchange == NOTICES else row.letter.exchange
            parked = Parked(row.letter.message_id, queue, result.code, row.letter, 1, router.now())
            await router.ledger.park([parked])
            journal.parked(queue, result.code, 1, row.letter.message_id)
            left.append(row)
        elif result is not None:
            raise result
        else:
            left.append(row)
    await router.ledger.published(left)
    if away is not None:
        raise away
    return len(left)
