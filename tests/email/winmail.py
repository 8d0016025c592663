"""A writer of winmail.dat for the tests (MS-OXTNEF): what is read was not written by the reader's own hand."""

from __future__ import annotations

import struct
from collections.abc import Sequence

LETTER, FILE = 1, 2
UNICODE, STRING, BINARY, OBJECT, NUMBER = 0x1F, 0x1E, 0x102, 0x0D, 0x03


def attribute(level: int, number: int, kind: int, value: bytes) -> bytes:
    """One attribute with its checksum."""
    return struct.pack("<BHHI", level, number, kind, len(value)) + value + struct.pack("<H", sum(value) & 0xFFFF)


def properties(*said: tuple[int, int, bytes]) -> bytes:
    """MAPI properties: (number, kind, value)."""
    written = struct.pack("<I", len(said))
    for number, kind, value in said:
        written += struct.pack("<HH", kind, number)
        if number & 0x8000:
            name = "x-own\0".encode("utf-16-le")
            written += b"\1" * 16 + struct.pack("<II", 1, len(name)) + name + b"\0" * (-len(name) % 4)
        if kind == NUMBER:
            written += value
        else:
            written += struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)
    return written


def file(name: str, content: bytes, *, old_style: bool = False, content_id: str = "") -> bytes:
    """An attached file."""
    written = attribute(FILE, 0x9002, 6, b"\0" * 14)
    if old_style:
        return written + attribute(FILE, 0x8010, 1, name.encode("cp1251") + b"\0") + attribute(FILE, 0x800F, 6, content)
    said = [(0x8123, UNICODE, "x\0".encode("utf-16-le")), (0x3707, UNICODE, f"{name}\0".encode("utf-16-le"))]
    if content_id:
        said.append((0x3712, STRING, f"{content_id}\0".encode()))
    return written + attribute(FILE, 0x800F, 6, content) + attribute(FILE, 0x9005, 6, properties(*said))


def message(name: str, inner: bytes) -> bytes:
    """An attached mail."""
    said = properties((0x3001, STRING, name.encode() + b"\0"), (0x3701, OBJECT, b"\7" * 16 + inner))
    return attribute(FILE, 0x9002, 6, b"\0" * 14) + attribute(FILE, 0x9005, 6, said)


def winmail(*inside: bytes, letter: Sequence[tuple[int, int, bytes]] = (), codepage: int = 1251) -> bytes:
    """A whole winmail.dat."""
    head = b"\x78\x9f\x3e\x22\x01\0" + attribute(LETTER, 0x9006, 8, b"\0\0\1\0")
    head += attribute(LETTER, 0x9007, 6, struct.pack("<II", codepage, 0))
    if letter:
        head += attribute(LETTER, 0x9003, 6, properties(*letter))
    return head + b"".join(inside)
