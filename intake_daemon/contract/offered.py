"""What a source can be asked: everything that it has for us, to be compared with what we hold (`intake reconcile`)."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol, Self, runtime_checkable

from intake_daemon.contract.cursor import Cursor


@dataclass(frozen=True)
class Offered:
    """One item of a source, as the source names it. Whatever is given of `external_id`, `digest`, `content` may find it
    among the contacts, the surest first."""

    name: str
    """By which a person finds it there: `UID 17 of INBOX`, a file's path, a sid."""
    brand: str = ""
    external_id: str = ""
    """As its Draft says."""
    digest: str = ""
    """SHA-256 (hex) of its original, or of a file of it."""
    content: Callable[[], Awaitable[bytes | None]] | None = None
    """Its original, where it costs something to get it. May be asked for until the next piece is; None: it is gone."""
    marks: tuple[tuple[str, str], ...] = ()
    """What its parked letter's envelope says of it, where nothing of the above could be had: `(("uid", "17"),)`."""
    at: datetime | None = None
    """When it came there, by the source's own clock."""
    read: bool = True
    """Whether the connector has been past it; what it has not reached may still be on its way."""

    @classmethod
    def of_file(cls, path: Path, put: float, *, read: bool) -> Self:
        """One that lies in a folder since `put` (seconds since 1970). Raises OSError."""
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        return cls(name=str(path), digest=digest, at=datetime.fromtimestamp(put, UTC), read=read)


@runtime_checkable
class CanBeAsked(Protocol):
    """A connector whose source keeps what it has given us, or has still to give."""

    remedy: str
    """What brings back an item that the source has and we do not hold: a sentence for the operator."""

    def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Offered], None]:
        """Everything that came there since then and was ours to take, in pieces. `cursor`: the connector's own.

        It only looks: nothing is marked as seen, moved, or taken. It may be called while `run` is at work, or never
        was. Raises Temporary when the source does not answer. Close it (`contextlib.aclosing`)."""
