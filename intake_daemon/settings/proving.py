"""How the daemon proves to its operator that nothing is missing: the daily comparison, and canaries."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from intake_daemon.settings.reading import Strict


def _hour(value: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError(f"{value!r} is no time of day. Write it like 04:30.")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone. Write it like Europe/Riga.")
    return value


class Reconcile(Strict):
    """The daily comparison of what the sources have with what is held (docs/operations.md). It only looks."""

    at: Annotated[str, AfterValidator(_hour)] = "04:30"
    """When, by the clocks of `tz`."""
    tz: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Where that is, such as `Europe/Lisbon`."""
    days: Annotated[int, Field(ge=1, le=366)] = 2
    """How far back it looks."""
