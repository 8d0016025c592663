"""Bytes to text: byte order marks, UTF-16 without one, else UTF-8, else what reads most like a language."""

from __future__ import annotations

import re

from connectors.calls.call import NoCall
from connectors.email.charset import decode

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe\0\0", "utf-32"),
    (b"\0\0\xfe\xff", "utf-32"),
)
_MARKS += ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"RIFF", "a sound file"),
    (b"ID3", "a sound file"),
    (b"OggS", "a sound file"),
    (b"fLaC", "a sound file"),
    (b"\xff\xfb", "a sound file"),
    (b"\xff\xf3", "a sound file"),
    (b"PK\x03\x04", "an archive or an office document"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a compressed file"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)
_CONTROLS = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_LOOK = 4096
_FOUND = 0.02
"""So large a share of control characters is in no text."""


def decoded(content: bytes) -> str:
    """The text. Raises NoCall for what is none."""
    for signature, what in _SIGNATURES:
        if content.startswith(signature):
            raise NoCall("no_text", f"It is {what}, not a transcript.")
    if content[4:8] == b"ftyp":
        raise NoCall("no_text", "It is a sound file, not a transcript.")
    text = _text(content)
    look = text[:_LOOK]
    if len(_CONTROLS.findall(look)) > max(1, len(look) * _FOUND):
        raise NoCall("no_text", "It holds bytes that are no text.")
    return text.replace("\0", "\ufffd").replace("\r\n", "\n").replace("\r", "\n")


def _text(content: bytes) -> str:
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content.decode(codec, "replace").lstrip("\ufeff")
    look = content[:_LOOK]
    if len(look) > 3 and len(look) % 2 == 0 and look.count(0) > len(look) * 0.3:  # noqa: PLR2004 -- every other byte
        even = look[::2].count(0)
        return content.decode("utf-16-be" if even > look[1::2].count(0) else "utf-16-le", "replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return decode(content)[0]
