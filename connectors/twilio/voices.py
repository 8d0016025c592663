"""The common messages of a call: one contact, whose parts come when they come. Pure.

    part of `<CallSid>`           its identity                                last
    the caller has spoken         twilio:<account>:<CallSid>                  no: recording and words come later
    (or rang, and said nothing)
    the recording, as a file      twilio:<account>:<RecordingSid>             no
    that it could not be fetched  twilio:<account>:<RecordingSid>:missing     no; it may come later all the same
    words, of a recording         twilio:<account>:<TranscriptionSid>         yes
    words, as they are spoken     twilio:<account>:<TranscriptionSid>:<n>     no
    words, of Voice Intelligence  twilio:<account>:<TranscriptSid>            yes

The first part is the one that is acknowledged; it has no words yet. Every part carries caller and number, so none
depends on another's being there.

Who speaks: of an ordinary call the caller is channel 1 and the agent 2; of a SIP trunk it is the other way round
(TW-12). What the transcript itself says of its participants counts more. A recording of one channel that <Record> made
holds the caller alone.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Literal

from connectors.twilio.messages import Place, arrived_at, place
from connectors.twilio.payload import Payload
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address, Part, Person, Thread, Tongue, Transcript, Turn

Speaker = Literal["customer", "agent", "unknown"]
_NAMES: Mapping[Speaker, str] = {"customer": "Customer", "agent": "Agent", "unknown": "Speaker"}
_HIDDEN = frozenset({"anonymous", "restricted", "unavailable", "unknown", "+266696687", "+86282452253", "+7378742883"})
"""How Twilio writes a caller who withheld the number, in words or as the digits of ANONYMOUS, RESTRICTED …"""


def drafts(payload: Payload, raw: Raw) -> list[Draft]:
    """The part of a call that this body is; none for a call that only rings, or words that are not final."""
    match payload.kind:
        case "call":
            return [_part(payload, raw, sid=payload.text("CallSid"))] if "keep" in raw.envelope else []
        case "recorded":
            return [_part(payload, raw, sid=payload.text("CallSid"))]
        case "recording":
            return [_part(payload, raw, sid=_recording(payload, raw))]
        case "transcription":
            return _transcribed(payload, raw)
        case _:
            return [_intelligence(payload, raw)]


def spoken_at(payload: Payload) -> datetime | None:
    """When words were heard that come as they are spoken, by Twilio's clock: their posts may overtake each other, and
    they are read in this order (TW-13)."""
    try:
        at = datetime.fromisoformat(payload.text("Timestamp"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def hidden(number: str) -> bool:
    """Whether the caller withheld the number."""
    return number.lower() in _HIDDEN or not number


def number(written: str) -> Place:
    """The number of a party: `+44 20…`, or `sip:+4420…@pbx.example`."""
    return place(written[len("sip:") :].partition("@")[0] if written.startswith("sip:") else written)


def from_sip(payload: Payload) -> bool:
    """Whether the call came over a SIP trunk or from a SIP phone."""
    return payload.text("From", "from").startswith("sip:") or bool(
        payload.text("SipDomainSid", "TrunkSid", "trunk_sid")
    )


def speaker(channel: object, *, sip: bool, channels: int) -> Speaker:
    """Who speaks on a channel (1, 2)."""
    if channels < len("12"):
        return "customer"
    first, second = ("agent", "customer") if sip else ("customer", "agent")
    return {1: first, 2: second}.get(channel if isinstance(channel, int) else 0, "unknown")  # type: ignore[return-value]


def _part(payload: Payload, raw: Raw, *, sid: str, transcript: Transcript | None = None, last: bool = False) -> Draft:
    call, account = payload.text("CallSid", "sid"), payload.text("AccountSid", "account_sid")
    caller = number(payload.text("From", "from", "Caller") or raw.envelope.get("from", ""))
    ours = number(payload.text("To", "to", "Called") or raw.envelope.get("to", ""))
    text, new_text = _dialogue(transcript)
    phone = None if hidden(caller.number) or not caller.number.lstrip("+").isdigit() else caller.number
    remarks = raw.envelope.get("missing", "").split() + raw.envelope.get("remarks", "").split()
    return Draft(
        identity=f"twilio:{account}:{sid}",
        external_id=sid,
        channel="phone",
        sender=Person(name=payload.text("CallerName") or None, addresses=_addresses(phone)),
        recipients=(Address(kind="phone", value=ours.number),),
        text=text,
        new_text=new_text,
        sent_at=arrived_at(payload),
        fields=_fields(payload),
        language=Tongue(client=raw.envelope.get("language") or None),
        transcript=transcript,
        files=raw.files,
        thread=Thread(conversation=f"call:{call}"),
        part_of=Part(group=call, last=last),
        reply_address=Address(kind="phone", value=phone) if phone else None,
        reply_thread=str(Place(ours.number, whatsapp=False)),
        remarks=tuple(remarks),
    )


def _recording(payload: Payload, raw: Raw) -> str:
    sid = payload.text("RecordingSid") or payload.text("CallSid") + ":recording"
    return sid if raw.files else f"{sid}:missing"


def _transcribed(payload: Payload, raw: Raw) -> list[Draft]:
    if payload.text("TranscriptionEvent"):
        return _as_spoken(payload, raw)
    words = payload.text("TranscriptionText")
    if payload.text("TranscriptionStatus") not in {"", "completed"} or not words:
        return []
    seconds = _number(payload.text("RecordingDuration")) or 0.0
    transcript = Transcript(
        turns=(Turn(speaker="customer", start=0.0, end=seconds, text=words),),
        provider="twilio",
        language="en-US",
        recording=payload.text("RecordingSid") or None,
    )
    return [_part(payload, raw, sid=payload.text("TranscriptionSid"), transcript=transcript, last=True)]


def _as_spoken(payload: Payload, raw: Raw) -> list[Draft]:
    """Real-time transcription: only what is final; `TranscriptionData` is JSON in a string."""
    if payload.text("TranscriptionEvent") != "transcription-content" or payload.text("Final").lower() == "false":
        return []
    try:
        data = json.loads(payload.text("TranscriptionData") or "{}")
    except (ValueError, RecursionError):
        return []
    words = data.get("transcript") if isinstance(data, dict) else None
    if not isinstance(words, str) or not words.strip():
        return []
    inbound = payload.text("Track") != "outbound_track"
    turn = Turn(
        speaker="customer" if inbound is not from_sip(payload) else "agent",
        start=0.0,
        end=0.0,
        text=words,
        confidence=_number(data.get("confidence")),
    )
    language = payload.text("LanguageCode") or None
    transcript = Transcript(turns=(turn,), provider="twilio", language=language)
    sid = f"{payload.text('TranscriptionSid')}:{payload.text('SequenceId')}"
    return [_part(payload, raw, sid=sid, transcript=transcript)]


def _intelligence(payload: Payload, raw: Raw) -> Draft:
    """`{"transcript": …, "sentences": […], "call": …}`: three answers of Twilio's, put together by us."""
    told, call = _object(payload.fields.get("transcript")), _object(payload.fields.get("call"))
    whole = Payload("sentences", {**call, "account_sid": call.get("account_sid") or told.get("account_sid") or ""})
    rows = [row for row in payload.fields.get("sentences", []) if isinstance(row, dict)]
    channel = _object(told.get("channel"))
    roles = _roles(channel)
    source = _object(channel.get("media_properties")).get("source_sid")
    channels = len({row.get("media_channel") for row in rows} | set(roles))
    sip = from_sip(whole)
    rows.sort(key=lambda row: (_number(row.get("start_time")) or 0.0, _number(row.get("sentence_index")) or 0.0))
    turns = tuple(
        Turn(
            speaker=roles.get(row.get("media_channel"), speaker(row.get("media_channel"), sip=sip, channels=channels)),
            start=_number(row.get("start_time")) or 0.0,
            end=_number(row.get("end_time")) or 0.0,
            text=str(row.get("transcript") or ""),
            confidence=_number(row.get("confidence")),
        )
        for row in rows
    )
    language = told.get("language_code")
    transcript = Transcript(
        turns=turns,
        provider="twilio_intelligence",
        language=language if isinstance(language, str) else None,
        recording=source if isinstance(source, str) else None,
    )
    return _part(whole, raw, sid=str(told.get("sid") or ""), transcript=transcript, last=True)


def _roles(channel: Mapping[str, Any]) -> dict[object, Speaker]:
    """What the transcript says of its participants, by channel."""
    found: dict[object, Speaker] = {}
    participants = channel.get("participants")
    for each in participants if isinstance(participants, list) else []:
        role = str(_object(each).get("role", "")).lower()
        if role in {"customer", "agent"}:
            found[_object(each).get("channel_participant")] = "customer" if role == "customer" else "agent"
    return found


def _dialogue(transcript: Transcript | None) -> tuple[str, tuple[tuple[int, int], ...]]:
    """The turns as a text that a person reads, and where in it the customer speaks. One voice alone needs no names."""
    if transcript is None:
        return "", ()
    alone = len({turn.speaker for turn in transcript.turns}) < len("ab")
    lines: list[str] = []
    spans: list[tuple[int, int]] = []
    length = 0
    for turn in transcript.turns:
        head = "" if alone else f"{_NAMES[turn.speaker]}: "
        line = head + turn.text
        if turn.speaker != "agent" and turn.text:
            spans.append((length + len(head), length + len(line)))
        lines.append(line)
        length += len(line) + 1
    return "\n".join(lines), tuple(spans)


def _addresses(phone: str | None) -> Sequence[Address] | tuple[Address, ...]:
    return (Address(kind="phone", value=phone),) if phone else ()


def _fields(payload: Payload) -> dict[str, Any]:
    names = {"RecordingDuration": "recording_seconds", "Digits": "digits", "CallerCountry": "country"}
    return {ours: payload.text(theirs) for theirs, ours in names.items() if payload.text(theirs)}


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _number(value: object) -> float | None:
    try:
        number = float(value) if isinstance(value, (int, float, str)) else None
    except ValueError:
        return None
    return number if number is not None and abs(number) < 1e9 else None  # noqa: PLR2004 -- NaN and infinity are no times
