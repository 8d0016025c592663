"""Scans as files: which kind one is by its content, and whether all of it has arrived. Pure.

A scanner, a copier or a network share writes slowly, and no system says when a file is done. So a file counts as
complete when it has not changed for a while (folder.py) *and* its format has come to its end.
"""

from __future__ import annotations

import struct

_TAIL = 4096
_HEAD, _BIG_HEAD = 8, 16


def kind_of(content: bytes) -> str | None:
    """`application/pdf image/tiff image/jpeg image/png`, or None for what is no scan."""
    if b"%PDF-" in content[:1024]:
        return "application/pdf"
    if content[:4] in {b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"}:
        return "image/tiff"
    if content[:3] == b"\xff\xd8\xff":
        return "image/jpeg"
    return "image/png" if content[:8] == b"\x89PNG\r\n\x1a\n" else None


def ends(content: bytes, kind: str) -> bool:
    """Whether its format has come to its end; of a TIFF, whether every directory that it names is there."""
    tail = content[-_TAIL:].rstrip(b"\0\r\n\t ")
    match kind:
        case "application/pdf":
            return b"%%EOF" in tail[-1024:]
        case "image/jpeg":
            return b"\xff\xd9" in tail[-512:]  # some append a few words of their own
        case "image/png":
            return b"IEND\xaeB`\x82" in tail
        case _:
            return _directories(content)


def _directories(content: bytes) -> bool:
    """TIFF 6.0, section 2: a chain of directories, each an offset away."""
    order = "<" if content[:2] == b"II" else ">"
    big = content[2:4] in {b"+\0", b"\0+"}
    if len(content) < (_BIG_HEAD if big else _HEAD):
        return False
    if big:  # only its first directory is looked for
        return int(struct.unpack(order + "Q", content[8:16])[0]) < len(content)
    seen = set()
    (offset,) = struct.unpack(order + "I", content[4:8])
    while offset:
        if offset in seen or offset + 2 > len(content):
            return False
        seen.add(offset)
        (entries,) = struct.unpack(order + "H", content[offset : offset + 2])
        after = offset + 2 + 12 * entries
        if after + 4 > len(content):
            return False
        (offset,) = struct.unpack(order + "I", content[after : after + 4])
    return bool(seen)
