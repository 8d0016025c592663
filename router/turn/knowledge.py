"""What the ledger found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from intake_daemon.contract import Outcome
from intake_daemon.message import Message
from router.case import Case
from router.turn.alike import Sign
from router.turn.gathering import Gathering
from router.turn.notice import NoticeRow


class HeldFile(NamedTuple):
    """A file that came with a contact, or the contact's original."""

    id: str
    """Of the vault."""
    contact: str
    name: str
    media_type: str
    size: int | None
    verdict: str
    original: bool
    quarantined: bool
    """Nobody gets it before it is released."""


@dataclass(frozen=True)
class Knowledge:
    """What the ledger found, as of now within the transaction and after everything decided before in this batch."""

    known: Literal["no", "yes", "erased"] = "no"
    notices: Mapping[str, NoticeRow] = field(default_factory=dict)
    told: Mapping[str, str] = field(default_factory=dict)
    """What the notices that the input names say, by id; none of them where the contents are erased."""
    cases: Mapping[str, Case] = field(default_factory=dict)
    """Every case that is named below, by id."""
    by_thread: tuple[str, ...] = ()
    by_conversation: tuple[str, ...] = ()
    """The cases of the conversation, the latest first; not among those by thread."""
    gathered: Mapping[str, Gathering] = field(default_factory=dict)
    """What was said before, by the keys of the group and the conversation."""
    lines: Mapping[str, Message] = field(default_factory=dict)
    """The contacts that it is made of, by id; none where the contents are erased."""
    letters: Mapping[str, NoticeRow] = field(default_factory=dict)
    """The notices that wait for the end of one of them."""
    by_reference: tuple[str, ...] = ()
    by_correspondent: tuple[str, ...] = ()
    """Those of the cases above that one of the sender's addresses belongs to."""
    by_reply: frozenset[str] = frozenset()
    """Those that the address belongs to which an answer would go to."""
    theirs: tuple[str, ...] = ()
    """Where that was asked for: the sender's own cases at the brand, the latest first."""
    alike: tuple[Sign, ...] = ()
    """Earlier contacts of the brand that share a sign with it, the latest first."""
    loads: Mapping[str, int] = field(default_factory=dict)
    """Open cases per handler."""
    recent: tuple[float, ...] = ()
    """When automatic notices of the last day went to one of the sender's addresses or answered one, for the breaker."""
    recent_in: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    """The same per case, to whomever they went."""
    brand_recent: int = 0
    """Automatic notices of the brand to customers within the last hour (the brake)."""
    outcome: Outcome | None = None
    """Of a command that was done before."""
    waiting: Mapping[str, tuple[NoticeRow, ...]] = field(default_factory=dict)
    """Per case the notices that are owed, held or on their way."""
    contacts: Mapping[str, Message] = field(default_factory=dict)
    """Per case the contact whose sender is answered, where a command or the time asks."""
    named: Mapping[str, str] = field(default_factory=dict)
    """Cases by the reference that the input names."""
    messages: Mapping[str, tuple[str, Message]] = field(default_factory=dict)
    """Contacts that a command names, with the case that each belongs to."""
    spoken: Mapping[str, tuple[tuple[str, Message], ...]] = field(default_factory=dict)
    """Where a contact may be given away: per case all that was said, each with the contact that it is a part of."""
    files: Mapping[str, tuple[HeldFile, ...]] = field(default_factory=dict)
    """Per case its files, where a command asks."""
    unasked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Per case why its customer is not to be asked how it was: `open_case`, `opted_out`, `asked`."""
