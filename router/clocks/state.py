"""How one clock of a case stands at a given time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from router.calendar import Due
from router.policy import Clock

State = Literal["waiting", "running", "warned", "breached", "stopped"]
"""`waiting`: its event has not come, but the clock will begin by itself. `breached`: it runs, past its due time.
`stopped`: met (be it late), void or no longer owed."""


@dataclass(frozen=True)
class ClockState:
    """How one clock of a case stands."""

    clock: Clock
    law: str
    """The law's id; empty for the policy's own clock."""
    cycle: int
    """1, and more for a clock that begins anew."""
    state: State
    start: datetime | None
    """When it began; None while it waits, and if it ended before it would have begun."""
    starts_by: datetime | None
    """When it began or will begin at the latest."""
    due: Due | None
    """When it is due as things stand; None without a start, and where no time is promised."""
    latest: Due | None
    """The latest at which it falls due: its due time or, while it waits, the one if every step before takes its whole
    time. Only an extension goes beyond."""
    warn: Due | None
    """When it is warned of."""
    dues: tuple[tuple[datetime, Due], ...] = ()
    """Every due time it had, with the moment from which it held; the first from its start."""
    breaches: tuple[datetime, ...] = ()
    """The due times that passed unmet, oldest first: never fewer as time goes by (R-9)."""
    stopped: datetime | None = None
    stopped_by: str = ""
    """The event that stopped it."""

    @property
    def key(self) -> tuple[str, str, int]:
        """What it is told apart by within a case: law, id and cycle."""
        return (self.law, self.clock.id, self.cycle)

    @property
    def met(self) -> bool:
        """Whether what it waited for has come, be it late."""
        return self.stopped_by == self.clock.until

    @property
    def late(self) -> bool:
        """Whether it ever ran out."""
        return bool(self.breaches)

    @property
    def deemed(self) -> str | None:
        """What the law makes of our silence, once it has run out: `deemed_accepted` or `deemed_refused`."""
        return self.clock.on_breach if self.breaches else None

    @property
    def wakes(self) -> datetime | None:
        """When it stands otherwise if nothing happens before: it begins, is warned of, or is over."""
        if self.state == "waiting" and self.starts_by is not None:
            return after(self.starts_by)
        if self.state == "running" and self.warn is not None:
            return self.warn.at if self.due is None else min(self.warn.at, after(self.due.at))
        return after(self.due.at) if self.state in {"running", "warned"} and self.due is not None else None


def after(moment: datetime) -> datetime:
    """The first moment at which `moment` is over: the second in which it lies is still in time."""
    return moment.replace(microsecond=0) + timedelta(seconds=1)


def over(moment: datetime, now: datetime) -> bool:
    """Whether a moment is over."""
    return now >= after(moment)
