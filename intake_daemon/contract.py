"""What the parts promise each other. Mostly words; read it beside `life.py`, which is the only place that joins them.

    Connector   one configured source (or way out); talks to the world, knows nothing of brokers, cases or policies
    Door        all of ours that a connector may touch
    Broker      letters into queues and out again: RabbitMQ, or the embedded one
    Vault       originals and attachments, by content hash
    Spool       complaints held on disk while the broker is away
    Memory      what the intake half must remember across processes: cursors, leases, notices begun and done
    Ledger      the router half's record, and the only place where an input meets its case

Times are aware UTC datetimes; durations are seconds. `Temporary`, `Permanent` and `Unknown` (errors.py) say whose
move it is. Every promise here has one list of tests that each implementation passes (tests/promises.py).
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Literal, Protocol

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response

from intake_daemon.message import (
    Address,
    Automatic,
    Command,
    Message,
    Notice,
    Part,
    Person,
    Receipt,
    Thread,
    Tongue,
    Transcript,
)

Now = Callable[[], datetime]
"""The one injected clock: aware UTC. Nobody else asks the system for the time of a fact."""

Handler = Callable[[Request], Awaitable[Response]]


class ConnectorSettings(BaseModel):
    """What every connector's `Settings` extends: strict, frozen; field descriptions become the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: str
    """Which connector this is, such as `smtp`."""


class Can(StrEnum):
    """What a connector can do; documentation, and what `life` may ask of it."""

    REPLY = "reply"
    """A notice goes back through the connector that brought the contact."""
    SEND = "send"
    """It sends to addresses that it did not hear from (mail)."""
    ATTACHMENTS = "attachments"
    THREADS = "threads"
    SOURCE_RETRIES = "source_retries"
    """Who hears `Temporary` from us comes back by itself; so we need not spool."""
    LOOKUP = "lookup"
    """The provider can be asked whether a notice was sent."""
    LATE_RECEIPTS = "late_receipts"
    COPIES_ARE_ONE = "copies_are_one"
    """A second copy of a notice is recognised as the first one (mail, by its Message-ID)."""


# --- what comes in -------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class File:
    """A file as it came: its own name and type are claims, not facts."""

    name: str
    media_type: str
    content: bytes
    inline: bool = False


@dataclass(frozen=True)
class Raw:
    """One delivery, before anybody has read it.

    `contact_at`: when the customer reached us by a clock that the customer does not control (IMAP's INTERNALDATE,
    a provider's timestamp); None means now. `envelope`: what the transport said (`mail_from`, `rcpt_to`, `peer`, …).
    """

    content: bytes
    brand: str
    media_type: str
    contact_at: datetime | None = None
    envelope: Mapping[str, str] = field(default_factory=dict)
    files: tuple[File, ...] = ()


@dataclass(frozen=True)
class Forwarded:
    """Somebody else's message inside this one. Counts only when the forwarder is verified staff of the brand."""

    sender: Person
    sent_at: datetime | None
    subject: str
    new_text: tuple[tuple[int, int], ...]
    """The original sender's words, as spans of the Draft's `text`."""
    message_id: str | None = None
    reply_address: Address | None = None
    automatic: Automatic = Automatic()


@dataclass(frozen=True)
class Draft:
    """What `parse` makes of a Raw: the common message without what only `accept` knows.

    `identity` is the source's own name of the item, never ours: `mail:<brand>:<sha256>`, `form:<brand>:<key>:<sha256>`.
    """

    identity: str
    external_id: str
    channel: str
    sender: Person = Person()
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    new_text: tuple[tuple[int, int], ...] = ()
    sent_at: datetime | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    language: Tongue = Tongue()
    transcript: Transcript | None = None
    files: tuple[File, ...] = ()
    automatic: Automatic = Automatic()
    thread: Thread = Thread()
    part_of: Part | None = None
    revision_of: str | None = None
    reply_address: Address | None = None
    reply_thread: str | None = None
    reply_until: datetime | None = None
    forwarded: Forwarded | None = None
    remarks: tuple[str, ...] = ()


Parse = Callable[[Raw], list[Draft]]
"""Pure, without I/O, for any bytes: broken input gives a Draft with remarks, not an exception."""


@dataclass(frozen=True)
class Held:
    """It is ours: tell the sender so, now."""

    id: str
    reference: str
    message: Message
    spooled: bool = False


class Cursor(Protocol):
    """Where a source was left. Save only after `accept` returned for everything before it."""

    async def load(self, name: str) -> dict[str, Any] | None:
        """The saved place, or None when this source was never read. Raises Temporary without a database."""

    async def save(self, name: str, place: Mapping[str, Any]) -> None:
        """Durable when it returns. Raises Temporary."""


class Door(Protocol):
    """All that a connector may touch."""

    cursor: Cursor

    async def accept(self, raw: Raw, parse: Parse) -> list[Held]:
        """Make durable, parse (off the loop), complete, publish, wait for the confirm.

        When it returns the item is ours: say 250, 200, `\\Seen`, next offset. Raises Temporary: nothing may be
        confirmed; ask them to come back (451, 503, leave unseen, keep the offset). Where the source does not come back
        by itself (no SOURCE_RETRIES) and the broker is away it spools, and `Held.spooled` says so. Bounded in time.
        """

    async def park(self, raw: Raw, reason: str) -> None:
        """Keep what can be neither read nor refused (an IMAP mail that cannot be fetched): parked for a person.

        `reason` is a code. Durable when it returns; raises Temporary like `accept`."""

    async def report(self, receipt: Receipt) -> None:
        """Late news of a notice: a delivery callback. Raises Temporary."""

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """Ask for a route on the public listener. `path` is absolute. Call it before the first await of `run`."""

    def alone(self, name: str = "") -> AbstractAsyncContextManager[None]:
        """Waits until this process alone holds the source; the body is cancelled when the lease is lost."""

    def refused(self, reason: str) -> None:
        """Count and log a refusal at the door (a code: `unknown_recipient`, `too_large`); nothing personal."""


@dataclass(frozen=True)
class Ask:
    """One field that a brand's policy asks of the customer. `parts`: a name in three parts."""

    field: str
    must: bool
    parts: tuple[str, ...] = ()


@dataclass(frozen=True)
class BrandFacts:
    """What connectors may know of a brand."""

    id: str
    name: str
    prefix: str
    addresses: tuple[str, ...]
    """Mail addresses at which the brand takes complaints, lower case; the first is its own sender address."""
    languages: tuple[str, ...]
    """Offered languages, the default first."""
    staff_domains: frozenset[str]
    ask: tuple[Ask, ...]
    topics: tuple[str, ...]
    channels: Mapping[str, bool]
    """Whether each channel is accepted; `other` is the rule for the unlisted."""
    sites: tuple[str, ...] = ()
    """Origins (`https://shop.example`) whose pages may post forms."""
    tz: str = "UTC"


@dataclass(frozen=True)
class World:
    """What a connector is built with, beside its name and settings."""

    brands: Mapping[str, BrandFacts]
    now: Now
    pages: Mapping[str, Mapping[str, str]]
    """Per language the strings that pages and chats say (config/notices/<lang>/pages.yaml)."""
    words: Mapping[str, Mapping[str, Mapping[str, str]]] = field(default_factory=dict)
    """Per language and group (`topics`, `fields`, `channels`, `languages`) the localised word of a code."""
    base_url: str = ""
    """Where the public listener is reached from outside, without a final slash."""


class Connector(Protocol):
    """One configured source or way out. Built as `Class(name, settings, world)`; does no I/O before `run`."""

    Settings: ClassVar[type[ConnectorSettings]]
    can: ClassVar[frozenset[Can]]

    def __init__(self, name: str, settings: Any, world: World) -> None:  # noqa: ANN401 -- its own Settings
        """`settings` is of its own `Settings`."""

    async def run(self, door: Door) -> None:
        """Serve until cancelled; ends within a second of it with nothing half-accepted. A connector that only sends
        returns at once. An exception restarts it with backoff; said once when it goes down, once when it is up."""

    async def reply(self, notice: Notice) -> Receipt:
        """Deliver one notice: `sent`, or `deferred(until)`. Raises Temporary (surely not sent), Permanent (never),
        Unknown (perhaps sent). Never decides about retries."""


# --- queues --------------------------------------------------------------------------------------------------------

MESSAGES = "intake.messages"
EVENTS = "intake.events"
NOTICES = "intake.notices"
RECEIPTS = "intake.receipts"
COMMANDS = "intake.commands"
PARKED = "intake.parked"
ROUTER_QUEUE = "intake.router"
REPLIES = ""
"""The default exchange: a reply to a command goes straight to the queue that asked."""


@dataclass(frozen=True)
class Letter:
    """What is published: persistent, `mandatory` unless nobody listening is legal (events)."""

    exchange: str
    key: str
    body: bytes
    message_id: str
    content_type: str = "application/json"
    mandatory: bool = True
    headers: Mapping[str, str] = field(default_factory=dict)
    correlation_id: str | None = None
    reply_to: str | None = None


@dataclass(frozen=True)
class Delivery:
    """A letter as it was taken from a queue. `tag` belongs to the broker; `user` is whom the broker vouches for."""

    queue: str
    tag: int
    letter: Letter
    redelivered: bool
    published_at: datetime
    user: str | None = None


@dataclass(frozen=True)
class Depth:
    """How much waits in a queue: `ready`, and taken but not yet settled, as far as this process can know: of RabbitMQ's
    queues it counts what it holds itself."""

    ready: int
    unsettled: int


@dataclass(frozen=True)
class Subscriber:
    """A case system's queue that we declare: what it wants, and how much is kept before the oldest is dropped."""

    queue: str
    bind: tuple[str, ...]
    max_length: int = 1_000_000


class Broker(Protocol):
    """Letters into durable queues and out again. The topology is declared at `start` (docs/operations.md)."""

    async def start(self) -> None:
        """Connect and declare; raises Temporary when the broker is away (call again), BadSettings when it refuses."""

    async def close(self) -> None:
        """Let confirms that are under way finish (5 s at most), then close."""

    async def publish(self, letters: Sequence[Letter]) -> None:
        """Returns when every letter is confirmed and, if mandatory, routed. Raises Temporary when any is not: then
        each may or may not be held. Many may be in flight; bounded, so a caller waits rather than memory grows.
        Raises Permanent (`too_large`) for a body that RabbitMQ would not take (broker.LARGEST, 15 MiB)."""

    def consume(self, queue: str, *, batch: int = 50, linger: float = 0.005) -> AsyncGenerator[list[Delivery], None]:
        """Batches of up to `batch`, waiting at most `linger` seconds to fill one; one batch in flight per call: ask
        for the next one only after all of the last is settled or given back. Survives the broker's absence: it waits
        and goes on; what was unsettled then comes again. Close it (`contextlib.aclosing`): what is unsettled then goes
        back at once."""

    async def settle(self, deliveries: Sequence[Delivery]) -> None:
        """Done with them: they never come again. Raises Temporary when that could not be said (they come again)."""

    async def give_back(self, deliveries: Sequence[Delivery]) -> None:
        """Not done: they come again, marked redelivered, to somebody. Counts towards the delivery limit."""

    async def depth(self, queue: str) -> Depth:
        """How much waits. Raises Temporary."""

    def well(self) -> str | None:
        """None when letters can be published now, else a code: `not_connected`, `blocked`."""


class Vault(Protocol):
    """Originals and attachments under the SHA-256 of their bytes (hex). Written once, never changed."""

    async def put(self, content: bytes) -> str:
        """Durable when it returns. Raises Temporary (disk full, database away)."""

    async def get(self, key: str) -> bytes:
        """The bytes, their hash checked. Raises KeyError when they are not here (erased, or never were)."""

    async def erase(self, keys: Sequence[str]) -> None:
        """Gone when it returns; unknown keys are no error."""

    async def has(self, key: str) -> bool:
        """Whether it is here."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be put here."""


class Spool(Protocol):
    """Complaints held on disk while the broker is away, and nothing else."""

    async def hold(self, letters: Sequence[Letter]) -> None:
        """Fsynced when it returns. Raises Temporary (`spool_full`, `spool_none`)."""

    def waiting(self) -> int:
        """How many letters lie here."""

    async def close(self) -> None:
        """Give the folder free for the next process."""

    async def drain(self, publish: Callable[[Sequence[Letter]], Awaitable[None]]) -> None:
        """Runs for ever: publishes what lies here (own and adopted folders), oldest first, deleting after the confirm;
        waits while `publish` raises Temporary."""


@dataclass(frozen=True)
class Begun:
    """What `Memory.begin` found. `new`: send now. `done`: publish `receipt` again. `young`: somebody is sending it at
    this moment, wait. `old`: somebody began and never came back: Unknown."""

    state: Literal["new", "done", "young", "old"]
    receipt: Receipt | None = None
    attempts: int = 0
    """How many times it was begun before."""
    doubts: int = 0
    """How many of these ended in Unknown."""


class Memory(Cursor, Protocol):
    """What the intake half remembers, shared by all processes. Everything raises Temporary without a database."""

    async def begin(self, notice: str) -> Begun:
        """Durable before it says `new`."""

    async def done(self, notice: str, receipt: Receipt) -> None:
        """Durable when it returns."""

    async def forget(self, notice: str, *, doubt: bool = False) -> None:
        """It may begin anew: surely nothing was sent, or (`doubt`) a second copy was decided on. Both stay counted."""

    async def take(self, lease: str, holder: str, seconds: float) -> bool:
        """Take or keep a lease; False while somebody else holds it."""

    async def drop(self, lease: str, holder: str) -> None:
        """Give a lease back."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be remembered."""


# --- the router half, as life sees it -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Input:
    """What may change a case, with the moment at which it was put into the queue."""

    value: Message | Receipt | Command
    published_at: datetime
    brand: str | None = None
    """Of a command: the only brand whose cases it may touch (its routing key's); None for all of its principal's."""


@dataclass(frozen=True)
class Outcome:
    """What became of an input; for the log, for `explain`, and as the answer to a command. Codes only."""

    disposition: Literal["case", "joined", "machine", "aside", "parked", "repeat", "receipt", "done", "refused"]
    reference: str | None = None
    case: str | None = None
    reason: str = ""
    topic: str = ""
    team: str = ""
    handler: str = ""
    language: str = ""
    events: int = 0


@dataclass(frozen=True)
class Parked:
    """What cannot go on without a person: the letter whole, why, and since when."""

    id: str
    queue: str
    reason: str
    letter: Letter
    attempts: int
    since: datetime


@dataclass(frozen=True)
class Waiting:
    """A row of the outbox: a letter that was decided and is not yet confirmed by the broker."""

    id: int
    case: str
    letter: Letter


class Ledger(Protocol):
    """The router half's record. One batch is one transaction; everything raises Temporary when the database is away."""

    async def decide(self, inputs: Sequence[Input], now: datetime) -> list[Outcome]:
        """Each input meets its case: lock, look up, consider, write, commit. Same order out as in. A repeat changes
        nothing. Any other exception than Temporary: one of them is poison, nothing of the batch was written."""

    async def due(self, now: datetime, limit: int) -> int:
        """Release notices whose time has come: render, store the words, put into the outbox. How many it released."""

    async def outbox(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """What may be published now: of each case only its first waiting event. `without`: connectors whose notices
        nobody takes at this moment."""

    async def published(self, rows: Sequence[Waiting]) -> None:
        """They are confirmed: delete them."""

    async def attempt(self, letter: str, more: int = 1) -> int:
        """Record one more attempt at a delivery that came again (`more`: -1 takes one back); how many there are."""

    async def park(self, parked: Sequence[Parked]) -> None:
        """Keep for a person; the same letter twice is one."""

    async def parked_as(self, reason: str) -> list[Parked]:
        """What is parked under this reason, the oldest first; at most 1,000."""

    async def unpark(self, parked: str) -> None:
        """It went back, confirmed; its attempts count from nothing."""

    async def ping(self) -> None:
        """Raises Temporary when nothing could be written."""
