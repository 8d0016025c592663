"""3 release: what was decided leaves the ledger, in one process at a time: events in order, notices when due."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

from intake_daemon import journal
from intake_daemon.contract import Waiting
from intake_daemon.errors import Temporary
from intake_daemon.life.finish import finish
from intake_daemon.life.route import RouterHalf

_LEASE = "release"
_RELEASE_LEASE = 10.0
_OUTBOX = 1000
_DUE = 200


async def release(router: RouterHalf) -> None:
    """Runs for ever, in one process at a time: what was decided leaves the ledger.

    Of one case never more than one event is unconfirmed, so a later `sequence` never comes first. Rows are deleted
    after the confirm; a crash in between publishes again, with the same id.
    """
    outage = journal.Outage("release")
    try:
        while True:
            router.decided.clear()
            left = 0
            try:
                if await router.memory.take(_LEASE, router.holder, _RELEASE_LEASE):
                    left = await finish(_release_once(router))
                outage.end(time.monotonic())
            except Temporary as error:
                outage.begin(error.code, time.monotonic())
                await asyncio.sleep(0.5)
            if not left:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(router.decided.wait(), 0.25)
    finally:
        # who takes over after a clean stop need not wait until the lease has run out
        with contextlib.suppress(Temporary):
            await router.memory.drop(_LEASE, router.holder)


async def _release_once(router: RouterHalf) -> int:
    left = await router.ledger.due(router.now(), _DUE)
    return left + await _publish_outbox(router)


async def _publish_outbox(router: RouterHalf) -> int:
    rows = await router.ledger.outbox(_OUTBOX)
    if not rows:
        return 0
    try:
        await router.broker.publish([row.letter for row in rows])
        confirmed: Sequence[Waiting] = rows
    except Temporary as error:
        # Perhaps one of them has no queue (a connector that was taken out): it must not hold up the others.
        results = await asyncio.gather(*(router.broker.publish([row.letter]) for row in rows), return_exceptions=True)
        confirmed = [row for row, result in zip(rows, results, strict=True) if not isinstance(result, BaseException)]
        if not confirmed:
            raise
        journal.waiting(f"outbox {error.code}", len(rows) - len(confirmed))
        await asyncio.sleep(0.5)
    await router.ledger.published(confirmed)
    return len(confirmed)
