"""The lines of a chat between visitor and company, as every process sees them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True)
class ChatLine:
    """One line of a conversation. `id`: the visitor's own name for their line, or the notice that ours is."""

    id: str
    text: str
    at: datetime
    ours: bool = False
    person: bool = False
    """Ours, and written by a person."""
    files: tuple[str, ...] = ()
    """Names of what came with it."""
    message: str = ""
    """The held message, of a line of theirs; by it the line is erased with its case."""
    number: int = 0
    """Its place in the conversation, from 1, without gaps; given when it is kept."""


@dataclass(frozen=True)
class Shown:
    """What became of a line of ours."""

    seen_at: datetime | None
    """When the visitor's window first told that it was shown."""
    since: datetime
    """Since when the visitor has shown nothing of what is there for them; this line's own time at the latest."""
    reachable: bool
    """Whether the visitor has left another address where they want to be written to."""


class Chats(Protocol):
    """Conversations, in the shared memory. Everything raises Temporary without a database."""

    async def add(self, conversation: str, line: ChatLine, *, reachable: bool | None = None) -> int:
        """Keep a line; its number. The same line (`ours` and `id`) again is the one that is there. Durable when it
        returns. `reachable`: from now on the visitor can be written to elsewhere, or no more."""

    async def since(self, conversation: str, number: int, limit: int = 200) -> list[ChatLine]:
        """The lines behind a number, in order."""

    async def longer(self, known: Mapping[str, int]) -> list[str]:
        """Which of these conversations have lines behind these numbers."""

    async def shown(self, conversation: str, id: str) -> Shown | None:  # noqa: A002 -- as the line says it
        """What became of a line of ours; None when there is none (erased)."""

    async def leave(self, conversation: str, id: str) -> bool:  # noqa: A002 -- the same
        """Nobody waits for this line any more: whoever is told that it was seen reports it. False: it was seen."""

    async def seen(self, conversation: str, number: int) -> Sequence[tuple[str, datetime]]:
        """The visitor has seen everything up to here. What of it was left: the notice, and when it was seen; each is
        told once."""

    async def sweep(self, before: datetime) -> int:
        """Forget conversations in which nothing was said since then; how many."""
