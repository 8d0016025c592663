"""Cases for the clocks: the shipped policies with their calendars, and facts written as people write them."""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import cast
from zoneinfo import ZoneInfo

from intake_daemon.settings import Brand
from router.calendar import Due, WorkCalendar, work_calendars
from router.clocks import ClockState, Moment, Traits, running
from router.policy import Policies, load_policies

SHIPPED = Path(__file__).parents[2] / "config"


@cache
def policies() -> Policies:
    """The shipped ones; of a brand's settings only the name of its policy is read."""
    brands = {name: SimpleNamespace(policy=name) for name in ("ask4", "kontakt", "logoscon", "welzo")}
    return load_policies(SHIPPED, cast("dict[str, Brand]", brands))


@cache
def calendars() -> dict[str, WorkCalendar]:
    """Those of the shipped policies."""
    return work_calendars(policies().calendars, {})


class Story:
    """A case of one brand: facts by the clocks of its place."""

    def __init__(self, brand: str, traits: Traits | None = None) -> None:
        self.policy = policies().brand(brand)
        self.zone = ZoneInfo(calendars()[self.policy.calendar].tz)
        self.traits = traits or {}
        self.facts: list[Moment] = []

    def at(self, local: str) -> datetime:
        """A moment by the clocks of the place, in UTC."""
        return datetime.fromisoformat(local).replace(tzinfo=self.zone).astimezone(UTC)

    def then(self, local: str, event: str) -> Story:
        """Something happens."""
        self.facts.append(Moment(event, self.at(local)))
        return self

    def extended(self, local: str, clock: str, until: str) -> Story:
        """The customer is told a new date."""
        self.facts.append(Moment("extension.told", self.at(local), clock=clock, until=date.fromisoformat(until)))
        return self

    def printed(self, local: str, event: str, clock: str, day: str) -> Story:
        """A notice goes out with a date in it."""
        self.facts.append(Moment(event, self.at(local), printed=((clock, date.fromisoformat(day)),)))
        return self

    def states(self, now: str) -> dict[str, ClockState]:
        """The clocks at a time; a later cycle as `id/2`."""
        found = running(self.policy, self.facts, self.at(now), calendars(), self.traits)
        return {state.clock.id + (f"/{state.cycle}" if state.cycle > 1 else ""): state for state in found}

    def local(self, moment: datetime | Due | None) -> str:
        """A moment as the place writes it."""
        moment = moment.at if isinstance(moment, Due) else moment
        return moment.astimezone(self.zone).strftime("%Y-%m-%d %H:%M:%S") if moment else "-"

    def breaches(self, now: str, clock: str) -> list[str]:
        """When a clock ran out."""
        return [self.local(moment) for moment in self.states(now)[clock].breaches]


def welzo(received: str = "2026-12-24T18:00") -> Story:
    """A complaint to Welzo."""
    return Story("welzo").then(received, "complaint.received")


def ask4(received: str = "2026-11-20T23:10", **traits: list[str]) -> Story:
    """A complaint to ASK4."""
    return Story("ask4", traits).then(received, "complaint.received")


def kontakt(received: str = "2026-11-05T20:00") -> Story:
    """A complaint to Kontakt."""
    return Story("kontakt").then(received, "complaint.received")


def logoscon(received: str = "2026-11-02T10:00", **traits: list[str]) -> Story:
    """A complaint to log.oscon."""
    return Story("logoscon", traits).then(received, "complaint.received")
