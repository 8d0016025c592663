"""What may stand in anybody's JSON, as what we need of it; nothing here raises, whatever is given.

Seconds are written as numbers, "1.300s", "PT1.3S", "00:00:01,300", `{"seconds": 1, "nanos": 300000000}`; moments as
ISO 8601 (RFC 3339), as mails do (RFC 5322), or as seconds or milliseconds since 1970; languages as `en_us`, `en-US` or
`english`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any

Json = Mapping[str, Any]
_LONGEST = 1e7
"""Seconds, some months: what is longer is no time within a call."""
_CLOCK = re.compile(r"(?:(\d{1,4}):)?(\d{1,3}):(\d{1,2}(?:[.,]\d{1,9})?)")
_ISO = re.compile(r"P(?:(\d+)D)?T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?", re.IGNORECASE)
_TONGUE = re.compile(r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?")
_MILLISECONDS = 1e11
"""A number of seconds since 1970 that is larger is one of milliseconds."""
_YEAR_2286 = 1e10
_LONGEST_DATE = 60
_TONGUES: Mapping[str, str] = {
    "english": "en",
    "portuguese": "pt",
    "latvian": "lv",
    "polish": "pl",
    "russian": "ru",
    "azerbaijani": "az",
    "german": "de",
    "french": "fr",
    "spanish": "es",
    "italian": "it",
    "lithuanian": "lt",
    "estonian": "et",
    "turkish": "tr",
    "ukrainian": "uk",
    "georgian": "ka",
    "dutch": "nl",
    "swedish": "sv",
    "finnish": "fi",
    "norwegian": "no",
    "danish": "da",
    "czech": "cs",
    "romanian": "ro",
    "arabic": "ar",
    "chinese": "zh",
    "japanese": "ja",
    "hindi": "hi",
}


def an_object(value: object) -> Json:
    """The object, or an empty one."""
    return value if isinstance(value, Mapping) else {}


def rows(value: object) -> list[Json]:
    """The objects of a list."""
    return [each for each in value if isinstance(each, Mapping)] if isinstance(value, list) else []


def text(*values: object) -> str:
    """The first of these that is a text or a number, without what stands around it."""
    for value in values:
        if isinstance(value, str) and value.strip():
            return value.strip()
        if isinstance(value, (int, float)) and not isinstance(value, bool) and abs(value) < 1 / 1e-15:
            return str(value)
    return ""


def number(value: object) -> float | None:
    """A finite number, also when it is written as a text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def seconds(*values: object) -> float | None:
    """The first of these that is a time within a call."""
    for value in values:
        found = _seconds(value)
        if found is not None and 0 <= found < _LONGEST:
            return round(found, 6)
    return None


def thousandth(*values: object) -> float | None:
    """The first of these that is a number of milliseconds, in seconds."""
    for value in values:
        found = number(value)
        if found is not None:
            return seconds(found / 1000)
    return None


def _seconds(value: object) -> float | None:
    if isinstance(value, Mapping):
        whole, rest = number(value.get("seconds", 0)), number(value.get("nanos", 0))
        return None if whole is None or rest is None else whole + rest / 1e9
    plain = number(value)
    if plain is not None or not isinstance(value, str):
        return plain
    written = value.strip()
    if written.endswith("s") and (plain := number(written[:-1])) is not None:
        return plain
    if found := _CLOCK.fullmatch(written):
        return int(found[1] or 0) * 3600 + int(found[2]) * 60 + float(found[3].replace(",", "."))
    if (found := _ISO.fullmatch(written)) and len(written) > len("PT"):
        days, hours, minutes, rest = (float(part or 0) for part in found.groups())
        return days * 86400 + hours * 3600 + minutes * 60 + rest
    return None


def share(*values: object) -> float | None:
    """The first of these that is a confidence: between 0 and 1, or a percentage."""
    for value in values:
        found = number(value)
        if found is not None and 0 <= found <= 1:
            return round(found, 6)
        if found is not None and 1 < found <= 100:  # noqa: PLR2004 -- per cent
            return round(found / 100, 6)
    return None


def mean(values: list[float]) -> float | None:
    """Of confidences."""
    return round(sum(values) / len(values), 4) if values else None


def tongue(*values: object) -> str | None:
    """The first of these that names a language, as BCP 47."""
    for value in values:
        if not isinstance(value, str) or not value.strip():
            continue
        written = value.strip()
        if named := _TONGUES.get(written.lower()):
            return named
        if (found := _TONGUE.fullmatch(written)) and written.lower() not in {"und", "auto", "multi"}:
            parts = (found[1].lower(), (found[2] or "").title(), (found[3] or "").upper())
            return "-".join(part for part in parts if part)
    return None


def moment(*values: object) -> datetime | None:
    """The first of these that is a moment; naive when it does not say where."""
    for value in values:
        found = _moment(value)
        if found is not None and 1970 <= found.year < 2286:  # noqa: PLR2004 -- what a clock can have said
            return found
    return None


def _moment(value: object) -> datetime | None:
    plain = number(value)
    if plain is not None:
        since = plain / 1000 if plain > _MILLISECONDS else plain
        return datetime.fromtimestamp(since, UTC) if 1e8 < since < _YEAR_2286 else None  # noqa: PLR2004 -- 1973
    if not isinstance(value, str) or len(value) > _LONGEST_DATE:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            found = read(value.strip())
            offset = found.utcoffset()
            return found.replace(tzinfo=timezone(offset)).astimezone(UTC) if offset is not None else found
        except (ValueError, OverflowError, TypeError, IndexError):
            continue
    return None


def channel_of(value: object, first: int = 0) -> int | None:
    """A channel as we number them, from 1: of `0`, `"ch_0"`, `"channel_1"`, `"left"`."""
    named = {"left": 1, "right": 2}.get(value.lower()) if isinstance(value, str) else None
    if named:
        return named
    if isinstance(value, str):
        digits = value.rpartition("_")[2] if value.startswith(("ch_", "channel_")) else value
        value = int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < len("1000") else None
    if isinstance(value, bool) or not isinstance(value, int):
        return None
    return value - first + 1 if 0 <= value - first < 64 else None  # noqa: PLR2004 -- no recording has more
