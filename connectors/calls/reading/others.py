"""Services whose transcripts need a few lines each, and, last, any JSON with rows of speech.

Rev AI          monologues[].elements[]                      (docs.rev.ai/api/asynchronous)
Speechmatics    results[] of words and marks, `format`       (docs.speechmatics.com, JSON v2)
Gladia          result.transcription.utterances[]            (docs.gladia.io, v2)
ElevenLabs      words[] with `speaker_id` and spacings       (elevenlabs.io/docs, Scribe)
Twilio          sentences[] of Voice Intelligence            (twilio.com/docs/voice/intelligence)
Genesys         transcripts[].phrases[]                      (developer.genesys.cloud)
WTF             transcript, segments[], speakers             (World Transcription Format, a vCon extension)
anybody         rows under `segments`, `utterances`, `turns`, `entries` …, or a bare list of them
"""

from __future__ import annotations

from collections.abc import Mapping

from connectors.calls.call import Call, Said
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
                voice=text(best.get("speaker")).replace("UU", ""),
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
    return Call("twilio_intelligence", said, id=call or name, language=tongue(told.get("language_code")))


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


def anybody(document: Json) -> Call | None:
    """Rows of speech under a name that says so."""
    for name in _ROWS:
        held = document.get(name)
        said = said_in(held)
        if not said:
            inner = an_object(held)
            said = next((found for key in _ROWS if (found := said_in(inner.get(key)))), ())
        if said and (len(said) > 1 or any(each.voice or each.end for each in said)):
            name_ = text(document.get("id"), document.get("call_id"), document.get("conversation_id"))
            return Call(
                "json", said, id=name_, language=tongue(document.get("language"), document.get("language_code"))
            )
    return None


def listed(found: list[Json]) -> Call | None:
    """The call from a bare list of rows."""
    said = said_in(found)
    told = [each for each in said if each.voice or each.end]
    return Call("json", said) if told and len(said) == len(found) else None
