"""The desk as a connector for our own people sees it: who they are, what is theirs, and the one way to act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from intake_daemon.contract.ledger import Outcome
from intake_daemon.message import Command


@dataclass(frozen=True)
class CaseLine:
    """A case in a line: codes and dates, no word of a person. `due`: the next deadline, None without one."""

    reference: str
    brand: str
    state: str
    topic: str
    handler: str
    due: datetime | None = None


@dataclass(frozen=True)
class News:
    """Something that a handler should hear of: an event of the feed, in its place there."""

    position: int
    type: str
    """`handler.assigned`, `clock.warned`, `clock.breached`."""
    reference: str
    handler: str
    due: datetime | None = None


@dataclass(frozen=True)
class Colleague:
    """One of our own people: whose brands they serve, and in which language they are written to."""

    id: str
    brands: tuple[str, ...]
    language: str


class StaffDesk(Protocol):
    """What our own people may ask and do, each as the principal of handlers.yaml that they are. Raises Temporary."""

    async def redeem(self, code: str) -> str | None:
        """Whose one-time code this is (`intake token create WHO`); it is used up by this. None for a wrong one."""

    async def known(self, token: str) -> Colleague | None:
        """Whose token this is (`intake token create WHO`); it stays theirs. None for a wrong, expired or revoked
        one."""

    async def language(self, who: str) -> str | None:
        """In which language they are written to; None for who works here no more."""

    async def mine(self, who: str) -> Sequence[CaseLine]:
        """Their open cases, what is due first at the top."""

    async def case(self, who: str, reference: str) -> CaseLine | None:
        """A case of their brands, as somebody typed its reference; None where there is none for them."""

    async def act(self, command: Command) -> Outcome:
        """Done once per id, or refused with the reason: the same as over HTTP, AMQP, mail and on the command line."""

    async def place(self) -> int:
        """Where the feed ends now."""

    async def news(self, after: int, limit: int = 50) -> Sequence[News]:
        """What happened behind a place of the feed, in order."""
