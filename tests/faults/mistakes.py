"""Known mistakes, each put into a daemon's process by its name. The rig must find every one of them.

They are what peers have done, and what we were once tempted to do; each is one line in the wrong place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from intake_daemon.contract import Begun, Delivery, Letter, Waiting
from intake_daemon.memory import StoredMemory
from intake_daemon.message import Receipt
from router.ledger.record import StoredLedger
from tests.faults.checking import Kind
from tests.faults.scenario import DOORS, Door

_LATER = 0.3
# the modules; the package has functions under the same names
accept: Any = import_module("intake_daemon.life.accept")
route: Any = import_module("intake_daemon.life.route")


@dataclass(frozen=True)
class Mistake:
    """One of them. `points`: where a daemon must die for it to show."""

    put_in: Callable[[], None]
    points: tuple[str, ...]
    harm: Kind
    """What it does."""
    doors: tuple[Door, ...] = DOORS
    """Through which complaints must come."""


def _confirm_before_publish() -> None:
    held: set[asyncio.Task[Any]] = set()
    proper = accept._publish_or_spool

    async def hasty(intake: Any, source: Any, letters: Sequence[Letter], left: float) -> bool:  # noqa: ANN401 -- passed on
        async def later() -> None:
            await asyncio.sleep(_LATER)
            await proper(intake, source, letters, left)

        task = asyncio.create_task(later())
        held.add(task)
        task.add_done_callback(held.discard)
        return False

    accept._publish_or_spool = hasty


def _acknowledge_before_commit() -> None:
    proper = route._settle_batch

    async def hasty(router: Any, queue: str, batch: Sequence[Delivery]) -> None:  # noqa: ANN401 -- passed on
        await router.broker.settle(batch)
        await asyncio.sleep(_LATER)
        await proper(router, queue, batch)

    route._settle_batch = hasty


def _release_without_marking() -> None:
    async def forgetful(_self: StoredLedger, _rows: Sequence[Waiting]) -> None:
        """Published, and not deleted."""

    StoredLedger.published = forgetful  # type: ignore[assignment, method-assign]


def _offset_before_holding() -> None:
    from connectors.telegram.finding import body_of
    from connectors.telegram.polling import Polling

    held: set[asyncio.Task[Any]] = set()

    async def hasty(self: Polling, updates: Sequence[dict[str, Any]]) -> None:
        async def later() -> None:
            await asyncio.sleep(_LATER)
            await self._receiving.take_all(updates, [body_of(each) for each in updates])

        task = asyncio.create_task(later())
        held.add(task)
        task.add_done_callback(held.discard)
        self._offset = max((each["update_id"] + 1 for each in updates), default=None)

    Polling._take = hasty  # type: ignore[method-assign]


def _unguarded_resend() -> None:
    async def trusting(_self: StoredMemory, _notice: str) -> Begun:
        return Begun("new")

    StoredMemory.begin = trusting  # type: ignore[assignment, method-assign]


def _memory_per_process() -> None:
    known: dict[str, Receipt | None] = {}

    async def begin(_self: StoredMemory, notice: str) -> Begun:
        if (receipt := known.get(notice)) is not None:
            return Begun("done", receipt)
        known[notice] = None
        return Begun("new")

    async def done(_self: StoredMemory, notice: str, receipt: Receipt) -> None:
        known[notice] = receipt

    StoredMemory.begin = begin  # type: ignore[assignment, method-assign]
    StoredMemory.done = done  # type: ignore[assignment, method-assign]


MISTAKES = {
    "confirm before publish": Mistake(_confirm_before_publish, ("publish messages",), "lost"),
    "acknowledge before commit": Mistake(_acknowledge_before_commit, ("decide message",), "lost"),
    "release without marking": Mistake(_release_without_marking, ("publish events",), "stuck"),
    "offset before holding": Mistake(_offset_before_holding, ("publish messages",), "lost", ("telegram",)),
    "unguarded resend": Mistake(_unguarded_resend, ("memory done", "publish receipts", "settle notices"), "doubled"),
    "memory per process": Mistake(_memory_per_process, ("publish receipts", "settle notices"), "doubled"),
}
