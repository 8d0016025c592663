"""AssemblyAI: a transcript, `{"id", "status", "utterances", "words", "text"}`. Times are milliseconds.

Utterances come with `speaker_labels` (A, B …) or `multichannel` (`channel` "1", "2", speakers "1A", "2A"). A transcript
that is queued or processing is none yet; one whose status is `error` never will be. The webhook that one is ready
(`transcript_id`, `status`) holds no words.
Source: assemblyai.com/docs/api-reference/transcripts/get.
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.calls.call import Call, NoCall
from connectors.calls.reading.segments import said_in, said_of
from connectors.calls.reading.words import Word, pieces
from connectors.calls.values import Json, channel_of, number, rows, share, text, thousandth, tongue

_NOT_YET = frozenset({"queued", "processing"})
_ITS_OWN = ("audio_url", "utterances", "acoustic_model", "language_model", "speech_model", "words", "audio_duration")


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of AssemblyAI's. Raises NoCall for what is not ready, or failed."""
    status = document.get("status")
    if document.get("transcript_id") and isinstance(status, str) and "text" not in document:
        raise NoCall("not_ready", "It tells that a transcript is ready; the transcript itself is the call.", other=True)
    if not isinstance(status, str) or "id" not in document or not any(name in document for name in _ITS_OWN):
        return None
    if status in _NOT_YET:
        raise NoCall("not_ready", f"The transcript is {status}; send it when it is completed.", other=True)
    if status == "error":
        raise NoCall("failed", "AssemblyAI could not transcribe this call: its status is error.")
    said = said_in(document.get("utterances"), thousandths=True, first_channel=1)
    words = rows(document.get("words"))
    if not said and any(each.get("speaker") or each.get("channel") for each in words):
        said = pieces(map(_word, words))
    if not said and (whole := text(document.get("text"))):
        only = said_of({"text": whole, "start": _edge(words, 0, "start"), "end": _edge(words, -1, "end")})
        said = (only,) if only else ()
    lasted = number(document.get("audio_duration"))
    return Call(
        "assemblyai",
        said,
        id=text(document.get("id")),
        language=tongue(document.get("language_code")),
        recording=text(document.get("audio_url")) or None,
        fields={} if lasted is None else {"duration_seconds": lasted},
    )


def _word(row: Mapping[str, object]) -> Word:
    return Word(
        text=text(row.get("text")),
        start=thousandth(row.get("start")),
        end=thousandth(row.get("end")),
        voice=text(row.get("speaker")),
        channel=channel_of(row.get("channel"), 1),
        confidence=share(row.get("confidence")),
    )


def _edge(words: list[Json], place: int, name: str) -> float | None:
    return thousandth(words[place].get(name)) if words else None
