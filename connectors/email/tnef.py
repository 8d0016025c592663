"""winmail.dat (application/ms-tnef): what Outlook wraps letters and files into, unwrapped.

Rules
1. Never an exception; what is cut short or odd gives what came before it, and `whole` says so.
2. Bounded: attributes are walked once; files, levels and properties have limits.
3. Names and types in it are claims, like those of any mail.

MS-OXTNEF; property names from MS-OXPROPS.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

SIGNATURE = b"\x78\x9f\x3e\x22"
_FILES_LIMIT = 500
_LEVELS = 3
_PROPERTIES_LIMIT = 5_000

_ATT_BODY, _ATT_TITLE, _ATT_DATA = 0x800C, 0x8010, 0x800F
_ATT_REND_DATA, _ATT_MAPI, _ATT_FILE_MAPI, _ATT_CODEPAGE = 0x9002, 0x9003, 0x9005, 0x9007
_SUBJECT, _BODY, _RTF, _HTML, _CODEPAGE = 0x0037, 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME = 0x3707, 0x3704, 0x3001
_FILE_DATA, _MIME_TAG, _CONTENT_ID = 0x3701, 0x370E, 0x3712
_OBJECT, _STRING, _UNICODE, _BINARY, _MULTIPLE = 0x000D, 0x001E, 0x001F, 0x0102, 0x1000
_SIZES = {0x2: 4, 0x3: 4, 0x4: 4, 0x5: 8, 0x6: 8, 0x7: 8, 0xA: 4, 0xB: 4, 0x14: 8, 0x40: 8, 0x48: 16}


@dataclass
class Enclosed:
    """A file inside. `content_id` without angle brackets; "" for what was not stated."""

    name: str = ""
    media_type: str = ""
    content: bytes = b""
    content_id: str = ""


@dataclass
class Winmail:
    """What was inside. `text`, `html` and `rtf` (compressed) are the letter, as many of them as were there."""

    subject: str = ""
    text: bytes = b""
    html: bytes = b""
    rtf: bytes = b""
    codepage: int = 0
    """Of `text` and names; 0 when it was not stated."""
    html_codepage: int = 0
    files: list[Enclosed] = field(default_factory=list)
    whole: bool = True
    """False when something could not be read."""


def unwrapped(content: bytes, level: int = 0) -> Winmail | None:
    """What a winmail.dat holds, or None when it is none."""
    if not content.startswith(SIGNATURE):
        return None
    found = Winmail()
    current: Enclosed | None = None
    for kind, value in _attributes(content, found):
        if kind == _ATT_CODEPAGE:
            found.codepage = int.from_bytes(value[:4], "little")
        elif kind == _ATT_BODY:
            found.text = value.rstrip(b"\0")
        elif kind == _ATT_MAPI:
            _letter(found, _properties(value, found))
        elif kind == _ATT_REND_DATA:
            if len(found.files) >= _FILES_LIMIT:
                found.whole = False
                break
            current = Enclosed()
            found.files.append(current)
        elif current is not None:
            _file(found, current, kind, value, level)
    return found


def _attributes(content: bytes, found: Winmail) -> Iterator[tuple[int, bytes]]:
    place, end = 6, len(content)
    while place + 9 <= end:
        kind = int.from_bytes(content[place + 1 : place + 3], "little")
        size = int.from_bytes(content[place + 5 : place + 9], "little")
        place += 9
        if content[place - 9] not in {1, 2} or place + size > end:
            found.whole = False
            if content[place - 9] in {1, 2} and kind == _ATT_DATA:  # a file that was cut short is still evidence
                yield kind, content[place:]
            return
        yield kind, content[place : place + size]
        place += size + 2


def _letter(found: Winmail, said: Mapping[int, bytes | str]) -> None:
    found.subject = _text(said.get(_SUBJECT), found) or found.subject
    body, html, codepage = said.get(_BODY), said.get(_HTML), said.get(_CODEPAGE)
    if isinstance(codepage, bytes):
        found.html_codepage = int.from_bytes(codepage, "little")
    if isinstance(body, str):
        found.text, found.codepage = body.encode("utf-8", "replace"), 65001
    elif body:
        found.text = body.rstrip(b"\0")
    if isinstance(html, str):
        found.html, found.html_codepage = html.encode("utf-8", "replace"), 65001
    elif html:
        found.html = html.rstrip(b"\0")
    rtf = said.get(_RTF)
    found.rtf = rtf if isinstance(rtf, bytes) else found.rtf


def _file(found: Winmail, current: Enclosed, kind: int, value: bytes, level: int) -> None:
    if kind == _ATT_TITLE:
        current.name = current.name or _text(value, found)
    elif kind == _ATT_DATA:
        current.content = value
    elif kind == _ATT_FILE_MAPI:
        said = _properties(value, found)
        names = (_text(said.get(name), found) for name in (_LONG_NAME, _SHOWN_NAME, _SHORT_NAME))
        current.name = next((name for name in names if name), current.name)
        current.media_type = _text(said.get(_MIME_TAG), found).lower() or current.media_type
        current.content_id = _text(said.get(_CONTENT_ID), found).strip("<> ")
        inner = said.get(_FILE_DATA)
        if isinstance(inner, bytes) and inner[16:20] == SIGNATURE:
            _message(found, current, inner[16:], level)
        elif isinstance(inner, bytes) and not current.content:
            current.content = inner


def _message(found: Winmail, current: Enclosed, content: bytes, level: int) -> None:
    """A mail that was attached: its letter becomes a file, its files stand beside it."""
    inner = unwrapped(content, level + 1) if level < _LEVELS else None
    if inner is None:
        current.content, current.media_type, found.whole = content, "application/ms-tnef", False
        return
    found.whole = found.whole and inner.whole
    name = inner.subject or current.name or "message"
    if inner.html:
        current.name, current.media_type, current.content = f"{name}.html", "text/html", inner.html
    elif inner.text:
        current.name, current.media_type, current.content = f"{name}.txt", "text/plain", inner.text
    elif inner.rtf:
        from connectors.email.rtf import unpacked

        current.name, current.media_type, current.content = f"{name}.rtf", "application/rtf", unpacked(inner.rtf)
    found.files.extend(inner.files[: max(0, _FILES_LIMIT - len(found.files))])


def _properties(value: bytes, found: Winmail) -> dict[int, bytes | str]:
    """MAPI properties by their number: text as str, everything else as bytes; of several values the first."""
    said: dict[int, bytes | str] = {}
    place = 4
    for _ in range(min(int.from_bytes(value[:4], "little"), _PROPERTIES_LIMIT)):
        if place + 4 > len(value):
            found.whole = False
            break
        kind, number = (
            int.from_bytes(value[place : place + 2], "little"),
            int.from_bytes(value[place + 2 : place + 4], "little"),
        )
        place += 4
        if number & 0x8000:  # a named property: its name comes first
            named = int.from_bytes(value[place + 16 : place + 20], "little")
            size = int.from_bytes(value[place + 20 : place + 24], "little") if named else 0
            place += 24 + _padded(size)
        first, place = _value(value, place, kind)
        if place > len(value):
            found.whole = False
            break
        if first is not None:
            said.setdefault(number, first)
    return said


def _value(value: bytes, place: int, kind: int) -> tuple[bytes | str | None, int]:
    """The first value at `place`, and where the next property begins; beyond the end when it is broken."""
    many, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
    size = _SIZES.get(kind)
    if size is not None:
        count = int.from_bytes(value[place : place + 4], "little") if many else 1
        place += 4 * many
        return value[place : place + size], place + size * count
    if kind not in {_OBJECT, _STRING, _UNICODE, _BINARY}:
        return None, place if kind == 1 else len(value) + 1
    first: bytes | None = None
    count = int.from_bytes(value[place : place + 4], "little")
    place += 4
    for _ in range(count):
        if place + 4 > len(value):
            return None, len(value) + 1
        size = int.from_bytes(value[place : place + 4], "little")
        first = value[place + 4 : place + 4 + size] if first is None else first
        place += 4 + _padded(size)
    if first is not None and kind == _UNICODE:
        return first.decode("utf-16-le", "replace").rstrip("\0"), place
    return first, place


def _padded(size: int) -> int:
    return (size + 3) // 4 * 4


def _text(value: bytes | str | None, found: Winmail) -> str:
    """A name or a subject."""
    if not value:
        return ""
    if isinstance(value, str):
        return value
    from connectors.email.charset import decode

    return decode(value.rstrip(b"\0"), f"cp{found.codepage}" if found.codepage else "")[0]
