"""What a report needs to know of one case: codes, times, references. telling.py makes it of the case's events."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

UNLISTED = "unlisted"
_CODE = re.compile(r"[^\s@]{1,64}")


def code(value: str, default: str = "") -> str:
    """A code as it is; whatever else stands in its place must not get into a report."""
    if not value:
        return default
    return value if _CODE.fullmatch(value) else UNLISTED


class Sent(NamedTuple):
    """A letter that was handed over; `event` is what a bounce names."""

    event: str
    type: str
    time: datetime
    code: str = ""
    """Outcome of an answer, clock of an extension."""
    reason: str = ""
    stage: int = 1


@dataclass
class ClockStory:
    """One clock of the case, in one cycle."""

    clock: str
    law: str
    cycle: int
    basis: str = "policy"
    stage: int = 1
    due: datetime | None = None
    breaches: list[datetime] = field(default_factory=list)
    """When it ran out, and nothing took that back."""
    stopped: datetime | None = None
    met: bool = False
    late: bool = False
    """The stop says so; it may be the only one, when the router was down while it ran out."""

    @property
    def ran_out(self) -> datetime | None:
        """When it did so first; a late one stays late (R-9)."""
        if self.breaches:
            return min(self.breaches)
        return (self.due or self.stopped) if self.late else None

    @property
    def met_at(self) -> datetime | None:
        """When what it waited for came."""
        return self.stopped if self.met else None


@dataclass
class Story:
    """One case."""

    case: str = ""
    reference: str = ""
    received: datetime | None = None
    """When the complaint reached the company; None for what is no complaint (yet)."""
    aside: bool = False
    topic: str = ""
    channel: str = ""
    cause: str = ""
    endings: list[tuple[datetime, bool, str]] = field(default_factory=list)
    """(when, whether it ended or began again, outcome), in turn: closed or withdrawn, then reopened, and so on."""
    at_once: datetime | None = None
    deemed: list[tuple[datetime, str]] = field(default_factory=list)
    sent: list[Sent] = field(default_factory=list)
    taken_back: set[str] = field(default_factory=set)
    """Ids of `….sent` events whose letter came back."""
    clocks: dict[tuple[str, str, int], ClockStory] = field(default_factory=dict)
    forwards: list[tuple[datetime, datetime]] = field(default_factory=list)
    """(first contact with staff, when it came to us)"""
    escalations: list[tuple[datetime, datetime, int]] = field(default_factory=list)
    """(recorded, first contact, stage)"""
    noted: list[tuple[datetime, str]] = field(default_factory=list)
    referred: list[tuple[datetime, str]] = field(default_factory=list)
    decided: list[tuple[datetime, str]] = field(default_factory=list)
    rights: list[tuple[datetime, str]] = field(default_factory=list)
    improvements: list[tuple[datetime, str]] = field(default_factory=list)
    scores: list[tuple[datetime, int]] = field(default_factory=list)
    plain: list[tuple[datetime, str]] = field(default_factory=list)
    """Events that only count, by type."""
    linked: bool = False

    def letters(self, kind: str) -> Iterator[Sent]:
        """Letters of one type that did not come back, in the order in which they left."""
        return (sent for sent in self.sent if sent.type == kind and sent.event not in self.taken_back)

    def answers(self) -> list[Sent]:
        """Every answer given; one that was agreed on at once counts where no other was written."""
        answers = list(self.letters("result.sent"))
        if not answers and self.at_once is not None:
            answers = [Sent("", "result.sent", self.at_once, "resolved_at_once")]
        return answers

    @property
    def outcome(self) -> str:
        """How it stands: the outcome of its end, else of the last answer, else what the law made of it, or `open`."""
        _, ended, outcome = self.endings[-1] if self.endings else (None, False, "")
        if ended and outcome:
            return outcome
        answers = self.answers()
        if answers:
            return answers[-1].code or "answered"
        if self.deemed:
            return self.deemed[-1][1]
        return "closed" if ended else "open"

    def open_at(self, moment: datetime) -> bool:
        """Whether it was an open complaint just before this moment."""
        if self.received is None or self.received >= moment or self.aside:
            return False
        return not next((ended for time, ended, _ in reversed(self.endings) if time < moment), False)

    def ended(self, when: datetime, outcome: str) -> None:
        """Closed, or withdrawn; of what had ended before, only a better word for how."""
        if not self.endings or not self.endings[-1][1]:
            self.endings.append((when, True, outcome))
        elif outcome:
            self.endings[-1] = (self.endings[-1][0], True, outcome)

    def overdue_at(self, moment: datetime) -> bool:
        """Whether then a promise of policy or law had run out that was not met."""
        return any(
            (out := clock.ran_out) is not None and out < moment and (clock.stopped is None or clock.stopped >= moment)
            for clock in self.clocks.values()
            if clock.basis != "target"
        )
