"""Google Speech-to-Text v1 and v2: recognise responses, long-running operations, batch results, and their files.

    results[].channelTag                  several channels were recognised apart: each is one side
    results[].alternatives[0].words       with `speakerTag` (v1) or `speakerLabel` (v2): who speaks

With diarisation v1 repeats every word of the call, with its tag, in the last result: then that one alone is read.
Both ways to write a field (`speakerTag`, `speaker_tag`) and a duration ("1.3s", seconds and nanos) are known.
Source: cloud.google.com/speech-to-text/docs/reference/rest (v1 SpeechRecognitionResult, v2 BatchRecognizeResults).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from connectors.calls.call import Call, Said
from connectors.calls.reading.words import Word, in_order, pieces
from connectors.calls.values import Json, an_object, rows, seconds, share, text, tongue


def call(document: Json) -> Call | None:
    """The call; None when this is nothing of Google's."""
    found = _results(document)
    if found is None:
        return None
    name, results = found
    return Call(
        "google_speech",
        _said(results),
        id=text(document.get("requestId"), document.get("request_id"), document.get("name")),
        language=tongue(*(_get(each, "languageCode", "language_code") for each in results)),
        recording=name or None,
    )


def apart(document: Json) -> list[Json]:
    """The answer for a batch of files, as one for each; each has its file's name behind the operation's."""
    response = an_object(document.get("response"))
    files = an_object((response or document).get("results"))
    if not all(
        isinstance(each, Mapping) and {"transcript", "inlineResult", "error"} & set(each) for each in files.values()
    ):
        return []
    name = text(document.get("name"))
    return [
        {"name": f"{name}:{file}" if name else str(file), "response": {"results": {file: each}}}
        for file, each in files.items()
    ]


def _results(document: Json) -> tuple[str, list[Json]] | None:
    response = an_object(document.get("response"))
    for holder in (document, response):
        plain = rows(holder.get("results"))
        if plain and any(isinstance(each.get("alternatives"), list) for each in plain) and "format" not in document:
            if any("type" in each for each in plain):  # Speechmatics' words, with alternatives of their own
                return None
            return "", plain
    for name, each in an_object((response or document).get("results")).items():
        inner = an_object(each)
        found = rows(an_object(inner.get("transcript")).get("results"))
        found = found or rows(an_object(an_object(inner.get("inlineResult")).get("transcript")).get("results"))
        if found:
            return str(name), found
    return None


def _said(results: list[Json]) -> tuple[Said, ...]:
    channels = {channel for each in results if (channel := _channel(each)) is not None}
    if len(channels) > 1:
        return in_order(_all_plain(results, _channel))
    tagged = [words for words in (list(_words(each)) for each in results) if any(word.voice for word in words)]
    if tagged:
        last = tagged[-1]
        before = sum(len(words) for words in tagged[:-1])
        whole = len(last) >= before and last[0].start is not None and last[0].start <= (_first(results) or 0.0)
        return pieces(last if whole else [word for words in tagged for word in words])
    return tuple(_all_plain(results, lambda _: None))


def _all_plain(results: list[Json], of: Callable[[Json], int | None]) -> Iterator[Said]:
    """Results without words have only an end: they begin where their channel's last one ended."""
    ended: dict[int | None, float] = {}
    for each in results:
        channel = of(each)
        for said in _plain(each, channel, ended.get(channel, 0.0)):
            ended[channel] = said.end
            yield said


def _first(results: list[Json]) -> float | None:
    starts = (word.start for each in results for word in _words(each) if word.start is not None)
    return min(starts, default=None)


def _plain(result: Json, channel: int | None, since: float) -> Iterator[Said]:
    """One result as one piece. Its time is its words', or until its own end."""
    best = _best(result)
    words = list(_words(result))
    whole = " ".join(text(best.get("transcript")).split())
    if not whole:
        return
    end = seconds(_get(result, "resultEndTime", "resultEndOffset", "result_end_time", "result_end_offset"))
    start = next((word.start for word in words if word.start is not None), min(since, end or since))
    last = max((word.end for word in words if word.end is not None), default=end or start)
    yield Said(whole, start, max(start, last), "", channel, None, share(best.get("confidence")))


def _words(result: Json) -> Iterator[Word]:
    for row in rows(_best(result).get("words")):
        tag = _get(row, "speakerTag", "speaker_tag", "speakerLabel", "speaker_label")
        voice = text(tag)
        yield Word(
            text=text(row.get("word")),
            start=seconds(_get(row, "startTime", "startOffset", "start_time", "start_offset")),
            end=seconds(_get(row, "endTime", "endOffset", "end_time", "end_offset")),
            voice="" if voice == "0" else voice,
            confidence=share(row.get("confidence")) or None,
        )


def _best(result: Json) -> Json:
    return next(iter(rows(result.get("alternatives"))), {})


def _channel(result: Json) -> int | None:
    value = _get(result, "channelTag", "channel_tag")
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _get(row: Json, *names: str) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)
