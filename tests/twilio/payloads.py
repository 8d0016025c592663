"""What Twilio posts, parameter by parameter as it is documented; numbers and sids are invented."""

from __future__ import annotations

import json
from typing import Any

ACCOUNT = "AC00000000000000000000000000000001"
OURS = "+442079460001"
THEIRS = "+447700900123"


def sms(sid: str = "SM1", body: str = "It is broken.", **said: str) -> dict[str, str]:
    """docs/messaging/guides/webhook-request."""
    return {
        "ToCountry": "GB",
        "ToState": "",
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ToCity": "",
        "FromZip": "",
        "SmsSid": sid,
        "FromState": "",
        "SmsStatus": "received",
        "FromCity": "",
        "Body": body,
        "FromCountry": "GB",
        "To": OURS,
        "ToZip": "",
        "NumSegments": "1",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": THEIRS,
        "ApiVersion": "2010-04-01",
    } | said


def whatsapp(sid: str = "SM2", body: str = "Сломалось.", **said: str) -> dict[str, str]:
    """The same with what WhatsApp adds."""
    return {
        "SmsMessageSid": sid,
        "NumMedia": "0",
        "ProfileName": "Анна",
        "MessageType": "text",
        "SmsSid": sid,
        "WaId": THEIRS[1:],
        "SmsStatus": "received",
        "Body": body,
        "To": f"whatsapp:{OURS}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": sid,
        "AccountSid": ACCOUNT,
        "From": f"whatsapp:{THEIRS}",
        "ApiVersion": "2010-04-01",
    } | said


def call(sid: str = "CA1", **said: str) -> dict[str, str]:
    """docs/voice/twiml: parameters of every request during a call."""
    return {
        "AccountSid": ACCOUNT,
        "ApiVersion": "2010-04-01",
        "CallSid": sid,
        "CallStatus": "ringing",
        "Called": OURS,
        "Caller": THEIRS,
        "CallerCountry": "GB",
        "Direction": "inbound",
        "From": THEIRS,
        "To": OURS,
    } | said


def recorded(sid: str = "CA1", recording: str = "RE1", url: str = "https://api.twilio.com/RE1") -> dict[str, str]:
    """The `action` of <Record>."""
    return call(sid, CallStatus="in-progress", Digits="#", RecordingUrl=url, RecordingSid=recording) | {
        "RecordingDuration": "12"
    }


def recording(sid: str = "CA1", recording_: str = "RE1", url: str = "", status: str = "completed") -> dict[str, str]:
    """recordingStatusCallback: it names neither caller nor number."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": sid,
        "RecordingSid": recording_,
        "RecordingUrl": url,
        "RecordingStatus": status,
        "RecordingDuration": "12",
        "RecordingChannels": "1",
        "RecordingStartTime": "Fri, 20 Nov 2026 09:30:00 +0000",
        "RecordingSource": "RecordVerb",
        "ErrorCode": "0",
    }


def words(text: str = "The heater is broken.", sid: str = "CA1") -> dict[str, str]:
    """TranscribeCallback of <Record>."""
    return call(sid, CallStatus="completed") | {
        "TranscriptionSid": "TR1",
        "TranscriptionText": text,
        "TranscriptionStatus": "completed",
        "RecordingSid": "RE1",
    }


def spoken(number: int, text: str, *, final: bool = True, track: str = "inbound_track") -> dict[str, str]:
    """StatusCallback of <Transcription>."""
    return {
        "AccountSid": ACCOUNT,
        "CallSid": "CA1",
        "TranscriptionSid": "GT9",
        "Timestamp": "2026-11-20T09:30:00.000000Z",
        "SequenceId": str(number),
        "TranscriptionEvent": "transcription-content",
        "LanguageCode": "en-GB",
        "Track": track,
        "TranscriptionData": json.dumps({"transcript": text, "confidence": 0.9}),
        "Final": "true" if final else "false",
    }


def finished(account: str = ACCOUNT, transcript: str = "GT1") -> dict[str, Any]:
    """The webhook of a Voice Intelligence service."""
    return {
        "account_sid": account,
        "service_sid": "GA1",
        "transcript_sid": transcript,
        "event_type": "voice_intelligence_transcript_available",
    }


def transcript(participants: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """GET /v2/Transcripts/GT1."""
    return {
        "sid": "GT1",
        "service_sid": "GA1",
        "status": "completed",
        "language_code": "en-GB",
        "customer_key": None,
        "channel": {"media_properties": {"source": "Recording", "source_sid": "RE1"}, "participants": participants},
        "duration": 12,
    }


def sentence(index: int, channel: int, text: str) -> dict[str, Any]:
    """A row of GET /v2/Transcripts/GT1/Sentences."""
    return {
        "media_channel": channel,
        "sentence_index": index,
        "start_time": f"{index}.5",
        "end_time": f"{index + 1}.0",
        "transcript": text,
        "confidence": "0.92",
    }
