"""The list at 8:00: what is due today, late, to be done, parked, set aside; for each handler, where and when they work.

Rules
-----
1. At 8:00 by the handler's own clocks, on a day on which they work: one of their weekdays, not one of their days away,
   and no public holiday at all their brands. A house that stood still at 8:00 makes it up, on the same day.
2. It tells of 8:00: what came later is for tomorrow. Nothing to tell, no mail.
3. Only who leads hears of what is parked and what was set aside. Each of the latter is told once, by the next list, so
   nothing lies unseen for longer than a working day.
4. References, terms and tasks; no name, no word of a customer. Nothing of a case that names the handler.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from router.calendar.days import WEEKDAYS
from router.case import Case, ClockMark
from router.contact import correspondent
from router.morning import PURPOSE, Findings, Morning
from router.owing import notice_id
from router.policy import Policy
from router.rules import Rules
from router.staff import Handler
from router.turn import Words

_AT = time(8)
_LAST = time(23, 59, 59)
_LEADS = frozenset({"manager", "customer_service_manager"})


def mornings(rules: Rules, now: datetime) -> tuple[Morning, ...]:
    """The lists of today whose hour has come."""
    return tuple(_mornings(rules, now))


def _mornings(rules: Rules, now: datetime) -> Iterator[Morning]:
    for name, handler in rules.staff.handlers.items():
        zone = ZoneInfo(handler.tz)
        local = now.astimezone(zone)
        at = datetime.combine(local.date(), _AT, zone)
        brand = next((each for each in handler.brands if "email" in rules.outgoing[each]), None)
        if brand is None or local < at or not _works(handler, local, rules):
            continue
        leads = not _LEADS.isdisjoint(handler.roles)
        yield Morning(
            id=notice_id(PURPOSE, f"{name}/{local.date()}"),
            handler=name,
            at=at,
            until=datetime.combine(local.date(), _LAST, zone),
            brand=brand,
            connector=rules.outgoing[brand]["email"],
            recipient=correspondent(rules.key, brand, "email", handler.address),
            language=handler.language,
            brands=handler.brands if leads else (),
            leads=leads,
        )


def _works(handler: Handler, local: datetime, rules: Rules) -> bool:
    """Whether this is a working day of theirs."""
    day = local.date()
    if handler.away(local) or not any(day.weekday() in shift.days for shift in handler.hours):
        return False
    calendars = [rules.calendars[rules.policies.brand(each).calendar] for each in handler.brands]
    return any(each.is_working_day(day) or WEEKDAYS[day.weekday()] in each.weekend for each in calendars)


def words(morning: Morning, found: Findings, rules: Rules) -> Words | None:
    """The list, or None: there is nothing to tell."""
    handler = rules.staff.handlers[morning.handler]
    due: list[tuple[datetime, dict[str, Any]]] = []
    late: list[tuple[datetime, dict[str, Any]]] = []
    tasks: list[dict[str, Any]] = []
    for case in found.cases:
        if case.opened_at >= morning.at or morning.handler in case.staff_named:
            continue
        tasks += _tasks(case, morning, rules)
        if case.handler != morning.handler:
            continue
        for mark in case.clocks:
            when = mark.due or max(mark.breaches, default=None)
            if mark.stopped or when is None or when > morning.until:
                continue
            entry = {**_clock(case, mark, morning, rules), "due_at": _moment(when, morning, rules)}
            (due if when > morning.at else late).append((when, entry))
    if not due and not late and not tasks and not found.parked and not found.aside:
        return None
    values = {
        "due": [entry for _, entry in sorted(due, key=lambda each: each[0])],
        "overdue": [entry for _, entry in sorted(late, key=lambda each: each[0])],
        "tasks": tasks,
        "parked": found.parked,
        "aside": found.aside,
    }
    subject, text = rules.notices.render(PURPOSE, morning.brand, morning.language, values)
    sender_name, sender_address = rules.senders[morning.brand]
    return Words("email", handler.address, sender_name, sender_address, subject, text)


def _moment(when: datetime, morning: Morning, rules: Rules) -> str:
    return rules.notices.moment(when, morning.language, rules.staff.handlers[morning.handler].tz)


def _clock(case: Case, mark: ClockMark, morning: Morning, rules: Rules) -> dict[str, Any]:
    policies = rules.policies
    policy: Policy = policies.by_hash(case.policy) if case.policy else policies.brand(case.brand)
    clocks = [*policy.clocks, *(clock for law in policy.law.values() for clock in law.clocks)]
    until = next((clock.until for clock in clocks if clock.id == mark.clock), mark.clock)
    say = rules.notices.say(morning.language)
    return {"reference": case.reference, "brand": rules.brands[case.brand].name, "clock": say("promises", until)}


def _tasks(case: Case, morning: Morning, rules: Rules) -> Iterator[dict[str, Any]]:
    say = rules.notices.say(morning.language)
    for task in case.tasks:
        if task.owner == morning.handler:
            when = _moment(task.due, morning, rules) if task.due else ""
            yield {"reference": case.reference, "task": say("tasks", task.kind), "due_at": when}
