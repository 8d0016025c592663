"""Rows of speech: what most services write, in each one's own words.

A row is an object with a text, and usually a time and a voice. The names below are those seen in the documents of
Deepgram, AssemblyAI, OpenAI, whisper.cpp, faster-whisper, WhisperX, transformers, Gladia, Azure, Genesys, Symbl,
Contact Center AI, Twilio and the World Transcription Format; a name of milliseconds is told from one of seconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from connectors.calls.call import Role, Said
from connectors.calls.reading.roles import role_of
from connectors.calls.values import Json, an_object, channel_of, mean, number, rows, seconds, share, text, thousandth

_TEXTS: tuple[str, ...] = (
    "text",
    "transcript",
    "content",
    "sentence",
    "display",
    "utterance",
    "body",
    "message",
    "value",
    "line",
)
_STARTS: tuple[str, ...] = (
    "start",
    "start_time",
    "startTime",
    "startOffset",
    "start_offset",
    "begin",
    "from",
    "offset",
    "ts",
    "time",
)
_STARTS += ("timestamp", "startTimeInSeconds", "time_in_call_secs", "secondsFromStart", "start_seconds", "startSeconds")
_ENDS: tuple[str, ...] = (
    "end",
    "end_time",
    "endTime",
    "endOffset",
    "end_offset",
    "to",
    "stop",
    "end_ts",
    "endTimeInSeconds",
    "finish",
)
_ENDS += ("end_seconds", "endSeconds")
_MS_STARTS: tuple[str, ...] = (
    "start_ms",
    "startMs",
    "startTimeMs",
    "BeginOffsetMillis",
    "offsetMilliseconds",
    "offsetInMs",
    "startMilli",
)
_MS_STARTS += ("start_millis", "startMillis", "startTimeMillis", "beginOffsetMillis")
_MS_ENDS: tuple[str, ...] = (
    "end_ms",
    "endMs",
    "endTimeMs",
    "EndOffsetMillis",
    "endMilli",
    "end_millis",
    "endMillis",
    "endTimeMillis",
)
_MS_ENDS += ("endOffsetMillis",)
_LENGTHS: tuple[str, ...] = ("duration", "dur", "length")
_MS_LENGTHS: tuple[str, ...] = ("durationMilliseconds", "duration_ms", "durationMs")
_VOICES: tuple[str, ...] = (
    "speaker",
    "speaker_label",
    "speakerLabel",
    "speaker_id",
    "speakerId",
    "speakerTag",
    "speaker_name",
    "role",
)
_VOICES += (
    "ParticipantRole",
    "participantRole",
    "participantPurpose",
    "ParticipantId",
    "participant",
    "participant_id",
)
_VOICES += ("speakerName", "participantName", "from", "user", "author", "party", "name", "who", "spk", "label")
_NAMES: tuple[str, ...] = ("name", "display_name", "displayName", "id", "label", "role")
_CONFIDENCES: tuple[str, ...] = ("confidence", "score", "avg_confidence", "probability", "AverageConfidence")
_NOT_A_VOICE = frozenset({"", "?", "unknown", "none", "null", "unk"})
_PAIR = 2


def said_in(found: object, *, thousandths: bool = False, first_channel: int = 0) -> tuple[Said, ...]:
    """Every row that has a text. `thousandths`: times without a unit are milliseconds; `first_channel`: how the source
    numbers its first."""
    made = (said_of(row, thousandths=thousandths, first_channel=first_channel) for row in rows(found))
    return tuple(each for each in made if each is not None)


def said_of(row: Json, *, thousandths: bool = False, first_channel: int = 0) -> Said | None:
    """One row; None without a text."""
    words = _words(row)
    if not words:
        return None
    start, end = _times(row, thousandths=thousandths)
    voice, role = _voice(row)
    return Said(
        text=words,
        start=start,
        end=max(start, end),
        voice=voice,
        channel=channel_of(_first(row, ("channel", "media_channel", "channelTag", "channel_id")), first_channel),
        role=role,
        confidence=_confidence(row),
    )


def _words(row: Json) -> str:
    found = _first(row, _TEXTS)
    if isinstance(found, dict):
        found = found.get("payload") or found.get("text") or found.get("content")
    if isinstance(found, str):
        return " ".join(found.split())
    best = rows(row.get("nBest")) or rows(row.get("alternatives"))
    if best:
        return " ".join(text(best[0].get("display"), best[0].get("transcript"), best[0].get("content")).split())
    spoken = [text(word.get("punctuated_word"), word.get("word"), word.get("text")) for word in rows(row.get("words"))]
    return " ".join(" ".join(spoken).split())


def _times(row: Json, *, thousandths: bool) -> tuple[float, float]:
    pair = row.get("timestamp", row.get("timestamps"))
    if isinstance(pair, (list, tuple)) and len(pair) == _PAIR:
        start = seconds(pair[0]) or 0.0
        return start, seconds(pair[1]) or start
    if isinstance(pair, dict):
        offsets = an_object(row.get("offsets"))
        first = thousandth(offsets.get("from")) if offsets else seconds(pair.get("from"))
        last = thousandth(offsets.get("to")) if offsets else seconds(pair.get("to"))
        return first or 0.0, last or first or 0.0
    unit = thousandth if thousandths else seconds
    begun = thousandth(*_all(row, _MS_STARTS))
    begun = unit(*_all(row, _STARTS)) if begun is None else begun
    words = rows(row.get("words"))
    if begun is None and words:
        begun = unit(*_all(words[0], _STARTS))
    start = begun or 0.0
    end = thousandth(*_all(row, _MS_ENDS))
    end = unit(*_all(row, _ENDS)) if end is None else end
    if end is None and words:
        end = unit(*_all(words[-1], _ENDS))
    if end is None:
        lasts = thousandth(*_all(row, _MS_LENGTHS))
        lasts = unit(*_all(row, _LENGTHS)) if lasts is None else lasts
        of_it = thousandth(an_object(row.get("duration")).get("milliseconds"))
        end = start + (of_it if of_it is not None else lasts or 0.0)
    return start, end


def _voice(row: Json) -> tuple[str, Role | None]:
    """The voice's name and, where a name says so by itself, who it is."""
    voice, role = "", None
    for key in _VOICES:
        value = row.get(key)
        if isinstance(value, dict):
            value = _first(value, _NAMES)
        if isinstance(value, bool) or (key == "from" and not isinstance(value, str)):
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        name = text(value)
        if name.casefold() in _NOT_A_VOICE or (key == "from" and seconds(name) is not None):
            continue
        voice = voice or name
        role = role or role_of(name)
    return voice, role


def _confidence(row: Json) -> float | None:
    """What the row says of itself; else of its words. A mean log probability is turned into one."""
    best = rows(row.get("nBest")) or rows(row.get("alternatives"))
    found = share(*_all(row, _CONFIDENCES), *([best[0].get("confidence")] if best else []))
    if found is not None:
        return found
    words = [share(*_all(word, _CONFIDENCES)) for word in rows(row.get("words"))]
    told = [each for each in words if each is not None]
    if told:
        return mean(told)
    log = number(row.get("avg_logprob"))
    return round(math.exp(log), 4) if log is not None and -100 < log <= 0 else None  # noqa: PLR2004 -- below it is 0


def _first(row: Json, names: Iterable[str]) -> Any:  # noqa: ANN401 -- whatever stands there
    return next((row[name] for name in names if row.get(name) is not None), None)


def _all(row: Json, names: Sequence[str]) -> list[object]:
    return [row[name] for name in names if row.get(name) is not None]
