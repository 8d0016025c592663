"""`parse` of both kinds. Pure, for any bytes."""

from __future__ import annotations

import hashlib

from connectors.twilio import messages, voices
from connectors.twilio.payload import Payload, read
from intake_daemon.contract import Draft, Raw


def parse(raw: Raw, known: Payload | None = None) -> list[Draft]:
    """The common message of one body; none for a status. What cannot be read is one with the remark `unreadable`.

    `known`: what it is, where somebody has read it already."""
    payload = known or read(raw.content)
    match payload.kind:
        case "message" | "listed":
            return [messages.draft(payload, raw)]
        case "call" | "recorded" | "recording" | "transcription" | "sentences":
            return voices.drafts(payload, raw)
        case "unreadable":
            return [_unreadable(raw)]
        case _:
            return []


def _unreadable(raw: Raw) -> Draft:
    """Kept as text, so that a person can look at it."""
    text = raw.content.decode("utf-8", "replace")
    name = hashlib.sha256(raw.content).hexdigest()
    return Draft(
        identity=f"twilio:unreadable:{name}",
        external_id=name,
        channel="other",
        text=text,
        files=raw.files,
        remarks=("unreadable",),
    )
