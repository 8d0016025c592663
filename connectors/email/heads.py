"""What mail clients write above another's words: attributions, header blocks, separators.

    On Tue, 3 Feb 2026 at 10:15, Anna <anna@mail.example> wrote:        an attribution
    -------- Original Message --------                                   a rule
    From: Anna <anna@mail.example>                                       a block
    Sent: Tuesday, 3 February 2026 10:15
    To: …

Rules
1. An attribution is known by its shape (time, date, address, a colon at its end), not by its language.
2. A block needs labels that we know in some language: customers write `Name: …`, `Email: …`, `Time: …` themselves.
3. A head only says where another's words begin; whether to believe it is for quotes and forwards to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple

from connectors.email.dates import TIME
from connectors.email.labels import FORWARD_STEMS, ORIGINAL_STEMS, ROLES

HEADS_LIMIT = 100
"""Heads that are looked for in one mail."""
LINES_LIMIT = 20_000
"""Lines in which heads are looked for."""
LINE_LIMIT = 1_000
"""Code points of a line that are looked at; a head is never longer."""

_SIGN = re.compile(r"[:：=_—–-]")
_PREFIX = re.compile(r"[ \t]{0,3}>(?:[ \t]{0,2}>)*[ ]?")
_LABEL = re.compile(r"[\s*_]{0,6}([^\W\d_][^:：*_\t]{0,28}?)[\s*_]{0,3}[:：][*_]{0,2}\s*[*_]{0,2}(.*)")
_RULE = re.compile(r"[\s*]*[-=—–_]{3,}\s*([^-=—–_].{1,70}?)\s*[-=—–_]{3,}\s*\*?:?$")
_LINE_RULE = re.compile(r"\s*[-_=—]{8,}\s*$")
_ADDRESS = re.compile(r"[^\s<>@\"'(),:;\[\]]{1,64}@[^\s<>@\"'(),:;\[\]]{2,}")
_DATE = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}(?:[./-]\s?\d{2,4})?(?!\d)")


class Line(NamedTuple):
    """One line of a text: `text[start:end]` without its quote marks, of which there are `depth`."""

    begin: int
    start: int
    end: int
    depth: int
    words: str
    signed: bool = False
    """Whether a sign stands in it without which no head begins."""


def lines_of(text: str) -> list[Line]:
    """The lines of a text with their offsets in code points."""
    lines: list[Line] = []
    add = lines.append
    place = 0
    signs = (match.start() for match in _SIGN.finditer(text))
    sign = next(signs, len(text))
    for whole in text.split("\n"):
        end = place + len(whole)
        signed = sign < end
        while sign < end:
            sign = next(signs, len(text))
        if ">" in whole[:4] and (match := _PREFIX.match(whole)):
            skip = match.end()
            add(Line(place, place + skip, end, match[0].count(">"), whole[skip:], signed))
        else:
            add(Line(place, place, end, 0, whole, signed))
        place = end + 1
    return lines


@dataclass(frozen=True, slots=True)
class Head:
    """Lines `first` to `last` (exclusive) stand above another's words, which begin at `last`."""

    kind: Literal["attribution", "block", "rule"]
    first: int
    last: int
    fields: dict[str, str]
    """What it says, by role: `from date to cc subject`; of an attribution its whole line as `line`."""
    marked: bool = False
    """A line says in words that this is forwarded."""
    ruled: bool = False
    """A line says in words that the original message follows."""
    prefixed: bool = False
    """The other's words carry quote marks."""


def heads(lines: Sequence[Line], base: int = 0) -> Iterator[Head]:
    """The heads that stand at quote depth `base`, in order."""
    beyond, found = 0, 0
    for place in [at for at, line in enumerate(lines[:LINES_LIMIT]) if line.signed and 0 <= line.depth - base <= 1]:
        line = lines[place]
        if place < beyond or len(line.words) > LINE_LIMIT:
            continue
        head = _at(lines, place, base) if line.depth == base else _quoted_intro(lines, place)
        if head is not None:
            yield head
            beyond = head.last
            found += 1
        if found == HEADS_LIMIT:
            return


def _at(lines: Sequence[Line], place: int, base: int) -> Head | None:
    words = lines[place].words
    rule = _RULE.match(words)
    if rule or _LINE_RULE.match(words):
        return _ruled(lines, place, base, rule[1] if rule else "")
    block = _block(lines, place, base)
    if block and _complete(block.fields):
        return block
    if words.rstrip().endswith((":", "：")):
        return _introduced(lines, place, base) or _attribution(lines, place, base)
    return None


def _ruled(lines: Sequence[Line], place: int, base: int, said: str) -> Head | None:
    """A rule with or without words, and what follows it."""
    marked, ruled = bool(FORWARD_STEMS.search(said)), bool(ORIGINAL_STEMS.search(said))
    below = _skip_blank(lines, place + 1, 2)
    if below < len(lines) and lines[below].depth == base:
        block = _block(lines, below, base)
        if block and (_complete(block.fields) or ((marked or ruled) and "from" in block.fields)):
            last = _skip_rule(lines, block.last, base) if marked else block.last
            prefixed = _quoted_below(lines, last, base)
            return Head("block", place, last, block.fields, marked=marked, ruled=ruled, prefixed=prefixed)
        if marked:
            for end in range(below, min(below + 3, len(lines))):
                if lines[end].words.rstrip().endswith(":") and (found := _attribution(lines, end, base)):
                    return replace(found, first=place, marked=True)
    if said and TIME.search(said) and _ADDRESS.search(said):  # Zoho: ---- On … X <x@y> wrote ----
        prefixed = _quoted_below(lines, place + 1, base)
        return Head("attribution", place, place + 1, {"line": said}, prefixed=prefixed)
    if ruled:
        return Head("rule", place, place + 1, {}, ruled=True, prefixed=_quoted_below(lines, place + 1, base))
    return None


def _introduced(lines: Sequence[Line], place: int, base: int) -> Head | None:
    """`Begin forwarded message:` and a block below it, which Apple's clients quote."""
    below = _skip_blank(lines, place + 1, 2)
    if below >= len(lines):
        return None
    deeper = lines[below].depth
    if deeper not in {base, base + 1}:
        return None
    marked = bool(FORWARD_STEMS.search(lines[place].words))
    block = _block(lines, below, deeper)
    if block is None or not _complete(block.fields) or not (marked or deeper > base):
        return None
    return replace(block, first=place, marked=True, prefixed=deeper > base)


def _quoted_intro(lines: Sequence[Line], place: int) -> Head | None:
    """The same inside the quote, as newer Apple clients write it."""
    line = lines[place]
    if not line.words.rstrip().endswith(":") or not FORWARD_STEMS.search(line.words):
        return None
    head = _introduced(lines, place, line.depth)
    return replace(head, prefixed=True) if head else None


def _block(lines: Sequence[Line], place: int, base: int) -> Head | None:
    """Lines of `Label: value`, of which we know what most of them mean."""
    fields: dict[str, str] = {}
    first, role, blanks = place, "", 0
    last = place
    for at in range(place, min(place + 40, len(lines))):
        line = lines[at]
        if line.depth != base or len(line.words) > 10 * LINE_LIMIT:
            break
        words = line.words.strip()
        if not words:
            blanks += 1
            if blanks > 1 or (blanks and len(fields) >= 4):  # noqa: PLR2004 -- from, date, to, subject: it is complete
                break
            continue
        match = _LABEL.match(line.words[:LINE_LIMIT])
        named = ROLES.get(match[1].strip().lower().replace("’", "'")) if match else None
        if named in fields:
            break
        if match and named:
            fields[named] = match[2].strip(" *")
            role = named
        elif blanks or not fields or not _goes_on(role, fields, line.words, labelled=bool(match)):
            break
        elif not match:
            fields[role] = f"{fields[role]} {words}".strip()
        last, blanks = at + 1, 0
    return Head("block", first, last, fields, prefixed=_quoted_below(lines, last, base)) if fields else None


def _goes_on(role: str, fields: dict[str, str], words: str, *, labelled: bool) -> bool:
    """Whether a line without a label that we know continues the field above it."""
    so_far = fields[role]
    if not so_far or so_far.endswith((",", ";", "<")):
        return not labelled
    if words[:1] in " \t" or (role in {"to", "cc"} and _ADDRESS.search(words) and not labelled):
        return True
    return labelled and len(fields) in {1, 2, 3} and len(words) < 120  # noqa: PLR2004 -- a label unknown to us, among known ones


def _complete(fields: dict[str, str]) -> bool:
    """Whether these labels can only be a client's: who and two more; without an address who, when, to whom, what."""
    if "from" not in fields or not fields["from"]:
        return False
    known = {"date", "to", "subject", "cc"} & fields.keys()
    if "@" in fields["from"]:
        return len(known) >= 2  # noqa: PLR2004 -- two more
    return {"date", "subject"} <= known and bool(TIME.search(fields["date"]) or _DATE.search(fields["date"]))


def _attribution(lines: Sequence[Line], place: int, base: int) -> Head | None:
    """The line at `place` ends with a colon: with up to three lines above it, is it an attribution?"""
    below = _skip_blank(lines, place + 1, 2)
    prefixed = below < len(lines) and lines[below].depth > base
    said = ""
    for first in range(place, max(place - 4, -1), -1):
        line = lines[first]
        if line.depth != base or not line.words.strip() or len(said) + len(line.words) > LINE_LIMIT:
            return None
        said = f"{line.words.strip()} {said}".strip()
        clock, day, address = TIME.search(said), _DATE.search(said), _ADDRESS.search(said)
        enough = (clock or day) and (address or clock) if prefixed else clock and day and address
        if enough and len(said) > 10:  # noqa: PLR2004 -- "at 10:15:" alone is no attribution
            return Head("attribution", first, place + 1, {"line": said}, prefixed=prefixed)
    return None


def _skip_blank(lines: Sequence[Line], place: int, most: int) -> int:
    end = min(place + most, len(lines))
    while place < end and not lines[place].words.strip():
        place += 1
    return place


def _skip_rule(lines: Sequence[Line], place: int, base: int) -> int:
    """Some clients rule a line below the block too."""
    below = _skip_blank(lines, place, 2)
    if below < len(lines) and lines[below].depth == base and is_marker(lines[below]):
        return below + 1
    return place


def is_marker(line: Line) -> bool:
    """Whether a line only says, between dashes, that something is forwarded (or that this was its end)."""
    rule = _RULE.match(line.words[:LINE_LIMIT])
    return bool(rule and FORWARD_STEMS.search(rule[1]))


def _quoted_below(lines: Sequence[Line], place: int, base: int) -> bool:
    below = _skip_blank(lines, place, 3)
    return below < len(lines) and lines[below].depth > base
