"""Dates as other systems write them, into UTC. Pure; None for what is no date.

    2026-11-20T09:30:00Z   2026-11-20 09:30   20261120T093000+0100     ISO 8601, and the ways people shorten it
    1795253400   1795253400000   "1795253400.5"                        seconds or milliseconds since 1970
    Fri, 20 Nov 2026 09:30:00 +0000                                    RFC 5322
    20.11.2026 09:30   20/11/2026   11/20/2026 9:30 PM                 day or month first, as the mapping says
    November 20, 2026 9:30 AM   20 Nov 2026                            English month names
    {"year": "2026", "month": "11", "day": "20", "hour": …}            in parts (Jotform)

A time without a zone is in the brand's; a day without a time is its beginning.
"""

from __future__ import annotations

import re
from contextlib import suppress
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import Any

_MILLISECONDS = 100_000_000_000
_CLOCK = (
    r"(?:[ ,T]+(?P<hour>\d{1,2})[:.](?P<minute>\d{2})(?:[:.](?P<second>\d{2}))?(?:\.\d+)?"
    r"\s*(?P<half>[AaPp]\.?[Mm]\.?)?)?"
)
_ZONE = r"\s*(?P<zone>Z|UTC|GMT|[+-]\d{2}:?\d{2})?"
_NUMBERS = re.compile(rf"(?P<one>\d{{1,2}})[./-](?P<two>\d{{1,2}})[./-](?P<year>\d{{4}})\.?{_CLOCK}{_ZONE}")
_ISO = re.compile(rf"(?P<year>\d{{4}})[./-](?P<one>\d{{1,2}})[./-](?P<two>\d{{1,2}}){_CLOCK}{_ZONE}")
_WORDS = re.compile(
    rf"(?:[A-Za-z]{{3,9}},?\s+)?(?:(?P<word>[A-Za-z]{{3,9}})\.?\s+(?P<day>\d{{1,2}})(?:st|nd|rd|th)?|"
    rf"(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\.?\s+(?P<word2>[A-Za-z]{{3,9}})\.?),?\s+(?P<year>\d{{4}}),?{_CLOCK}{_ZONE}"
)
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_FIRST, _LAST = datetime(1980, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_NOON = 12


def moment(value: Any, zone: tzinfo = UTC, *, month_first: bool = False) -> datetime | None:  # noqa: ANN401 -- JSON
    """The moment that a value names, in UTC; None when it names none, or one that no complaint has."""
    found = None
    with suppress(ValueError, OverflowError, OSError, TypeError):
        found = _read(value, month_first=month_first)
    if found is None:
        return None
    with suppress(ValueError, OverflowError):
        found = (found if found.tzinfo else found.replace(tzinfo=zone)).astimezone(UTC)
        return found if _FIRST <= found < _LAST else None
    return None


def _read(value: Any, *, month_first: bool) -> datetime | None:  # noqa: ANN401 -- JSON
    match value:
        case bool() | None:
            return None
        case int() | float():
            return _since_1970(float(value))
        case datetime():
            return value
        case dict():
            return _in_parts(value)
        case str():
            return _written(value.strip(), month_first=month_first)
        case _:
            return None


def _written(text: str, *, month_first: bool) -> datetime | None:  # noqa: PLR0911 -- one for each way of writing
    if re.fullmatch(r"\d{9,13}(\.\d+)?", text):
        return _since_1970(float(text))
    with suppress(ValueError):
        return datetime.fromisoformat(text)
    if found := _ISO.fullmatch(text):
        return _at(found, int(found["one"]), int(found["two"]))
    if found := _NUMBERS.fullmatch(text):
        one, two = int(found["one"]), int(found["two"])
        swapped = (month_first and one <= _NOON) or two > _NOON
        return _at(found, *((one, two) if swapped else (two, one)))
    if found := _WORDS.fullmatch(text):
        word = (found["word"] or found["word2"])[:3].lower()
        if word in _MONTHS:
            return _at(found, _MONTHS.index(word) + 1, int(found["day"] or found["day2"]))
    with suppress(ValueError, TypeError, IndexError):
        return parsedate_to_datetime(text)
    return None


def _at(found: re.Match[str], month: int, day: int) -> datetime:
    hour = int(found["hour"] or 0)
    if half := (found["half"] or "").lower():
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    when = datetime(int(found["year"]), month, day, hour, int(found["minute"] or 0), int(found["second"] or 0))  # noqa: DTZ001 -- the zone comes after
    zone = found["zone"] or ""
    if zone:
        return datetime.fromisoformat(f"{when.isoformat()}{zone if zone[0] in '+-' else 'Z'}")
    return when


def _since_1970(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds / 1000 if abs(seconds) >= _MILLISECONDS else seconds, UTC)


def _in_parts(parts: dict[str, Any]) -> datetime | None:
    if written := parts.get("datetime") or parts.get("date"):
        return _read(written, month_first=False) if isinstance(written, str) else None
    year, month, day = (int(str(parts.get(name, ""))) for name in ("year", "month", "day"))
    hour = int(str(parts.get("hour") or 0))
    if half := str(parts.get("ampm", "")).lower():
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    return datetime(year, month, day, hour, int(str(parts.get("min") or parts.get("minute") or 0)))  # noqa: DTZ001 -- the zone comes after
