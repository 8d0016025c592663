"""The clocks that a case has: those of its policy, and those of the laws that apply to it, each with its calendar.

A law applies where all that it asks is among the case's traits: `channel`, `topic`, `customer`, `customer_country`,
`trader_directs_to` … Traits are what is known today; who corrects a topic corrects the clocks. A request found in a
complaint (`rights_request.found`) is a trait by itself (`contains`).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TypeAlias

from router.calendar import AT_ONCE, Deemed, Due, WorkCalendar, add
from router.moments import RECEIPTS, Moment
from router.policy import Clock, Overlay, Policy, Span

Traits: TypeAlias = Mapping[str, Collection[str]]
"""What is known of a case, by the names that laws use: `{"channel": ["livro"], "topic": ["billing"]}`."""
_FOUND = ".found"


@dataclass(frozen=True)
class Term:
    """One clock of a case."""

    clock: Clock
    law: str
    """The law's id in common.yaml; empty for the policy's own."""
    calendar: WorkCalendar
    deemed: Deemed
    opens_on: str = ""
    """The event that opens its stage; empty where it is open from the beginning."""

    @property
    def recurs(self) -> bool:
        """Whether its event may come again and begin it anew: a second request has a month of its own."""
        return self.clock.start.endswith(_FOUND)

    def after(self, start: datetime, span: Span) -> Due:
        """When a time that begins at `start` is over."""
        return add(self.calendar, start, span, roll=self.clock.roll is not None, deemed=self.deemed)

    def due(self, start: datetime) -> Due | None:
        """When the clock is due; None where no time is promised."""
        return self.after(start, self.clock.within) if self.clock.within else None

    def warn(self, start: datetime) -> Due | None:
        """When it is warned of: measured from its start, in a unit of its own, and not rolled."""
        if self.clock.warn is None:
            return None
        return add(self.calendar, start, self.clock.warn, deemed=self.deemed)


def terms(
    policy: Policy, happened: Iterable[Moment], calendars: Mapping[str, WorkCalendar], traits: Traits
) -> tuple[Term, ...]:
    """The clocks of a case, the policy's own first. Raises KeyError for a calendar that is not there."""
    stages = {stage.id: stage.opens_on or "" for stage in policy.stages}
    found = {moment.type.removesuffix(_FOUND) for moment in happened if moment.type.endswith(_FOUND)}
    known = {**traits, "contains": {*traits.get("contains", ()), *found}}
    usual = policy.calendar if policy.clock.calendar == "brand" else policy.clock.calendar
    deemed = Deemed(policy.time.first_working_day, policy.time.cut_off)

    def term(clock: Clock, law: str = "") -> Term:
        ours = not law and clock.start in RECEIPTS
        calendar = calendars[clock.calendar or usual]
        return Term(clock, law, calendar, deemed if ours else AT_ONCE, stages.get(clock.stage, ""))

    own = [term(clock) for clock in policy.clocks]
    laws = [(name, law) for name, law in policy.law.items() if applies(law, known)]
    return (*own, *(term(clock, name) for name, law in laws for clock in law.clocks))


def applies(law: Overlay, traits: Traits) -> bool:
    """Whether a law applies: each thing that it asks is among what is known."""
    return all(set(_asked(asked)) & set(traits.get(trait, ())) for trait, asked in law.applies.items())


def every_trait(policy: Policy) -> Traits:
    """Traits under which every law of a policy applies."""
    wanted: dict[str, set[str]] = {}
    for law in policy.law.values():
        for trait, asked in law.applies.items():
            wanted.setdefault(trait, set()).update(_asked(asked))
    return wanted


def _asked(asked: str | tuple[str, ...]) -> tuple[str, ...]:
    return (asked,) if isinstance(asked, str) else asked
