"""What a batch knows: all that was read under its keys, and what its earlier inputs have changed of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime

from intake_daemon.contract import Outcome
from intake_daemon.message import Message
from router.case import Case
from router.turn import ClockRow, Gathering, HeldFile, NoticeRow, Sign


@dataclass
class Known:
    """Filled set-based at the start of a batch; each of its inputs changes it for those behind."""

    now: datetime
    key: bytes
    installation: str
    known: dict[str, str] = field(default_factory=dict)
    commands: dict[str, Outcome] = field(default_factory=dict)
    cases: dict[str, Case] = field(default_factory=dict)
    by_thread: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    by_reference: dict[str, str] = field(default_factory=dict)
    by_correspondent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    signs: dict[str, list[Sign]] = field(default_factory=lambda: defaultdict(list))
    """Per sign the contacts that bear it, the latest first."""
    notices: dict[str, NoticeRow] = field(default_factory=dict)
    told: dict[str, str] = field(default_factory=dict)
    """What the notices that messages answer say."""
    waiting: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Per case the notices that are owed, held or on their way."""
    contacts: dict[str, Message] = field(default_factory=dict)
    """Per case the contact whose sender is answered; read for commands and for the tick."""
    clocks: dict[str, tuple[ClockRow, ...]] = field(default_factory=dict)
    """Per touched case its clocks anew."""
    busy: set[tuple[str, str]] = field(default_factory=set)
    """(case, recipient) that have a notice on its way."""
    loads: dict[str, int] = field(default_factory=dict)
    recent: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    """Per address the automatic notices that count for the breaker, and when they were decided."""
    recent_in: dict[str, dict[str, float]] = field(default_factory=lambda: defaultdict(dict))
    """The same per case."""
    stopped: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Per brand and limit how often the breaker stopped a letter."""
    gatherings: dict[str, Gathering] = field(default_factory=dict)
    """What was said before, by key."""
    lines: dict[str, Message] = field(default_factory=dict)
    """The contacts that those are made of."""
    gathered: set[str] = field(default_factory=set)
    """Keys of what was said further in this batch."""
    merged: dict[str, str] = field(default_factory=dict)
    """Contacts that turn out to be parts of another one."""
    drawn: dict[str, str] = field(default_factory=dict)
    """Contacts that were set aside and belong to a case after all."""
    brand_recent: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    load_changes: Counter[str] = field(default_factory=Counter)
    brand_changes: Counter[str] = field(default_factory=Counter)
    """What this batch changed of the two (router/ledger/tallies.py)."""
    named: dict[str, tuple[str, Message]] = field(default_factory=dict)
    """Contacts that commands name, with the case of each."""
    spoken: dict[str, tuple[tuple[str, Message], ...]] = field(default_factory=dict)
    """Per case out of which a contact may be given away, all that was said, with the contact that each is part of."""
    files: dict[str, tuple[HeldFile, ...]] = field(default_factory=dict)
    """Per case that a command about a file names, its files."""
    unasked: dict[str, frozenset[str]] = field(default_factory=dict)
    """Per case that a command closes, why its customer is not to be asked how it was."""
    moved: dict[str, str] = field(default_factory=dict)
    """Contacts that belong to another case from now on."""
    talks: set[str] = field(default_factory=set)
    """Keys of what was said in one go and belongs to another case from now on."""
    emptied: dict[str, str] = field(default_factory=dict)
    """Cases all of whose contacts belong to another one from now on."""
    erased: list[str] = field(default_factory=list)
    unwanted: dict[str, str] = field(default_factory=dict)
    """Vault objects of contacts that came again after their erasure, with the contact."""
