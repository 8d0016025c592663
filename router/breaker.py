"""The breaker: automatic letters to one correspondent, or within one case, end before they become a conversation.

Machines that say what they are get no answer at all. This is for the others: a ticket system that strips every header,
an address that forwards to itself, a stranger's form. What counts are automatic letters that went to one of the
sender's addresses, or answered one (a machine may change From or Return-Path every time), and those of the case that
it writes to, whoever it says that it is. Limits are the brand's (`breaker` of intake.yaml), over minutes to a day.

What it stops waits for a person: an acknowledgement is withheld, the letter of a stage is held, answers to questions
and receipts are left out; in a case a task of the handler's says so once (`machine`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Limits = tuple[tuple[int, timedelta], ...]
"""So many letters within so long: the breaker ends it at the first that is reached."""
TASK = "machine"
"""Kind of the task: somebody finds out whether a machine answers us."""
_FINDING = "breaker: "


@dataclass(frozen=True)
class Breaker:
    """The limits of one brand."""

    correspondent: Limits
    case: Limits

    def tripped(self, now: datetime, to_them: Sequence[float], in_case: Sequence[float]) -> str:
        """Which limit is reached, as a finding; nothing where none is. Times are seconds since 1970."""
        for name, limits, times in (("correspondent", self.correspondent, to_them), ("case", self.case, in_case)):
            for letters, within in limits:
                since = (now - within).timestamp()
                if sum(time > since for time in times) >= letters:
                    return f"{_FINDING}{name}, {letters} letters in {within.total_seconds() / 60:.0f} minutes"
        return ""


def named(findings: Sequence[str]) -> tuple[str, ...]:
    """Which limit stopped letters of this input, `correspondent` or `case`; none where nothing was stopped."""
    told = (each.removeprefix(_FINDING) for each in findings if each.startswith(_FINDING))
    return tuple(each.partition(",")[0] for each in told)
