"""What the clocks look at of a case's events: what happened, when, and which dates the customer was told.

Rules
-----
1. What the customer did counts from when they did it (`contact_at`), not from when we learned of it.
2. What was taken back did not happen: an `….sent` whose notice bounced (R-8), a contact set aside and turned back.
3. What the clocks themselves brought about (`clock.…`) is no fact for them.

Where they read more than an event's type and time, it is in its data: `complaint.received` has `contact_at` and
`received_at`; `extension.told` has `clock` (the id) and `due` (a date, or a time with its zone); any `….sent` may have
`printed`, the dates that the notice carried, by clock id; `notice.failed` may have `withdraws`, an event's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from intake_daemon.events import Event
from router.policy.happening import counts

RECEIPTS = frozenset(
    {"complaint.received", "contact.stored", "escalation.requested", "rights_request.found", "staff.first_contact"}
)
"""What comes from the customer: counted from their contact; when it counts as received is the company's to say."""
EXTENSION = "extension.told"


@dataclass(frozen=True)
class Moment:
    """One thing that happened to a case."""

    type: str
    """An event's type."""
    at: datetime
    received_at: datetime | None = None
    """When it reached us, if that is later than when it happened. Only what waits for the receipt reads it (L-07)."""
    clock: str = ""
    """Of an extension: the clock's id."""
    until: date | datetime | None = None
    """Of an extension: the new date, or time."""
    printed: tuple[tuple[str, date], ...] = ()
    """Dates that a notice carried: clock id and day."""
    event: str = field(default="", compare=False)
    """Id of the event that says so; by it a moment is taken back."""

    @property
    def order(self) -> tuple[datetime, bool, str, str]:
        """Where it stands among others: by time; of one instant an extension before what was printed with it."""
        return (self.at, self.type != EXTENSION, self.type, repr((self.clock, self.until, self.printed)))


def moments(history: Iterable[Event]) -> tuple[Moment, ...]:
    """What the clocks look at of a case's events, in the order of time."""
    found: tuple[Moment, ...] = ()
    for event in history:
        found = further(found, event)
    return found


def further(known: tuple[Moment, ...], event: Event) -> tuple[Moment, ...]:
    """The moments after one more event of the case."""
    if gone := event.data.get("withdraws") if event.type == "notice.failed" else None:
        return tuple(moment for moment in known if moment.event != gone)
    if event.type == "complaint.continued":
        return tuple(sorted(_no_later(known, event), key=lambda moment: moment.order))
    if not counts(event.type):
        return known
    if event.type == "complaint.received":
        known = tuple(moment for moment in known if moment.type != "contact.set_aside")
    return tuple(sorted((*known, _moment(event)), key=lambda moment: moment.order))


def _no_later(known: tuple[Moment, ...], event: Event) -> Iterator[Moment]:
    """A part of the first contact came after a later one: the complaint is as old as the earliest."""
    first = datetime.fromisoformat(str(event.data["contact_at"]))
    for moment in known:
        yield replace(moment, at=min(moment.at, first)) if moment.type == "complaint.received" else moment


def _moment(event: Event) -> Moment:
    data = event.data
    at = _time(data.get("contact_at")) if event.type in RECEIPTS else None
    return Moment(
        type=event.type,
        at=at or event.time,
        received_at=_time(data.get("received_at")),
        clock=str(data.get("clock", "")) if event.type == EXTENSION else "",
        until=_day_or_time(data.get("due")) if event.type == EXTENSION else None,
        printed=_printed(data.get("printed") or {}),
        event=event.id,
    )


def _printed(told: Mapping[str, Any]) -> tuple[tuple[str, date], ...]:
    return tuple(sorted((clock, date.fromisoformat(str(day))) for clock, day in told.items()))


def _time(value: Any) -> datetime | None:  # noqa: ANN401 -- whatever JSON holds
    return datetime.fromisoformat(str(value)) if value else None


def _day_or_time(value: Any) -> date | datetime | None:  # noqa: ANN401 -- whatever JSON holds
    if not value:
        return None
    time = datetime.fromisoformat(str(value))
    return time if time.tzinfo else time.date()
