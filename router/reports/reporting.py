"""A report: the month and the one before it, in one pass over the stories of their cases."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from router.reports.figures import figures
from router.reports.model import Report
from router.reports.month import Month
from router.reports.people import People
from router.reports.story import Story
from router.reports.tally import Tally

Known = tuple[Story, Collection[str]]
"""A case, and the hashes of its correspondents."""


@dataclass(frozen=True)
class Asked:
    """Which report, as the caller's configuration has it."""

    brand: str
    company: str
    month: Month
    zone: ZoneInfo
    show: tuple[str, ...] = ()
    """The policy's `report.show`."""


def report(
    asked: Asked,
    stories: Iterable[Known],
    now: datetime,
    *,
    background: Iterable[Known] = (),
) -> Report:
    """The report of a month from the stories of its cases. `background`: stories, taken after the others, that count
    for nothing themselves: earlier complaints of the same correspondents, cases that an improvement was linked to."""
    this = Tally(asked.month, asked.zone, now)
    before = Tally(asked.month.before, asked.zone, now)
    people = People()
    for story, correspondents in stories:
        people.add(story, correspondents)
        this.add(story)
        before.add(story)
    for story, correspondents in background:
        people.add(story, correspondents)
        this.improved(story)
        before.improved(story)
    return Report(
        brand=asked.brand,
        company=asked.company,
        month=str(asked.month),
        tz=asked.zone.key,
        start=this.start,
        end=this.end,
        made_at=now,
        complete=now >= this.end,
        show=asked.show,
        figures=figures(this, people),
        before=figures(before, people),
    )
