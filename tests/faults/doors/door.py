"""What a door promises the rig."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

from tests.faults.clock import Clock
from tests.faults.said import Said
from tests.walk.daemon import Daemon
from tests.walk.doors import Told


@dataclass(frozen=True)
class Got:
    """Something that reached a customer. One letter has one `letter`; what comes of it twice is the same `part`."""

    number: int
    """Whose complaint: by the address, the chat or the number that it reached."""
    letter: str
    part: str
    text: str
    reference: str = ""
    """Of the case that it names; found in its text where nothing stands here."""


@dataclass
class World:
    """What every source works with."""

    at: Callable[[], Daemon]
    """A process at whose doors one may knock; perhaps it is just dead."""
    clock: Clock
    told: Told = field(default_factory=Told)
    over: threading.Event = field(default_factory=threading.Event)
    """From now on nobody waits for an answer any more."""
    _working: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(64))
    _works: list[Future[Any]] = field(default_factory=list)

    def go(self, work: Callable[[], Any]) -> None:
        """Behind the caller's back."""
        self._works.append(self._working.submit(work))

    def failed(self) -> list[BaseException]:
        """Works that ended otherwise than they should."""
        ended = [work for work in self._works if work.done() and not work.cancelled()]
        return [error for work in ended if (error := work.exception()) is not None]

    def busy(self) -> bool:
        """Whether anybody is still at it."""
        return not all(work.done() for work in self._works)

    def end(self) -> None:
        """Nobody goes on."""
        self.over.set()
        self._working.shutdown(wait=False, cancel_futures=True)


class Door(Protocol):
    """One way in."""

    name: str
    brand: str
    """Whose it is; nothing for one that all brands have."""
    lines: bool
    """Whether people write there in several lines."""

    def connectors(self) -> Mapping[str, Any]:
        """What intake.yaml says of it."""

    def say(self, said: Said) -> None:
        """Returns at once; its source goes on until it has heard that it is held, or does as the real one does."""

    def heard(self) -> set[int]:
        """The numbers of what was said here and is held, as the source was told."""

    def waits(self) -> bool:
        """Whether a source still waits to be told."""

    def be(self, mood: str, times: int) -> None:
        """So unkind is the provider to the next answers that we send."""

    def got(self) -> Iterable[Got]:
        """What reached its customers."""


class Answered:
    """What the doors have in common whose sources hear a reference, and whose customers are answered by mail: the
    customers' own server is the unkind one (receivers.py), and counts what it gets."""

    brand = ""
    lines = False

    def __init__(self, world: World) -> None:
        self._world = world
        self._said: set[int] = set()

    def connectors(self) -> Mapping[str, Any]:
        """It is in every installation."""
        return {}

    def heard(self) -> set[int]:
        """Who heard one."""
        return self._said & self._world.told.references.keys()

    def waits(self) -> bool:
        """Whether a source still tries."""
        return self.heard() != self._said

    def be(self, mood: str, times: int) -> None:
        """That server is told so."""

    def got(self) -> Iterable[Got]:
        """That server counts it."""
        return ()


UNKIND: Mapping[str, Mapping[str, Any]] = {
    "busy": {"status": 429, "retry_after": 1},
    "refuses": {"status": 502},
    "cuts": {"drop": "after"},
    "slow": {"slow": 2},
    "lies": {"after": 500},
}
"""The moods of receivers.py, as the fakes of providers know them."""
