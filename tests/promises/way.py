"""A connector at work and the world around it, as the lists of promises see it.

An `Item` is what somebody says, on any channel; a `Way` delivers it as its source would, and tells what the source
heard. A `Row` is one row of a connector's table of answers.
"""

from __future__ import annotations

import asyncio
import io
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import structlog

from intake_daemon.contract import File
from intake_daemon.errors import IntakeError
from intake_daemon.lines import open_journal
from intake_daemon.message import Address, Notice
from tests.doors import Recorder

Told = Literal["held", "again", "refused"]
"""What the source heard: it is ours; come again (or: it was not confirmed); no."""


@dataclass(frozen=True)
class Item:
    """What somebody says, on any channel. The Way makes from it what its source would send."""

    name: str = "1"
    """Another name is another item; the source's own number is made from it."""
    text: str = "It is broken."
    conversation: str = "a"
    """Who writes, or in which chat."""
    files: tuple[File, ...] = ()
    at: datetime = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    """The provider's time, where the channel has one."""


class Way(ABC):
    """One connector at work, and the world around it."""

    door: Recorder
    connector: Any
    running: asyncio.Task[None]
    """Its `run`."""
    planted: tuple[str, ...] = ()
    """What of every delivery is personal beside its words: the sender's address and name."""

    @abstractmethod
    async def deliver(self, item: Item) -> Told:
        """Deliver it as the source does, and wait for what the source hears."""

    def carried(self, item: Item) -> str:
        """What of the item's text this channel carries."""
        return item.text

    def original(self, item: Item) -> bytes:
        """Bytes that must stand in the original."""
        return item.text.encode()

    async def forge(self, item: Item, how: str) -> Told:
        """The same delivery with a signature that is no good: one of `Signed.forgeries`."""
        raise NotImplementedError

    async def batch(self, items: Sequence[Item]) -> Told:
        """All of them in one delivery."""
        raise NotImplementedError

    async def edit(self, item: Item, text: str) -> Told:
        """The source tells that a delivered item now says `text`."""
        raise NotImplementedError

    def trouble(self, what: str) -> None:
        """From now on files are fetched with this trouble: one of `Fetches.troubles`; empty for none."""
        raise NotImplementedError

    def answers(self, what: str) -> None:
        """From now on the receiver of notices does this: a word of the `table`; empty: it takes them."""
        raise NotImplementedError

    def notice(self) -> Notice:
        """A notice that this connector can send."""
        return a_notice()


def a_notice(kind: str = "email", value: str = "ann@shop.example", **said: Any) -> Notice:  # noqa: ANN401 -- any field
    """An acknowledgement for that address."""
    plain: dict[str, Any] = {
        "id": "0b7d6c5e-0000-5000-8000-000000000001",
        "case": "c",
        "reference": "WEL-4T7K-Q9MX-2RH0",
        "brand": "welzo",
        "purpose": "acknowledgement",
        "connector": "way",
        "to": Address(kind=kind, value=value),
        "sender_name": "Welzo",
        "sender_address": "complaints@welzo.example",
        "subject": "We have your complaint",
        "text": "We have your complaint. Its reference is WEL-4T7K-Q9MX-2RH0.",
        "language": "en",
        "token": "abcdef234567",
        "created_at": datetime(2026, 11, 21, tzinfo=UTC),
    }
    return Notice(**(plain | said))


@dataclass(frozen=True)
class Row:
    """One row of a connector's table of answers: what the receiver does, and what that is to us."""

    answer: str
    error: type[IntakeError]
    code: str = ""
    """The code that is told; empty: not looked at."""
    after: float | None = None
    """Seconds until which the receiver wants peace (Retry-After)."""

    def __str__(self) -> str:
        """For the test's name."""
        return f"{self.answer}-is-{self.error.__name__}"


async def until(true: Callable[[], object], what: str, task: asyncio.Task[Any] | None = None) -> None:
    """Wait for a condition, three minutes at most; a task that failed meanwhile tells why."""
    end = time.monotonic() + 180
    while not true():
        if task and task.done() and not task.cancelled():
            task.result()
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


async def stop(task: asyncio.Task[Any]) -> None:
    """Cancel; it must end by itself soon (a second is promised; a busy machine is given ten)."""
    task.cancel()
    await asyncio.wait([task], timeout=10)
    assert task.done(), "it goes on after it was cancelled"


@contextmanager
def overheard() -> Iterator[io.StringIO]:
    """All that the journal, and every library, says at debug level meanwhile."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    told = io.StringIO()
    open_journal("json", level="debug", to=told)
    try:
        yield told
    finally:
        structlog.reset_defaults()
        root.handlers[:], root.level = before
