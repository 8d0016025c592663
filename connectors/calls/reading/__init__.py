"""Any bytes to calls: what format it is, is found from the content, never from a name.

    decoded     bytes to text: byte order marks, UTF-16, and what no mark tells (the mail reader's vote)
    vcon        a vCon, whole or signed           families    the JSON of each service, in the order of their certainty
    subtitles   WebVTT, SubRip                    dialogue    plain text, tables
    segments    rows of speech                    words       words with times and voices, to turns
    labels      names before the words            roles       names that say who speaks

Rules
-----
1. `read` gives at least one Call, or raises NoCall with a code and a sentence; nothing else, for any bytes.
2. Nothing is fetched: what lies elsewhere is a remark.
3. A list, or lines of JSON, may hold several calls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from connectors.calls.call import Call, NoCall, Said
from connectors.calls.details import details_of
from connectors.calls.reading import amazon, assemblyai, azure, deepgram, dialogue, google, others, subtitles, whisper
from connectors.calls.reading.decoded import decoded
from connectors.calls.reading.vcon import Keys, is_vcon, vcon
from connectors.calls.values import Json, rows

__all__ = ["Keys", "family", "read"]

_FAMILIES: tuple[Callable[[Json], Call | None], ...] = (
    assemblyai.call,
    deepgram.call,
    amazon.call,
    others.speechmatics,
    google.call,
    azure.call,
    others.rev_ai,
    others.gladia,
    others.twilio,
    others.genesys,
    others.contact_lens,
    others.gong,
    others.wtf,
    others.elevenlabs,
    whisper.call,
    others.anybody,
)
_LARGEST = 64 * 1024 * 1024


def read(content: bytes, keys: Keys | None = None) -> list[Call]:
    """Every call in it. `keys`: whose signatures of vCons are believed. Raises NoCall."""
    if len(content) > _LARGEST:
        raise NoCall("too_large", "It is larger than any transcript that we read (64 MiB).")
    text = decoded(content)
    if not text.strip():
        raise NoCall("empty", "The file is empty.")
    if text.lstrip()[:1] in {"{", "["} and (found := _documents(text)) is not None:
        return _calls(found, keys)
    if Keys.compact(text):
        return vcon(text.strip(), keys, spoken_in)
    if subtitles.looks_so(text.lstrip()):
        return [_spoken(subtitles.call(text.lstrip()))]
    return [_spoken(dialogue.call(text))]


def family(document: Json) -> Call | None:
    """The call of one service's JSON; None when nobody's is like it. Raises NoCall."""
    return next((call for reader in _FAMILIES if (call := reader(document)) is not None), None)


def spoken_in(body: object) -> Call | None:
    """The words of a vCon's analysis, whatever wrote them; None when there are none."""
    if isinstance(body, dict):
        found = family(body)
        return found if found is not None and found.said else None
    if isinstance(body, list):
        return _listed(rows(body))
    if not isinstance(body, str) or not body.strip():
        return None
    if body.lstrip()[:1] in {"{", "["} and (found_ := _documents(body)) is not None:
        return spoken_in(found_[0] if len(found_) == 1 else found_)
    try:
        return subtitles.call(body.lstrip()) if subtitles.looks_so(body.lstrip()) else dialogue.call(body)
    except NoCall:  # it is called a transcript: then a word or two are one, too
        return Call("dialogue", (Said(" ".join(body.split())),))


def _documents(text: str) -> list[Any] | None:
    """What JSON it is: one document, or one a line. None: it is none (a dialogue may begin with a bracket)."""
    try:
        return [json.loads(text)]
    except (ValueError, RecursionError):
        pass
    try:
        return [json.loads(line) for line in text.splitlines() if line.strip()]
    except (ValueError, RecursionError):
        pass
    if text.lstrip().startswith("{"):
        raise NoCall("broken_json", "It begins like JSON and breaks off, or is malformed.")
    return None


def _calls(documents: Sequence[Any], keys: Keys | None) -> list[Call]:
    if len(documents) == 1 and isinstance(documents[0], list):
        documents = documents[0]
        whole = _listed(rows(documents))
    else:
        whole = deepgram.stream(rows(list(documents))) or (
            _listed(rows(list(documents))) if len(documents) > 1 else None
        )
    if whole is not None:
        return [_spoken(whole)]
    return _each(documents, keys)


def _listed(found: list[Json]) -> Call | None:
    """The call that is a bare list of rows."""
    if any(map(is_vcon, found)):
        return None
    return deepgram.stream(found) or whisper.listed(found) or others.listed(found)


def _each(documents: Sequence[Any], keys: Keys | None) -> list[Call]:
    """One after another. What is none among several is passed over only when another is one, and that one says so."""
    faults: list[NoCall] = []
    found: list[Call] = []
    for document in documents:
        try:
            found += _one(document, keys)
        except NoCall as none:
            faults.append(none)
    if not found:
        raise faults[0] if faults else NoCall("empty", "It is JSON and holds nothing.")
    if not all(fault.other for fault in faults):
        found[0] = replace(found[0], remarks=(*found[0].remarks, "part_unreadable"))
    return found


def _one(document: object, keys: Keys | None) -> list[Call]:
    if not isinstance(document, dict):
        raise NoCall("unknown_format", "It is JSON, and no transcript in a form that we know.")
    if is_vcon(document):
        return vcon(document, keys, spoken_in)
    if wrapped := _wrapped(document, keys):
        return wrapped
    for several in (others.apart(document), google.apart(document)):
        if len(several) > 1:
            return _each(several, keys)
    found = family(document)
    if found is None and (beside := details_of(document)).call_id and (beside.caller or beside.started_at):
        raise NoCall("details", "It is what is told beside a call: who called, and when. It has no words.", other=True)
    if found is None:
        raise NoCall("unknown_format", "It is JSON, and no transcript in a form that we know.")
    return [_spoken(found)]


def _wrapped(document: Json, keys: Keys | None) -> list[Call]:
    """A vCon, or a service's answer, as the one thing within something else (`{"vcon": {…}}`)."""
    for name in ("vcon", "vCon", "payload", "transcript", "body", "data", "result", "response"):
        inner = document.get(name)
        if isinstance(inner, dict) and is_vcon(inner):
            return vcon(inner, keys, spoken_in)
    return []


def _spoken(call: Call) -> Call:
    """Raises NoCall for a transcript without a word."""
    if not call.said:
        raise NoCall("no_words", "It is a transcript in which nobody says a word.")
    return call
