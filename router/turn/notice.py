"""A notice: owed, as the ledger remembers it, and what it says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Literal

from pydantic import Field

from intake_daemon.message import Value

BY_POST = "letter"
"""A notice that goes by post: its connector's name, and why it is held. A person dispatches it."""
REPORTED = "reported"
"""The letter to an employee who reported what a customer said: the only one to staff who need not be a handler."""
CONSULTATION = "consultation"
"""The question to somebody outside the case; with `outside` in its data, to somebody outside the company."""
ASKED_FOR = frozenset({"status_code"})
"""Letters that somebody asks for on a page, and no machine by answering: for the breaker they do not count, so that who
asks for codes silences no acknowledgement. How many there are is the page's to limit (router/pages)."""
WINDOW, CLOSED = "window", "closed"
"""In a notice's data: its channel's time for words of ours is over, as the provider has told."""
LOST = timedelta(hours=1)
"""A released notice without any receipt for so long is handed over once more: its queue may have been deleted. It is
sent once all the same, since `memory` knows its id."""


class Intent(Value):
    """A notice that is owed. It is rendered when it is released, from the record as it then is."""

    id: str
    purpose: str
    """`acknowledgement`, `assignment`, `addition`, …"""
    cause: str
    """Id of the message (or command) that caused it."""
    contact: str
    """Id of the message whose sender it answers, or whose words it shows to staff."""
    lines: tuple[str, ...] = ()
    """Ids of the further parts of that contact."""
    connector: str
    staff: str | None = None
    """Handler's id, when it goes to staff."""
    recipient: str
    """Key of the recipient's address, for the order of notices and the breaker."""
    language: str
    automatic: Literal["replied", "generated", "no"] = "replied"
    sends: str = ""
    """Type of the event that its sending is (`progress.sent`); nothing for a notice that is no fact of the case."""
    data: dict[str, Any] = Field(default_factory=dict)
    """Codes and times that its words are made of, and that its event carries."""
    said: str | None = None
    """Content id of what a person wrote for it: JSON, by the names of the letter."""
    printed: dict[str, date] = Field(default_factory=dict)
    """The dates that it carries, by clock id; known once it is rendered."""
    held: str = ""
    """Why it waits for a person: `old_contact`, `imported`, `breaker`, `brake`, `named_address`, `restored`; else
    nothing."""
    wait: float = 0
    """Seconds until it may leave; what is decided meanwhile for the same purpose is told with it."""


class NoticeRow(Value):
    """A notice as the ledger remembers it."""

    id: str
    case: str
    purpose: str
    connector: str
    state: str
    staff: str | None
    recipient: str
    language: str
    sent_event: str | None = None
    intent: Intent | None = None
    not_before: float = 0
    """When it is looked at again (seconds since 1970); once it has left, `LOST` after that."""

    @property
    def left_at(self) -> float:
        """When it left, while it is on its way."""
        return self.not_before - LOST.total_seconds()

    @property
    def sends(self) -> str:
        """Type of the event that its sending is."""
        if self.intent is not None and self.intent.sends:
            return self.intent.sends
        return "acknowledgement.sent" if self.purpose == "acknowledgement" else ""


@dataclass(frozen=True)
class Words:
    """A rendered notice: what it says, and from and to whom."""

    to_kind: str
    to_value: str
    sender_name: str
    sender_address: str
    subject: str
    text: str
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread: str | None = None
    printed: Mapping[str, date] = field(default_factory=dict)
    """The dates that the words carry, by clock id."""
