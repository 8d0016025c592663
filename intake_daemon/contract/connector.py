"""A connector, and the door: what talks to the world, and all of ours that it may touch."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from pydantic import BaseModel, ConfigDict
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket

from intake_daemon.contract.chats import Chats
from intake_daemon.contract.cursor import Cursor
from intake_daemon.contract.customers import CustomerDesk
from intake_daemon.contract.staff import StaffDesk
from intake_daemon.message import (
    Address,
    Automatic,
    Member,
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
SocketHandler = Callable[[WebSocket], Awaitable[None]]


class ConnectorSettings(BaseModel):
    """What every connector's `Settings` extends: strict, frozen; field descriptions become the documentation."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    kind: str
    """Which connector this is, such as `smtp`."""

    def claims(self) -> Mapping[str, str]:
        """What no other connector of the same kind may have, too (the name under which a source counts its items), each
        with what to do where it does."""
        return {}


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
    """It can be asked whether a notice was sent: `reply` looks first where `notice.in_doubt` says that it may have
    been, and raises Unknown until that is clear."""
    LATE_RECEIPTS = "late_receipts"
    COPIES_ARE_ONE = "copies_are_one"
    """A second copy of a notice is recognised as the first one (mail, by its Message-ID)."""


@dataclass(frozen=True)
class File:
    """A file as it came: its own name and type are claims, not facts."""

    name: str
    media_type: str
    content: bytes
    inline: bool = False
    content_id: str | None = None
    """Under which name the letter's HTML shows it (`cid:`)."""
    holds: tuple[Member, ...] = ()
    """What an archive holds."""


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
    html: str = ""
    """The words as a page that may be shown, cleaned of all that acts or fetches; "" where there was none."""
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


class Door(Protocol):
    """All that a connector may touch."""

    cursor: Cursor
    staff: StaffDesk | None
    """For a connector that serves our own people; None where there is no desk behind the door."""
    customers: CustomerDesk | None
    """For a page that a customer comes to by a link of ours; None where there is no desk behind the door."""
    chats: Chats | None
    """For a connector that keeps conversations; None where there is no memory behind the door."""

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

    def socket(self, path: str, handler: SocketHandler) -> None:
        """Ask for a WebSocket on the public listener; as `http`. The handler checks `Origin` before it accepts."""

    def staff_page(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """The same on the internal listener, for our own people. Who they are the handler asks of `staff`."""

    def alone(self, name: str = "") -> AbstractAsyncContextManager[Callable[[], None]]:
        """Waits until this process alone holds the source; the body is cancelled when the lease is lost. It is handed
        what is called whenever the source has answered: one that does not for long is told as silent."""

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


@runtime_checkable
class TakesMail(Protocol):
    """A connector that takes some mails of our mail doors as its own: what they bring is no letter."""

    def wants(self, raw: Raw) -> bool:
        """Whether it may be for it. Called on the loop for every mail: cheap."""

    def mailed(self, raw: Raw, parse: Parse) -> list[tuple[Raw, Draft]]:
        """What it makes of the mail, each with the Raw that it is to be held with; nothing: a mail like any other.

        `parse`: how the mail door reads it. Called in a thread, only where `wants` said so."""


@runtime_checkable
class ReadsAgain(Protocol):
    """A connector whose originals can be read once more, when one was parked because our reader failed on it."""

    def read_again(self, raw: Raw) -> list[Draft]:
        """As it would be read now, the same Raw that was accepted. As pure as any `Parse`."""


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
