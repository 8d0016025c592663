"""Deepgram: the answer for a recording, and the messages of a stream.

    results.utterances                      `utterances=true`: turns with speaker and channel
    results.channels[].alternatives[0]      else its paragraphs (`speaker`), else its words (`speaker`), else its text

Of several channels each is one side. `metadata.created` is when it was written down, not when the call was.
Source: developers.deepgram.com/docs/pre-recorded-audio, /docs/diarization, /docs/multichannel,
/docs/live-streaming-audio.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from connectors.calls.call import Call, Said
from connectors.calls.reading.segments import said_in
from connectors.calls.reading.words import Word, in_order, pieces
from connectors.calls.values import Json, an_object, mean, number, rows, seconds, share, text, tongue


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of Deepgram's."""
    results = an_object(document.get("results"))
    channels = rows(results.get("channels"))
    if not channels and not _uttered(results):
        return None
    said = _uttered(results)
    if not said:
        many = len(channels) > 1
        sides = [_channel(each, number if many else None) for number, each in enumerate(channels, 1)]
        said = in_order(each for side in sides for each in side) if many else sides[0]
    metadata = an_object(document.get("metadata"))
    return Call(
        "deepgram",
        said,
        id=text(metadata.get("request_id")),
        language=tongue(*(each.get("detected_language") for each in channels), metadata.get("language")),
        fields=_lasted(metadata),
    )


def stream(documents: Sequence[Json]) -> Call | None:
    """The call from a stream's messages, of which only the final ones count; None when they are none."""
    final = [each for each in documents if each.get("type") == "Results" and each.get("channel")]
    if not final:
        return None
    said: list[Said] = []
    request = ""
    for each in final:
        request = request or text(an_object(each.get("metadata")).get("request_id"))
        if each.get("is_final") is False:
            continue
        index = each.get("channel_index")
        many = isinstance(index, list) and len(index) > 1 and index[1] != 1
        first = index[0] if many and isinstance(index, list) and isinstance(index[0], int) else 0
        said += _channel(an_object(each.get("channel")), first + 1 if many else None, seconds(each.get("start")) or 0.0)
    return Call("deepgram", in_order(said), id=request)


def _uttered(results: Json) -> tuple[Said, ...]:
    found = said_in(results.get("utterances"))
    if len({each.channel for each in found}) < 2:  # noqa: PLR2004 -- a single channel tells nobody apart
        return tuple(
            Said(each.text, each.start, each.end, each.voice, None, each.role, each.confidence) for each in found
        )
    return found


def _channel(channel: Json, number_: int | None, begins: float = 0.0) -> tuple[Said, ...]:
    best = next(iter(rows(channel.get("alternatives"))), {})
    paragraphs = rows(an_object(best.get("paragraphs")).get("paragraphs"))
    words = rows(best.get("words"))
    if paragraphs and (number_ is not None or any("speaker" in each for each in paragraphs)):
        starts = [seconds(each.get("start")) or 0.0 for each in words]
        return tuple(_paragraph(each, words, starts, number_) for each in paragraphs if rows(each.get("sentences")))
    if words and (number_ is not None or any("speaker" in each for each in words)):
        return pieces((_word(each, number_) for each in words), beside=number_ is not None)
    whole = text(best.get("transcript"))
    if not whole:
        return ()
    times = [seconds(each.get("start")) or 0.0 for each in words[:1]] + [
        seconds(each.get("end")) or 0.0 for each in words[-1:]
    ]
    start, end = times or (begins, begins)
    return (Said(" ".join(whole.split()), start, end, "", number_, None, share(best.get("confidence"))),)


def _paragraph(row: Json, words: Sequence[Json], starts: Sequence[float], channel: int | None) -> Said:
    """`starts`: of the words, which are in order of time; the paragraph's confidence is theirs."""
    start, end = seconds(row.get("start")) or 0.0, seconds(row.get("end")) or 0.0
    inside = [share(each.get("confidence")) for each in words[bisect_left(starts, start) : bisect_left(starts, end)]]
    return Said(
        text=" ".join(text(each.get("text")) for each in rows(row.get("sentences"))),
        start=start,
        end=end,
        voice=text(row.get("speaker")),
        channel=channel,
        confidence=mean([each for each in inside if each is not None]),
    )


def _word(row: Json, channel: int | None) -> Word:
    return Word(
        text=text(row.get("punctuated_word"), row.get("word")),
        start=seconds(row.get("start")),
        end=seconds(row.get("end")),
        voice=text(row.get("speaker")),
        channel=channel,
        confidence=share(row.get("confidence")),
    )


def _lasted(metadata: Json) -> dict[str, float]:
    lasted = number(metadata.get("duration"))
    return {} if lasted is None else {"duration_seconds": lasted}
