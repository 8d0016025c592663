"""What all brands share: calendars, outside bodies, defaults, and law on top of policy (config/policies/common.yaml).

What a brand's file leaves unsaid comes from `Defaults`, key by key. Most of their keys have one value only, the reading
that the clauses were given; they stand in the file so that everybody sees the rule and the clause behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BeforeValidator, Field

from intake_daemon.settings import Strict
from router.policy.clock import Clock, Role


def _unset(value: object) -> object:
    return None if value == "unset" else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError):
        raise ValueError(f"there is no time zone {value!r}. Write it like Europe/Lisbon.") from None
    return value


Zone = Annotated[str, AfterValidator(_zone)]
Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


class Calendar(Strict):
    """Which days are working days, and where midnight is."""

    tz: Zone
    weekend: tuple[Weekday, ...]
    holidays: tuple[str, ...]
    """Public holidays by country, with district where it has its own: `PT`, `PT-11`, `GB-ENG`."""


class Body(Strict):
    """Whom a customer may go to outside the company."""

    name: str
    formerly: str | None = None
    country: str
    url: str
    binds: Literal["company", "both"] | None = None


class MissingInformation(Strict):
    """What happens where the customer left something out: asked once, nothing waits (L-10 K-14)."""

    ask: Literal["in_acknowledgement"]
    blocks: Literal["nothing"]
    pauses: Literal["nothing"]


class Conflict(Strict):
    """Nobody works on a complaint about themselves (L-09 A-07 K-22)."""

    staff_named: Literal["never_handles_own_complaint"]


class Time(Strict):
    """How time is counted (R-3, R-4)."""

    hours: Literal["elapsed"]
    days: Literal["end_of_local_day"]
    working_days: Literal["end_of_local_day"]
    start_day: Literal["not_counted"]
    chained_from: Literal["earlier_of_event_and_its_due"]
    first_working_day: Literal[0, 1] = 1
    """Of what is received on no working day: whether the first working day after it is day 0 of a term in working
    days (as if received then), or day 1 already."""
    cut_off: time | None = None
    """What is received later than this local time counts as received on the next day; hours are not touched."""


class OnWarn(Strict):
    """What happens at a clock's warning."""

    customer: Literal["nothing"]
    handler: Literal["prompt_to_answer_or_extend"]


class OnBreach(Strict):
    """What happens when a clock has run out."""

    notify: tuple[Role, ...]
    customer: Literal["holding_notice", "nothing"]


class ClockDefaults(Strict):
    """What holds for every clock."""

    calendar: str
    """`brand` for the brand's own."""
    on_warn: OnWarn
    on_breach: OnBreach


class Result(Strict):
    """What an answer must be (L-12 W-15 K-17)."""

    form: Literal["written"]
    must_state: tuple[str, ...]
    needs: tuple[Literal["cause"], ...] = ()
    """What must be on record before: the `cause` of the problem (A-01)."""


class Privacy(Strict):
    """Who may read, and for how long it is kept."""

    class_: Annotated[Literal["confidential"], Field(alias="class")]
    readers: tuple[str, ...]
    log_content: Literal["never"]
    retain_years: Annotated[Annotated[int, Field(ge=1)] | None, BeforeValidator(_unset)]
    """Years after closing until content is erased; in no policy, so the company must say (C-X1)."""
    special_category: str | None = None


class Report(Strict):
    """What is counted, and how often."""

    every: Literal["month"]
    show: tuple[str, ...]


class Conduct(Strict):
    """An abusive complaint is a complaint (L-11 A-05)."""

    abusive: Literal["flag_for_manager"]
    never: tuple[str, ...]


class Defaults(Strict):
    """What holds where a brand says nothing else."""

    record: tuple[str, ...]
    missing_information: MissingInformation
    conflict: Conflict
    time: Time
    clock: ClockDefaults
    result: Result
    privacy: Privacy
    report: Report
    conduct: Conduct


class Overlay(Strict):
    """Law on top of policy, where it applies."""

    applies: Mapping[str, str | tuple[str, ...]]
    clocks: tuple[Clock, ...]


class Common(Strict):
    """common.yaml: what all brands share."""

    schema_: Annotated[Literal["complaint-policy/1"], Field(alias="schema")]
    calendars: Mapping[str, Calendar]
    bodies: Mapping[str, Body]
    defaults: Defaults
    overlays: Mapping[str, Overlay]
