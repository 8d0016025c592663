"""Whisper and what writes like it: OpenAI's `json`, `verbose_json` and `diarized_json`, whisper.cpp, faster-whisper,
WhisperX, transformers' pipeline.

    {"text", "segments": [{start, end, text, speaker?}], "language"}      and {"segments", "info"}, and a bare list
    {"result": {"language"}, "transcription": [{timestamps, offsets, text}]}    whisper.cpp; offsets are milliseconds
    {"text", "chunks": [{"timestamp": [start, end], "text"}]}                   transformers

whisper.cpp tells the sides of a stereo recording by `"speaker": "0"`, or in words, `(speaker 1)`; a turn by
`speaker_turn_next`, or `[SPEAKER_TURN]`.
Source: platform.openai.com/docs/api-reference/audio, github.com/ggml-org/whisper.cpp (examples/cli),
SYSTRAN/faster-whisper, m-bain/whisperX.
"""

from __future__ import annotations

import re
from dataclasses import replace

from connectors.calls.call import Call, Said
from connectors.calls.reading.segments import said_in
from connectors.calls.values import Json, an_object, number, rows, text, tongue

_TOLD = re.compile(r"^\s*\(speaker\s+([^)\s]{1,20})\)\s*", re.IGNORECASE)
_ITS_OWN = ("avg_logprob", "no_speech_prob", "seek", "tokens", "temperature", "compression_ratio")


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of the kind."""
    if isinstance(document.get("transcription"), list) and ("result" in document or "systeminfo" in document):
        result = an_object(document.get("result"))
        return Call("whisper", _told(said_in(document.get("transcription"))), language=tongue(result.get("language")))
    if isinstance(document.get("chunks"), list) and "text" in document:
        return Call("whisper", said_in(document.get("chunks")), language=tongue(document.get("language")))
    segments = document.get("segments")
    if isinstance(segments, list) and ("language" in document or "text" in document or _like_whisper(rows(segments))):
        info = an_object(document.get("info"))
        lasted = number(document.get("duration") or info.get("duration"))
        return Call(
            "whisper",
            _told(said_in(segments)) or _only(document),
            language=tongue(document.get("language"), info.get("language")),
            fields={} if lasted is None else {"duration_seconds": lasted},
        )
    plain = set(document) <= {"text", "usage", "logprobs", "language", "duration", "task", "words", "x_groq"}
    return (
        Call("whisper", _only(document), language=tongue(document.get("language")))
        if plain and _only(document)
        else None
    )


def listed(segments: list[Json]) -> Call | None:
    """The call from a bare list of segments, as faster-whisper's are dumped."""
    return Call("whisper", _told(said_in(segments))) if _like_whisper(segments) else None


def _like_whisper(segments: list[Json]) -> bool:
    return bool(segments) and "text" in segments[0] and any(name in segments[0] for name in _ITS_OWN)


def _only(document: Json) -> tuple[Said, ...]:
    whole = " ".join(text(document.get("text")).split())
    return (Said(whole, 0.0, number(document.get("duration")) or 0.0),) if whole else ()


def _told(said: tuple[Said, ...]) -> tuple[Said, ...]:
    """With the voice that stands in the words themselves."""
    found = []
    for each in said:
        words, voice = each.text.replace("[SPEAKER_TURN]", "").strip(), each.voice
        if told := _TOLD.match(words):
            words, voice = words[told.end() :], voice or (told[1] if told[1] != "?" else "")
        if words:
            found.append(replace(each, text=words, voice=voice))
    return tuple(found)
