"""The month's report to the managers of a brand: the numbers in a letter, and how to get the whole of it (L-16 W-27).

It belongs to no case, and there is no name in it. Its id is made from brand, month and manager: sent once, however
often it is made.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from babel.dates import format_skeleton
from babel.units import format_unit

from router.contact import correspondent
from router.morning import Morning
from router.owing import notice_id
from router.reports import Report
from router.rules import Rules
from router.turn import Words

PURPOSE = "monthly_report"
_LEADS = frozenset({"manager", "customer_service_manager"})
_DAY = 86_400


def monthly(report: Report, rules: Rules, now: datetime) -> Iterator[tuple[Morning, Words]]:
    """The letter to each manager of the brand."""
    brand = report.brand
    way = rules.outgoing[brand].get("email")
    for name, handler in rules.staff.handlers.items():
        if way is None or brand not in handler.brands or _LEADS.isdisjoint(handler.roles):
            continue
        to = Morning(
            id=notice_id(PURPOSE, f"{brand}/{report.month}/{name}"),
            handler=name,
            at=now,
            until=now,
            brand=brand,
            connector=way,
            recipient=correspondent(rules.key, brand, "email", handler.address),
            language=handler.language,
            brands=(),
            leads=True,
        )
        subject, text = rules.notices.render(PURPOSE, brand, handler.language, _values(report, handler.language, rules))
        sender_name, sender_address = rules.senders[brand]
        yield to, Words("email", handler.address, sender_name, sender_address, subject, text)


def _values(report: Report, language: str, rules: Rules) -> dict[str, Any]:
    figures, flow = report.figures, report.figures.flow
    taken = {each.name: each for each in figures.times}
    first = taken.get("answer")
    kept = [each for each in figures.promises if each.name == "ack"]
    return {
        "brand": rules.brands[report.brand].name,
        "month": format_skeleton("yMMMM", report.start.date().replace(day=15), locale=language),
        "received": flow.received,
        "before": report.before.flow.received,
        "answered": flow.answered,
        "closed": flow.closed,
        "open": flow.open,
        "open_late": flow.open_late,
        "in_time": sum(each.kept for each in kept),
        "decided": sum(each.decided for each in kept),
        "median": _span(first.median if first else None, language),
        "longest": _span(first.longest if first else None, language),
        "late": len(figures.late),
        "again": figures.repeats.again,
        "improvements": len(figures.improvements),
        "mean": f"{figures.survey.mean:.1f}" if figures.survey.mean is not None else "",
        "answers": figures.survey.answers,
        "command": f"intake report {report.brand} --month {report.month}",
    }


def _span(seconds: int | None, language: str) -> str:
    """As in "3 days", "5 hours"; "" for none."""
    if seconds is None:
        return ""
    unit, size = ("duration-day", _DAY) if seconds >= _DAY else ("duration-hour", 3600)
    return format_unit(max(1, round(seconds / size)), unit, length="long", locale=language)
