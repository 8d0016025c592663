"""What Twilio tells us, by its own words: which kind of thing a body is. Pure, for any bytes.

    form   message        SMS, MMS, WhatsApp (`MessageSid`, `From`, `Body`, `NumMedia`)
           status         of a message of ours (`MessageStatus`, or `SmsStatus` other than `received`)
           call           somebody rings (`CallSid`, `CallStatus`, no recording)
           recorded       the caller has finished speaking (`RecordingUrl`, the `action` of <Record>)
           recording      the recording can be fetched (`RecordingStatus`)
           transcription  of a recording (`TranscriptionText`), or as it is spoken (`TranscriptionEvent`)
    JSON   listed         a row of the Messages list (`sid`, `direction`)
           sentences      a transcript of Voice Intelligence, as we fetched it (`sentences` beside `transcript`, `call`)
           finished       the webhook that one is there (`transcript_sid`)

Parameters come and go without notice: what is not known is kept in the original and otherwise ignored.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from connectors.twilio.signature import form_pairs

Kind = Literal[
    "message",
    "status",
    "call",
    "recorded",
    "recording",
    "transcription",
    "listed",
    "sentences",
    "finished",
    "other",
    "unreadable",
]


@dataclass(frozen=True)
class Payload:
    """One body. `fields`: a form's parameters, or the JSON object."""

    kind: Kind
    fields: Mapping[str, Any] = field(default_factory=dict)

    def text(self, *names: str) -> str:
        """The first of these that is there and not empty, as text."""
        return next((value for name in names if isinstance(value := self.fields.get(name), str) and value), "")


def read(body: bytes) -> Payload:
    """What it is."""
    if body.lstrip()[:1] == b"{":
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return Payload("unreadable")
        return Payload(_kind_of_document(document), document)
    pairs = form_pairs(body.strip())
    if not pairs:
        return Payload("unreadable")
    fields = dict(reversed(pairs))
    return Payload(_kind_of_form(fields), fields)


def _kind_of_form(fields: Mapping[str, str]) -> Kind:
    if fields.get("MessageSid") or fields.get("SmsSid") or fields.get("SmsMessageSid"):
        status = fields.get("MessageStatus") or fields.get("SmsStatus") or "received"
        return "message" if status in {"received", "receiving"} and fields.get("From") else "status"
    if not fields.get("CallSid"):
        return "other"
    if fields.get("TranscriptionText") or fields.get("TranscriptionStatus") or fields.get("TranscriptionEvent"):
        return "transcription"
    if fields.get("RecordingStatus"):
        return "recording"
    return "recorded" if fields.get("RecordingUrl") else "call"


def _kind_of_document(document: Mapping[str, Any]) -> Kind:
    if isinstance(document.get("sentences"), list) and isinstance(document.get("transcript"), dict):
        return "sentences"
    if document.get("transcript_sid"):
        return "finished"
    if isinstance(document.get("sid"), str) and "direction" in document:
        return "listed" if document["direction"] == "inbound" else "status"
    return "other"
