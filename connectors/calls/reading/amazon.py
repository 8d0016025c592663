"""Amazon Transcribe, and its Call Analytics and Contact Lens.

    results.items with results.channel_labels   who speaks is the channel: `ch_0`, `ch_1`
    results.items with results.speaker_labels   who speaks is `spk_0`, `spk_1` … of the segment in which the word stands
    results.audio_segments                      the same in turns, in newer answers
    Transcript[] with Participants              Call Analytics: `ParticipantRole` AGENT or CUSTOMER, milliseconds

The service does not say when the call was. Source: docs.aws.amazon.com/transcribe (how-input, diarization,
channel-id, tca-post-call), docs.aws.amazon.com/connect (contact-lens-example-output-files).
"""

from __future__ import annotations

from collections.abc import Iterator

from connectors.calls.call import Call, Said
from connectors.calls.reading.segments import said_in
from connectors.calls.reading.words import Word, pieces
from connectors.calls.values import Json, an_object, channel_of, rows, seconds, share, text, tongue


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of Amazon's."""
    analysed = rows(document.get("Transcript"))
    if analysed and ("Participants" in document or "ParticipantRole" in analysed[0] or "ParticipantId" in analysed[0]):
        return _analytics(document)
    results = an_object(document.get("results"))
    if not isinstance(results.get("transcripts"), list) and not isinstance(results.get("items"), list):
        return None
    return Call(
        "aws_transcribe",
        _said(results),
        id=_name(text(document.get("accountId")), text(document.get("jobName"))),
        language=tongue(results.get("language_code"), _likeliest(results)),
    )


def _analytics(document: Json) -> Call:
    roles = {
        text(each.get("ParticipantId")): each.get("ParticipantRole") for each in rows(document.get("Participants"))
    }
    turns = [
        {
            **row,
            "text": row.get("Content"),
            "ParticipantRole": row.get("ParticipantRole") or roles.get(text(row.get("ParticipantId"))),
        }
        for row in rows(document.get("Transcript"))
    ]
    told = [{**row, "confidence": _mean(row)} for row in turns]
    customer = an_object(document.get("CustomerMetadata"))
    media = an_object(document.get("Media"))
    return Call(
        "aws_call_analytics",
        said_in(told),
        id=text(customer.get("ContactId")) or _name(text(document.get("AccountId")), text(document.get("JobName"))),
        language=tongue(document.get("LanguageCode")),
        recording=text(customer.get("InputS3Uri"), media.get("MediaFileUri")) or None,
    )


def _mean(row: Json) -> float | None:
    found = [share(item.get("Confidence")) for item in rows(row.get("Items")) if item.get("Type") != "punctuation"]
    told = [each for each in found if each is not None]
    return round(sum(told) / len(told), 4) if told else None


def _name(account: str, job: str) -> str:
    return f"{account}:{job}" if account and job else job


def _likeliest(results: Json) -> object:
    codes = rows(results.get("language_codes"))
    return codes[0].get("language_code") if codes else None


def _said(results: Json) -> tuple[Said, ...]:
    channels = rows(an_object(results.get("channel_labels")).get("channels"))
    if channels:
        return pieces(
            word
            for place, channel in enumerate(channels)
            for word in _words(channel, {}, channel_of(channel.get("channel_label")) or place + 1)
        )
    voices = {
        text(item.get("start_time")): text(item.get("speaker_label"), segment.get("speaker_label"))
        for segment in rows(an_object(results.get("speaker_labels")).get("segments"))
        for item in rows(segment.get("items"))
    }
    words = pieces(_words(results, voices, None))
    if words:
        return words
    if turns := said_in(results.get("audio_segments")):
        return turns
    return tuple(
        Said(text(each.get("transcript"))) for each in rows(results.get("transcripts")) if text(each.get("transcript"))
    )


def _words(holder: Json, voices: dict[str, str], channel: int | None) -> Iterator[Word]:
    voice = ""
    for item in rows(holder.get("items")):
        best = next(iter(rows(item.get("alternatives"))), {})
        mark = item.get("type") == "punctuation"
        at = text(item.get("start_time"))
        if not mark:
            voice = text(item.get("speaker_label")) or voices.get(at, voice)
        yield Word(
            text=text(best.get("content")),
            start=seconds(item.get("start_time")),
            end=seconds(item.get("end_time")),
            voice=voice,
            channel=channel,
            confidence=share(best.get("confidence")),
            glued=mark,
        )
