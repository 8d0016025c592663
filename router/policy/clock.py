"""The grammar of a promise: from one event until another, within a time, in a calendar.

The same grammar carries a company's own terms, its targets and the law's (`basis`). `within: none` is a promise without
a number ("as quickly as possible"): nothing is printed, but it may be warned of. `warn` counts from the clock's start.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal, NamedTuple, get_args

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer

from intake_daemon.events import TYPES
from intake_daemon.settings import Strict
from intake_daemon.settings.saying import did_you_mean

Unit = Literal["minutes", "hours", "days", "working_days", "months"]
Role = Literal["handler", "manager", "customer_service_manager", "department_head", "legal"]
"""The roles that policies name (L-04 W-10 W-18 W-19 A-16 K-22)."""
Basis = Literal["policy", "law", "target"]
"""`policy` and `law` may be printed to the customer, `target` never (R-11)."""

EVENTS: tuple[str, ...] = tuple(TYPES)
"""What may happen to a case; a clock, a stage or an outside body names one of these."""


class Span(NamedTuple):
    """A length of time in one unit."""

    unit: Unit
    amount: int


def _span(value: object) -> object:
    if value == "none":
        return None
    if not isinstance(value, Mapping):
        return value
    if len(value) != 1:
        raise ValueError("a time has one unit. Write {hours: 24} or {working_days: 10}.")
    unit, count = next(iter(value.items()))
    if unit not in get_args(Unit):
        raise ValueError(f"{unit!r} is no unit. {did_you_mean(str(unit), get_args(Unit))}")
    if not isinstance(count, int) or isinstance(count, bool) or count < 1:
        raise ValueError(f"{count!r} is no number of {unit}. Write a whole number above 0.")
    return Span(unit, count)


def _event(value: str) -> str:
    if value not in EVENTS:
        raise ValueError(f"there is no event {value!r}. {_near(value)}")
    return value


def _near(value: str) -> str:
    guess = did_you_mean(value, EVENTS)
    return guess if guess.startswith("Did") else "docs/events.md lists them."


Within = Annotated[
    Span | None,
    BeforeValidator(_span),
    PlainSerializer(lambda span: {span.unit: span.amount} if span else "none"),
]
Event = Annotated[str, AfterValidator(_event)]


class Clock(Strict):
    """One promise, one target or one legal term."""

    id: str
    """Its name within the policy."""
    start: Annotated[Event, Field(alias="from")]
    """The event from which it runs."""
    until: Event
    """The event that meets it."""
    within: Within
    """How long it may take: `{working_days: 10}`, or `none` where the policy names no term."""
    basis: Basis
    """Whose word it is: the `policy`'s, the `law`'s, or our own `target`, which is never printed."""
    text: str | None = None
    """The policy's own word where it names no number."""
    warn: Within = None
    """When to warn, from the start, in its own unit."""
    notify: tuple[Role, ...] = ()
    """Who is told at the warning."""
    stage: Annotated[int, Field(ge=1)] = 1
    """The stage of the procedure to which it belongs."""
    repeat: Literal["until_result"] | None = None
    """Begins anew after each time it is met."""
    roll: Literal["next_working_day"] | None = None
    """Where it ends on no working day."""
    on_breach: Literal["deemed_accepted", "deemed_refused"] | None = None
    """What the law makes of silence."""
    unless: Event | None = None
    """The event that makes it void."""
    extend: Within = None
    """A legal extension."""
    calendar: str | None = None
    """Its calendar; the brand's by default."""
