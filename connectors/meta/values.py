"""JSON as it came: read field by field, never by a strict model, so that a field that is missing or new costs nobody
their complaint. Pure, for any bytes.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

_MILLISECONDS = 100_000_000_000
"""Unix times from here on are in milliseconds: as seconds they would lie beyond the year 5000."""
_DIGITS = 20


def document(content: bytes) -> Any:  # noqa: ANN401 -- any JSON
    """The JSON that it is; None for what is none. Numbers that JSON does not know (NaN) are null."""
    try:
        return json.loads(content, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None


def written(value: object) -> bytes:
    """The same as JSON in UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def mapping(value: object) -> Mapping[str, Any]:
    """A JSON object, or an empty one."""
    return value if isinstance(value, dict) else {}


def mappings(value: object) -> Sequence[Mapping[str, Any]]:
    """The objects of a JSON array."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def listed(value: object) -> list[Any]:
    """A JSON array, or an empty one; an object that stands where an array should is taken for its only element."""
    if isinstance(value, dict):
        return [value]
    return value if isinstance(value, list) else []


def string(value: object) -> str:
    """A JSON string, or an empty one."""
    return value if isinstance(value, str) else ""


def name(value: object) -> str:
    """An id: a string, or a whole number written as one."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return string(value).strip()


def number(value: object) -> int | None:
    """A whole number, also one written as a string, or None."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < _DIGITS:
        return int(value)
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def moment(value: object) -> datetime | None:
    """A time as Meta writes it: Unix seconds (WhatsApp, feeds) or milliseconds (Messenger, Instagram), as a number or
    as its digits; RFC 3339 here and there. None for what is no time."""
    told = number(value)
    try:
        if told is None:
            found = datetime.fromisoformat(value) if isinstance(value, str) else None
            return found.astimezone(UTC) if found and found.tzinfo else None
        return datetime.fromtimestamp(told / 1000 if told >= _MILLISECONDS else told, UTC) if told > 0 else None
    except (ValueError, OverflowError, OSError):
        return None


def first(*values: str) -> str:
    """The first that is not empty."""
    return next((each for each in values if each), "")


def kept(**values: object) -> dict[str, Any]:
    """Those that say something."""
    return {key: value for key, value in values.items() if value not in ("", None, [], {}, ())}
