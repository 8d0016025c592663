"""A report as one HTML page: nothing is fetched, nothing runs; charts are inline SVG.

Rules
-----
1. The words of a chart stand beside it as text, so they keep their size on a telephone and are read aloud; the
   SVG holds the bars only, stretched to the width that there is, and each number stands in the table too.
2. Light and dark by the reader's choice; on paper always light, no section torn apart where it fits a page.
3. Everything is escaped, and the page forbids itself whatever could run or be fetched (Content-Security-Policy).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from router.reports.model import Figures, Report
from router.reports.month import Month
from router.reports.sections import Bar, Section, sections
from router.reports.terminal import title
from router.reports.words import change, share, took

if TYPE_CHECKING:
    from jinja2 import Template

_HERE = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class Tile:
    """One number that matters, with what it was the month before."""

    label: str
    value: str
    before: str
    more: str = ""


@dataclass(frozen=True)
class Part:
    """One rectangle of a chart, in percent of its width and height."""

    x: float
    width: float
    fill: str
    y: float = 0
    height: float = 100


def page(report: Report) -> str:
    """The whole page."""
    return _template().render(
        report=report,
        month=Month.parse(report.month).named,
        title=title(report),
        css=(_HERE / "page.css").read_text(encoding="utf-8"),
        tiles=_tiles(report),
        sections=sections(report),
        days=_days(report.figures.days, report.before.days),
        most=max(report.figures.days, default=0),
        parts=_parts,
        wide=_wide,
    )


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(_HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("page.html")


def _tiles(report: Report) -> list[Tile]:
    now, before = report.figures, report.before
    here, there = _kept(now), _kept(before)
    took_now, took_then = _answer(now), _answer(before)
    tiles = [
        _counted("received", now.flow.received, before.flow.received),
        _counted("answered", now.flow.answered, before.flow.answered),
        _counted("closed", now.flow.closed, before.flow.closed),
        Tile(
            "open at the end" if report.complete else "open now",
            str(now.flow.open),
            f"before {before.flow.open}",
            f"{now.flow.open_late} past a promised date" if now.flow.open_late else "",
        ),
        Tile("promises kept", share(*here), f"before {share(*there)}", f"{here[1] - here[0]} late" if here[1] else ""),
        Tile("median answer", took(took_now[0]), f"before {took(took_then[0])}", f"longest {took(took_now[1])}"),
    ]
    if now.survey.mean is not None:
        past = "-" if before.survey.mean is None else f"{before.survey.mean:.1f}"
        said = f"{now.survey.answers} answers"
        tiles.append(Tile("customers, of 5", f"{now.survey.mean:.1f}", f"before {past}", said))
    return tiles


def _counted(label: str, now: int, before: int) -> Tile:
    return Tile(label, str(now), f"before {before}", change(now, before) if now != before else "")


def _kept(figures: Figures) -> tuple[int, int]:
    """Promises of policy and law: kept, and decided."""
    promised = [each for each in figures.promises if each.basis != "target"]
    return sum(each.kept for each in promised), sum(each.decided for each in promised)


def _answer(figures: Figures) -> tuple[int | None, int | None]:
    return next(((each.median, each.longest) for each in figures.times if each.name == "answer"), (None, None))


def _parts(bar: Bar) -> list[Part]:
    """A row's bar: its parts side by side; the month before as a thin one under it."""
    thick = 62 if bar.before is not None else 100
    found, x = [], 0.0
    for fill, width in bar.parts:
        if width > 0:
            found.append(Part(round(x, 2), round(max(width, 0.6), 2), fill, 0, thick))
        x += width
    if bar.before:
        found.append(Part(0, round(max(bar.before, 0.6), 2), "before", 72, 28))
    return found


def _days(now: Sequence[int], before: Sequence[int]) -> list[Part]:
    """A column for each day of the month; behind it, paler and wider, the month before."""
    most = max([*now, *before, 1])
    step = 100 / max(len(now), 1)
    found = []
    for numbers, fill, inset in ((before[: len(now)], "before", 0.06), (now, "now", 0.22)):
        for day, number in enumerate(numbers):
            height = 100 * number / most
            if number:
                x, width = step * (day + inset), step * (1 - 2 * inset)
                found.append(Part(round(x, 3), round(width, 3), fill, round(100 - height, 2), round(height, 2)))
    return found


def _wide(section: Section) -> bool:
    """Whether a table needs the page's whole width."""
    return len(section.head) > 4  # noqa: PLR2004 -- columns that half a page still holds
