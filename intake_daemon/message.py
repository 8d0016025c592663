"""The common message: what every complaint becomes, whichever way it came.

Rules
-----
1. Values are frozen and know their JSON; readers ignore fields that they do not know, and within `intake.message/1`
   fields are only added, so old and new processes can share one broker.
2. `id` is derived from the source's own account and item (`identity`), never from our configured names: what is
   delivered again, by whichever process, is the same contact.
3. `text` is whole. What the sender newly wrote is a list of spans over it, never a deletion.

All times are UTC, RFC 3339. Offsets count code points of `text`.
"""

from __future__ import annotations

import base64
import json
import re
import uuid
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

SCHEMA: Literal["intake.message/1"] = "intake.message/1"
INLINE_LIMIT = 64 * 1024
"""Bytes: an original up to this size travels inside the message, a larger one by its vault id."""

_NAMESPACE = uuid.UUID("6f1c3a52-6f5e-5d0c-9a0e-2b8f2f6f9d11")
_UNSOUND = re.compile("[\ud800-\udfff\x00]")


class Value(BaseModel):
    """A frozen value that travels: unknown fields are ignored when read."""

    model_config = ConfigDict(frozen=True, extra="ignore", populate_by_name=True, use_attribute_docstrings=True)


class Address(Value):
    """Where somebody can be reached. `value` is normalised by its connector (mail: domain in lower case)."""

    kind: str
    """`email phone postal telegram …`."""
    value: str


class Person(Value):
    """Who wrote. `verified`: how we know that the address is theirs."""

    name: str | None = None
    addresses: tuple[Address, ...] = ()
    verified: Literal["dkim", "signature", "none"] = "none"

    def address(self, kind: str) -> str | None:
        """The first address of this kind, or None."""
        return next((a.value for a in self.addresses if a.kind == kind), None)


class Member(Value):
    """A file within an archive: its path there, its type by its content, its size in bytes as the archive says."""

    name: str
    media_type: str
    size: int
    encrypted: bool = False
    """Nobody can read it without its password."""


class Attachment(Value):
    """A file that came with it, kept in the vault under `id` (SHA-256 of its bytes, hex). `size` in bytes."""

    id: str
    name: str
    media_type: str
    size: int
    inline: bool = False
    content_id: str | None = None
    """Under which name the letter's HTML shows it (`cid:`)."""
    verdict: Literal["clean", "infected", "unscanned"] = "unscanned"
    holds: tuple[Member, ...] = ()
    """What an archive (ZIP) holds; the file itself is the archive."""


class Automatic(Value):
    """Whether a machine wrote it, and by which signs. For reports also whom and which mail they speak of."""

    kind: Literal["no", "auto_reply", "bounce", "feedback", "list", "receipt", "own"] = "no"
    evidence: tuple[str, ...] = ()
    recipient: str | None = None
    status: str | None = None
    """Enhanced status code of RFC 3463, such as `5.1.1`."""
    original_message_id: str | None = None


class Thread(Value):
    """What ties a message to older ones. Message-IDs without angle brackets."""

    message_id: str | None = None
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    tokens: tuple[str, ...] = ()
    """What looks like a token of ours (from a Message-ID or a plus address); the router verifies it."""
    conversation: str | None = None


class Turn(Value):
    """One turn of a call. `start`, `end` in seconds from the beginning."""

    speaker: Literal["customer", "agent", "unknown"]
    start: float
    end: float
    text: str
    confidence: float | None = None


class Transcript(Value):
    """The words of a call."""

    turns: tuple[Turn, ...]
    provider: str
    language: str | None = None
    recording: str | None = None


class Part(Value):
    """The group that a message belongs to (album, call, chat turn) and whether it is the last of it."""

    group: str
    last: bool = False


class ReplyTo(Value):
    """How an answer reaches the sender; `until`: how long the channel allows one (WhatsApp's 24 hours)."""

    connector: str
    address: Address | None = None
    """None: nobody may be answered (null return path)."""
    thread: str | None = None
    until: AwareDatetime | None = None


class Tongue(Value):
    """What the source knows of the language: the customer's own choice, and what their client speaks (BCP 47)."""

    chosen: str | None = None
    client: str | None = None


class Message(Value):
    """One inbound item, normalised. Field by field: design of the public message, `intake schema message`."""

    schema_: Annotated[Literal["intake.message/1"], Field(alias="schema")] = SCHEMA
    id: str
    reference: str
    brand: str
    connector: str
    kind: str
    channel: str
    external_id: str
    received_at: AwareDatetime
    sent_at: AwareDatetime | None = None
    contact_at: AwareDatetime
    sender: Person = Person()
    forwarded_by: Person | None = None
    recipients: tuple[Address, ...] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    """The words as a page that may be shown, cleaned of all that acts or fetches (pictures by `content_id`); "" where
    there was none."""
    new_text: tuple[tuple[int, int], ...] = ()
    fields: dict[str, Any] = Field(default_factory=dict)
    language: Tongue = Tongue()
    transcript: Transcript | None = None
    attachments: tuple[Attachment, ...] = ()
    automatic: Automatic = Automatic()
    thread: Thread = Thread()
    part_of: Part | None = None
    revision_of: str | None = None
    reply_to: ReplyTo | None = None
    remarks: tuple[str, ...] = ()
    """What had to be repaired or left out when it was read, as codes (`bad_base64`, `limit_parts`)."""
    raw: str
    """Vault id of the original (SHA-256, hex)."""
    original: str | None = None
    """The original itself, base64, when it is at most `INLINE_LIMIT` bytes; the router puts it into the vault."""

    @property
    def new_words(self) -> str:
        """What the sender newly wrote, joined; the whole text when no span is known."""
        if not self.new_text:
            return self.text
        return "\n".join(self.text[start:end] for start, end in self.new_text)

    @property
    def quarantined(self) -> frozenset[str]:
        """Vault ids that are handed to nobody until somebody releases them: infected files, and the original that
        holds them."""
        infected = frozenset(file.id for file in self.attachments if file.verdict == "infected")
        return infected | {self.raw} if infected else infected

    def original_bytes(self) -> bytes | None:
        """The original when it travels inside."""
        return None if self.original is None else base64.b64decode(self.original)

    def to_json(self) -> bytes:
        """The message as it travels: UTF-8 JSON."""
        return self.model_dump_json(by_alias=True).encode()


class Receipt(Value):
    """What became of a notice. `code` is a word or a status code, never a server's text."""

    schema_: Annotated[Literal["intake.receipt/1"], Field(alias="schema")] = "intake.receipt/1"
    notice: str
    connector: str
    outcome: Literal["sent", "delivered", "failed", "unknown", "deferred"]
    at: AwareDatetime
    until: AwareDatetime | None = None
    """When `deferred`: not before."""
    provider_id: str | None = None
    code: str = ""

    def to_json(self) -> bytes:
        """The receipt as it travels: UTF-8 JSON."""
        return self.model_dump_json(by_alias=True).encode()


class Notice(Value):
    """A message that we send, rendered: what a connector's `reply` gets. One recipient, plain text."""

    schema_: Annotated[Literal["intake.notice/1"], Field(alias="schema")] = "intake.notice/1"
    id: str
    case: str
    reference: str
    brand: str
    purpose: str
    connector: str
    to: Address
    sender_name: str
    sender_address: str
    subject: str
    text: str
    language: str
    token: str
    """Unforgeable; the mail connector's Message-ID and bounce address carry it."""
    automatic: Literal["replied", "generated", "no"] = "replied"
    """RFC 3834: answers something, answers nothing, or a person wrote it."""
    in_reply_to: str | None = None
    references: tuple[str, ...] = ()
    thread: str | None = None
    window_closed: bool = False
    """The provider has said that the time for words of ours is over: only a template that it approved may go."""
    in_doubt: bool = False
    """It may have been sent before: look first. Set when it is handed to a connector that can (`Can.LOOKUP`)."""
    created_at: AwareDatetime

    def to_json(self) -> bytes:
        """The notice as it travels: UTF-8 JSON."""
        return self.model_dump_json(by_alias=True).encode()


class Command(Value):
    """What somebody wants done with a case; done once per `id`."""

    schema_: Annotated[Literal["intake.command/1"], Field(alias="schema")] = "intake.command/1"
    id: str
    reference: str
    command: str
    actor: str
    expects: int | None = None
    """The case's sequence that the actor has seen; refused when the case has moved on."""
    data: dict[str, Any] = Field(default_factory=dict)
    at: AwareDatetime | None = None


def is_newer(body: bytes) -> bool:
    """Whether this is a letter of ours (message, receipt, notice, command) in a form later than those above."""
    try:
        told = json.loads(body).get("schema", "")
    except (ValueError, AttributeError, RecursionError):
        return False
    form = re.fullmatch(r"intake\.(?:message|receipt|notice|command)/([0-9]{1,9})", str(told))
    return form is not None and int(form[1]) > 1


def message_id(identity: str) -> str:
    """The id that belongs to an identity such as `mail:welzo:<sha256>`: always the same one."""
    return str(uuid.uuid5(_NAMESPACE, identity))


def sound(text: str) -> str:
    """The same text without what no JSON (lone surrogates) and no PostgreSQL (U+0000) can hold; as long as before."""
    return _UNSOUND.sub("\ufffd", text)


def utc(moment: datetime) -> str:
    """RFC 3339 in UTC, as every time is written."""
    return moment.isoformat().replace("+00:00", "Z")
