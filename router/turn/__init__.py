"""One input meets one case: the values that pass between the desk's stages and the ledger.

    Keys        what to lock and look up before anything is decided
    Knowledge   what the ledger found under these keys, within its transaction
    Turn        the input on its way through the four stages; each stage returns a new one, with its reasons
    Gathering   what somebody says in one go, as far as it was heard
    Effects     what was decided: events, contents, notices owed, keys for the future
    Intent      a notice that is owed; Words are what it says once it is rendered

A stage is `Turn -> Turn`: pure, no I/O, no reading of the time (`now` is handed in). The ledger writes Effects and
nothing else.
"""

from __future__ import annotations

from router.turn.alike import Sign, Signs
from router.turn.desk import ClockRow, Desk
from router.turn.effects import Content, Decided, Disposition, Effects
from router.turn.gathering import LISTENED, Gathering, Pause, whole
from router.turn.keys import SHORT, Keys, Want
from router.turn.knowledge import HeldFile, Knowledge
from router.turn.notice import (
    ASKED_FOR,
    BY_POST,
    CLOSED,
    CONSULTATION,
    LOST,
    REPORTED,
    WINDOW,
    Intent,
    NoticeRow,
    Words,
)
from router.turn.turn import Turn

__all__ = [
    "ASKED_FOR",
    "BY_POST",
    "CLOSED",
    "CONSULTATION",
    "LISTENED",
    "LOST",
    "REPORTED",
    "SHORT",
    "WINDOW",
    "ClockRow",
    "Content",
    "Decided",
    "Desk",
    "Disposition",
    "Effects",
    "Gathering",
    "HeldFile",
    "Intent",
    "Keys",
    "Knowledge",
    "NoticeRow",
    "Pause",
    "Sign",
    "Signs",
    "Turn",
    "Want",
    "Words",
    "whole",
]
