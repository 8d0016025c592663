"""Azure Speech: batch transcription and fast transcription.

    recognizedPhrases[]   `channel` (from 0), `speaker` (from 1), `nBest[0].display`, `offsetInTicks` or `offset`
    phrases[]             fast transcription: the same with milliseconds

Source: learn.microsoft.com/azure/ai-services/speech-service (batch-transcription-get, fast-transcription-create).
"""

from __future__ import annotations

from dataclasses import replace

from connectors.calls.call import Call, Said
from connectors.calls.reading.segments import said_in, said_of
from connectors.calls.reading.words import in_order
from connectors.calls.values import Json, number, rows, seconds, text, tongue

_TICKS = 10_000_000


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of Azure's."""
    phrases = rows(document.get("recognizedPhrases"))
    if phrases:
        said = in_order(each for row in phrases if (each := said_of(_phrase(row))) is not None)
    elif "combinedPhrases" in document or "durationMilliseconds" in document:
        phrases = rows(document.get("phrases"))
        said = in_order(said_in(document.get("phrases")))
    else:
        return None
    if len({each.channel for each in said}) == 1:
        said = tuple(replace(each, channel=None) for each in said)
    return Call(
        "azure_speech",
        said or _combined(document),
        language=tongue(document.get("locale"), *(row.get("locale") for row in phrases)),
        recording=text(document.get("source")) or None,
    )


def _phrase(row: Json) -> Json:
    ticks, lasts = number(row.get("offsetInTicks")), number(row.get("durationInTicks"))
    start = ticks / _TICKS if ticks is not None else seconds(row.get("offset"))
    length = lasts / _TICKS if lasts is not None else seconds(row.get("duration"))
    return {
        "start": start,
        "duration": length,
        "speaker": row.get("speaker"),
        "channel": row.get("channel"),
        "nBest": row.get("nBest"),
    }


def _combined(document: Json) -> tuple[Said, ...]:
    found = rows(document.get("combinedRecognizedPhrases")) or rows(document.get("combinedPhrases"))
    return tuple(Said(words) for each in found if (words := text(each.get("display"), each.get("text"))))
