"""Rich Text Format to words: the body that Outlook puts into a winmail.dat.

Rules
1. Linear, bounded, never an exception; what is cut short gives what came before.
2. Only the words: groups that hold fonts, styles, pictures and fields' instructions are left out.

MS-OXRTFCP (compression), MS-OXRTFEX (HTML inside RTF), RTF 1.9.1.
"""

from __future__ import annotations

import re

from connectors.email.charset import known, scrub

LIMIT = 2_000_000
"""Bytes of RTF that are unpacked and read."""

_DICTIONARY = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript \fdecor MS Sans Serif"
    rb"SymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_WINDOW = 4096
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-z])|([{}])|[\r\n]+|([^\\{}\r\n]+)", re.DOTALL
)
_SKIPPED = frozenset(
    b"fonttbl colortbl stylesheet info pict object fldinst xmlnstbl listtable listoverridetable rsidtbl generator"
    b" themedata header footer footnote datastore latentstyles mmathPr".split()
)
_SAID = {b"par": "\n", b"line": "\n", b"tab": "\t", b"cell": "\t", b"row": "\n", b"emdash": "—", b"endash": "–",
         b"bullet": "•", b"lquote": "‘", b"rquote": "’", b"ldblquote": "“", b"rdblquote": "”"}  # fmt: skip


def unpacked(packed: bytes) -> bytes:
    """The RTF inside compressed RTF (MS-OXRTFCP 2.1), as far as it goes."""
    if packed[8:12] == b"MELA":
        return packed[16 : 16 + LIMIT]
    if packed[8:12] != b"LZFu":
        return b""
    limit = min(int.from_bytes(packed[4:8], "little"), LIMIT)
    written = bytearray(_DICTIONARY)
    end = len(_DICTIONARY) + limit
    place = 16
    while place < len(packed) and len(written) < end:
        control = packed[place]
        place += 1
        for bit in range(8):
            pair = control >> bit & 1
            piece = packed[place : place + 1 + pair]
            place += 1 + pair
            if len(piece) <= pair or not (_copy(written, piece) if pair else _write(written, piece)):
                return bytes(written[len(_DICTIONARY) : end])
    return bytes(written[len(_DICTIONARY) : end])


def _write(written: bytearray, piece: bytes) -> bool:
    written += piece
    return True


def _copy(written: bytearray, piece: bytes) -> bool:
    """What was written before, once more; False at the end, which points to where we write."""
    both = piece[0] << 8 | piece[1]
    offset, length = both >> 4, (both & 15) + 2
    back = (len(written) - offset) % _WINDOW
    if back > len(written):  # nothing was written there yet
        written += b" " * length
        return True
    for _ in range(length if back else 0):
        written.append(written[-back])
    return bool(back)


def words(rtf: bytes) -> tuple[str, bool]:
    """The text of an RTF body, and whether it is HTML that was wrapped into RTF."""
    rtf = rtf[:LIMIT]
    is_html = b"\\fromhtml" in rtf[:2000]
    return scrub(_Sheet(is_html=is_html).read(rtf)), is_html


class _Sheet:
    """The page as it is written. A state is one open group: (skipped, hidden)."""

    def __init__(self, *, is_html: bool) -> None:
        self._is_html = is_html
        self._codec = "cp1252"
        self._after_unicode = 1  # letters that follow \\u for readers without Unicode
        self._ignore = 0
        self._written: list[str] = []
        self._bytes = bytearray()
        self._open: list[tuple[bool, bool]] = [(False, False)]
        self._starred = False
        self._high = 0

    def read(self, rtf: bytes) -> str:
        for match in _TOKEN.finditer(rtf):
            word, number, letter, sign, brace, plain = match.groups()
            if brace:
                self._flush()
                self._group(brace)
            elif word is not None:
                self._word(word, int(number) if number else None)
            elif letter is not None:
                self._letter(int(letter, 16))
            elif sign is not None:
                self._sign(sign)
            elif plain is not None:
                spare = min(self._ignore, len(plain))
                self._ignore -= spare
                self._plain(plain[spare:])
        self._flush()
        return "".join(self._written)

    def _plain(self, plain: bytes) -> None:
        if not any(self._open[-1]):
            self._bytes += plain

    def _group(self, brace: bytes) -> None:
        if brace == b"{":
            if len(self._open) < 1000:  # noqa: PLR2004 -- no writer nests so deep
                self._open.append(self._open[-1])
        elif len(self._open) > 1:
            self._open.pop()
        self._starred = False

    def _word(self, word: bytes, number: int | None) -> None:
        skipped, hidden = self._open[-1]
        if self._starred and word != b"htmltag":
            self._open[-1] = (True, hidden)
        elif word == b"htmltag":
            self._open[-1] = (False, False)
        elif word in _SKIPPED and not (self._is_html and word in {b"header", b"footer"}):
            self._open[-1] = (True, hidden)
        elif word == b"htmlrtf":
            self._flush()
            self._open[-1] = (skipped, number != 0)
        elif word == b"ansicpg" and number:
            self._codec = known(f"cp{number}") or self._codec
        elif word == b"uc":
            self._after_unicode = max(0, min(number or 0, 10))
        elif word == b"u" and number is not None:
            self._unicode(number)
        elif word in _SAID and not skipped and not hidden:
            self._flush()
            self._written.append(_SAID[word])
        self._starred = False

    def _unicode(self, number: int) -> None:
        self._flush()
        self._ignore = self._after_unicode
        if any(self._open[-1]):
            return
        code = number % 65536
        if 0xD800 <= code < 0xDC00:  # noqa: PLR2004 -- the first half of a pair
            self._high = code
            return
        if 0xDC00 <= code < 0xE000 and self._high:  # noqa: PLR2004 -- the second half
            code = 0x10000 + ((self._high - 0xD800) << 10) + (code - 0xDC00)
        self._high = 0
        self._written.append(chr(code))

    def _letter(self, code: int) -> None:
        if self._ignore:
            self._ignore -= 1
        elif not any(self._open[-1]):
            self._bytes.append(code)

    def _sign(self, sign: bytes) -> None:
        if sign == b"*":
            self._starred = True
        elif any(self._open[-1]):
            return
        elif sign in {b"\\", b"{", b"}"}:
            self._letter(sign[0])
        elif sign == b"~":
            self._bytes += b" "
        elif sign == b"_":
            self._bytes += b"-"
        elif sign in {b"\r", b"\n"}:
            self._flush()
            self._written.append("\n")

    def _flush(self) -> None:
        if self._bytes:
            self._written.append(self._bytes.decode(self._codec, "replace"))
            self._bytes.clear()
