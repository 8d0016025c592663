"""6 verdict: what follows when something did not work: decided here, and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from intake_daemon.contract import Can
from intake_daemon.errors import IntakeError, Temporary, Unknown

GIVE_UP = 60
"""Attempts after which a notice that always meets Temporary has failed: some two days and a half."""
_LONGEST = 3600.0


@dataclass(frozen=True)
class Verdict:
    """What follows: `deferred` (try again after `wait`), `failed`, or `unknown` (a person decides)."""

    outcome: Literal["deferred", "failed", "unknown"]
    wait: timedelta | None = None


def verdict(error: IntakeError, attempts: int, *, doubts: int, can: frozenset[Can]) -> Verdict:
    """What follows when a notice could not be delivered. `attempts`: how often it was begun before this one.

    Temporary: again, as late as the other side asks, else after 15 s, 30 s, 1 min … 1 h. Unknown: where copies count as
    one (mail, by its Message-ID) once more after five seconds, once; who can look whether it was sent is asked again as
    often as it takes; anywhere else never two knowingly.
    """
    if isinstance(error, Temporary):
        if attempts >= GIVE_UP:
            return Verdict("failed")
        wait = error.after if error.after is not None else min(15.0 * 2 ** min(attempts, 10), _LONGEST)
        return Verdict("deferred", timedelta(seconds=wait))
    if isinstance(error, Unknown):
        if (Can.COPIES_ARE_ONE in can and doubts == 0) or (Can.LOOKUP in can and attempts < GIVE_UP):
            return Verdict("deferred", timedelta(seconds=5))
        return Verdict("unknown")
    return Verdict("failed")
