"""`intake policy dates BRAND --received …`: every date that a policy gives a complaint, with what lies behind it.

Rules
-----
1. Every date is `YYYY-MM-DD` with the time of the brand's place; a received time without a zone is meant there.
2. Each clock is told twice: if every step before it is done at once, and if every step takes its whole time. What may
   never happen (an escalation) has a date only when it is given: `--event escalation.requested=2027-01-13T09:00`.
3. Laws are told with where they apply; days that did not count with the reason; dates that rest on an estimated holiday
   with that holiday; an answer that is due before a step on the way to it (C-K2) with that step.
4. Only policies and calendars are read: no ledger, no daemon, and a fault in a letter does not matter here.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Json, as_json

if TYPE_CHECKING:
    from router.calendar import Due, WorkCalendar
    from router.clocks import Moment, Outlook
    from router.policy import Policy, Span

policy = typer.Typer(no_args_is_help=True, help="What a policy promises.")


@policy.callback()
def what_a_policy_promises() -> None:
    """What a policy promises."""


@policy.command()
def dates(
    brand: Annotated[str, typer.Argument(help="A brand of intake.yaml.")],
    received: Annotated[str, typer.Option(help="When the complaint is received: 2026-12-24T18:00, local time.")],
    event: Annotated[
        list[str] | None, typer.Option(help="What else happens: progress.sent=2026-11-24T10:00; as often as needed.")
    ] = None,
    config: Config = None,
    *,
    json: Json = False,
) -> None:
    """Print every date that a policy gives to a complaint, and the days that were skipped and why."""
    from router.clocks import outlook

    terms, calendars = _read(config, brand)
    calendar = calendars[terms.calendar]
    start = _moment(calendar, received, "--received")
    given = [_given(calendar, each) for each in event or ()]
    early = next((moment.type for moment in given if moment.at < start), None)
    if early:
        raise typer.BadParameter(f"{early} is before the complaint is received.", param_hint="--event")
    rows = outlook(terms, start, calendars, given)
    if json:
        as_json(
            {
                "brand": brand,
                "received": _local(calendar, start),
                "tz": calendar.tz,
                "clocks": [_plain(row, terms, calendar) for row in rows],
            }
        )
        return
    print(f"{brand}, received {_said(calendar.local(start))} ({calendar.tz})")
    for row in rows:
        _show(row, terms)


def _read(config: Path | None, brand: str) -> tuple[Policy, dict[str, WorkCalendar]]:
    from intake_daemon.command import configuration
    from intake_daemon.settings import load_settings
    from intake_daemon.settings.saying import did_you_mean
    from router.calendar import load_calendars
    from router.policy import load_policies

    folder = configuration.find(config)
    settings = load_settings(folder, configuration.settings_class, configuration.kinds())
    if brand not in settings.brands:
        raise typer.BadParameter(f"there is no brand {brand!r}. {did_you_mean(brand, tuple(settings.brands))}")
    policies = load_policies(folder, settings.brands)
    return policies.brand(brand), load_calendars(folder, policies.calendars, policies.documents[""])


def _moment(calendar: WorkCalendar, written: str, option: str) -> datetime:
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise typer.BadParameter(
            f"{written!r} is no time. Write it like 2026-12-24T18:00.", param_hint=option
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=calendar.zone)


def _given(calendar: WorkCalendar, written: str) -> Moment:
    from intake_daemon.settings.saying import did_you_mean
    from router.clocks import Moment
    from router.policy.clock import EVENTS

    name, _, when = written.partition("=")
    if name not in EVENTS:
        problem = f"there is no event {name!r}. {did_you_mean(name, EVENTS)}"
        raise typer.BadParameter(problem, param_hint="--event")
    return Moment(name, _moment(calendar, when, "--event"))


def _show(row: Outlook, terms: Policy) -> None:
    clock = row.clock
    again = ", again after each until result.sent" if clock.repeat else ""
    rolled = ", moved to the next working day" if clock.roll else ""
    term = _term(clock.within) or f"no term{f' ({clock.text})' if clock.text else ''}"
    print(f"\n{clock.id}: {clock.basis}, {term} from {clock.start} until {clock.until}{again}{rolled}")
    for label, text in _lines(row, terms):
        print(f"  {label:<11} {text}")


def _lines(row: Outlook, terms: Policy) -> list[tuple[str, str]]:
    clock, lines = row.clock, list[tuple[str, str]]()
    if row.law:
        lines.append(("applies", f"{row.law}: {_applies(row, terms)}"))
    if clock.stage > 1:
        lines.append(("stage", str(clock.stage)))
    if row.start is None:
        return [*lines, ("due", f"begins with {clock.start}; give it with --event {clock.start}=YYYY-MM-DDTHH:MM")]
    if row.warn:
        lines.append(("warned", _said(row.warn.local)))
    if row.soonest:
        lines += [("due", _said(row.soonest.local)), *_behind(row.soonest)]
    if row.latest and clock.start != "complaint.received":
        lines.append(("at latest", f"{_said(row.latest.local)}, if every step before takes its whole time"))
        if row.soonest and row.latest.at != row.soonest.at:
            lines += _behind(row.latest)
    if row.outrun:
        lines.append(("note", f"{', '.join(row.outrun)} may end after it; then the customer has to be told"))
    if clock.unless:
        lines.append(("void", f"after {clock.unless}"))
    return lines


def _behind(due: Due) -> list[tuple[str, str]]:
    """What lies behind a date: the days that did not count, and what it rests on."""
    lines = [("skipped" if not number else "", f"{day}  {why}") for number, (day, why) in enumerate(due.skipped)]
    return lines + [("provisional", f"{day}  {why}") for day, why in due.uncertain]


def _plain(row: Outlook, terms: Policy, calendar: WorkCalendar) -> dict[str, Any]:
    clock = row.clock
    return {
        "id": clock.id,
        "basis": clock.basis,
        "law": row.law or None,
        "applies": dict(terms.law[row.law].applies) if row.law else None,
        "stage": clock.stage,
        "from": clock.start,
        "until": clock.until,
        "within": {clock.within.unit: clock.within.amount} if clock.within else None,
        "repeats": clock.repeat is not None,
        "start": _local(calendar, row.start) if row.start else None,
        "warn": row.warn.local.isoformat() if row.warn else None,
        "due": _due(row.soonest),
        "latest": _due(row.latest),
        "outrun": list(row.outrun),
    }


def _due(due: Due | None) -> dict[str, Any] | None:
    if due is None:
        return None
    return {
        "date": str(due.date),
        "local": due.local.isoformat(),
        "at": due.at.isoformat(),
        "skipped": _days(due.skipped),
        "provisional": _days(due.uncertain),
    }


def _days(days: Sequence[tuple[Any, str]]) -> list[dict[str, str]]:
    return [{"date": str(day), "why": why} for day, why in days]


def _applies(row: Outlook, terms: Policy) -> str:
    asked = terms.law[row.law].applies.items()
    return ", ".join(f"{trait} {value if isinstance(value, str) else ' or '.join(value)}" for trait, value in asked)


def _term(span: Span | None) -> str:
    if span is None:
        return ""
    unit = span.unit.replace("_", " ")
    return f"{span.amount} {unit.removesuffix('s') if span.amount == 1 else unit}"


def _local(calendar: WorkCalendar, moment: datetime) -> str:
    return calendar.local(moment).isoformat()


def _said(local: datetime) -> str:
    """As in 2026-12-26 18:00 Sat; the end of a day is its 23:59."""
    return f"{local:%Y-%m-%d %H:%M %a}"
