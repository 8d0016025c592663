"""What a conversation with a mail server may ask of the door that it came through."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Limits:
    """Sizes in bytes, times in seconds; see `Smtp.Settings`."""

    hostname: str
    max_size: int
    max_recipients: int
    max_line_length: int
    idle_seconds: float
    block_seconds: float
    mail_seconds: float


class Guest(Protocol):
    """A connection, as the door sees it."""

    def leave(self) -> None:
        """We stop: say so and close, but let a mail that is being held have its answer first."""

    def drop(self) -> None:
        """Close at once, whatever is under way."""


class Reception(Protocol):
    """Who stands behind the sessions: knows the recipients, holds the mails, wants to hear of refusals."""

    limits: Limits
    leaving: bool

    def knows(self, address: str) -> bool:
        """Whether mail to this address is for one of our brands."""

    async def hold(self, content: bytes, mail_from: str, rcpt_to: list[str], peer: str) -> list[str]:
        """Make it ours and say for each recipient, in order, what the sender shall hear."""

    def room(self, size: int) -> bool:
        """Ask for so many bytes of memory more; each that was given must be given back (`room` of less than 0)."""

    def refused(self, reason: str) -> None:
        """Something was refused; `reason` is a code."""

    def came(self, guest: Guest) -> None:
        """A connection was opened."""

    def went(self, guest: Guest) -> None:
        """A connection was closed."""
