"""Who complained when about what, by the hashes that the ledger keeps of addresses: to find what came again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple

from router.reports.story import Story

AGAIN = timedelta(days=365)
"""How far back an earlier complaint of the same correspondent makes the next one a repeat."""


class Seen(NamedTuple):
    """One complaint."""

    received: datetime
    case: str
    topic: str


@dataclass
class People:
    """Every complaint under the hashes of its correspondents, and the other way round."""

    complaints: defaultdict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))
    who: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def add(self, story: Story, correspondents: Collection[str]) -> None:
        """One case with its correspondents."""
        if story.received is None or story.aside or not correspondents:
            return
        self.who[story.case] = tuple(correspondents)
        for each in correspondents:
            self.complaints[each].append(Seen(story.received, story.case, story.topic))

    def again(self, seen: Seen) -> tuple[bool, bool]:
        """Whether one of its correspondents had complained in the twelve months before; whether of the same topic."""
        earlier = [
            other
            for each in self.who.get(seen.case, ())
            for other in self.complaints[each]
            if other.case != seen.case and seen.received - AGAIN <= other.received
            if (other.received, other.case) < (seen.received, seen.case)
        ]
        return bool(earlier), any(other.topic == seen.topic for other in earlier)
