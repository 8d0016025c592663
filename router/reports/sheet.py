"""A report as CSV: one number a line, so a spreadsheet can turn it any way.

    brand, month, section, item, measure, value, before

`section` is a list of the JSON (`topics`, `promises`, `times`, …), `item` what tells its entries apart (codes, joined
by `/`), `before` the same number of the month before, empty where there was none. Times taken are seconds. Everything
that the JSON holds is here.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from router.reports.model import Figures, Report

HEAD = ("brand", "month", "section", "item", "measure", "value", "before")
_KEYS = ("reference", "basis", "law", "name", "stage", "cycle", "reason")
"""Fields that tell the entries of a list apart."""


def sheet(report: Report) -> str:
    """The whole file; RFC 4180, lines end in CR LF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEAD)
    before = dict(_numbers(report.before))
    now = dict(_numbers(report.figures))
    for section, item, measure in sorted({**before, **now}, key=_order):
        key = (section, item, measure)
        row = (report.brand, report.month, *key, now.get(key, ""), before.get(key, ""))
        writer.writerow([_harmless(value) for value in row])
    return out.getvalue()


Key = tuple[str, str, str]


def _order(key: Key) -> tuple[int, str, str]:
    section, item, measure = key
    known = list(Figures.model_fields)
    place = known.index(section.split(".")[0])
    return place, section, f"{item}\0{measure}"


def _numbers(figures: Figures) -> Iterator[tuple[Key, object]]:
    for section, value in figures.model_dump(mode="json").items():
        yield from _flat(section, value)


def _flat(section: str, value: Any) -> Iterator[tuple[Key, object]]:  # noqa: ANN401 -- JSON
    if isinstance(value, Mapping):
        for measure, each in value.items():
            if isinstance(each, list):
                yield from _flat(f"{section}.{measure}", each)
            else:
                yield (section, "", measure), each
    elif isinstance(value, list):
        for place, each in enumerate(value):
            yield from _entry(section, place, each)


def _entry(section: str, place: int, each: Any) -> Iterator[tuple[Key, object]]:  # noqa: ANN401 -- JSON
    if not isinstance(each, Mapping):
        yield (section, f"{place + 1:02}", "number"), each
        return
    item = "/".join(str(each[key]) for key in _KEYS if each.get(key) not in {None, ""})
    for measure, number in each.items():
        if measure in _KEYS or number is None:
            continue
        yield (
            (section, item, measure),
            " ".join(number) if isinstance(number, Sequence) and not isinstance(number, str) else number,
        )


def _harmless(value: object) -> object:
    """A code that a spreadsheet would take for a formula is text."""
    return f"'{value}" if isinstance(value, str) and value[:1] in {"=", "+", "-", "@"} else value
