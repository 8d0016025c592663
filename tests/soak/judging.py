"""Whether a row of figures grows. Pure.

A figure may rise by `free` plus `share` of what it was; what grows with the record by its nature (the ledger) is shown
and not judged.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

WARM = 1 / 3
"""The part of a run that is not looked at: caches fill, the first of everything is imported."""
_FEWEST = 9
_SCATTER = 2.0
_STILL = 0.25
"""The second half must rise by at least so much of what the whole rises."""


@dataclass(frozen=True)
class Bound:
    """How much a figure may rise over the time that is looked at; None: it is not judged."""

    free: float
    share: float


@dataclass(frozen=True)
class Verdict:
    """What was found of one figure."""

    name: str
    first: float
    """Where the line begins, after the warm-up."""
    last: float
    """Where it ends."""
    hourly: float
    allowed: float | None
    grows: bool


def judge(name: str, figures: Sequence[tuple[float, float]], bound: Bound | None) -> Verdict:
    """`figures`: seconds since the beginning, and what was seen; in order. Too few of them prove nothing."""
    kept = [each for each in figures if each[0] >= figures[-1][0] * WARM] if figures else []
    if len(kept) < _FEWEST:
        only = kept[-1][1] if kept else 0.0
        return Verdict(name, only, only, 0.0, None, grows=False)
    slope, start, scatter = _line(kept)
    span = kept[-1][0] - kept[0][0]
    rise = slope * span
    first = start + slope * kept[0][0]
    allowed = None if bound is None else bound.free + bound.share * max(first, 0.0)
    half = kept[len(kept) // 2 :]
    later = _line(half)[0] * (half[-1][0] - half[0][0])
    grows = allowed is not None and rise > allowed and rise > _SCATTER * scatter and later > _STILL * rise
    return Verdict(name, first, first + rise, slope * 3600, allowed, grows)


def _line(figures: Sequence[tuple[float, float]]) -> tuple[float, float, float]:
    """Slope (a second), value at 0, and the scatter around the line (standard deviation), by least squares."""
    times, values = zip(*figures, strict=True)
    slope, start = statistics.linear_regression(times, values)
    scatter = statistics.pstdev([value - start - slope * time for time, value in figures])
    return slope, start, scatter
