"""Numbers and codes in words: times taken, changes against the month before, codes without their underscores."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

_HOUR, _DAY = 3600, 86_400
_NAMES = {
    "acknowledgement": "received to acknowledged",
    "answer": "received to first answer",
    "second_answer": "escalated to answered",
    "closing": "received to closed",
    "forward": "told to staff to passed on",
    "not_recorded": "not recorded",
    "unlisted": "(no code)",
}


def took(seconds: int | None) -> str:
    """As in `41 d 3 h`, `5 h 12 min`, `3 min`; `-` for none."""
    if seconds is None:
        return "-"
    if seconds >= _DAY:
        return f"{seconds // _DAY} d {seconds % _DAY // _HOUR} h"
    if seconds >= _HOUR:
        return f"{seconds // _HOUR} h {seconds % _HOUR // 60:02} min"
    return f"{seconds // 60} min"


def change(now: float, before: float) -> str:
    """Against the month before: `+3`, `-2`, `=`."""
    difference = round(now - before, 2)
    return f"{difference:+g}" if difference else "="


def name(code: str) -> str:
    """A code for people to read."""
    return _NAMES.get(code, code.replace("_", " "))


def share(part: int, whole: int) -> str:
    """As in `83 %`; `-` of nothing. All but one are never 100 %, nor one of many 0 %."""
    if not whole:
        return "-"
    percent = round(100 * part / whole)
    if part not in {0, whole}:
        percent = min(99, max(1, percent))
    return f"{percent} %"


def at(moment: datetime, zone: ZoneInfo) -> str:
    """A moment at the brand's place: `2026-11-30 18:00`."""
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"
