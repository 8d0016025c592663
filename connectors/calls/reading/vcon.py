"""vCon 0.0.1 to 0.4.0 (draft-ietf-vcon-vcon-core): unsigned, signed; encrypted ones are refused with a clear word.

What is taken
-------------
parties    `role`, `name`, `tel`, `mailto` (or `email`), `sip`; `name: anonymous` is nobody
dialog     in order of `start`. A `recording` is kept: its bytes where they are inline, its address where they are not.
           `text` is speech of its first party. `incomplete` says why in a remark. Transfers say nothing.
analysis   `transcript` (and `transcription`, `wtf_transcription`), each for the dialog that it names; of several for
           one dialog the one that tells most. Its body is any format that we read, or plain words, as JSON, text or
           base64url
amended    or `appended`, `redacted`: the call is that of the vCon that it names
group      the vCons within, where they are inline

Between versions: `mimetype` became `mediatype`, `alg` with `signature` became `content_hash`, `appended` became
`amended`, `must_support` became `critical`, `session_id` became an object. What `critical` names and we do not know
forbids to read on. Nothing is fetched.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime

from connectors.calls.call import Call, NoCall, Party, Said
from connectors.calls.reading import bodies
from connectors.calls.reading.roles import role_of
from connectors.calls.reading.signed import Keys, is_closed, opened
from connectors.calls.reading.words import in_order
from connectors.calls.values import Json, an_object, moment, number, rows, seconds, text, tongue

__all__ = ["Keys", "is_vcon", "vcon"]

Spoken = Callable[[object], Call | None]
"""The words of an analysis' body."""
_TRANSCRIPTS = frozenset(
    {"transcript", "transcription", "wtf_transcription", "wtf", "diarization", "diarized_transcript"}
)
_NO_WORDS = frozenset({"summary", "sentiment", "topics", "translation", "tags", "report", "score", "classification"})
_SIDES = 2
"""What is not called a transcript is one when two speak in it."""
_UNDERSTOOD = frozenset({"cc", "contact_center", "wtf", "wtf_transcription", "lawful_basis", "consent", "mimi", "sip"})
"""Extensions that change nothing of how parties, dialog and transcripts are read."""
_DEEPEST = 5


def is_vcon(document: Json) -> bool:
    """Whether it is a vCon, signed and encrypted ones too."""
    if is_closed(document):
        return True
    named = isinstance(document.get("vcon"), str)
    lists = sum(isinstance(document.get(name), list) for name in ("parties", "dialog", "analysis", "group"))
    return (named and (lists > 0 or "uuid" in document)) or lists >= 2  # noqa: PLR2004 -- one alone is anybody's


def vcon(document: object, keys: Keys | None, spoken: Spoken, depth: int = 0) -> list[Call]:
    """Every call in it: one, or of a group each. Raises NoCall."""
    seal = ""
    while isinstance(document, str) or is_closed(an_object(document)):
        document, seal = opened(document, keys)
        depth += 1
        if depth > _DEEPEST:
            raise NoCall("too_deep", "It is a vCon in a vCon, more often than anybody would write.")
    found = an_object(document)
    _critical(found)
    members = _members(found, keys, spoken, depth)
    if members and not rows(found.get("dialog")):
        return [replace(each, remarks=_with(each.remarks, seal)) for each in members]
    if rows(found.get("group")) and not rows(found.get("dialog")) and not rows(found.get("analysis")):
        raise NoCall("group_elsewhere", "It only names other vCons, which lie elsewhere. Send those.")
    call = _call(found, spoken)
    return [replace(call, remarks=_with(call.remarks, seal)), *members]


def _with(remarks: tuple[str, ...], *more: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*remarks, *filter(None, more))))


def _critical(document: Json) -> None:
    for name in ("critical", "must_support"):
        listed = document.get(name)
        unknown = [each for each in listed if str(each).lower() not in _UNDERSTOOD] if isinstance(listed, list) else []
        if unknown:
            raise NoCall("critical", f"Who reads it must know the extension {text(unknown[0])[:60]!r}. We do not.")


def _members(document: Json, keys: Keys | None, spoken: Spoken, depth: int) -> list[Call]:
    """The vCons of a group that are within."""
    found: list[Call] = []
    for each in rows(document.get("group")) if depth < _DEEPEST else []:
        body = bodies.value(each)
        if isinstance(body, dict):
            found += vcon(body, keys, spoken, depth + 1)
    return found


def _call(document: Json, spoken: Spoken) -> Call:
    parties = tuple(_party(place, row) for place, row in enumerate(_list(document.get("parties"))))
    dialogs = [(place, row) for place, row in enumerate(_list(document.get("dialog"))) if row]
    dialogs.sort(key=lambda each: _order(each[1]))
    starts = [at for _, row in dialogs if (at := moment(row.get("start")))]
    begun = starts[0] if starts else None
    transcripts = _transcripts(document, spoken)
    said: list[Said] = []
    for place, row in dialogs:
        offset = _since(begun, moment(row.get("start")))
        if row.get("type") == "text" and bodies.words(row):
            said += _written(row, offset)
        elif place in transcripts:
            said += _placed(transcripts[place], row, offset)
    loose = [each for place, each in transcripts.items() if place not in {number_ for number_, _ in dialogs}]
    said += [piece for each in loose for piece in _placed(each, {}, 0.0)]
    heard = list(transcripts.values())
    if not dialogs and not said and not document.get("attachments"):
        raise NoCall("no_words", "It is a vCon in which there is no dialog, and no transcript.")
    kept = bodies.recordings([row for _, row in dialogs])
    vendors = {each.provider for each in heard}
    return Call(
        provider=vendors.pop() if len(vendors) == 1 else "vcon",
        said=in_order(said),
        id=_name(document),
        language=tongue(*(each.language for each in heard)),
        recording=kept.named or None,
        started_at=begun or moment(document.get("created_at")),
        parties=parties,
        originator=_originator([row for _, row in dialogs], len(parties)),
        outbound=_outbound([row for _, row in dialogs]),
        subject=text(document.get("subject")),
        fields=_fields(document, dialogs),
        files=(*kept.files, *bodies.attached(rows(document.get("attachments")))),
        remarks=_remarks(document, dialogs, said) + kept.remarks,
    )


def _list(value: object) -> list[Json]:
    """A list whose places count: what is no object in it is an empty one."""
    return [an_object(each) for each in value] if isinstance(value, list) else []


def _order(row: Json) -> tuple[bool, float]:
    at = _aware(moment(row.get("start")))
    return (at is None, at.timestamp() if at else 0.0)


def _aware(at: datetime | None) -> datetime | None:
    return at.replace(tzinfo=UTC) if at is not None and at.tzinfo is None else at


def _since(begun: datetime | None, at: datetime | None) -> float:
    begun, at = _aware(begun), _aware(at)
    return max(0.0, (at - begun).total_seconds()) if begun and at else 0.0


def _party(place: int, row: Json) -> Party:
    name = text(row.get("name"))
    anonymous = name.casefold() == "anonymous"
    told = text(row.get("role"), an_object(row.get("meta")).get("role"), row.get("type"))
    return Party(
        voice=f"party:{place}",
        name="" if anonymous else name,
        phone=text(_either(row.get("tel")), row.get("phone"), row.get("sip")),
        email=text(_either(row.get("mailto")), row.get("email")).removeprefix("mailto:"),
        role=role_of(told),
    )


def _either(value: object) -> object:
    return value[0] if isinstance(value, list) and value else value


def _originator(dialogs: list[Json], parties: int) -> int | None:
    """Who began: what the first dialog says, else its first party."""
    for row in dialogs:
        first = row.get("originator")
        if not isinstance(first, int):
            within = row.get("parties")
            first = within[0] if isinstance(within, list) and within else within
            first = first[0] if isinstance(first, list) and first else first
        if isinstance(first, int) and not isinstance(first, bool) and 0 <= first < parties:
            return first
    return 0 if parties else None


def _outbound(dialogs: list[Json]) -> bool | None:
    """Whether we called, where a dialog's `meta` says so."""
    told = next((text(an_object(row.get("meta")).get("direction")).lower() for row in dialogs), "")
    return told.startswith("out") if told else None


def _name(document: Json) -> str:
    """The call's: of a later version of a vCon the earlier one's."""
    for name in ("redacted", "amended", "appended"):
        if earlier := text(an_object(document.get(name)).get("uuid")):
            return earlier
    return text(document.get("uuid"))


def _fields(document: Json, dialogs: list[tuple[int, Json]]) -> dict[str, object]:
    found: dict[str, object] = {}
    lasted = sum(number(row.get("duration")) or 0.0 for _, row in dialogs)
    if lasted:
        found["duration_seconds"] = round(lasted, 3)
    for each in rows(document.get("analysis")):
        if each.get("type") == "summary" and (told := bodies.words(each)):
            found.setdefault("summary", told)
    return found


def _remarks(document: Json, dialogs: list[tuple[int, Json]], said: list[Said]) -> tuple[str, ...]:
    found = [name for name in ("redacted", "amended", "appended") if an_object(document.get(name))]
    for _, row in dialogs:
        if row.get("type") == "incomplete":
            found.append(f"incomplete_{text(row.get('disposition')).replace('-', '_') or 'call'}"[:40])
    elsewhere = any(each.get("url") and _is_transcript(each) for each in rows(document.get("analysis")))
    if not said:
        found.append("transcript_elsewhere" if elsewhere else "no_transcript")
    return tuple(dict.fromkeys(found))


# --- words ----------------------------------------------------------------------------------------------------------


def _is_transcript(row: Json) -> bool:
    return text(row.get("type")).lower().replace(" ", "_") in _TRANSCRIPTS


def _transcripts(document: Json, spoken: Spoken) -> Mapping[int, Call]:
    """Per dialog the transcript that tells most: voices first, then words. -1: of no dialog in particular."""
    found: dict[int, Call] = {}
    analyses = rows(document.get("analysis"))
    named = [row for row in analyses if _is_transcript(row)]
    for row in named or [row for row in analyses if text(row.get("type")).lower() not in _NO_WORDS]:
        heard = spoken(bodies.value(row))
        if heard is None or not heard.said or (not named and _telling(heard)[0] < _SIDES):
            continue
        if heard.provider in {"json", "dialogue", "table", "whisper"} and (vendor := text(row.get("vendor"))):
            heard = replace(heard, provider=vendor.lower().replace(" ", "_"))
        of = row.get("dialog")
        places = [place for place in (of if isinstance(of, list) else [of]) if isinstance(place, int)] or [-1]
        if places[0] not in found or _telling(heard) > _telling(found[places[0]]):
            found[places[0]] = heard
    return found


def _telling(call: Call) -> tuple[int, int]:
    voices = {(each.voice, each.channel) for each in call.said}
    return len(voices), sum(len(each.text) for each in call.said)


def _written(row: Json, offset: float) -> Iterator[Said]:
    """A text dialog: its first party says it."""
    if words := bodies.words(row):
        lasts = seconds(row.get("duration")) or 0.0
        yield Said(words, offset, offset + lasts, _side(row, None))


def _side(row: Json, channel: int | None) -> str:
    """The voice that a dialog's party has, on a channel where they have channels of their own."""
    within = row.get("parties")
    first = row.get("originator") if channel is None else None
    if not isinstance(first, int):
        first = within
        if isinstance(first, list):
            place = (channel or 1) - 1
            first = first[place] if place < len(first) else None
            first = first[0] if isinstance(first, list) and len(first) == 1 else first
    return f"party:{first}" if isinstance(first, int) and not isinstance(first, bool) else ""


def _placed(heard: Call, row: Json, offset: float) -> Iterator[Said]:
    """The transcript's pieces within the whole call. `parties` as a list of lists says whose each channel is."""
    within = row.get("parties")
    apart = isinstance(within, list) and any(isinstance(each, list) for each in within)
    for each in heard.said:
        voice = _side(row, each.channel) if apart and each.channel is not None else ""
        yield replace(
            each,
            start=round(each.start + offset, 3),
            end=round(each.end + offset, 3),
            voice=voice or each.voice,
        )
