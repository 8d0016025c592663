"""The router half, as `life` sees it: an input, what became of it, and the record."""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

    disposition: Literal["case", "joined", "machine", "aside", "parked", "repeat", "receipt", "done", "refused"]
    reference: str | None = None
    case: str | None = None
    reason: str = ""
    topic: str = ""
    team: str = ""
    handler: str = ""
    language: str = ""
    events: int = 0


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


class Ledger(Protocol):
    """The router half's record. One batch is one transaction; everything raises Temporary when the database is away."""

    async def decide(self, inputs: Sequence[Input], now: datetime) -> list[Outcome]:
        """Each input meets its case: lock, look up, consider, write, commit. Same order out as in. A repeat changes
        nothing. Any other exception than Temporary: one of them is poison, nothing of the batch was written."""

    async def due(self, now: datetime, limit: int) -> int:
        """Release notices whose time has come: render, store the words, put into the outbox. How many it released."""

    async def outbox(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """What may be published now: of each case only its first waiting event. `without`: connectors whose notices
        nobody takes at this moment."""

    async def published(self, rows: Sequence[Waiting]) -> None:
        """They are confirmed: delete them."""

    async def attempt(self, letter: str, more: int = 1) -> int:
        """Record one more attempt at a delivery that came again (`more`: -1 takes one back); how many there are."""

    async def park(self, parked: Sequence[Parked]) -> None:
        """Keep for a person; the same letter twice is one."""

    async def parked_as(self, reason: str) -> list[Parked]:
        """What is parked under this reason, the oldest first; at most 1,000."""

    async def unpark(self, parked: str) -> None:
        """It went back, confirmed; its attempts count from nothing."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be written."""
