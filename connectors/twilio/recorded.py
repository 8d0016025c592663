"""`intake parse --kind twilio` and `intake verify`: what we make of a recorded request. Nothing is fetched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.twilio.parsing import parse
from connectors.twilio.payload import Payload, read
from connectors.twilio.signature import FORM, HEADER, JSON, SETTINGS_HEADER, verify
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


_FAULTS = {
    "signature_missing": f"The headers have no {HEADER}.",
    "signature_bad": (
        "The signature is not of this URL, these parameters and this secret. The URL must be the one in Twilio's "
        "console, letter by letter (scheme, port, final slash); the secret the primary auth token."
    ),
    "body_unsigned": "It is JSON, and the URL has no bodySHA256: nothing says that the body is Twilio's.",
    "body_changed": "The body is not the one of which the URL has the hash: keep it byte by byte.",
    "unsigned_type": "Twilio sends forms and JSON; the content-type among the headers says something else.",
    "unsigned_algorithm": "The headers speak of a way of signing that we do not know.",
}


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """None when a recorded request's signature holds, else a code and a sentence. `headers`: names in lower case.

    A fragment (`#rc=5`) is not signed; an editor's final line end is left out when the signature holds without it."""
    found, url = "", url.partition("#")[0]
    for content in (body, body.rstrip(b"\r\n")):
        why = verify(
            secret=secret,
            url=url,
            media_type=headers.get("content-type", FORM),
            body=content,
            signature=headers.get(HEADER, ""),
            algorithm=headers.get(SETTINGS_HEADER, ""),
        )
        if why is None:
            return None
        found = found or why
    return found, _FAULTS[found]
