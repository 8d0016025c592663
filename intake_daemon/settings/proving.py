"""How the daemon proves to its operator that nothing is missing: the daily comparison, and canaries."""

from __future__ import annotations

import re
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, Field

from intake_daemon.settings.reading import Strict
from intake_daemon.settings.spelling import Mail


def _hour(value: str) -> str:
    if not re.fullmatch(r"([01][0-9]|2[0-3]):[0-5][0-9]", value):
        raise ValueError(f"{value!r} is no time of day. Write it like 04:30.")
    return value


def _zone(value: str) -> str:
    if value not in available_timezones():
        raise ValueError(f"{value!r} is no time zone. Write it like Europe/Riga.")
    return value


def _public(value: str) -> str:
    if value and not re.fullmatch(r"https?://[^/\s]+(/\S*)?", value):
        raise ValueError(f"{value!r} is no address. Write it like https://complaints.example.")
    return value.rstrip("/")


class Reconcile(Strict):
    """The daily comparison of what the sources have with what is held (docs/operations.md). It only looks."""

    at: Annotated[str, AfterValidator(_hour)] = "04:30"
    """When, by the clocks of `tz`."""
    tz: Annotated[str, AfterValidator(_zone)] = "UTC"
    """Where that is, such as `Europe/Lisbon`."""
    days: Annotated[int, Field(ge=1, le=366)] = 2
    """How far back it looks."""


class Canaries(Strict):
    """A complaint of ours through every front door now and then, and its letter expected (docs/operations.md)."""

    minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 30
    """How often one goes in by each door of each process."""
    patience_minutes: Annotated[int, Field(ge=1, le=24 * 60)] = 15
    """For how long it may be on its way; then the door is silent, and told."""
    address: Mail | None = None
    """A mail address of yours that gets their letters, by the real way out, and answers none; without one they end
    before the wire."""
    doors: tuple[str, ...] = ()
    """Connectors whose doors are tried; empty: all that can be."""
    web: Annotated[str, AfterValidator(_public)] = ""
    """Where forms, chats, hooks and webhooks are tried, such as `https://complaints.example`, through whatever stands
    before us; without it at our own listener."""
    append: bool = False
    """Whether a canary may be put into mailboxes that are read (IMAP APPEND), and its mail taken away again."""
