"""Which clauses the lines of a policy name: they stand in the comments, so that they stay beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from intake_daemon.settings import Document

_CLAUSE = re.compile(r"\b(?:[A-Z]{1,3}-\d{1,2}|[A-Z]{2,4}-[A-Z]{2,4}-\d{1,2})\b")


def clauses(document: Document) -> Mapping[tuple[str, ...], str]:
    """The clauses named in the comment of each line, by the place that stands there: keys, and entries by their id."""
    lines = Path(document.file).read_text(encoding="utf-8").splitlines()
    found: dict[tuple[str, ...], str] = {}
    for place, line in _places(document):
        comment = lines[line - 1].partition(" # ")[2] if 0 < line <= len(lines) else ""
        if named := _CLAUSE.findall(comment):
            found[place] = " ".join(named)
    return found


def _places(document: Document) -> list[tuple[tuple[str, ...], int]]:
    places: list[tuple[tuple[str, ...], int]] = []
    data = document.data if isinstance(document.data, dict) else {}
    for key, value in data.items():
        if not document.has((key,)):
            continue
        places.append(((str(key),), document.line((key,))))
        if isinstance(value, dict):
            places += [((str(key), str(name)), document.line((key, name))) for name in value]
        if isinstance(value, (list, tuple)):
            places += [
                ((str(key), str(_id(entry))), document.line((key, number)))
                for number, entry in enumerate(value)
                if _id(entry)
            ]
    return places


def _id(entry: object) -> object:
    return (entry.get("id") or entry.get("body") or entry.get("field")) if isinstance(entry, dict) else None
