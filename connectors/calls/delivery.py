"""What a request's body, or a file, holds: the transcript, what was told beside it, its recording. Pure.

multipart/form-data      `transcript` (a file or a field), `metadata` (JSON), `recording` (files); every other field
                         is metadata too. Files are told by their part's name, else by their content
{"metadata", "transcript"}  the same as JSON: the transcript is an object, or a text
anything else            the transcript itself
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from connectors.calls.call import NoCall
from connectors.calls.values import an_object
from intake_daemon.contract import File

_PARTS = 50
_SOUND = ("audio/", "video/")
_BROKEN = "The multipart body is broken, or has more than 50 parts."
_SUFFIXES = (".wav", ".mp3", ".ogg", ".opus", ".m4a", ".mp4", ".flac", ".amr", ".aac", ".webm", ".wma", ".gsm")


@dataclass(frozen=True)
class Delivery:
    """One transcript and what came with it. `beside`: what was told beside it, as JSON."""

    transcript: bytes
    beside: str = "{}"
    files: tuple[File, ...] = ()


@dataclass
class _Part:
    name: str = ""
    filename: str | None = None
    media_type: str = ""
    content: bytes = b""


def delivery(body: bytes, content_type: str = "") -> Delivery:
    """What it holds. Raises NoCall for a broken body, and for one without a transcript."""
    kind, options = parse_options_header(content_type)
    boundary = options.get(b"boundary", b"") if kind == b"multipart/form-data" else _bare(body)
    if boundary:
        return _of_parts(_parts(body, boundary))
    return _of_json(body) or Delivery(body)


def is_sound(name: str, media_type: str) -> bool:
    """Whether a file says that it is a recording."""
    return media_type.startswith(_SOUND) or name.lower().endswith(_SUFFIXES)


def _of_json(body: bytes) -> Delivery | None:
    """`{"metadata": {…}, "transcript": …}` and nothing else."""
    if body.lstrip()[:1] != b"{":
        return None
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return None
    whole = an_object(document)
    if set(whole) != {"metadata", "transcript"} or not isinstance(whole["metadata"], dict):
        return None
    inner = whole["transcript"]
    content = inner if isinstance(inner, str) else json.dumps(inner)
    return Delivery(content.encode("utf-8", "replace"), json.dumps(whole["metadata"]))


def _of_parts(parts: Sequence[_Part]) -> Delivery:
    told: dict[str, object] = {}
    transcript: bytes | None = None
    files: list[File] = []
    unnamed: list[_Part] = []
    for part in parts:
        sound = part.filename is not None and (part.name == "recording" or is_sound(part.filename, part.media_type))
        if part.name == "transcript":
            transcript = part.content
        elif sound:
            files.append(
                File(part.filename or "recording", part.media_type or "application/octet-stream", part.content)
            )
        elif part.name in {"metadata", "details", "meta"}:
            told |= _object(part.content)
        elif part.filename is None:
            told[part.name] = part.content.decode("utf-8", "replace")
        else:
            unnamed.append(part)
    if transcript is None and unnamed:
        transcript = unnamed.pop(0).content
    if transcript is None:
        raise NoCall("no_transcript", "The upload has no part `transcript`.")
    files += [File(each.filename or each.name, each.media_type, each.content) for each in unnamed]
    return Delivery(transcript, json.dumps(told), tuple(files))


def _object(content: bytes) -> dict[str, object]:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _bare(body: bytes) -> bytes:
    """The boundary of a recorded multipart body without its header."""
    first, _, rest = body.partition(b"\r\n")
    is_one = first.startswith(b"--") and rest[:100].lower().startswith(b"content-disposition:")
    return first[2:] if is_one else b""


def _parts(body: bytes, boundary: bytes) -> list[_Part]:
    found: list[_Part] = []
    head = {"field": b"", "value": b""}
    pieces: list[bytes] = []

    def begin() -> None:
        if len(found) == _PARTS:
            raise FormParserError(_BROKEN)
        found.append(_Part())
        pieces.clear()

    def grow(name: str, data: bytes, start: int, end: int) -> None:
        head[name] += data[start:end]

    def header_end() -> None:
        name, value = head["field"].lower(), head["value"]
        if name == b"content-disposition":
            _, options = parse_options_header(value)
            found[-1].name = options.get(b"name", b"").decode("utf-8", "replace")
            if b"filename" in options:
                found[-1].filename = options[b"filename"].decode("utf-8", "replace")
        elif name == b"content-type":
            found[-1].media_type = value.decode("latin-1").partition(";")[0].strip().lower()
        head["field"], head["value"] = b"", b""

    def end() -> None:
        found[-1].content = b"".join(pieces)

    try:
        parser = MultipartParser(
            boundary,
            {
                "on_part_begin": begin,
                "on_header_field": lambda data, start, stop: grow("field", data, start, stop),
                "on_header_value": lambda data, start, stop: grow("value", data, start, stop),
                "on_header_end": header_end,
                "on_part_data": lambda data, start, stop: pieces.append(data[start:stop]),
                "on_part_end": end,
            },
        )
        parser.write(body)
        parser.finalize()
    except FormParserError as error:
        raise NoCall("broken_multipart", _BROKEN) from error
    return found
