"""Transfer encodings undone: base64, quoted-printable, uuencode.

Rules
1. Never an exception: strange letters are skipped, missing ones forgiven, and a remark says so (`bad_base64`, …).
2. Large content is decoded in chunks, so that other threads get their turn.

RFC 2045 section 6.
"""

from __future__ import annotations

import binascii
import re
from io import BytesIO

_CHUNK = 256 * 1024
_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))
_UU_BEGIN = re.compile(rb"^begin [0-7]{3,4} [^\r\n]*\r?\n", re.MULTILINE)


def undone(source: bytes, start: int, end: int, encoding: str, remarks: dict[str, None]) -> bytes:
    """What `source[start:end]` holds under a transfer encoding (in lower case), as far as it can be read."""
    if encoding == "base64":
        return _from_base64(source, start, end, remarks)
    if encoding == "quoted-printable":
        return _from_quoted_printable(source, start, end)
    raw = source[start:end]
    if encoding in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return _from_uu(raw, remarks)
    if encoding not in {"", "7bit", "8bit", "binary"}:
        remarks["bad_encoding"] = None
    return raw


def _from_quoted_printable(source: bytes, place: int, last: int) -> bytes:
    """Decoded in chunks of whole lines, so that other threads get their turn."""
    decoded: list[bytes] = []
    while place < last:
        end = source.find(b"\n", min(place + _CHUNK, last), last) + 1 or last
        decoded.append(binascii.a2b_qp(source[place:end]))
        place = end
    return b"".join(decoded)


def _from_base64(source: bytes, first: int, last: int, remarks: dict[str, None]) -> bytes:
    """Decoded in chunks, so that other threads get their turn; strange letters are skipped, missing ones forgiven."""
    decoded = BytesIO()  # grows without copying, unlike a join at the end
    kept = b""
    for start in range(first, last, _CHUNK):
        chunk = source[start : min(start + _CHUNK, last)]
        clean = chunk.translate(None, _NOT_BASE64)
        if len(clean) + sum(map(chunk.count, b"\r\n \t")) < len(chunk):
            remarks["bad_base64"] = None
        kept += clean
        whole = len(kept) // 4 * 4
        if b"=" in kept[:whole].rstrip(b"="):
            decoded.writelines(_from_pieces(kept[:whole], remarks))
        else:
            decoded.write(_a2b(kept[:whole], remarks))
        kept = kept[whole:]
    if kept.strip(b"="):
        decoded.writelines(_from_pieces(kept, remarks))
    return decoded.getvalue()


def _from_pieces(clean: bytes, remarks: dict[str, None]) -> list[bytes]:
    """Several encoded runs after one another, each with its own padding."""
    remarks["bad_base64"] = None
    return [_a2b(piece, remarks) for piece in re.split(rb"=+", clean) if piece]


def _a2b(clean: bytes, remarks: dict[str, None]) -> bytes:
    clean = clean.rstrip(b"=")
    if len(clean) % 4 == 1:
        remarks["bad_base64"] = None
        clean = clean[:-1]
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))


def _from_uu(raw: bytes, remarks: dict[str, None]) -> bytes:
    begin = _UU_BEGIN.search(raw)
    decoded: list[bytes] = []
    for line in raw[begin.end() if begin else 0 :].splitlines():
        if line.strip() in {b"end", b"`"}:
            break
        try:
            decoded.append(binascii.a2b_uu(line))
        except binascii.Error:
            remarks["bad_uuencode"] = None
    return b"".join(decoded)
