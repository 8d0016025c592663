"""1 accept: make it durable, read it, publish it, wait for the confirm; only then may the sender hear "received".

Nothing here decides anything: every well-formed or broken delivery becomes a message, or is parked with its original.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import replace

from intake_daemon import canary, journal
from intake_daemon.aside import Immovable, Lost
from intake_daemon.broker import LARGEST
from intake_daemon.contract import (
    MESSAGES,
    PARKED,
    Can,
    Draft,
    Held,
    Letter,
    Parse,
    Raw,
)
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.life.completing import IntakeHalf, Source, complete
from intake_daemon.message import INLINE_LIMIT, message_id, utc

OFF_LOOP = 16 * 1024
"""Bytes: what is larger is parsed in a thread, so that no mail delays another session."""
ASIDE = 64 * 1024
"""Bytes: a mail that is larger is parsed in a process of its own: in a thread it would hold the interpreter (libraries
in C do not let go of it: a page of 250 KB took one of them 50 ms)."""
_FOR_READING = 0.4
"""The share of the source's patience that reading a large mail may take."""


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
            _room(intake)
            original = await _keep_original(intake, raw)
            try:
                drafts = await _read(intake, source, raw, parse)
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
    took = (time.monotonic() - began) * 1000
    for message in messages:
        ours = canary.read(intake.key, message) is not None
        journal.held(source.name, message.brand, message.id, took, spooled=spooled, canary=ours)
    return [Held(message.id, message.reference, message, spooled) for message in messages]


def _room(intake: IntakeHalf) -> None:
    """Raises Temporary while nothing new is taken, before its files take of the room that others need."""
    if intake.broker.well() == "disk_low":
        raise Temporary("disk_low")


async def _keep_original(intake: IntakeHalf, raw: Raw) -> str:
    """The original's vault id. A small one travels inside the message and is put there by the router, in batches."""
    if len(raw.content) > INLINE_LIMIT:
        return await intake.vault.put(raw.content)
    return hashlib.sha256(raw.content).hexdigest()


async def _read(intake: IntakeHalf, source: Source, raw: Raw, parse: Parse) -> list[Draft]:
    """Parsed where it delays nobody: small ones here, then in a thread, large mails in a process with limits."""
    size = len(raw.content)
    if size <= OFF_LOOP:
        return parse(raw)
    if size <= ASIDE or intake.aside is None or raw.media_type != "message/rfc822":
        return await asyncio.to_thread(parse, raw)
    try:
        return await intake.aside.do(parse, raw, size=size, seconds=source.patience * _FOR_READING)
    except Immovable:  # somebody's own parser: they know what they read
        return await asyncio.to_thread(parse, raw)
    except Lost as error:
        # nobody could read all of it: then its beginning, and the whole original for a person
        journal.failed(f"parse {source.kind}", error)
        whole = hashlib.sha256(raw.content).hexdigest()
        beginning = replace(raw, content=raw.content[:OFF_LOOP], envelope={**raw.envelope, "cut": whole})
        return await asyncio.to_thread(parse, beginning)


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
            # never `wait_for`: before Python 3.12 it swallows a cancellation that comes with the confirm, and whoever
            # was told to stop goes on
            async with asyncio.timeout(max(0.5, left / 2)):
                await intake.broker.publish(letters)
        except (Temporary, TimeoutError):
            pass  # perhaps only the confirm was lost: then it comes twice, with one id, and is one contact
        else:
            return False
    await intake.spool.hold(letters)
    return True


async def park_raw(intake: IntakeHalf, source: Source, raw: Raw, reason: str) -> None:
    """Keep what could be neither read nor refused, whole, its files too. Durable when it returns; raises Temporary."""
    _room(intake)
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
        "contact_at": utc(raw.contact_at) if raw.contact_at else None,
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
