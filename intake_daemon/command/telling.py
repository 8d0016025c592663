"""How the command says things to a person: times, spans, events (their sentences stand in sentences.py), notices."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from intake_daemon.command.sentences import sentence

_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_STAMP = "%Y-%m-%d %H:%M:%S"


def safe(words: str) -> str:
    """What strangers wrote, without anything that a terminal would obey: controls, and marks that turn text around."""
    return "".join(
        letter if unicodedata.category(letter) not in {"Cc", "Cf", "Cs", "Co"} or letter in "\n\t\u200c\u200d" else "·"
        for letter in words.replace("\r\n", "\n")
    )


def counted(number: int, word: str) -> str:
    """`1 file`, `2 files`."""
    return f"{number} {word}{'' if number == 1 else 's'}"


def when(moment: str | None) -> str:
    """A time in the reader's own zone, to the second."""
    if not moment:
        return "-"
    return datetime.fromisoformat(moment).astimezone().strftime(_STAMP)


def age(moment: str | None, now: datetime | None = None) -> str:
    """How long ago: `40 s`, `12 min`, `3 h`, `2 d`."""
    if not moment:
        return "-"
    seconds = max(0, ((now or datetime.now(UTC)) - datetime.fromisoformat(moment)).total_seconds())
    for unit, name in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def happened(event: Mapping[str, Any]) -> str:
    """What an event says, in a few words; times in the reader's own zone."""
    return sentence(str(event["type"]), event["data"], when=when)


def notice(each: Mapping[str, Any]) -> str:
    """A notice with what became of it."""
    receipt = each.get("receipt") or {}
    code = f" ({receipt['code']})" if receipt.get("code") else ""
    tried = f", tried {each['attempts']} times" if each.get("attempts", 0) > 1 else ""
    later = f", not before {when(each['not_before'])}" if each["state"] == "deferred" else ""
    return f"{each['purpose']} to {each['to']} by {each['connector']}: {each['state']}{code}{tried}{later}"
