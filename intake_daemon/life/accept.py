"""1 accept: make it durable, read it, publish it, wait for the confirm; only then may the sender hear "received".

Nothing here decides anything: every well-formed or broken delivery becomes a message, or is parked with its original.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import datetime
from typing import Any

from intake_daemon import journal
from intake_daemon.broker import LARGEST
from intake_daemon.contract import (
    MESSAGES,
    PARKED,
    BrandFacts,
    Broker,
    Can,
    Draft,
    File,
    Forwarded,
    Held,
    Letter,
    Memory,
    Now,
    Parse,
    Raw,
    Spool,
    Vault,
)
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import INLINE_LIMIT, Attachment, Message, ReplyTo, Value, message_id, sound
from intake_daemon.reference import reference

PATIENCE = {"smtp": 60.0, "imap": 60.0, "meta": 15.0, "telegram": 15.0}
"""Seconds that a source waits for `accept`; 8 for those that have a person or a short time-out behind them."""
OFF_LOOP = 16 * 1024
"""Bytes: what is larger is parsed in a thread, so that no mail delays another session."""
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


async def accept(intake: IntakeHalf, source: Source, raw: Raw, parse: Parse) -> list[Held]:
    """Make it ours. When this returns, the connector says 250, 200, `\\Seen`, next offset; when it raises, it does not.

    Raises Temporary: the sender is asked to come back. A source that would not come back by itself, while the broker is
    away, is spooled instead. What our own parser cannot read is ours too: parked, with its original.
    """
    began = time.monotonic()
    deadline = asyncio.timeout(source.patience)
    try:
        async with deadline:
            received_at = intake.now()
            original = await _keep_original(intake, raw)
            try:
                drafts = await _read(raw, parse)
                messages = [await complete(intake, source, raw, draft, received_at, original) for draft in drafts]
                letters = [
                    Letter(MESSAGES, f"{message.brand}.{message.channel}", message.to_json(), message.id)
                    for message in messages
                ]
            except Temporary:
                raise
            except Exception as error:  # noqa: BLE001 -- any fault of a parser; the mail must not pay for it
                journal.failed(f"parse {source.kind}", error)
                await park_raw(intake, source, raw, "unreadable")
                return []
            try:
                left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
                spooled = await _publish_or_spool(intake, source, letters, left)
            except Permanent as error:  # larger than any broker carries: a person reads the original
                await park_raw(intake, source, raw, error.code)
                return []
    except TimeoutError as error:
        journal.not_held(source.name, "too_slow")
        raise Temporary("too_slow") from error
    except Temporary as error:
        journal.not_held(source.name, error.code)
        raise
    for message in messages:
        journal.held(source.name, message.brand, message.id, (time.monotonic() - began) * 1000, spooled=spooled)
    return [Held(message.id, message.reference, message, spooled) for message in messages]


async def _keep_original(intake: IntakeHalf, raw: Raw) -> str:
    """The original's vault id. A small one travels inside the message and is put there by the router, in batches."""
    if len(raw.content) > INLINE_LIMIT:
        return await intake.vault.put(raw.content)
    return hashlib.sha256(raw.content).hexdigest()


async def _read(raw: Raw, parse: Parse) -> list[Draft]:
    if len(raw.content) <= OFF_LOOP:
        return parse(raw)
    return await asyncio.to_thread(parse, raw)


async def complete(
    intake: IntakeHalf, source: Source, raw: Raw, draft: Draft, received_at: datetime, original: str
) -> Message:
    """A Draft with what only accept knows: id, reference, brand, connector, times, vault ids, and whose words count."""
    brand, draft = intake.brands[raw.brand], _sound(draft)
    identity = message_id(draft.identity)
    contact_at = min(raw.contact_at or received_at, received_at)
    sender, forwarded_by = draft.sender, None
    reply_address, new_text, automatic = draft.reply_address, draft.new_text, draft.automatic
    if draft.forwarded and _is_staff(draft, brand):
        # A colleague passed on what a customer wrote to them: the customer complains, since the day they did.
        forwarded = draft.forwarded
        sender, forwarded_by = forwarded.sender, draft.sender
        reply_address, new_text, automatic = forwarded.reply_address, forwarded.new_text, forwarded.automatic
        contact_at = min(forwarded.sent_at or contact_at, contact_at)
    text, remarks = draft.text, draft.remarks
    if len(text) > TEXT_LIMIT:
        text, remarks = text[:TEXT_LIMIT], (*remarks, "text_cut")
        new_text = tuple((start, min(end, TEXT_LIMIT)) for start, end in new_text if start < TEXT_LIMIT)
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
        sender=sender,
        forwarded_by=forwarded_by,
        recipients=draft.recipients,
        subject=draft.subject,
        text=text,
        new_text=new_text,
        fields=dict(draft.fields),
        language=draft.language,
        transcript=draft.transcript,
        attachments=tuple(await _keep_files(intake, draft)),
        automatic=automatic,
        thread=draft.thread,
        part_of=draft.part_of,
        revision_of=draft.revision_of,
        reply_to=ReplyTo(
            connector=source.name, address=reply_address, thread=draft.reply_thread, until=draft.reply_until
        ),
        remarks=remarks,
        raw=original,
        original=base64.b64encode(raw.content).decode() if len(raw.content) <= INLINE_LIMIT else None,
    )


async def _keep_files(intake: IntakeHalf, draft: Draft) -> list[Attachment]:
    return [
        Attachment(
            id=await intake.vault.put(file.content),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            inline=file.inline,
        )
        for file in draft.files
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


async def _publish_or_spool(intake: IntakeHalf, source: Source, letters: Sequence[Letter], left: float) -> bool:
    """Confirmed by the broker, or fsynced in the spool (True) where the sender would not come back by itself.

    `left`: seconds until the sender gives up. Raises Permanent for what no broker would take, now or later."""
    if any(len(letter.body) > LARGEST for letter in letters):
        raise Permanent("too_large")
    if Can.SOURCE_RETRIES in source.can:
        await intake.broker.publish(letters)
        return False
    if intake.broker.well() is None:
        try:
            await asyncio.wait_for(intake.broker.publish(letters), max(0.5, left / 2))
        except (Temporary, TimeoutError):
            pass  # perhaps only the confirm was lost: then it comes twice, with one id, and is one contact
        else:
            return False
    await intake.spool.hold(letters)
    return True


async def park_raw(intake: IntakeHalf, source: Source, raw: Raw, reason: str) -> None:
    """Keep what could be neither read nor refused, whole, its files too. Durable when it returns; raises Temporary."""
    digest = await intake.vault.put(raw.content)
    files = [
        {"id": await intake.vault.put(file.content), "name": file.name, "media_type": file.media_type}
        for file in raw.files
    ]
    body = {
        "connector": source.name,
        "kind": source.kind,
        "brand": raw.brand,
        "media_type": raw.media_type,
        "reason": reason,
        "raw": digest,
        "files": files,
        "envelope": dict(raw.envelope),
    }
    letter = Letter(
        PARKED,
        source.name,
        json.dumps(body).encode(),
        message_id(":".join(("unread", source.name, digest, *(file["id"] for file in files)))),
        headers={"intake-reason": reason},
    )
    await _publish_or_spool(intake, source, [letter], source.patience)
    journal.parked(source.name, reason, 1, letter.message_id)
