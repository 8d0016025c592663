"""What piles up is said once for each mark that it crosses, and once when it has gone again.

Nothing is done about it here: what bounds a pile stands in docs/operations.md (*What piles up*).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from intake_daemon import journal

MARKS = (1_000, 10_000, 100_000, 1_000_000)


@dataclass
class Piles:
    """`full`: the one mark of those of which the oldest is dropped, at which that begins."""

    full: Mapping[str, int] = field(default_factory=dict)
    _said: dict[str, int] = field(default_factory=dict)

    def look(self, part: str, count: int) -> None:
        """How many wait in this part now."""
        marks = (self.full[part],) if part in self.full else MARKS
        said, reached = self._said.get(part, 0), max((mark for mark in marks if count >= mark), default=0)
        if reached > said:
            self._said[part] = reached
            journal.waiting(part, count)
        elif said and count < marks[0] / 2:
            del self._said[part]
            journal.drained(part)
