"""A long notice in parts, each as long as the channel allows; parted at paragraphs, lines, words, whatever comes first
below.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass


def units(text: str) -> int:
    """UTF-16 code units: what WhatsApp's and Messenger's limits are taken in, to be sure."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def octets(text: str) -> int:
    """Bytes of UTF-8: Instagram counts these."""
    return len(text.encode("utf-8", "surrogatepass"))


@dataclass(frozen=True)
class Room:
    """How much of what fits into one message."""

    most: int
    counted: Callable[[str], int]

    def fits(self, text: str) -> bool:
        """Whether it does."""
        return self.counted(text) <= self.most


ROOM: Mapping[str, Room] = {
    "whatsapp": Room(4096, units),
    "messenger": Room(2000, units),
    "instagram": Room(1000, octets),
}


def parts(text: str, room: Room) -> Iterator[str]:
    """Parts that fit, none of them blank; together they are the text, but for the white space between them."""
    rest = text.strip() or "…"
    while rest:
        end = _fitting(rest, room)
        if end < len(rest):
            at = max(rest.rfind("\n\n", 1, end), 0) or max(rest.rfind("\n", 1, end), rest.rfind(" ", 1, end))
            end = at if at > 0 else end
        yield rest[:end].rstrip()
        rest = rest[end:].lstrip()


def _fitting(text: str, room: Room) -> int:
    """How many characters of it fit."""
    low, high = 1, min(len(text), room.most)
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if room.fits(text[:middle]) else (low, middle - 1)
    return low
