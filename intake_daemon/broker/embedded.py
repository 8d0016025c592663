"""The embedded broker: one SQLite file instead of a RabbitMQ, for one process on one machine.

It keeps the promises of `contract.Broker`, and the same topology (`broker.topology`), so that everything above can be
run, and tried, with nothing else installed. What happens in the file stands in `file.py`; here are the thread that owns
it and the loop that asks it.

Rules
- What is asked while a transaction is being written goes into the next one, so a hundred letters published at once
  cost one fsync, not a hundred. If a transaction fails, each of its jobs is tried alone: one must not fail the others.
- Consumers are woken by an event when the transaction that brings a letter is durable; nothing polls.
- What a consumer has neither settled nor given back when its iterator is closed, or when the process dies, comes again
  redelivered.
"""

from __future__ import annotations

import asyncio
import json
import queue
import sqlite3
import threading
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

from intake_daemon import disk, journal
from intake_daemon.broker import LARGEST, matches, topology
from intake_daemon.broker.file import LettersFile, Row
from intake_daemon.contract import MESSAGES, REPLIES, Delivery, Depth, Letter, Now, Subscriber
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import utc

T = TypeVar("T")
Asked = tuple[Callable[[LettersFile], Any], "asyncio.Future[Any]"]
Answered = tuple["asyncio.Future[Any]", Any]

GROUP = 1000
"""At most so many jobs share a transaction."""
IN_FLIGHT = 1000
"""At most so many calls of `publish` wait for their transaction; further callers wait before theirs is queued."""
QUIET = 1.0
"""Seconds without work after which the write-ahead log is emptied."""
AGAIN = 1.0
"""Seconds until a consumer tries again when the disk refused."""
CASE, TIMES = 64 * 1024, 2
"""What a message needs on the disk once it is decided (ledger, vault, events, letters): so many bytes, and so often its
own. Measured: 40 KiB for one of 4 KiB, 200 KiB for one of 107 KiB."""


class Embedded:
    """A `contract.Broker` in the file `path`. `notices`: names of the connectors that send."""

    def __init__(
        self, path: Path, now: Now, subscribers: Sequence[Subscriber] = (), notices: Sequence[str] = ()
    ) -> None:
        self._path = path
        self._now = now
        self._queues = {each.name: each for each in topology(notices, subscribers)}
        self._jobs: queue.SimpleQueue[Asked | None] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._consumers = count(1)
        self._wakes: dict[str, set[asyncio.Event]] = {name: set() for name in self._queues}
        self._room = asyncio.Semaphore(IN_FLIGHT)
        self._outage = journal.Outage("broker")
        self._room_low = journal.Outage("disk")
        self._low = False
        self._owed = self._coming = 0
        """Bytes that what is taken, and what is just being taken, will need to be decided."""
        self._ill: str | None = None

    async def start(self) -> None:
        """Opens the file. BadSettings when it is somebody else's, or in use."""
        self._loop = asyncio.get_running_loop()
        file = await asyncio.to_thread(LettersFile, self._path, list(self._queues.values()))
        self._owed = _to_decide(*file.undecided())
        self._thread = threading.Thread(target=self._write, args=(file, self._loop), name="broker", daemon=True)
        self._thread.start()

    async def close(self) -> None:
        """Everything asked before this is written; then the file is closed and the consumers end."""
        if self._thread is not None:
            thread, self._thread = self._thread, None
            self._jobs.put(None)
            for wakes in self._wakes.values():
                for wake in wakes:
                    wake.set()
            await asyncio.to_thread(thread.join, 5)

    async def publish(self, letters: Sequence[Letter]) -> None:
        """All of them in one transaction, or none. Raises Temporary: `no_route`, `broker_storage`, `not_connected`, and
        for messages `disk_low`: what was taken needs room to be decided;
        Permanent: `too_large`."""
        if any(len(letter.body) > LARGEST for letter in letters):
            raise Permanent("too_large")
        bodies = [len(letter.body) for letter in letters if letter.exchange == MESSAGES]
        if bodies and not self._has_room():
            raise Temporary("disk_low")
        published = utc(self._now())
        rows = [row for letter in letters for row in self._rows(letter, published)]
        self._coming += (coming := _to_decide(len(bodies), sum(bodies)))
        try:
            async with self._room:
                await self._ask(lambda file: file.put(rows))
        finally:
            self._coming -= coming

    async def consume(
        self, queue: str, *, batch: int = 50, linger: float = 0.005
    ) -> AsyncGenerator[list[Delivery], None]:
        """Ends when the broker is closed; a disk that refuses is waited for. KeyError: no such queue."""
        me, wake = next(self._consumers), asyncio.Event()
        self._wakes[queue].add(wake)
        try:
            while self._thread is not None:
                wake.clear()
                try:
                    taken = await self._take(me, queue, batch)
                    if taken and len(taken) < batch and linger:
                        await asyncio.sleep(linger)
                        if wake.is_set():
                            taken += await self._take(me, queue, batch - len(taken))
                except Temporary:
                    self._leave(me)
                    await asyncio.sleep(AGAIN)
                    continue
                if taken:
                    yield taken
                else:
                    await wake.wait()
        finally:
            self._wakes[queue].discard(wake)
            self._leave(me)

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Deleted, durably, when it returns."""
        tags = [each.tag for each in deliveries]
        await self._ask(lambda file: file.settle(tags))

    async def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """They take their old places in the queue; after `DELIVERY_LIMIT` returns they are parked instead."""
        tags = [each.tag for each in deliveries]
        await self._ask(lambda file: file.give_back(tags))

    async def depth(self, queue: str) -> Depth:
        """Exact: everything goes through this process."""
        return await self._ask(lambda file: file.depth(queue))

    async def page(self, after: int, size: int) -> list[Delivery]:
        """As they lie, for a copy (LettersFile.page)."""
        return await self._ask(lambda file: file.page(after, size))

    async def bring(self, letters: Sequence[Delivery]) -> None:
        """Letters of another broker, each into its queue, durably. KeyError: no such queue here."""
        for each in letters:
            _ = self._queues[each.queue]
        await self._ask(lambda file: file.lay(letters))

    async def clear(self) -> None:
        """Everything in every queue goes: only for a house that is being filled."""
        await self._ask(lambda file: file.clear())

    def well(self) -> str | None:
        """`not_connected` before `start` and after `close`, `broker_storage` while the disk refuses, `disk_low` while
        nothing new is taken."""
        if self._thread is None:
            return "not_connected"
        return self._ill or (None if self._has_room() else "disk_low")

    def _has_room(self) -> bool:
        """Low once is low until two reserves are free: a door that opens for one mail at a time says nothing true."""
        owed = self._owed + self._coming
        self._low = not disk.room(self._path.parent, owed, reserves=2 if self._low else 1)
        if self._low:
            self._room_low.begin("disk_low", time.monotonic())
        else:
            self._room_low.end(time.monotonic())
        return not self._low

    # --- on the loop ----------------------------------------------------------------------------------------------

    def _rows(self, letter: Letter, published: str) -> list[Row]:
        """One for each queue that the letter reaches."""
        if letter.exchange == REPLIES:
            reached = [letter.key] if letter.key in self._queues else []
        else:
            reached = [
                each.name
                for each in self._queues.values()
                if each.exchange == letter.exchange and any(matches(bound, letter.key) for bound in each.bind)
            ]
        if not reached and letter.mandatory:
            raise Temporary("no_route")
        return [
            Row(
                queue=name,
                exchange=letter.exchange,
                key=letter.key,
                body=letter.body,
                message_id=letter.message_id,
                content_type=letter.content_type,
                headers=json.dumps(dict(letter.headers)),
                correlation_id=letter.correlation_id,
                reply_to=letter.reply_to,
                published_at=published,
            )
            for name in reached
        ]

    async def _ask(self, job: Callable[[LettersFile], T]) -> T:
        if self._thread is None or self._loop is None:
            raise Temporary("not_connected")
        answer: asyncio.Future[T] = self._loop.create_future()
        self._jobs.put((job, answer))
        return await answer

    async def _take(self, consumer: int, name: str, limit: int) -> list[Delivery]:
        return await self._ask(lambda file: file.take(consumer, name, limit))

    def _leave(self, consumer: int) -> None:
        """Not awaited, since the consumer is perhaps being cancelled. Jobs keep their order, so this comes after a
        `take` that is still under way: nothing stays with a consumer that is gone."""
        if self._thread is not None and self._loop is not None:
            answer: asyncio.Future[None] = self._loop.create_future()
            answer.add_done_callback(lambda done: done.cancelled() or done.exception())  # nobody else asks
            self._jobs.put((lambda file: file.leave(consumer), answer))

    def _tell(self, answers: list[Answered], brought: set[str], undecided: tuple[int, int]) -> None:
        self._owed = _to_decide(*undecided)
        for answer, result in answers:
            if answer.done():
                continue  # who asked was cancelled
            if isinstance(result, BaseException):
                answer.set_exception(result)
            else:
                answer.set_result(result)
        for name in brought:
            for wake in self._wakes.get(name, ()):
                wake.set()

    # --- in the thread --------------------------------------------------------------------------------------------

    def _write(self, file: LettersFile, loop: asyncio.AbstractEventLoop) -> None:
        """The thread's whole life: one group of jobs after another, a transaction each."""
        try:
            open_ = True
            while open_:
                group = self._next_group(file)
                open_ = group[-1] is not None
                answers = self._commit(file, [asked for asked in group if asked is not None])
                brought, file.brought = file.brought, set()
                loop.call_soon_threadsafe(self._tell, answers, brought, file.undecided())
        finally:
            file.db.close()

    def _next_group(self, file: LettersFile) -> list[Asked | None]:
        """What is asked by now; waits for the first. None stands for the end and comes last."""
        try:
            group = [self._jobs.get(timeout=QUIET)]
        except queue.Empty:
            file.quiet()
            group = [self._jobs.get()]
        while len(group) < GROUP and group[-1] is not None:
            try:
                group.append(self._jobs.get_nowait())
            except queue.Empty:
                break
        return group

    def _commit(self, file: LettersFile, group: list[Asked]) -> list[Answered]:
        if not group:
            return []
        try:
            file.begin()
            answers: list[Answered] = [(answer, job(file)) for job, answer in group]
            file.commit()
        except Exception as error:  # noqa: BLE001 -- whatever it was, everybody who asked must hear of it
            file.rollback()
            if len(group) > 1:
                return [answer for asked in group for answer in self._commit(file, [asked])]
            return [(group[0][1], self._failure(error))]
        if self._ill:
            self._ill = None
            self._outage.end(time.monotonic())
        return answers

    def _failure(self, error: Exception) -> Exception:
        if not isinstance(error, sqlite3.OperationalError):  # not the disk: a fault of ours
            journal.failed("broker", error)
            return error
        self._ill = "broker_storage"
        self._outage.begin(self._ill, time.monotonic())
        return Temporary(self._ill)


def _to_decide(many: int, size: int) -> int:
    """Bytes of the disk that so many messages of `size` bytes together will need."""
    return many * CASE + size * TIMES
