"""What was decided about one input."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from intake_daemon.events import Fact
from intake_daemon.message import Message
from router.turn.gathering import Gathering
from router.turn.notice import Intent

Disposition = Literal["case", "joined", "machine", "aside", "parked", "repeat", "receipt", "done", "refused", "canary"]


@dataclass(frozen=True)
class Decided:
    """One event that was decided, not yet numbered."""

    fact: Fact
    time: datetime
    actor: str = "daemon"


@dataclass(frozen=True)
class Content:
    """Words, names, files: what an event names by id and what can be erased."""

    id: str
    kind: str
    body: str


@dataclass(frozen=True)
class Effects:
    """What was decided about one input."""

    disposition: Disposition
    reason: str = ""
    case: str | None = None
    """The case that it concerns; a new one when no case of this id exists."""
    reference: str | None = None
    brand: str = ""
    decided: tuple[Decided, ...] = ()
    contents: tuple[Content, ...] = ()
    intents: tuple[Intent, ...] = ()
    aliases: tuple[str, ...] = ()
    """References that mean this case from now on."""
    renamed: tuple[str, ...] = ()
    """References that meant another case, and mean this one from now on."""
    threads: tuple[str, ...] = ()
    correspondents: tuple[str, ...] = ()
    notice: tuple[str, str] | None = None
    """(id, new state) of a notice whose receipt this is."""
    not_before: datetime | None = None
    """The notice is deferred until then."""
    erase: bool = False
    missing: tuple[str, ...] = ()
    """Of a refused command: what it lacks."""
    clause: str = ""
    """Of a refused command: the clause that asks for it."""
    instead: tuple[str, ...] = ()
    """Of a refused command: what may be written in place of what was."""
    let_go: tuple[str, ...] = ()
    """Notices that were held and may leave now."""
    dropped: tuple[str, ...] = ()
    """Notices that are owed or held and need not be sent any more."""
    moved: tuple[tuple[str, str], ...] = ()
    """Contacts that belong to another case from now on: (contact, case)."""
    untied: tuple[str, ...] = ()
    """Threads and conversations that mean this case no more."""
    talks: tuple[str, ...] = ()
    """Under what is remembered that the moved contacts were said in one go: it is said of their case from now on."""
    emptied: str | None = None
    """The case to which every contact of this one belongs from now on: the one that it began with, and its parts."""
    drawn: tuple[str, ...] = ()
    """Contacts that were set aside and turn out to be parts of this one: they belong to its case from now on."""
    again: tuple[Intent, ...] = ()
    """Notices that are owed already, as they are owed now; they wait anew."""
    part_of: str | None = None
    """The contact that it is a further part of."""
    merged: tuple[str, ...] = ()
    """Contacts that turn out to be parts of that one, too."""
    gathered: tuple[Gathering, ...] = ()
    """What was said so far in one go, by key."""
    beside: tuple[Effects, ...] = ()
    """What it means for other cases."""
    findings: tuple[str, ...] = ()
    topic: str = ""
    team: str = ""
    handler: str = ""
    language: str = ""
    kept: Message | None = None
    """The contact as it is kept, where somebody else than the sender is its customer; of a case that a command begins,
    what it begins with."""
