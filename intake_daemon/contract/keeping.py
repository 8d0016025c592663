"""What is kept beside the queues: originals, complaints while the broker is away, and what was sent."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from intake_daemon.contract.broker import Letter
from intake_daemon.contract.cursor import Cursor
from intake_daemon.message import Receipt


class Vault(Protocol):
    """Originals and attachments under the SHA-256 of their bytes (hex). Written once, never changed."""

    async def put(self, content: bytes) -> str:
        """Durable when it returns. Raises Temporary (disk full, database away)."""

    async def get(self, key: str) -> bytes:
        """The bytes, their hash checked. Raises KeyError when they are not here (erased, or never were)."""

    async def erase(self, keys: Sequence[str]) -> None:
        """Gone when it returns; unknown keys are no error."""

    async def has(self, key: str) -> bool:
        """Whether it is here."""

    def kept(self, since: datetime, until: datetime) -> AsyncGenerator[Sequence[str], None]:
        """Keys of what was put here between these moments, in pieces; of everything where nobody knows when."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be put here."""


Verdict = Literal["clean", "infected", "unscanned"]


class Scanner(Protocol):
    """Tells whether files are harmful. Away or slow, it says `unscanned`; it never costs a complaint."""

    async def scan(self, contents: Sequence[bytes], within: float) -> list[Verdict]:
        """The verdict on each, in order, within so many seconds. Never raises."""


class Spool(Protocol):
    """Complaints held on disk while the broker is away, and nothing else."""

    async def hold(self, letters: Sequence[Letter]) -> None:
        """Fsynced when it returns. Raises Temporary (`spool_full`, `spool_none`)."""

    def waiting(self) -> int:
        """How many letters lie here."""

    async def close(self) -> None:
        """Give the folder free for the next process."""

    async def drain(self, publish: Callable[[Sequence[Letter]], Awaitable[None]]) -> None:
        """Runs for ever: publishes what lies here (own and adopted folders), oldest first, deleting after the confirm;
        waits while `publish` raises Temporary."""


@dataclass(frozen=True)
class Begun:
    """What `Memory.begin` found. `new`: send now. `done`: publish `receipt` again. `young`: somebody is sending it at
    this moment, wait. `old`: somebody began and never came back: Unknown."""

    state: Literal["new", "done", "young", "old"]
    receipt: Receipt | None = None
    attempts: int = 0
    """How many times it was begun before."""
    doubts: int = 0
    """How many of these ended in Unknown."""


class Memory(Cursor, Protocol):
    """What the intake half remembers, shared by all processes. Everything raises Temporary without a database."""

    async def begin(self, notice: str) -> Begun:
        """Durable before it says `new`."""

    async def done(self, notice: str, receipt: Receipt) -> None:
        """Durable when it returns."""

    async def forget(self, notice: str, *, doubt: bool = False) -> None:
        """It may begin anew: surely nothing was sent, or (`doubt`) a second copy was decided on. Both stay counted."""

    async def take(self, lease: str, holder: str, seconds: float) -> bool:
        """Take or keep a lease; False while somebody else holds it."""

    async def drop(self, lease: str, holder: str) -> None:
        """Give a lease back."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be remembered."""
