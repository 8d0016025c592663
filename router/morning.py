"""The list that every handler gets in the morning: whose, of which day, and what the record says for it.

It belongs to no case: its notice has the case `""`. Its id is made from handler and day, so it is sent once a day,
whoever makes it and however often.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from router.case import Case

PURPOSE = "morning_list"


@dataclass(frozen=True)
class Morning:
    """One handler's list of one day."""

    id: str
    """The notice's."""
    handler: str
    at: datetime
    """8:00 where they are: what came later is for tomorrow."""
    until: datetime
    """The end of their day."""
    brand: str
    """In whose name it goes out."""
    connector: str
    recipient: str
    """Key of their address."""
    language: str
    brands: tuple[str, ...]
    """Whose contacts that lie aside they are told of; none where they lead nobody."""
    leads: bool


@dataclass(frozen=True)
class Findings:
    """What the record says for a list."""

    cases: tuple[Case, ...]
    """Open ones that may have something for it."""
    parked: int = 0
    aside: int = 0
    """What was set aside since their last list, and still is."""
