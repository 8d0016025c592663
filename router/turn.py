"""One input meets one case: the values that pass between the desk's stages and the ledger.

    Keys        what to lock and look up before anything is decided
    Knowledge   what the ledger found under these keys, within its transaction
    Turn        the input on its way through the four stages; each stage returns a new one, with its reasons
    Effects     what was decided: events, contents, notices owed, keys for the future
    Intent      a notice that is owed; Words are what it says once it is rendered

A stage is `Turn -> Turn`: pure, no I/O, no reading of the time (`now` is handed in). The ledger writes Effects and
nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any, Literal, NamedTuple, Protocol

from pydantic import Field

from intake_daemon.contract import Outcome
from intake_daemon.events import Fact
from intake_daemon.message import Command, Message, Receipt, Value
from router.case import Case
from router.morning import Findings, Morning

BY_POST = "letter"
"""A notice that goes by post: its connector's name, and why it is held. A person dispatches it."""
REPORTED = "reported"
"""The letter to an employee who reported what a customer said: the only one to staff who need not be a handler."""
Disposition = Literal["case", "joined", "machine", "aside", "parked", "repeat", "receipt", "done", "refused"]


SHORT = 40
"""Words of a contact that says one thing: longer ones are read as what else they may be."""


class Want(NamedTuple):
    """One thing that a contact is found to want (router/recognise)."""

    kind: str
    reason: str
    """The rule; nothing of the customer's."""
    sure: bool
    detail: str = ""


@dataclass(frozen=True)
class Keys:
    """What an input may be tied by. All are hashes under the installation's key or ids, nothing personal."""

    contact: str | None = None
    """The message's own id."""
    threads: tuple[str, ...] = ()
    """Under what other contacts of the same thread may have registered."""
    registers: tuple[str, ...] = ()
    """Under what this contact will be found by others of its thread."""
    references: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()
    """Notices that a valid token, a receipt or a report names."""
    correspondents: tuple[str, ...] = ()
    """The sender's addresses."""
    reply: str | None = None
    """The address that an automatic answer would go to; for the breaker it counts as one of the sender's."""
    talk: tuple[str, ...] = ()
    """Every Message-ID that it has or answers, and its conversation: two contacts of one thread share one of these."""
    command: str | None = None
    """Names the command and who gave it."""
    closes: bool = False
    """Whether it closes a case: then the customer's other cases say whether they may be asked how it was."""
    looked_up: tuple[str, ...] = ()
    """Contacts whose words it needs."""
    acts: bool = False
    """It may act on the case: then the contact whose sender is answered is needed, as for a command."""
    theirs: bool = False
    """It may mean a case of the sender's without saying which: how does it stand, I am not satisfied."""

    @property
    def people(self) -> tuple[str, ...]:
        """Every address whose automatic letters count for the breaker."""
        return tuple(dict.fromkeys((*self.correspondents, *([self.reply] if self.reply else []))))

    def locks(self) -> frozenset[str]:
        """Whoever decides on one of these does so alone. Few: PostgreSQL has room for some 6,000 at a time."""
        keyed = (("t", self.talk), ("r", self.references), ("n", self.notices), ("c", self.people))
        names = {f"{kind}:{key}" for kind, keys in keyed for key in keys}
        return frozenset(names | ({f"m:{self.contact}"} if self.contact else set()))


class Intent(Value):
    """A notice that is owed. It is rendered when it is released, from the record as it then is."""

    id: str
    purpose: str
    """`acknowledgement`, `assignment`, `addition`, …"""
    cause: str
    """Id of the message (or command) that caused it."""
    contact: str
    """Id of the message whose sender it answers, or whose words it shows to staff."""
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
    """Why it waits for a person: `old_contact`, `imported`, `breaker`, `brake`. Nothing: it does not."""
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

    @property
    def sends(self) -> str:
        """Type of the event that its sending is."""
        if self.intent is not None and self.intent.sends:
            return self.intent.sends
        return "acknowledgement.sent" if self.purpose == "acknowledgement" else ""


@dataclass(frozen=True)
class Knowledge:
    """What the ledger found, as of now within the transaction and after everything decided before in this batch."""

    known: Literal["no", "yes", "erased"] = "no"
    notices: Mapping[str, NoticeRow] = field(default_factory=dict)
    cases: Mapping[str, Case] = field(default_factory=dict)
    """Every case that is named below, by id."""
    by_thread: tuple[str, ...] = ()
    by_reference: tuple[str, ...] = ()
    by_correspondent: tuple[str, ...] = ()
    """Those of the cases above that one of the sender's addresses belongs to."""
    theirs: tuple[str, ...] = ()
    """Where that was asked for: the sender's own cases at the brand, the latest first."""
    loads: Mapping[str, int] = field(default_factory=dict)
    """Open cases per handler."""
    recent: int = 0
    """Automatic notices within the breaker's window that went to one of the sender's addresses or answered one."""
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
    unasked: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Per case why its customer is not to be asked how it was: `open_case`, `opted_out`, `asked`."""


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
    beside: tuple[Effects, ...] = ()
    """What it means for other cases."""
    findings: tuple[str, ...] = ()
    topic: str = ""
    team: str = ""
    handler: str = ""
    language: str = ""
    kept: Message | None = None
    """The contact as it is kept, where somebody else than the sender is its customer."""


@dataclass(frozen=True)
class Turn:
    """One input on its way through the stages. What is not found yet is None or empty."""

    message: Message
    knows: Knowledge
    now: datetime
    case: Case | None = None
    """The case that it joins."""
    tie: str = ""
    """What tied it: `token`, `message_id`, `reference`."""
    verified: bool = False
    staff: bool = False
    reporter: Message | None = None
    """The contact as it came, where an employee reports what a customer said."""
    sort: Literal["complaint", "addition", "machine", "note"] = "complaint"
    language: str = ""
    found_language: str = ""
    topic: str = ""
    topic_rule: str = ""
    danger: bool = False
    missing: tuple[str, ...] = ()
    staff_named: tuple[str, ...] = ()
    """Handlers whom the complaint names."""
    policy: str = ""
    special: str = ""
    """The special category of data that the brand's complaints hold (W-31)."""
    team: str = ""
    handler: str = ""
    handler_reason: str = ""
    links: tuple[str, ...] = ()
    wants: tuple[Want, ...] = ()
    """What the contact's own words want."""
    owed: tuple[Intent, ...] = ()
    """Notices of this input so far."""
    quiet: str = ""
    """Why nothing goes to this sender by itself: `no_address`, `imported`, `old_contact`, `breaker`, `brake`."""
    silent: bool = False
    """The handler need not be told."""
    keys: Keys = Keys()
    decided: tuple[Decided, ...] = ()
    """The events of this input so far."""
    effects: Effects | None = None
    findings: tuple[str, ...] = ()
    """Each stage's findings with their reasons, in order: `understand: language lv (reliable)`. Codes only."""

    def wants_any(self, *kinds: str) -> bool:
        """Whether one of these was found, surely or not."""
        return any(want.kind in kinds for want in self.wants)

    def sure(self, kind: str) -> bool:
        """Whether this was surely found."""
        return any(want.kind == kind and want.sure for want in self.wants)

    def found(self, finding: str, **changes: object) -> Turn:
        """The next Turn, with one more finding."""
        return replace(self, findings=(*self.findings, finding), **changes)  # type: ignore[arg-type]


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


@dataclass(frozen=True)
class ClockRow:
    """A clock of an open case that something will happen to: the projection by which the tick finds it."""

    clock: str
    law: str
    cycle: int
    state: str
    basis: str
    due: datetime | None
    wakes: datetime
    """When it begins by itself, is to be warned of, or runs out."""


class Desk(Protocol):
    """The router's judgement, as the ledger sees it: pure."""

    def keys(self, value: Message | Receipt | Command) -> Keys:
        """What to lock and look up."""

    def consider(self, value: Message | Receipt | Command, knows: Knowledge, now: datetime) -> Effects:
        """What follows from it."""

    def follow(self, case: Case, now: datetime) -> tuple[Decided, ...]:
        """What a case's facts mean for its clocks, as far as no event has said it yet."""

    def clocks(self, case: Case, now: datetime) -> tuple[ClockRow, ...]:
        """Its clocks that something will happen to."""

    def tick(self, case: Case, knows: Knowledge, until: datetime) -> Effects:
        """What the time brings. `until`: everything that happened before is known; nothing later is declared."""

    def mornings(self, now: datetime) -> tuple[Morning, ...]:
        """The morning lists of today whose hour has come."""

    def morning_words(self, morning: Morning, found: Findings) -> Words | None:
        """What such a list says; None when there is nothing to tell."""

    def render(
        self, case: Case, intent: Intent, message: Message | None, said: Mapping[str, Any] | None, now: datetime
    ) -> Words | None:
        """The words of a notice that is due; None when it can no longer be said (its contents are erased)."""
