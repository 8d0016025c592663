"""Known mistakes, each put into a daemon's process by its name. The rig must find every one of them.

They are what peers have done, and what we were once tempted to do; each is one line in the wrong place.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib import import_module
from typing import Any

import sqlalchemy as sa

from intake_daemon.broker.taking import Consumer
from intake_daemon.contract import Begun, Delivery, Letter, Waiting
from intake_daemon.memory import StoredMemory
from intake_daemon.message import Message, Receipt
from router.ledger.record import StoredLedger
from router.turn import Intent, Words
from tests.faults.finding import Kind
from tests.faults.points import Plan
from tests.faults.scenario import Door, Scenario

_LATER = 0.3
_OVERLAPS = 40.0
"""Seconds for which a router that has read waits for another to read, too, before it writes: on a busy machine."""
_AT_IT = sa.text(
    "SELECT count(*) FROM pg_locks JOIN pg_database ON pg_database.oid = pg_locks.database"
    " WHERE datname = current_database() AND locktype = 'advisory' AND objid = 1 AND granted"
)
# the modules; the package has functions under the same names
accept: Any = import_module("intake_daemon.life.accept")
route: Any = import_module("intake_daemon.life.route")


@dataclass(frozen=True)
class Mistake:
    """One of them. `played`: what must happen for it to show."""

    put_in: Callable[[], None]
    harm: Kind
    """What it does."""
    played: tuple[Scenario, ...]
    several: bool = False
    """Whether it takes several routers."""
    patience: float = 20
    """Seconds until what is still on its way counts as stuck."""


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
        await asyncio.sleep(_LATER)  # or it would do nothing else, at full speed

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


def _no_conversation_lock() -> None:
    from router.ledger import reading

    proper = reading.read

    def together(connection: sa.Connection, batch: Any, keys: Any, values: Sequence[object], **more: Any) -> None:  # noqa: ANN401 -- passed on
        proper(connection, batch, keys, values, **more)
        if not any(isinstance(value, Message) for value in values):
            return
        connection.execute(sa.text("SELECT pg_advisory_xact_lock_shared(1)"))  # until the end of the transaction
        ended = time.monotonic() + _OVERLAPS
        while connection.execute(_AT_IT).scalar_one() < 2 and time.monotonic() < ended:
            time.sleep(0.02)

    opened: Any = Consumer.open

    async def one(self: Any, link: Any, _prefetch: int) -> None:  # noqa: ANN401 -- passed on
        await opened(self, link, 1)  # what belongs together comes to different routers

    Consumer.open = one  # type: ignore[assignment, method-assign]
    unlocked: Any = reading
    unlocked.lock = lambda *_given, **_more: None
    unlocked.read = together


def _tick_before_reading() -> None:
    from intake_daemon.life.tick import Horizon

    async def by_the_clock(self: Horizon) -> datetime:
        return self.router.now()

    Horizon.look = by_the_clock  # type: ignore[method-assign]


def _words_at_decision() -> None:
    from router.ledger.batch import Batch

    proper: Any = StoredLedger._owe
    written: dict[str, Words] = {}

    def hasty(self: Any, batch: Batch, case: str, intent: Intent, message: Any, people: Any) -> None:  # noqa: ANN401 -- passed on
        if message is not None and message.id == intent.contact and not intent.said:
            words = self._desk.render(batch.cases[case], intent, message, None, batch.now)
            if words is not None:
                written[intent.id] = words
        proper(self, batch, case, intent, message, people)

    released: Any = Batch.release

    def as_written(self: Batch, case: str, intent: Intent, words: Words | None) -> None:
        released(self, case, intent, written.get(intent.id, words))

    StoredLedger._owe = hasty  # type: ignore[method-assign]
    Batch.release = as_written  # type: ignore[assignment, method-assign]


_DAYS = 10 * 86_400.0
"""After which an acknowledgement is late by every policy."""
_ACCEPTED_IN_TIME = (
    Scenario(1, None, ("telegram", "telegram")),
    Scenario(2, Plan("decide message"), (), accepts=2),
    Scenario(3, Plan("decide message", "hang"), (), jump=_DAYS),
)
_AT_ONCE = (Scenario(1, None, ("smtp",), follows=("at once",)),)
_LINES = (Scenario(1, None, ("telegram", "chat", "telegram"), follows=("lines", "lines", "lines")),)


def _dies(point: str, *doors: Door, before: bool = True) -> tuple[Scenario, ...]:
    """One life, which ends there."""
    return (Scenario(1, Plan(point, "kill", before), doors or ("smtp", "form", "smtp")),)


MISTAKES = {
    "confirm before publish": Mistake(_confirm_before_publish, "lost", _dies("publish messages")),
    "acknowledge before commit": Mistake(_acknowledge_before_commit, "lost", _dies("decide message")),
    "release without marking": Mistake(
        _release_without_marking, "stuck", _dies("publish events", before=False), patience=8
    ),
    "offset before holding": Mistake(
        _offset_before_holding, "lost", _dies("publish messages", "telegram", "telegram", "telegram")
    ),
    "unguarded resend": Mistake(_unguarded_resend, "doubled", _dies("memory done")),
    "no conversation lock": Mistake(_no_conversation_lock, "doubled", _AT_ONCE, several=True),
    "tick before the queues are read": Mistake(_tick_before_reading, "wrong", _ACCEPTED_IN_TIME),
    "words rendered at decision": Mistake(_words_at_decision, "wrong", _LINES),
    "memory per process": Mistake(_memory_per_process, "doubled", _dies("publish receipts")),
}
