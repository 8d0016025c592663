"""Services whose transcripts need a few lines each, and, last, any JSON with rows of speech.

Rev AI          monologues[].elements[]                      (docs.rev.ai/api/asynchronous)
Speechmatics    results[] of words and marks, `format`       (docs.speechmatics.com, JSON v2)
Gladia          result.transcription.utterances[]            (docs.gladia.io, v2)
ElevenLabs      words[] with `speaker_id` and spacings       (elevenlabs.io/docs, Scribe)
Twilio          sentences[] of Voice Intelligence            (twilio.com/docs/voice/intelligence)
Genesys         transcripts[].phrases[]                      (developer.genesys.cloud)
WTF             transcript, segments[], speakers             (World Transcription Format, a vCon extension)
Contact Lens    Segments[] of a stream, each a Transcript    (docs.aws.amazon.com/connect)
Gong            callTranscripts[].transcript[].sentences[]   (Gong's API, calls/transcript)
anybody         rows under `segments`, `utterances`, `turns`, `entries` …, or a bare list of them
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from connectors.calls.call import Call, Said
from connectors.calls.reading import dialogue, subtitles
from connectors.calls.reading.segments import said_in
from connectors.calls.reading.words import Word, in_order, pieces
from connectors.calls.values import Json, an_object, channel_of, number, rows, seconds, share, text, tongue

_ROWS: tuple[str, ...] = (
    "utterances",
    "segments",
    "turns",
    "sentences",
    "entries",
    "phrases",
    "messages",
    "transcript",
    "transcription",
)
_ROWS += (
    "conversation",
    "dialogue",
    "dialog",
    "lines",
    "results",
    "transcripts",
    "paragraphs",
    "items",
    "events",
    "data",
)
_ROWS += ("transcript_object", "transcription_segments", "dialogs", "interactions", "exchanges", "chunks", "content")
_TEXTS = ("transcript", "transcription", "conversation", "dialogue", "dialog", "text", "content", "body", "vtt", "srt")
_DEEPEST = 4
_LONG = 1000
_SLOWEST = 0.05
"""Letters a second: who says less, over a long time in whole numbers, was timed in milliseconds."""


def rev_ai(document: Json) -> Call | None:
    """Monologues of elements."""
    monologues = rows(document.get("monologues"))
    if not monologues:
        return None
    words: list[Word] = []
    for each in monologues:
        voice = text(an_object(each.get("speaker_info")).get("display_name"), each.get("speaker"))
        for element in rows(each.get("elements")):
            value = element.get("value")
            word = isinstance(value, str) and element.get("type") == "text"
            if isinstance(value, str) and (word or value.strip()):
                at, end = seconds(element.get("ts")), seconds(element.get("end_ts"))
                sure = share(element.get("confidence"))
                words.append(Word(value.strip(), at, end, voice, None, sure, glued=not word))
    return Call("rev_ai", pieces(words), language=tongue(document.get("language")))


def speechmatics(document: Json) -> Call | None:
    """Words and marks."""
    results = rows(document.get("results"))
    if not any(each.get("type") in {"word", "punctuation"} and rows(each.get("alternatives")) for each in results):
        return None
    channels: dict[str, int] = {}
    words = []
    for row in results:
        best = next(iter(rows(row.get("alternatives"))), {})
        name = text(row.get("channel"))
        channel = (channel_of(name, 1) or channels.setdefault(name, len(channels) + 1)) if name else None
        words.append(
            Word(
                text=text(best.get("content")),
                start=seconds(row.get("start_time")),
                end=seconds(row.get("end_time")),
                voice=text(best.get("speaker")).replace("UU", "") or ("" if channel_of(name, 1) else name),
                channel=channel,
                confidence=share(best.get("confidence")),
                glued=row.get("type") == "punctuation" and row.get("attaches_to", "previous") == "previous",
            )
        )
    config = an_object(an_object(document.get("metadata")).get("transcription_config"))
    job = an_object(document.get("job"))
    return Call("speechmatics", pieces(words), id=text(job.get("id")), language=tongue(config.get("language")))


def gladia(document: Json) -> Call | None:
    """A transcription within a result, or within a webhook's payload."""
    for holder in (document, an_object(document.get("payload"))):
        result = an_object(holder.get("result"))
        found = an_object(result.get("transcription") or holder.get("transcription"))
        if isinstance(found.get("utterances"), list):
            said = said_in(found.get("utterances"))
            languages = found.get("languages")
            said = said or tuple(Said(each) for each in [text(found.get("full_transcript"))] if each)
            spoken = tongue(*(languages if isinstance(languages, list) else []))
            return Call("gladia", in_order(said), id=text(holder.get("id")), language=spoken)
    return None


def elevenlabs(document: Json) -> Call | None:
    """Words with the spaces between them."""
    words = rows(document.get("words"))
    if not any("speaker_id" in each for each in words):
        return None
    found = [
        Word(text(row.get("text")), seconds(row.get("start")), seconds(row.get("end")), text(row.get("speaker_id")))
        for row in words
        if row.get("type", "word") == "word"
    ]
    spoken = tongue(document.get("language_code"))
    return Call("elevenlabs", pieces(found), id=text(document.get("transcription_id")), language=spoken)


def twilio(document: Json) -> Call | None:
    """Sentences of Voice Intelligence: as they are fetched, or put together with transcript and call."""
    sentences = rows(document.get("sentences"))
    if not any("media_channel" in each or "sentence_index" in each for each in sentences):
        return None
    told, of = an_object(document.get("transcript")), an_object(document.get("call"))
    said = in_order(said_in(sentences, first_channel=1))
    name = text(told.get("sid"), *(each.get("transcript_sid") for each in sentences))
    call = text(of.get("sid"), told.get("customer_key"), document.get("customer_key"))
    spoken = tongue(told.get("language_code"))
    beside = {name: of[name] for name in ("from", "to", "start_time", "direction") if of.get(name)}
    return Call("twilio_intelligence", said, id=call or name, language=spoken, caller_channel=1, told=beside)


def genesys(document: Json) -> Call | None:
    """Phrases with the purpose of who says them: `external` is the customer, `internal` ours."""
    held = rows(document.get("transcripts"))
    phrases = [phrase for each in held for phrase in rows(each.get("phrases"))]
    if not phrases:
        return None
    began = next((number(each.get("startTime")) for each in held if number(each.get("startTime"))), None)
    since = [{**each, "startTimeMs": _since(each.get("startTimeMs"), began)} for each in phrases]
    spoken = tongue(*(each.get("language") for each in held))
    return Call("genesys", in_order(said_in(since)), id=text(document.get("conversationId")), language=spoken)


def _since(value: object, began: float | None) -> object:
    """Milliseconds since the call's beginning, where it tells the time of day."""
    at = number(value)
    return at - began if at is not None and began is not None and at >= began > 1e11 else value  # noqa: PLR2004 -- 1973


def wtf(document: Json) -> Call | None:
    """The World Transcription Format."""
    whole = document.get("transcript")
    if not isinstance(whole, Mapping) or not isinstance(document.get("segments"), list):
        return None
    names = {str(key): text(an_object(each).get("label"), each) for key, each in _speakers(document.get("speakers"))}
    named = [
        {**row, "speaker": names.get(str(row.get("speaker")), row.get("speaker"))} for row in rows(document["segments"])
    ]
    metadata = an_object(document.get("metadata"))
    provider = text(metadata.get("provider")).lower() or "wtf"
    said = said_in(named) or tuple(Said(each) for each in [text(whole.get("text"))] if each)
    return Call(provider, said, language=tongue(whole.get("language")))


def _speakers(value: object) -> list[tuple[object, object]]:
    if isinstance(value, Mapping):
        return list(value.items())
    return [(each.get("id"), each) for each in rows(value)]


def contact_lens(document: Json) -> Call | None:
    """Segments of Amazon's real-time Contact Lens."""
    segments = rows(document.get("Segments"))
    turns = [an_object(each.get("Transcript")) for each in segments if each.get("Transcript")]
    if not turns:
        return None
    said = said_in([{**row, "text": row.get("Content")} for row in turns])
    return Call("aws_contact_lens", in_order(said), id=text(document.get("ContactId")))


def anybody(document: Json) -> Call | None:
    """Rows of speech, or a dialogue as one text, under a name that says so; however deep, the first that there is."""
    said = _rows_in(document, _DEEPEST) or _text_in(document, _DEEPEST)
    if not said:
        return None
    spoken = tongue(document.get("language"), document.get("language_code"))
    name = text(document.get("call_id"), document.get("conversation_id"), document.get("id"))
    return Call("json", said, id=name, language=spoken, told=_beside(document, _DEEPEST))


def gong(document: Json) -> Call | None:
    """Sentences of each speaker's monologue, in milliseconds."""
    held = rows(document.get("callTranscripts"))
    turns = [
        {**sentence, "speaker": monologue.get("speakerId")}
        for each in held[:1]
        for monologue in rows(each.get("transcript"))
        for sentence in rows(monologue.get("sentences"))
    ]
    said = in_order(said_in(turns, thousandths=True))
    return Call("gong", said, id=text(held[0].get("callId"))) if said else None


def apart(document: Json) -> list[Json]:
    """Gong's answer for several calls, as one for each."""
    return [{**document, "callTranscripts": [each]} for each in rows(document.get("callTranscripts"))]


def _timed(found: object) -> tuple[Said, ...]:
    """Rows whose times have no unit: whole numbers at which nobody would have said anything for most of the call are
    milliseconds."""
    said = said_in(found)
    last = max((each.end for each in said), default=0.0)
    whole = all(each.start.is_integer() and each.end.is_integer() for each in said)
    if whole and last > _LONG and sum(len(each.text) for each in said) / last < _SLOWEST:
        return said_in(found, thousandths=True)
    return said


def _rows_in(document: Json, depth: int) -> tuple[Said, ...]:
    for name in _ROWS:
        said = _timed(document.get(name))
        if said and (len(said) > 1 or any(each.voice or each.end for each in said)):
            return said
    inner = (an_object(each) for each in document.values()) if depth else ()
    return next((found for each in inner if each and (found := _rows_in(each, depth - 1))), ())


def _text_in(document: Json, depth: int) -> tuple[Said, ...]:
    """A text that names who speaks, or one that is called a transcript."""
    for name in _TEXTS:
        written = document.get(name)
        if not isinstance(written, str) or not written.strip():
            continue
        if subtitles.looks_so(written.lstrip()):
            return subtitles.call(written.lstrip()).said
        if (said := dialogue.labelled(written)) or name in {"transcript", "transcription"}:
            return said or (Said(" ".join(written.split())),)
    inner = (an_object(each) for each in document.values()) if depth else ()
    return next((found for each in inner if each and (found := _text_in(each, depth - 1))), ())


def _beside(document: Json, depth: int) -> dict[str, Any]:
    """What is no speech: single values, outer ones before inner ones, and whole customers and agents."""
    found: dict[str, Any] = {}
    for key, value in document.items():
        if isinstance(value, Mapping) and str(key).lower() not in {"customer", "agent", "caller", "operator"}:
            inner = _beside(value, depth - 1) if depth else {}
            found |= {name: each for name, each in inner.items() if name not in document and name not in found}
        elif not isinstance(value, list) and not (isinstance(value, str) and key in _TEXTS):
            found[str(key)] = value
    return found


def listed(found: list[Json]) -> Call | None:
    """The call from a bare list of rows."""
    said = _timed(found)
    told = [each for each in said if each.voice or each.end]
    return Call("json", said) if told and len(said) == len(found) else None
