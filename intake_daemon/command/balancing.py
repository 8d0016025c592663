"""`intake status --door X --day D --list aside`: the balance by door and day, and each of its numbers as a list."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

from intake_daemon.command.options import Mistyped, as_json, table

_NUMBERS = (
    "in", "cases", "joined", "machine", "aside", "parked", "unaccounted", "repeats", "canaries", "refused"
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What was typed."""

    door: str | None
    day: str | None
    days: int
    number: str | None
    who: str


def show(config: Path | None, asked: Asked, *, demo: bool, json: bool) -> int:
    """The exit status: 1 when a contact is unaccounted for."""
    from intake_daemon.command.asking import asking

    day = _day(asked.day)
    with asking(config, demo=demo, who=asked.who) as answers:
        if asked.number is not None:
            if asked.number not in _NUMBERS:
                raise Mistyped(f"There is no list {asked.number!r}. There are: {', '.join(_NUMBERS)}.")
            found = answers.get(f"/balance/{asked.number}", day=day, door=asked.door)
        else:
            since = day - timedelta(days=max(asked.days, 1) - 1)
            found = answers.get("/balance", since=since, until=day, door=asked.door)
    if json:
        as_json(found)
    elif asked.number is not None:
        _list(found)
    else:
        _lines(found)
    return int(any(line["unaccounted"] for line in found.get("lines", ())))


def _day(typed: str | None) -> date:
    today = datetime.now(UTC).date()
    named = {None: today, "today": today, "yesterday": today - timedelta(days=1)}
    if typed in named:
        return named[typed]
    try:
        return date.fromisoformat(str(typed))
    except ValueError:
        raise Mistyped(f"{typed!r} is no day. Write 2026-11-30, today or yesterday.") from None


def _lines(found: dict[str, Any]) -> None:
    if not found["lines"]:
        print(f"nothing came in from {found['since']} to {found['until']} (UTC)")
        return
    rows: list[list[object]] = [
        [line["day"], line["door"], *(line[each] for each in _NUMBERS)] for line in found["lines"]
    ]
    table(rows, head=("day", "door", *_NUMBERS))


def _list(found: dict[str, Any]) -> None:
    if not found["listed"]:
        print(f"none on {found['day']} (UTC)")
    elif found["list"] == "refused":
        refused: list[list[object]] = [
            [each["door"], each["reason"], each["count"], each["last"]] for each in found["listed"]
        ]
        table(refused, head=("door", "reason", "count", "last"))
    else:
        rows: list[list[object]] = [
            [each["at"], each["door"], each["became"], each.get("reason"), each.get("reference"), each["id"]]
            for each in found["listed"]
        ]
        table(rows, head=("at", "door", "became", "reason", "reference", "id"))
