"""The router's judgement, as the ledger sees it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from intake_daemon.message import Command, Message, Receipt
from router.case import Case
from router.morning import Findings, Morning
from router.turn.effects import Decided, Effects
from router.turn.keys import Keys
from router.turn.knowledge import Knowledge
from router.turn.notice import Intent, Words


@dataclass(frozen=True)
class ClockRow:
    """A clock of an open case that something will happen to: the projection by which the tick finds it."""

    clock: str
    law: str
    cycle: int
    state: str
    basis: str
    due: datetime | None
    wakes: datetime
    """When it begins by itself, is to be warned of, or runs out."""


class Desk(Protocol):
    """The router's judgement, as the ledger sees it: pure."""

    def keys(self, value: Message | Receipt | Command) -> Keys:
        """What to lock and look up."""

    def consider(self, value: Message | Receipt | Command, knows: Knowledge, now: datetime) -> Effects:
        """What follows from it."""

    def follow(self, case: Case, now: datetime) -> tuple[Decided, ...]:
        """What a case's facts mean for its clocks, as far as no event has said it yet."""

    def clocks(self, case: Case, now: datetime) -> tuple[ClockRow, ...]:
        """Its clocks that something will happen to."""

    def tick(self, case: Case, knows: Knowledge, until: datetime) -> Effects:
        """What the time brings. `until`: everything that happened before is known; nothing later is declared."""

    def mornings(self, now: datetime) -> tuple[Morning, ...]:
        """The morning lists of today whose hour has come."""

    def morning_words(self, morning: Morning, found: Findings) -> Words | None:
        """What such a list says; None when there is nothing to tell."""

    def render(
        self, case: Case, intent: Intent, message: Message | None, said: Mapping[str, Any] | None, now: datetime
    ) -> Words | None:
        """The words of a notice that is due; None when it can no longer be said (its contents are erased)."""
