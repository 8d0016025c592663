"""Our own letter in what a customer wrote: quoted without a mark, as some programs do, and so new to whoever reads it.

The mail's token names the notice, and its words are kept: lines that say what that letter says, word for word, are not
the customer's. Only whole lines, and a dozen words of them together: who takes up half a sentence of ours says
something with it. The message's own `new_text` stays as it was; this is a finding of the desk's.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

_WORD = re.compile(r"\w+")
_LINE = re.compile(r"[^\n]+")
_TOGETHER = 6
"""Words in a row that are ours when they stand so in our letter."""
_LEAST = 12
"""Words of neighbouring lines below which nothing is taken for ours."""
_WORDS = 5_000

Span = tuple[int, int]


def without(text: str, new: Sequence[Span], letters: Iterable[str]) -> tuple[Span, ...]:
    """The spans of `new` without the lines that one of our letters says; all of them where nothing would be left."""
    spans = list(new) or [(0, len(text))]
    said = {run for letter in letters for run in _runs([word for word, _ in _words(letter, (0, len(letter)))])}
    words = [each for span in spans for each in _words(text, span)][:_WORDS]
    ours = [False] * len(words)
    for place, run in enumerate(_runs([word for word, _ in words])):
        if run in said:
            ours[place : place + _TOGETHER] = [True] * _TOGETHER
    starts = {start: mine for (_, start), mine in zip(words, ours, strict=True)}
    lines = [_Line(line.start(), line.end(), text, starts) for span in spans for line in _LINE.finditer(text, *span)]
    gone = _blocks(lines)
    if not gone:
        return tuple(new)
    left = tuple(_joined((line.start, line.end) for place, line in enumerate(lines) if place not in gone and line.said))
    return left or tuple(new)


class _Line:
    """One line of the new words: how many words it has, and whether all of them are ours."""

    def __init__(self, start: int, end: int, text: str, starts: dict[int, bool]) -> None:
        marks = [starts.get(each.start(), False) for each in _WORD.finditer(text, start, end)]
        self.start, self.end = start, end
        self.count = len(marks)
        self.said = bool(text[start:end].strip())
        self.ours = bool(marks) and all(marks)


def _blocks(lines: Sequence[_Line]) -> set[int]:
    """Neighbouring lines that are ours, of `_LEAST` words together."""
    gone: set[int] = set()
    block: list[int] = []
    for place, line in enumerate([*lines, None]):
        if line is not None and (line.ours or not line.count):
            block.append(place)
            continue
        if sum(lines[each].count for each in block) >= _LEAST:
            gone.update(block)
        block = []
    return gone


def _words(text: str, span: Span) -> Iterator[tuple[str, int]]:
    for word in _WORD.finditer(text, *span):
        yield word.group().casefold(), word.start()


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + _TOGETHER]) for place in range(len(words) - _TOGETHER + 1)]


def _joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Neighbouring lines are one span again."""
    found = list(spans)
    if not found:
        return
    start = found[0][0]
    for (_, end), (next_start, _) in pairwise(found):
        if next_start > end + 1:
            yield start, end
            start = next_start
    yield start, found[-1][1]
