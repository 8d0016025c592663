"""The router half, as `life` sees it: an input, what became of it, and the record."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from intake_daemon.contract.broker import Letter
from intake_daemon.message import Command, Message, Receipt


@dataclass(frozen=True)
class Input:
    """What may change a case, with the moment at which it was put into the queue."""

    value: Message | Receipt | Command
    published_at: datetime
    brand: str | None = None
    """Of a command: the only brand whose cases it may touch (its routing key's); None for all of its principal's."""


@dataclass(frozen=True)
class Outcome:
    """What became of an input; for the log, for `explain`, and as the answer to a command. Codes only."""

    disposition: Literal[
        "case", "joined", "machine", "aside", "parked", "repeat", "receipt", "done", "refused", "canary"
    ]
    reference: str | None = None
    case: str | None = None
    reason: str = ""
    topic: str = ""
    team: str = ""
    handler: str = ""
    language: str = ""
    events: int = 0
    missing: tuple[str, ...] = ()
    """Of a refused command: what it lacks."""
    clause: str = ""
    """Of a refused command: the clause of the policy that asks for it."""
    instead: tuple[str, ...] = ()
    """Of a refused command: what may be written in place of what was."""


@dataclass(frozen=True)
class Parked:
    """What cannot go on without a person: the letter whole, why, and since when."""

    id: str
    queue: str
    reason: str
    letter: Letter
    attempts: int
    since: datetime


@dataclass(frozen=True)
class Waiting:
    """A row of the outbox: a letter that was decided and is not yet confirmed by the broker."""

    id: int
    case: str
    letter: Letter


@dataclass(frozen=True)
class Progress:
    """How far a router process has read one queue."""

    holder: str
    queue: str
    at: datetime
    """When it said so."""
    known: datetime
    """Everything published before this has reached some router: a delivery published then, or an empty queue."""
    open_since: datetime | None
    """When the oldest delivery was published that this process has and has not settled; None: it has none."""


class Ledger(Protocol):
    """The router half's record. One batch is one transaction; everything raises Temporary when the database is away."""

    async def decide(self, inputs: Sequence[Input], now: datetime) -> list[Outcome]:
        """Each input meets its case: lock, look up, consider, write, commit. Same order out as in. A repeat changes
        nothing. Any other exception than Temporary: one of them is poison, nothing of the batch was written."""

    async def due(self, now: datetime, limit: int, emptied: Mapping[str, float] | None = None) -> int:
        """Release notices whose time has come: render, store the words, put into the outbox. How many it released.
        `emptied`: when each connector's queue was last seen empty (seconds since 1970, 0 for never): a letter that
        left later, and has no receipt yet, lies there and is not lost."""

    async def tick(self, now: datetime, until: datetime, limit: int) -> int:
        """What the time brings to cases whose clocks wake before `until`: begun, warned of, run out. How many cases."""

    def dawns(self, until: datetime) -> bool:
        """Whether a morning list may be owed that this process has not looked at. Cheap."""

    async def mornings(self, now: datetime, until: datetime) -> int:
        """Make the morning lists whose hour has come, each once; how many there were to make."""

    async def wakes(self) -> datetime | None:
        """When the next clock wakes; None while none runs."""

    async def progress(self, holder: str, mine: Sequence[Progress], now: datetime) -> list[Progress]:
        """Tell how far this process has read; how far it and all others have that live."""

    async def recount(self) -> None:
        """Look at every running clock anew: the calendars have changed."""

    async def outbox(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """What may be published now: of each case only its first waiting event. `without`: connectors whose notices
        nobody takes at this moment."""

    async def published(self, rows: Sequence[Waiting]) -> None:
        """They are confirmed: delete them."""

    async def attempt(self, letter: str, more: int = 1) -> int:
        """Record one more attempt at a delivery that came again (`more`: -1 takes one back); how many there are."""

    async def park(self, parked: Sequence[Parked]) -> None:
        """Keep for a person; the same letter twice is one, as it was parked last."""

    async def parked_as(self, reason: str, after: Parked | None = None) -> list[Parked]:
        """Some of what is parked under this reason, the oldest first, behind that one; none behind the last."""

    async def unpark(self, parked: Parked) -> None:
        """It went back, confirmed; its attempts count from nothing. What was parked again since stays."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be written."""
