"""Who listens in this process, and when there is something for them.

A line of ours may be handed to another process than the one that holds the visitor's socket. Who spoke here wakes the
listeners here at once; what other processes did is seen by looking into the shared memory once a second, in one query
for all conversations that somebody listens to.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Iterator

from intake_daemon.contract import Chats
from intake_daemon.errors import Temporary

LOOK = 1.0
"""Seconds between two looks into the memory."""


class Listener:
    """One window's ear. `number`: the last line that it has."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.closed = False
        self._called = asyncio.Event()

    def call(self) -> None:
        """There may be something."""
        self._called.set()

    async def wait(self, seconds: float | None = None) -> bool:
        """Until somebody calls, or so long; whether somebody did."""
        try:
            async with asyncio.timeout(seconds):
                await self._called.wait()
        except TimeoutError:
            return False
        self._called.clear()
        return True


class Switchboard:
    """All listeners of a process."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._waiting: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._some = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return sum(map(len, self._listeners.values()))

    @contextlib.contextmanager
    def listening(self, conversation: str, number: int) -> Iterator[Listener]:
        """An ear on this conversation, from this number on."""
        listener = Listener(number)
        listener.closed = self._closed
        if self._closed:
            listener.call()
        self._listeners[conversation].add(listener)
        self._some.set()
        try:
            yield listener
        finally:
            self._listeners[conversation].discard(listener)
            if not self._listeners[conversation]:
                del self._listeners[conversation]
            if not self._listeners:
                self._some.clear()

    def wake(self, conversation: str) -> None:
        """Something was said there."""
        for listener in self._listeners.get(conversation, ()):
            listener.call()

    def seen(self, conversation: str) -> None:
        """The visitor has seen something."""
        for event in self._waiting.get(conversation, ()):
            event.set()

    async def until_seen(self, conversation: str, seconds: float) -> None:
        """Until the visitor has seen something, as far as this process knows, or so long."""
        event = asyncio.Event()
        self._waiting[conversation].add(event)
        try:
            async with asyncio.timeout(seconds):
                await event.wait()
        except TimeoutError:
            pass
        finally:
            self._waiting[conversation].discard(event)
            if not self._waiting[conversation]:
                del self._waiting[conversation]

    async def watch(self, chats: Chats) -> None:
        """Runs for ever: what other processes said."""
        while True:
            await self._some.wait()
            known = {name: min(each.number for each in ears) for name, ears in self._listeners.items()}
            with contextlib.suppress(Temporary):  # it is away; who listens hears it later
                for conversation in await chats.longer(known):
                    self.wake(conversation)
            await asyncio.sleep(LOOK)

    def close(self) -> None:
        """Nobody is kept waiting any more."""
        self._closed = True
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.closed = True
                listener.call()

    def open(self) -> None:
        """Begin anew."""
        self._closed = False
