"""The lines of a letter: where each stands, how deep it is quoted, and what it says.

Rules
1. A line's place is in code points of the text; only its `words` are made plain (quote marks off, signs of writing
   direction and zero width out, digits and colons of other scripts as ASCII), so that one pattern reads every script.
2. `>From` in one word is no quote: mail stores write it so (mbox), and a customer's sentence begins there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from connectors.email.labels import WROTE_STEMS

_SIGN = re.compile(r"[:：﹕=_—–@-]")
_TELLING = re.compile(
    r"[@＠:.hH\u2236：﹕](?:(?<=[@＠])|(?:(?<=[01]\d.)|(?<=2[0-3].)|(?<=\D\d.)|(?<=\d\s.))(?=\s?[0-5]\d))"
)
"""The sign of an address, or the one between hours and minutes: what `dates.TIME` finds, found faster."""
_PREFIX = re.compile(r"[ \t]{0,3}>(?:[ \t]{0,2}>)*[ ]?")
_TAG = re.compile(r" {0,4}([^\W\d_][\w.-]{0,11}>|\|)(?: |$)")
_TAG_ANYWHERE = re.compile(r"^[ >]{0,8}(?:[^\W\d_][\w.-]{0,11}>|\|)(?: |$)", re.MULTILINE)
_TAG_WIDTH = 40
_ABOVE_WIDTH = 500
_STORED = ">From "
_PLAIN: dict[int, int | None] = {
    **dict.fromkeys((0x200B, 0x200C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x61C)),
    **dict.fromkeys((0xA0, 0x2007, 0x2009, 0x202F, 0x3000), 0x20),
    0xFF1A: 0x3A,
    0xFE55: 0x3A,
    0xFF1C: 0x3C,
    0xFF1E: 0x3E,
    0xFF20: 0x40,
    **{zero + digit: 0x30 + digit for zero in (0x660, 0x6F0, 0x966, 0x9E6, 0xE50, 0xFF10) for digit in range(10)},
}
"""What stands for what; None: nothing."""
_STRANGE = re.compile("[" + "".join(map(chr, sorted(_PLAIN))) + "]")


class Line(NamedTuple):
    """One line of a text: `text[start:end]` without its quote marks, of which there are `depth`."""

    begin: int
    start: int
    end: int
    depth: int
    words: str
    signed: bool = False
    """Whether a sign stands in it without which no head begins."""
    told: bool = False
    """Whether an address or a time of day stands in it, of which every head but a rule has one."""


class Lines(list[Line]):
    """The lines of a whole text."""

    def __init__(self) -> None:
        super().__init__()
        self.heads: dict[tuple[int, str], tuple[list[Any], Iterator[Any]]] = {}
        """What was found in them so far (heads.py)."""


def lines_of(text: str) -> Lines:
    """The lines of a text with their offsets in code points."""
    lines = Lines()
    add = lines.append
    plain = text.isascii() or not _STRANGE.search(text)
    place = depth = 0
    signs = (match.start() for match in _SIGN.finditer(text))
    sign = next(signs, len(text))
    tellings = (match.start() for match in _TELLING.finditer(text))
    telling = next(tellings, len(text))
    for whole in text.split("\n"):
        end = place + len(whole)
        signed = sign < end
        while sign < end:
            sign = next(signs, len(text))
        told = telling < end or not plain  # digits of other scripts
        while telling < end:
            telling = next(tellings, len(text))
        match = _PREFIX.match(whole) if ">" in whole[:4] else None
        if match and whole.startswith(_STORED) and not depth:
            match = None
        skip = match.end() if match else 0
        depth = match[0].count(">") if match else 0
        words = whole[skip:] if plain or whole.isascii() else whole[skip:].translate(_PLAIN)
        add(Line(place, place + skip, end, depth, words, signed, told))
        place = end + 1
    return _tagged(lines) if _TAG_ANYWHERE.search(text) else lines


def _tagged(lines: Lines) -> Lines:
    """Quotes that are marked with the other's name or a bar (`Anna> `, `A> `, `| `): several lines in a row, of one
    mark, below a line that says that somebody wrote. Rows of a table are none."""
    place = 0
    while place < len(lines):
        match = _TAG.match(lines[place].words[:_TAG_WIDTH])
        last = place + 1
        while match and last < len(lines) and lines[last].words.strip().startswith(match[1]):
            last += 1
        if match and last - place > 1 and _is_said(lines[max(0, place - 3) : place]):
            for each in range(place, last):
                line = lines[each]
                skip = line.words.index(match[1]) + len(match[1])
                lines[each] = line._replace(start=line.start + skip, depth=line.depth + 1, words=line.words[skip:])
        place = last
    return lines


def _is_said(above: list[Line]) -> bool:
    """Whether the last of these lines that says something says that somebody wrote."""
    words = next((line.words for line in reversed(above) if line.words.strip()), "").rstrip()
    return words.endswith(":") and WROTE_STEMS.search(words[:_ABOVE_WIDTH]) is not None


def skip_blank(lines: list[Line], place: int, most: int) -> int:
    """The first line from `place` on that says something, `most` blank ones passed at the most."""
    end = min(place + most, len(lines))
    while place < end and not lines[place].words.strip():
        place += 1
    return place


def quoted_below(lines: list[Line], place: int, base: int) -> bool:
    """Whether quote marks begin at `place`, two blank lines forgiven."""
    below = skip_blank(lines, place, 3)
    return below < len(lines) and lines[below].depth > base
