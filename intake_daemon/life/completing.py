"""A Draft becomes a Message: what only `accept` knows is added, and it is settled whose words count.

`settled` is pure, and `intake parse` shows by it what `accept` would do.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from intake_daemon.aside import Aside
from intake_daemon.contract import (
    BrandFacts,
    Broker,
    Can,
    Draft,
    File,
    Forwarded,
    Memory,
    Now,
    Raw,
    Scanner,
    Spool,
    Vault,
)
from intake_daemon.message import (
    INLINE_LIMIT,
    Address,
    Attachment,
    Automatic,
    Message,
    Person,
    ReplyTo,
    Value,
    message_id,
    sound,
)
from intake_daemon.reference import reference

PATIENCE = {"smtp": 60.0, "imap": 60.0, "meta": 15.0, "telegram": 15.0}
"""Seconds that a source waits for `accept`; 8 for those that have a person or a short time-out behind them."""
_FOR_SCANS = 0.4
"""The share of the source's patience that scanning may take."""
TEXT_LIMIT = 1_000_000
"""Characters of text that travel in a message; the original has all of it."""


@dataclass(frozen=True)
class IntakeHalf:
    """What the intake half works with; built by the composition root."""

    broker: Broker
    vault: Vault
    spool: Spool
    memory: Memory
    brands: dict[str, BrandFacts]
    key: bytes
    now: Now
    scanner: Scanner | None = None
    """None: nothing is configured, and every file is `unscanned`."""
    aside: Aside | None = None
    """Where large mails are read; None: in a thread, without limits."""


@dataclass(frozen=True)
class Source:
    """A connector as accept sees it."""

    name: str
    kind: str
    can: frozenset[Can]

    @property
    def patience(self) -> float:
        """Seconds that this source waits for an answer."""
        return PATIENCE.get(self.kind, 8.0)


@dataclass(frozen=True)
class Settled:
    """Whose contact it is, and which words are theirs. `first_at`: when they first wrote, as the forward says."""

    sender: Person
    forwarded_by: Person | None
    new_text: tuple[tuple[int, int], ...]
    reply_address: Address | None
    automatic: Automatic
    first_at: datetime | None = None


def settled(draft: Draft, *, by_staff: bool) -> Settled:
    """`by_staff`: verified staff sent it. What a colleague passed on is the contact of whom they pass on.

    A colleague's machine passes nothing on: an out-of-office note that quotes a customer's mail is a note."""
    if by_staff and draft.automatic.kind == "no" and (passed := draft.forwarded):
        return Settled(
            passed.sender, draft.sender, passed.new_text, passed.reply_address, passed.automatic, passed.sent_at
        )
    return Settled(draft.sender, None, draft.new_text, draft.reply_address, draft.automatic)


async def complete(
    intake: IntakeHalf, source: Source, raw: Raw, draft: Draft, received_at: datetime, original: str
) -> Message:
    """A Draft with what only accept knows: id, reference, brand, connector, times, vault ids, and whose words count."""
    brand, draft = intake.brands[raw.brand], _sound(draft)
    identity = message_id(draft.identity)
    contact_at = min(raw.contact_at or received_at, received_at)
    # a colleague passed on what a customer wrote to them: the customer complains, since the day they did
    whose = settled(draft, by_staff=_is_staff(draft, brand))
    contact_at = min(whose.first_at or contact_at, contact_at)
    new_text = whose.new_text
    text, remarks = draft.text, draft.remarks
    if len(text) > TEXT_LIMIT:
        text, remarks = text[:TEXT_LIMIT], (*remarks, "text_cut")
        new_text = tuple((start, min(end, TEXT_LIMIT)) for start, end in new_text if start < TEXT_LIMIT)
    files = await _keep_files(intake, draft, source.patience * _FOR_SCANS)
    found = {file.verdict for file in files} - {"clean"} if intake.scanner else set()
    remarks = (*remarks, *sorted(found))
    return Message(
        id=identity,
        reference=reference(brand.prefix, intake.key, identity),
        brand=brand.id,
        connector=source.name,
        kind=source.kind,
        channel=draft.channel,
        external_id=draft.external_id,
        received_at=received_at,
        sent_at=draft.sent_at,
        contact_at=contact_at,
        sender=whose.sender,
        forwarded_by=whose.forwarded_by,
        recipients=draft.recipients,
        subject=draft.subject,
        text=text,
        html=draft.html,
        new_text=new_text,
        fields=dict(draft.fields),
        language=draft.language,
        transcript=draft.transcript,
        attachments=tuple(files),
        automatic=whose.automatic,
        thread=draft.thread,
        part_of=draft.part_of,
        revision_of=draft.revision_of,
        reply_to=ReplyTo(
            connector=source.name, address=whose.reply_address, thread=draft.reply_thread, until=draft.reply_until
        ),
        remarks=remarks,
        raw=original,
        original=base64.b64encode(raw.content).decode() if len(raw.content) <= INLINE_LIMIT else None,
    )


async def _keep_files(intake: IntakeHalf, draft: Draft, within: float) -> list[Attachment]:
    """Scanned, then kept, the infected too: who hands them out asks `Message.quarantined`."""
    contents = [file.content for file in draft.files]
    verdicts = await intake.scanner.scan(contents, within) if intake.scanner and contents else []
    return [
        Attachment(
            id=await intake.vault.put(file.content),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            inline=file.inline,
            content_id=file.content_id,
            holds=file.holds,
            verdict=verdicts[place] if verdicts else "unscanned",
        )
        for place, file in enumerate(draft.files)
    ]


def _is_staff(draft: Draft, brand: BrandFacts) -> bool:
    """Verified staff of the brand: else anybody who writes our domain into From could choose whom we write to."""
    address = draft.sender.address("email") or ""
    return draft.sender.verified != "none" and address.rpartition("@")[2] in brand.staff_domains


def _sound(value: Any) -> Any:  # noqa: ANN401 -- the same kind of value
    """The same, every text in it such that JSON and every database can hold it (a client's JSON may have half a
    surrogate pair). Lengths stay, so spans do."""
    if isinstance(value, str):
        return sound(value)
    if isinstance(value, Mapping):
        return {_sound(key): _sound(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(map(_sound, value))
    if isinstance(value, Value):
        return value.model_copy(update={name: _sound(getattr(value, name)) for name in type(value).model_fields})
    if isinstance(value, (Draft, Forwarded, File)):
        return replace(value, **{each.name: _sound(getattr(value, each.name)) for each in fields(value)})
    return value
