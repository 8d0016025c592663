"""A thread of one's own for calls that block, one after another; at the end nobody waits for it.

The standard library's executors are joined when the program ends, and a call that hangs in a dead network would hold
the end up for as long as its time-out.
"""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from queue import SimpleQueue
from typing import TypeVar, cast

T = TypeVar("T")
_Job = Callable[[], None]


class OneThread:
    """Await `thread(work)`: what `work()` gives or raises. `finish(last)` is the end: `last` runs, unwatched."""

    def __init__(self, name: str) -> None:
        self._jobs: SimpleQueue[_Job | None] = SimpleQueue()
        threading.Thread(target=self._work, name=name, daemon=True).start()

    async def __call__(self, work: Callable[[], T]) -> T:
        """Run it and wait. When the waiting is cancelled the call goes on, and its result is forgotten."""
        loop = asyncio.get_running_loop()
        done: asyncio.Future[T] = loop.create_future()

        def tell(result: T | None, error: Exception | None) -> None:
            if done.done():
                return
            if error is None:
                done.set_result(cast("T", result))
            else:
                done.set_exception(error)

        def job() -> None:
            result, failed = None, None
            try:
                result = work()
            except Exception as error:  # noqa: BLE001 -- whatever it is, it is the caller's
                failed = error
            with contextlib.suppress(RuntimeError):  # the loop is closed: nobody listens any more
                loop.call_soon_threadsafe(tell, result, failed)

        self._jobs.put(job)
        return await done

    def finish(self, last: Callable[[], None]) -> None:
        """No more calls: run this when the present one is over, and end."""

        def job() -> None:
            with contextlib.suppress(Exception):
                last()

        self._jobs.put(job)
        self._jobs.put(None)

    def _work(self) -> None:
        while (job := self._jobs.get()) is not None:
            job()
