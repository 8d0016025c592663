"""How the clocks of a case go. `clock`, `law` and `cycle` together name one; times are UTC."""

from __future__ import annotations

from pydantic import AwareDatetime

from intake_daemon.events.fact import Fact


class Clock(Fact):
    """Which clock. `law` is empty for the policy's own; `cycle` grows with each time a clock begins anew."""

    type_ = ""
    clock: str
    law: str = ""
    cycle: int = 1


class ClockStarted(Clock):
    """A clock runs; also again, when what had stopped it was taken back."""

    type_ = "clock.started"
    start: AwareDatetime
    due: AwareDatetime | None
    """None where the policy names no term."""
    basis: str
    stage: int = 1


class ClockMoved(Clock):
    """It is due at another time: extended, printed, started earlier, or a holiday changed."""

    type_ = "clock.moved"
    before: AwareDatetime | None
    due: AwareDatetime | None


class ClockStopped(Clock):
    """It stopped: met, void, or no longer owed."""

    type_ = "clock.stopped"
    at: AwareDatetime
    by: str
    """The event that stopped it."""
    met: bool
    late: bool


class ClockWarned(Clock):
    """The time to warn has come."""

    type_ = "clock.warned"
    due: AwareDatetime | None


class ClockBreached(Clock):
    """It ran out. Stays, unless an earlier fact becomes known later (R-9)."""

    type_ = "clock.breached"
    due: AwareDatetime
    basis: str


class ClockBreachWithdrawn(Clock):
    """What had met it in time became known later."""

    type_ = "clock.breach_withdrawn"
    due: AwareDatetime
