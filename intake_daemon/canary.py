"""A canary: a contact of ours that goes in by a front door as a complaint does, and is nobody's. Pure.

It is known by what it says: one sentence, and a seal that only the installation's key makes, for this canary, this door
and this brand. What says a word more, or less, or came by another door, is a person's contact, whatever seal is in it:
so a canary can hide nobody's complaint, also not for somebody who has seen one.
"""

from __future__ import annotations

import base64
import hmac
import uuid
from typing import Literal

from intake_daemon.message import Message
from intake_daemon.reference import mac

PURPOSE: Literal["canary"] = "canary"
"""Of its letter, and what its contact became."""
SUBJECT = "Canary"
NOWHERE = "canary@canary.invalid"
"""Whom it answers to where the operator names nobody: the letter ends before the wire (RFC 6761, 6.4)."""
_SENTENCE = "This is a canary of intake-daemon: it tries the door, waits for its letter, and is nobody's complaint."
_HARMLESS = frozenset({"fast_sender"})
_ID, _SEAL = 16, 16
"""Bytes."""


def said(key: bytes, canary: str, door: str, brand: str) -> str:
    """What it says. `canary`: its id, a uuid."""
    packed = uuid.UUID(canary).bytes + _seal(key, canary, door, brand)
    return f"{_SENTENCE} {base64.b32encode(packed).decode().rstrip('=').lower()}"


def read(key: bytes, message: Message) -> str | None:
    """The id of the canary that this is, or None: then it is somebody's."""
    if not message.text.lstrip().startswith(_SENTENCE[:20]) or message.subject.strip() not in {"", SUBJECT}:
        return None
    if message.original is None:  # it was too large to travel inside: ours are short, and a person may read all of it
        return None
    sender = message.sender
    more = (message.attachments, message.transcript, message.forwarded_by, message.html, sender.name)
    # a remark tells of something that was left out: of words, perhaps
    if any(more) or sender.address("postal") or set(message.remarks) - _HARMLESS or message.revision_of:
        return None
    canary = _named(message.text.split()[-1])
    if canary is None:
        return None
    whole = said(key, canary, message.connector, message.brand)
    nothing = {"", whole, canary, *(address.value for address in sender.addresses)}
    if any(str(value) not in nothing for value in message.fields.values()):
        return None
    return canary if hmac.compare_digest(" ".join(message.text.split()).encode(), whole.encode()) else None


def _named(seal: str) -> str | None:
    try:
        packed = base64.b32decode(seal.upper() + "=" * (-len(seal) % 8))
    except ValueError:
        return None
    return str(uuid.UUID(bytes=packed[:_ID])) if len(packed) == _ID + _SEAL else None


def _seal(key: bytes, canary: str, door: str, brand: str) -> bytes:
    return mac(key, "canary", f"{canary}:{door}:{brand}")[:_SEAL]
