"""config/handlers.yaml as frozen types: the tree of teams, the people, and whoever else may act.

Handlers are not versioned: today's file applies to every case. `principal` gives both kinds of actor alike.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from functools import cached_property
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from intake_daemon.settings import Mail, Strict
from router.policy.clock import Role
from router.policy.common import Zone

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_SHIFT = re.compile(
    r"(?P<first>[a-z]{3})(?:-(?P<last>[a-z]{3}))?\s+"
    r"(?P<start>(?:[01]\d|2[0-3]):[0-5]\d)-(?P<end>(?:[01]\d|2[0-3]):[0-5]\d|24:00)"
)


class Shift(NamedTuple):
    """Working hours on some days of the week, local time; `end` of 00:00 is midnight."""

    days: frozenset[int]
    """0 is Monday."""
    start: time
    end: time


def _shifts(value: object) -> object:
    if not isinstance(value, str):
        return value
    return tuple(_shift(part.strip()) for part in value.lower().split(","))


def _shift(part: str) -> Shift:
    match = _SHIFT.fullmatch(part)
    if match is None or {match["first"], match["last"] or match["first"]} - set(_DAYS):
        raise ValueError(f"{part!r} are no working hours. Write them like mon-fri 09:00-18:00.")
    first = _DAYS.index(match["first"])
    last = _DAYS.index(match["last"] or match["first"])
    start = time.fromisoformat(match["start"])
    end = time.fromisoformat(match["end"].replace("24:00", "00:00"))
    if end != time(0) and end <= start:
        raise ValueError(f"{part!r} ends before it begins. Write two shifts, one for each day.")
    days = range(first, last + 1) if first <= last else (*range(first, 7), *range(last + 1))
    return Shift(frozenset(days), start, end)


class Absence(Strict):
    """Days away, both ends included."""

    start: Annotated[date, Field(alias="from")]
    """The first day away."""
    until: date
    """The last day away."""


class Team(Strict):
    """People who work on the same kind of case; where it has nobody, its parent does."""

    name: str
    """As colleagues know it."""
    parent: str | None
    """The team to which a case goes up; null for the one root."""
    manager: str
    """Id of the handler who gets what nobody else can take."""
    brands: tuple[str, ...] = ()
    """Brands that it serves; all of them when nothing is said."""


class Handler(Strict):
    """Somebody who works on cases."""

    name: str
    """As colleagues know them; never in a letter to a customer."""
    address: Mail
    """Where they hear of their cases."""
    brands: tuple[str, ...]
    """Whose cases they may get and see."""
    teams: tuple[str, ...]
    """Where they work."""
    skills: tuple[str, ...] = ()
    """Topics that they know."""
    languages: Annotated[tuple[str, ...], Field(min_length=1)]
    """What they read and write."""
    language: str
    """The one in which we write to them."""
    capacity: Annotated[int, Field(ge=0)]
    """How many open cases they carry."""
    hours: Annotated[tuple[Shift, ...], BeforeValidator(_shifts)]
    """When they are there: `mon-fri 09:00-18:00`, several with commas."""
    tz: Zone
    """Where these hours are."""
    absences: tuple[Absence, ...] = ()
    """Days away."""
    roles: tuple[Role, ...]
    """Which of the policy's roles they have."""

    def away(self, now: datetime) -> bool:
        """Whether this is one of their days away."""
        today = now.astimezone(ZoneInfo(self.tz)).date()
        return any(absence.start <= today <= absence.until for absence in self.absences)

    def present(self, now: datetime) -> bool:
        """Whether they are at work at this moment."""
        local = now.astimezone(ZoneInfo(self.tz))
        at = local.time()
        return not self.away(now) and any(
            local.weekday() in shift.days and shift.start <= at and (at < shift.end or shift.end == time(0))
            for shift in self.hours
        )


class _Acting(Strict):
    brands: tuple[str, ...]
    """Brands whose cases they may see."""
    roles: tuple[Literal[Role, "operator", "case_system"], ...]
    """What they may do."""
    content: bool = False
    """Whether they may read the words of these cases (L-17 W-30), and not only reference, topic and dates."""


class Principal(NamedTuple):
    """Whoever acts on a case: a handler, an operator, a case system."""

    id: str
    brands: frozenset[str]
    roles: frozenset[str]
    content: bool = False
    """Reads the words of every case of these brands. Handlers read what is theirs, and have no need of it."""


class Staff(Strict):
    """All of handlers.yaml."""

    teams: Annotated[Mapping[str, Team], Field(min_length=1)]
    """A tree with one root."""
    handlers: Annotated[Mapping[str, Handler], Field(min_length=1)]
    """The people, by id."""
    principals: Mapping[str, _Acting] = Field(default_factory=dict)
    """Who else may act, by id."""

    @property
    def root(self) -> str:
        """The team that has no parent."""
        return next(name for name, team in self.teams.items() if team.parent is None)

    def up(self, team: str) -> list[str]:
        """The team, its parent, and so on to the root."""
        path: list[str] = []
        here: str | None = team
        while here is not None and here not in path:
            path.append(here)
            here = self.teams[here].parent
        return path

    def principal(self, who: str) -> Principal | None:
        """Whoever has this id, or None."""
        acting: Handler | _Acting | None = self.handlers.get(who) or self.principals.get(who)
        if acting is None:
            return None
        content = isinstance(acting, _Acting) and acting.content
        return Principal(who, frozenset(acting.brands), frozenset(acting.roles), content)

    def above(self, team: str) -> frozenset[str]:
        """The managers of a team and of those above it, up to the root. Of a team that is gone: the root's."""
        return frozenset(self.teams[each].manager for each in self.up(team if team in self.teams else self.root))

    def by_address(self, address: str) -> str | None:
        """The id of the handler with this mail address, or None."""
        return self._addresses.get(address.lower())

    def filled(self) -> dict[str, set[str]]:
        """Per brand the roles that somebody has."""
        found: dict[str, set[str]] = {}
        for handler in self.handlers.values():
            for brand in handler.brands:
                found.setdefault(brand, set()).update(handler.roles)
        return found

    @cached_property
    def _addresses(self) -> dict[str, str]:
        return {handler.address: name for name, handler in self.handlers.items()}
