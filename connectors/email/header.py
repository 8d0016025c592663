"""Header fields: from the bytes of a header block to named values, and from a value to words and parameters.

Rules
1. A line that is no field does not end the header while fields still follow: broken folding and `>From` lines happen.
2. Adjacent encoded words of one charset are joined as bytes before they are decoded: clients split inside a letter.
3. Everything is linear in the length of the field, and fields are read up to `FIELD_LIMIT` bytes.

RFC 5322 section 2.2, RFC 2047, RFC 2231.
"""

from __future__ import annotations

import binascii
import re
from urllib.parse import unquote_to_bytes

from connectors.email.charset import decode, known, scrub

FIELD_LIMIT = 64 * 1024
"""Bytes of one field that are read."""
FIELDS_LIMIT = 2_000
"""Fields of one header block that are read."""

_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_FIELD = re.compile(rb"[!-9;-~]{1,200}[ \t]*:")
_ENCODED = re.compile(r"=\?([^?\s]{1,60})\?([BbQq])\?([^?]*)\?=")
_BETWEEN = re.compile(r"(\?=)[ \t\r\n]+(?==\?[^?\s]{1,60}\?[BbQq]\?)")
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?([A-Za-z0-9_.:-]{2,40})", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_PARAMETER = re.compile(r""";\s*([^\s=;"]{1,200})\s*=\s*("(?:[^"\\]|\\.)*"?|[^;]*)""", re.DOTALL)
_PIECE = re.compile(r"^(.+?)(?:\*(\d{1,4}))?(\*)?$", re.DOTALL)


class Fields:
    """The fields of one header block, in order, their values unfolded and still encoded.

    `cut`: there was more of them than is read."""

    __slots__ = ("_first", "_words", "all", "cut")

    def __init__(self, block: bytes = b"") -> None:
        self.all: list[tuple[str, bytes]] = []
        self._first: dict[str, bytes] = {}
        self._words: dict[str, str] = {}
        lines = _FOLD.sub(b"", block).split(b"\n", FIELDS_LIMIT)
        self.cut = len(lines) > FIELDS_LIMIT
        for line in lines[:FIELDS_LIMIT]:
            name, colon, value = line.partition(b":")
            if not colon or not _FIELD.match(line):
                if self.all and (rest := line.strip()) and not line.startswith((b"From ", b">From ")):
                    self._continue(rest)
                continue
            key = name.decode("latin-1").strip().lower()
            value = value.strip()
            if len(value) > FIELD_LIMIT:
                value, self.cut = value[:FIELD_LIMIT], True
            self.all.append((key, value))
            self._first.setdefault(key, value)

    def _continue(self, rest: bytes) -> None:
        """A line that lost the white space with which it was folded."""
        key, value = self.all[-1]
        whole = (value + b" " + rest)[:FIELD_LIMIT]
        self.all[-1] = (key, whole)
        if self._first[key] == value:
            self._first[key] = whole

    def __contains__(self, name: str) -> bool:
        return name in self._first

    def raw(self, name: str) -> bytes:
        """The first value as it came, or nothing."""
        return self._first.get(name, b"")

    def raws(self, name: str) -> list[bytes]:
        """Every value of that name, topmost first."""
        return [value for key, value in self.all if key == name] if name in self._first else []

    def plain(self, name: str) -> str:
        """The first value as text; encoded words are left as they are."""
        return eight_bit(self._first.get(name, b""), self._charset())

    def _charset(self) -> str:
        """What the letter itself is written in, so probably its header."""
        found = _CHARSET.search(self._first.get("content-type", b""))
        return found[1].decode("ascii") if found else ""

    def plains(self, name: str) -> list[str]:
        """Every value as text; encoded words are left as they are."""
        return [eight_bit(value, self._charset()) for value in self.raws(name)]

    def words(self, name: str) -> str:
        """The first value as people read it: decoded, white space collapsed."""
        if name not in self._words:
            self._words[name] = spoken(self.plain(name))
        return self._words[name]


def eight_bit(value: bytes, charset: str = "") -> str:
    """The text of a field that should be ASCII and often is not. `charset`: what it may be in."""
    if value.isascii() and b"\0" not in value:
        return value.decode("ascii")
    return decode(value, charset)[0]


def spoken(value: str) -> str:
    """The value with its encoded words decoded and its white space collapsed."""
    if "=?" in value:
        value = decode_words(value)
    return _SPACE.sub(" ", value).strip()


def decode_words(value: str) -> str:
    """The value with its encoded words decoded (RFC 2047), also those that were split inside a letter."""
    return scrub("".join(decode(content, charset)[0] for content, charset in runs(value)))


def runs(value: str) -> list[tuple[bytes, str]]:
    """The value as runs of bytes of one charset each; what is not encoded is a run of `utf-8`."""
    value = _BETWEEN.sub(r"\1", value)
    found: list[tuple[bytes, str]] = []
    end = 0
    for match in _ENCODED.finditer(value):
        charset = match[1].partition("*")[0].lower()
        content = match[3].encode("utf-8", "replace")
        content = _base64_word(content) if match[2] in "Bb" else binascii.a2b_qp(content, header=True)
        if match.start() > end:
            found.append((value[end : match.start()].encode("utf-8", "replace"), "utf-8"))
        elif found and found[-1][1] == charset:
            content = found.pop()[0] + content
        found.append((content, charset))
        end = match.end()
    if end < len(value):
        found.append((value[end:].encode("utf-8", "replace"), "utf-8"))
    return found


def _base64_word(content: bytes) -> bytes:
    content = re.sub(rb"[^A-Za-z0-9+/]", b"", content)
    if len(content) % 4 == 1:
        content = content[:-1]
    return binascii.a2b_base64(content + b"=" * (-len(content) % 4))


def parameters(value: str) -> tuple[str, dict[str, str]]:
    """`text/plain; charset="x"` taken apart: the value in lower case, and its parameters decoded (RFC 2231, 2047)."""
    head, semicolon, _ = value.partition(";")
    main = _SPACE.sub("", head).lower()
    if not semicolon:
        return main, {}
    plain: dict[str, str] = {}
    pieces: dict[str, list[tuple[int, bool, str]]] = {}
    for match in _PARAMETER.finditer(value, len(head)):
        name, given = match[1].lower(), _unquoted(match[2])
        piece = _PIECE.match(name)
        if piece and (piece[2] is not None or piece[3]):
            pieces.setdefault(piece[1], []).append((int(piece[2] or 0), bool(piece[3]), given))
        else:
            plain.setdefault(name, spoken(given) if "=?" in given else given.strip())
    for name, parts in pieces.items():
        plain[name] = _joined(sorted(parts, key=lambda part: part[0]))
    return main, plain


def _unquoted(value: str) -> str:
    value = value.strip()
    if value.startswith('"'):
        value = value[1:].removesuffix('"')
        return re.sub(r"\\(.)", r"\1", value) if "\\" in value else value
    return value


def _joined(parts: list[tuple[int, bool, str]]) -> str:
    """The pieces of a continued parameter (RFC 2231): charset'language'percent-encoded, then more of it."""
    charset = ""
    content = b""
    for place, (_, encoded, given) in enumerate(parts):
        text = given
        if encoded and place == 0 and text.count("'") >= 2:  # noqa: PLR2004 -- charset'language'value
            charset, _, text = text.split("'", 2)
        raw = text.encode("utf-8", "replace")
        content += unquote_to_bytes(raw) if encoded else raw
    return decode(content, charset if known(charset) else "")[0]


def is_field(line: bytes) -> bool:
    """Whether a line begins a header field."""
    return _FIELD.match(line) is not None
