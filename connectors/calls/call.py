"""A call as it was written down, before anybody settled who the customer is.

    Said     one piece of speech, by a voice as the source names it
    Party    somebody who took part, as the source's metadata says
    Call     all of it
    NoCall   why some bytes are none

Rules
-----
1. Times are seconds from the call's beginning. A confidence is between 0 and 1, or not known.
2. A reader tells what the source says and guesses nothing: `role` is set only where the source itself says who speaks.
3. Channels are numbered from 1, whatever the source does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from intake_daemon.contract import File
from intake_daemon.errors import Permanent

Role = Literal["customer", "agent"]


@dataclass(frozen=True)
class Said:
    """One piece of speech. `voice`: as the source names it; empty where it tells no voices apart."""

    text: str
    start: float = 0.0
    end: float = 0.0
    voice: str = ""
    channel: int | None = None
    role: Role | None = None
    confidence: float | None = None


@dataclass(frozen=True)
class Party:
    """Somebody who took part. `voice`: the voice that is theirs, where that is known; numbers as they were written."""

    voice: str = ""
    name: str = ""
    phone: str = ""
    email: str = ""
    role: Role | None = None


@dataclass(frozen=True)
class Call:
    """One call. `id`: the source's own name of it. `started_at` may be naive: then it is local time."""

    provider: str
    said: tuple[Said, ...] = ()
    id: str = ""
    language: str | None = None
    recording: str | None = None
    started_at: datetime | None = None
    parties: tuple[Party, ...] = ()
    originator: int | None = None
    """Which of the parties began it."""
    outbound: bool | None = None
    """Whether we called them; None: it does not say."""
    caller_channel: int | None = None
    """Which channel is the caller's by the source's own convention."""
    subject: str = ""
    told: Mapping[str, Any] = field(default_factory=dict)
    """What stands beside the turns in a document of somebody's own making: who called, when (details.py)."""
    fields: Mapping[str, Any] = field(default_factory=dict)
    files: tuple[File, ...] = ()
    remarks: tuple[str, ...] = ()


class NoCall(Permanent):
    """These bytes are no call that we can read. `code` for machines, `why` a sentence for whoever sent them.

    `other`: they can be read, and hold none (a transcript that is not ready)."""

    def __init__(self, code: str, why: str, *, other: bool = False) -> None:
        super().__init__(code)
        self.why = why
        self.other = other

    def __str__(self) -> str:
        """The sentence."""
        return self.why
