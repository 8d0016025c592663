"""What the API works with; the composition root builds it, from a running house or without one."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from intake_daemon.contract import Broker, Held, Now, Vault
from intake_daemon.message import Message
from intake_daemon.store import Store
from router.api.strangers import Strangers
from router.ledger.record import StoredLedger
from router.rules import Rules
from router.turn import Desk


@dataclass(frozen=True)
class Office:
    """What the API works with."""

    store: Store
    ledger: StoredLedger
    desk: Desk
    broker: Broker
    vault: Vault
    rules: Callable[[], Rules]
    """Those of today."""
    installation: str
    now: Now
    subscribers: Mapping[str, Sequence[str]]
    """What each subscriber's queue is bound to."""
    condition: Callable[[], Awaitable[dict[str, Any]]]
    """How this process stands: parts, doors, queues."""
    take: Callable[[bytes, str, datetime | None], Awaitable[list[Held]]]
    """A mail that is imported: content, brand ("" for the one that it is addressed to), when it first came."""
    read: Callable[[bytes, str], Awaitable[Message]]
    """A mail as the common message; nothing is kept."""
    read_again: Callable[[Mapping[str, Any]], Awaitable[None]]
    """An original that could not be read, once more (the body of its parked letter)."""
    reconcile: Callable[[str | None, datetime], Awaitable[dict[str, Any]]]
    """What is missing at a door, or at all of them and in the vault, since then."""
    bring: Callable[[str, str], Awaitable[list[Held]]]
    """An original of the vault that belongs to nobody, as an import for a brand ("": whom it names)."""
    strangers: Strangers = field(default_factory=Strangers)
    """Who showed wrong tokens."""
