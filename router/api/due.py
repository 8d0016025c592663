"""What is due on a case: each clock that its policy and the laws give it, when, why, and under which clause."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from intake_daemon.message import utc
from router.calendar import Due
from router.case import Case
from router.clocks import ClockState
from router.deadlines import states
from router.policy import Span
from router.rules import Rules


def due(case: Case, rules: Rules, now: datetime) -> list[dict[str, Any]]:
    """Every clock of a case: what is open first, and of that the soonest. None where its policy is not known here."""
    try:
        found = states(case, rules, now)
    except KeyError:
        return []
    return [_plain(state, case, rules) for state in sorted(found, key=_order)]


def _order(state: ClockState) -> tuple[bool, bool, float, str]:
    when = state.due or state.latest
    return (state.stopped is not None, when is None, when.at.timestamp() if when else 0.0, state.clock.id)


def _plain(state: ClockState, case: Case, rules: Rules) -> dict[str, Any]:
    clock = state.clock
    place = ("overlays", state.law) if state.law else ("clocks", clock.id)
    return {
        "clock": clock.id,
        "law": state.law or None,
        "basis": clock.basis,
        "clause": rules.policies.clause(case.brand, *place),
        "stage": clock.stage,
        "cycle": state.cycle,
        "state": state.state,
        "from": clock.start,
        "until": clock.until,
        "within": _span(clock.within),
        "text": clock.text,
        "start": _at(state.start),
        "due": _due(state.due),
        "latest": _due(state.latest) if state.due is None else None,
        "warn": _due(state.warn),
        "breaches": [utc(each) for each in state.breaches],
        "stopped": _at(state.stopped),
        "stopped_by": state.stopped_by or None,
        "met": state.met,
        "late": state.late,
    }


def _span(span: Span | None) -> str | None:
    """`10 working days`."""
    if span is None:
        return None
    unit = span.unit.replace("_", " ")
    return f"{span.amount} {unit.removesuffix('s') if span.amount == 1 else unit}"


def _at(moment: datetime | None) -> str | None:
    return utc(moment) if moment else None


def _due(found: Due | None) -> dict[str, Any] | None:
    """The moment, the same by the clocks of the brand's place, the days that did not count, and what it rests on."""
    if found is None:
        return None
    return {
        "at": utc(found.at),
        "local": found.local.isoformat(),
        "skipped": [{"date": str(day), "why": why} for day, why in found.skipped],
        "provisional": [{"date": str(day), "why": why} for day, why in found.uncertain],
    }
