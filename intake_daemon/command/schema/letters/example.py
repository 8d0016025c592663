"""The invented case with which the letters are shown: one brand, one language, and the dates that its clocks give."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from router.calendar import WorkCalendar
from router.clocks import Moment, outlook
from router.configuration import Configuration
from router.policy import Policy

Values = dict[str, Any]
Told = Iterator[tuple[str, str, Values]]
"""Letters of a page: the purpose, when it is sent so, and its values."""
RECEIVED = datetime(2026, 11, 20, 10, 30, tzinfo=UTC)
STEP = datetime(2026, 11, 23, 14, 5, tzinfo=UTC)
"""When the last step was taken."""
AGAIN = datetime(2026, 12, 8, 9, 15, tzinfo=UTC)
"""When the customer asks for the next stage."""


@dataclass(frozen=True)
class Example:
    """One brand's invented case, in one language."""

    read: Configuration
    calendars: Mapping[str, WorkCalendar]
    brand: str
    name: str
    """The brand as customers know it."""
    reference: str
    form: str
    address: str
    written: Mapping[str, Any]
    """What people wrote, by language."""
    language: str = ""

    @property
    def policy(self) -> Policy:
        """The brand's, as it is today."""
        return self.read.policies.brand(self.brand)

    @property
    def words(self) -> Mapping[str, str]:
        """What people wrote in this language."""
        return dict(self.written[self.language])

    def say(self, group: str, code: str) -> str:
        """The word for a code."""
        return self.read.notices.say(self.language)(group, code)

    def at(self, moment: datetime) -> str:
        """A moment, as letters write it."""
        return self.read.notices.moment(moment, self.language, self.read.brands[self.brand].tz)

    def due(self, until: Collection[str], *, stage: int = 1) -> date | None:
        """The first date that the policy promises for one of these events; None where it promises none."""
        given = [Moment("escalation.requested", AGAIN), Moment("escalation_acknowledgement.sent", AGAIN)]
        rows = outlook(self.policy, RECEIVED, self.calendars, given if stage > 1 else ())
        return min(
            (
                row.soonest.date
                for row in rows
                if row.soonest and row.clock.basis == "policy" and row.clock.stage == stage and row.clock.until in until
            ),
            default=None,
        )

    def day(self, until: Collection[str], *, stage: int = 1, later: int = 0) -> str:
        """That date as letters write it; empty where there is none."""
        due = self.due(until, stage=stage)
        return self.read.notices.day(due + timedelta(days=later), self.language) if due else ""
