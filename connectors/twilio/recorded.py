"""`intake parse --kind twilio`: what the connector makes of a recorded body. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connectors.twilio.parsing import parse
from connectors.twilio.payload import Payload, read
from connectors.twilio.signature import FORM, JSON
from intake_daemon.contract import ConnectorSettings, Draft, Raw


@dataclass(frozen=True)
class Other:
    """What a body holds that is no contact."""

    what: str
    why: str


_WHY = {
    "status": Other("status", "It tells what became of a message that we sent."),
    "finished": Other("transcript_ready", "It tells that a transcript can be fetched; its sentences are the message."),
    "transcription": Other("transcription", "It has no final words: a beginning, an end, a failure or a first guess."),
    "call": Other("call", "Somebody rings; the message is what they say then."),
    "other": Other("unknown", "Twilio sends it, or it has its form, but it is neither a message nor a call."),
}


def payload(content: bytes, settings: ConnectorSettings | None) -> Iterator[Draft | Other]:
    """A Draft for each contact in a form body, a JSON body, or a page of the Messages list; nothing for what is none of
    these."""
    del settings  # identities are Twilio's own
    found = read(content)
    rows = found.fields.get("messages")
    if isinstance(rows, list):
        for row in rows:
            yield from _one(read_row(row), content)
    elif found.kind != "unreadable":
        yield from _one(found, content)


def read_row(row: object) -> Payload:
    """A row of the list."""
    if not isinstance(row, dict):
        return Payload("other")
    return Payload("listed" if row.get("direction") == "inbound" else "status", row)


def _one(found: Payload, content: bytes) -> Iterator[Draft | Other]:
    files = found.text("NumMedia", "num_media") not in {"", "0"} or found.kind == "recording"
    envelope: dict[str, Any] = {"missing": "file_not_fetched"} if files else {}
    media_type = FORM if found.kind in {"message", "recorded", "recording", "transcription", "call"} else JSON
    drafts = parse(Raw(content, "", media_type, envelope=envelope), found)
    if drafts:
        yield from drafts
    else:
        yield _WHY.get(found.kind, _WHY["other"])
