"""When each clock of a case starts, and what stops it.

Rules
-----
1. A clock of a later stage begins and ends with what happened since its stage opened.
2. A clock starts at its first event or, where that is late, at that event's own due time (R-4). Whether it was owed any
   more by then, as after a closing, does not change when it started.
3. It is stopped by the first `until` (even one that came before its start: what is done is owed no more), by its
   `unless`, and by what ends the matter (`_ENDS`). A reopening takes the closing and the withdrawal back.
4. Stage 2 opens with every `escalation.requested`: whoever decides writes that event only where the stage may open.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from router.clocks.course import course
from router.clocks.state import over
from router.clocks.terms import Term
from router.moments import Moment
from router.policy import Clock, Policy

RESULT = "result.sent"
_ACKNOWLEDGED = "acknowledgement.sent"
_BEGINNING = datetime.min.replace(tzinfo=UTC)


def _rights(clock: Clock) -> bool:
    return clock.start == "rights_request.found"


_ENDS: Mapping[str, Callable[[Clock], bool]] = {
    "contact.set_aside": lambda clock: not _rights(clock),
    "complaint.withdrawn": lambda clock: not _rights(clock),
    "complaint.resolved_at_once": lambda clock: not _rights(clock) and not clock.until.endswith(_ACKNOWLEDGED),
    RESULT: lambda clock: clock.basis != "law" and not clock.until.endswith(_ACKNOWLEDGED),
    "case.closed": lambda clock: clock.basis != "law",
}
"""What ends the matter, and for which clocks: after an answer no step towards it is owed; a request for one's data is a
matter of its own; what was solved at once is acknowledged all the same (K-11); what the law asks, the law ends."""
_TAKEN_BACK: Mapping[str, str] = {"case.closed": "case.reopened", "complaint.withdrawn": "case.reopened"}


class Start(NamedTuple):
    """When a clock begins."""

    at: datetime | None
    """None: not yet."""
    by: datetime | None
    """The latest: when it begins by itself, if its event does not come before. None: never by itself."""


class Stop(NamedTuple):
    """When a clock ended, and by which event."""

    at: datetime | None
    by: str = ""


@dataclass
class Chain:
    """The clocks of one case, each with those before it."""

    policy: Policy
    terms: tuple[Term, ...]
    happened: Sequence[Moment]
    """In the order of time."""
    now: datetime
    _asked: list[Term] = field(default_factory=list)
    """Whose start is being looked for: clocks in a circle start by their events only."""

    def opened(self, term: Term) -> datetime | None:
        """When the term's stage opened: the beginning of time for the first, None for one that is not open."""
        return self._first(term.opens_on, _BEGINNING) if term.opens_on else _BEGINNING

    def extends(self, term: Term) -> bool:
        """Whether the policy lets it be extended (W-25 K-16)."""
        extend = self.policy.extend
        return extend is not None and not term.law and term.clock.id in extend.clocks

    def start(self, term: Term, opened: datetime) -> Start:
        """When a clock begins for the first time."""
        event = self._first(term.clock.start, opened)
        own_due = min(self._due_before(term), default=None)
        if own_due is not None and over(own_due, event or self.now):
            return Start(own_due, own_due)
        return Start(event, event or own_due)

    def stop(self, term: Term, cycle: int, start: Start, opened: datetime) -> Stop:
        """What stopped a clock in its n-th cycle; of one instant, that for which it waited."""
        clock = term.clock
        begins = start.by if clock.repeat or term.recurs else opened
        done = self._done(term, begins or opened, again=cycle > 1)
        found = [] if done is None else [Stop(done, clock.until)]
        since = opened if cycle == 1 else begins or opened
        void = self._first(clock.unless, since) if clock.unless else None
        found += [] if void is None or clock.unless is None else [Stop(void, clock.unless)]
        found += [end for end in self._ends(clock) if end.at is not None and end.at >= since]
        return min(found, key=lambda end: (end.at or _BEGINNING, end.by != clock.until, end.by), default=Stop(None))

    def again(self, term: Term, stop: Stop) -> datetime | None:
        """When a stopped clock begins anew: as it is met where it repeats, with its next event where that may recur."""
        if stop.at is None:
            return None
        if term.clock.repeat and stop.by == term.clock.until:
            return stop.at
        later = (moment.at for moment in self.happened if moment.type == term.clock.start and moment.at > stop.at)
        return next(later, None) if term.recurs else None

    def _first(self, type_: str, since: datetime) -> datetime | None:
        return next((moment.at for moment in self.happened if moment.type == type_ and moment.at >= since), None)

    def _done(self, term: Term, since: datetime, *, again: bool = False) -> datetime | None:
        """When what the clock waits for came. What waits for a receipt ends when it reached us (L-07)."""
        until = (moment for moment in self.happened if moment.type == term.clock.until)
        times = sorted(moment.received_at or moment.at for moment in until)
        return next((at for at in times if at > since or (at == since and not again)), None)

    def _ends(self, clock: Clock) -> Iterator[Stop]:
        for moment in self.happened:
            ends = _ENDS.get(moment.type)
            if ends is not None and ends(clock) and not self._taken_back(moment):
                yield Stop(moment.at, moment.type)

    def _taken_back(self, moment: Moment) -> bool:
        by = _TAKEN_BACK.get(moment.type)
        return by is not None and self._first(by, moment.at) is not None

    def _due_before(self, term: Term) -> list[datetime]:
        """The own due times of the event from which a term starts: what passed unmet first, else what is to come."""
        if any(term is asked for asked in self._asked):
            return []
        self._asked.append(term)
        event, stage = term.clock.start, term.clock.stage
        before = [link for link in self.terms if link is not term and link.clock.until == event]
        found = [self._own_due(link) for link in before if link.clock.stage == stage]
        self._asked.remove(term)
        return [due for due in found if due is not None]

    def _own_due(self, link: Term) -> datetime | None:
        opened = self.opened(link)
        start = None if opened is None else self.start(link, opened)
        if opened is None or start is None or start.by is None:
            return None
        done = self._done(link, opened)
        run = course(link, start.by, self.happened, extends=self.extends(link), end=done, now=self.now)
        if run.breaches:
            return run.breaches[0]
        return run.due.at if run.due is not None and done is None else None
