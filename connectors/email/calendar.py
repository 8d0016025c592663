"""An invitation or its answer (text/calendar) as words, for a mail that says nothing else.

Rules: the file itself is kept beside; only the fields that a person would read, bounded, never an exception.

RFC 5545 section 3.1 (folding), 3.3.11 (escapes).
"""

from __future__ import annotations

import re

_FOLD = re.compile(r"\r?\n[ \t]")
_SAID = {
    "SUMMARY": "",
    "DTSTART": "",
    "DTEND": "",
    "LOCATION": "",
    "ORGANIZER": "",
    "COMMENT": "",
    "DESCRIPTION": "\n",
}
"""What is shown, in this order, and what stands before it."""
_ESCAPED = re.compile(r"\\([\\;,nN])")
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)\d\d(Z?))?")
_LIMIT = 100_000


def to_text(calendar: str) -> str:
    """Summary, times, place, organiser and description of the first event, a line each."""
    text = _FOLD.sub("", calendar[:_LIMIT])
    start = text.find("BEGIN:VEVENT")
    found: dict[str, str] = {}
    for line in text[max(start, 0) :].splitlines():
        if line.strip() == "END:VEVENT":
            break
        name, colon, value = line.partition(":")
        if name.count('"') % 2:  # the colon stood inside a quoted parameter
            more, colon, value = value.partition('":')
            name += more
        key = name.partition(";")[0].strip().upper()
        if colon and key in _SAID:
            found.setdefault(key, _read(key, value.strip()))
    return "\n".join(before + found[key] for key, before in _SAID.items() if found.get(key))


def _read(key: str, value: str) -> str:
    if key in {"DTSTART", "DTEND"}:
        stamp = _STAMP.match(value)
        if stamp is None:
            return value[:40]
        day = f"{stamp[1]}-{stamp[2]}-{stamp[3]}"
        return f"{day} {stamp[4]}:{stamp[5]}{' UTC' if stamp[6] else ''}" if stamp[4] else day
    if key == "ORGANIZER":
        return value[7:] if value.lower().startswith("mailto:") else value
    return _ESCAPED.sub(lambda match: "\n" if match[1] in "nN" else match[1], value)
