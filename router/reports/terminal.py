"""A report on a terminal: its sections as tables. In a pipe the same without colours, as wide as it needs to be."""

from __future__ import annotations

from typing import TextIO
from zoneinfo import ZoneInfo

from router.reports.model import Report
from router.reports.month import Month
from router.reports.sections import Section, sections
from router.reports.words import at

_WIDE = 200
"""Columns in a pipe."""


def show(report: Report, out: TextIO) -> None:
    """Print it."""
    from rich.console import Console
    from rich.text import Text

    console = Console(file=out, width=None if out.isatty() else _WIDE, highlight=False, soft_wrap=False)
    console.print(Text(f"{report.company} · complaints in {Month.parse(report.month).named}", style="bold"))
    console.print(Text(title(report)))
    for section in sections(report):
        console.print()
        console.print(_table(section))
        if section.note:
            console.print(Text(section.note, style="dim"))


def title(report: Report) -> str:
    """Which time it speaks of, and when it was made."""
    zone = ZoneInfo(report.tz)
    so_far = "" if report.complete else "; the month is not over"
    return f"{report.tz}, made {at(report.made_at, zone)}{so_far}"


def _table(section: Section) -> object:
    from rich import box
    from rich.table import Table
    from rich.text import Text

    table = Table(
        title=section.title,
        title_justify="left",
        title_style="bold",
        box=box.SIMPLE_HEAD,
        show_edge=False,
        pad_edge=False,
    )
    for place, head in enumerate(section.head):
        table.add_column(Text(head), justify="left" if place in section.texts else "right", overflow="fold")
    for row in section.rows:
        table.add_row(*map(Text, row))
    return table
