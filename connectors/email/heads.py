"""What mail clients write above another's words: attributions, header blocks, separators.

    On Tue, 3 Feb 2026 at 10:15, Anna <anna@mail.example> wrote:        an attribution
    -------- Original Message --------                                   a rule
    From: Anna <anna@mail.example>                                       a block
    Sent: Tuesday, 3 February 2026 10:15
    To: …

A head only says where another's words begin; whether to believe it is for quotes and forwards to judge.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from connectors.email.attributions import ADDRESS, attribution, run_on
from connectors.email.blocks import LINE_LIMIT, Block, block, guessed, is_complete, run_together
from connectors.email.dates import TIME
from connectors.email.labels import (
    ABOVE_THIS,
    FORWARD_STEMS,
    LETTER_STEMS,
    ORIGINAL_STEMS,
    THIS_IS_FORWARDED,
    WROTE_STEMS,
)
from connectors.email.lines import Line, Lines, quoted_below, skip_blank
from connectors.email.notes import noted

HEADS_LIMIT = 100
"""Heads that are looked for in one mail."""
LINES_LIMIT = 5_000
"""Lines in which heads are looked for."""
_INTRO_WIDTH = 120
_RULE_WORDS = 4
_LABEL_WIDTH = 40
_BEFORE, _BEHIND = 5, 40
"""Lines before and behind the beginning of a head in which an address or a time stands."""
_BLANKS = 4
"""Blank lines between a line that says "forwarded" and the block below it."""

_RULE = re.compile(r"[\s*]*[-=—–_]{3,}\s*([^-=—–_\s][^\n]{1,120}?)\s*[-=—–_]{3,}\s*\*?:?$")
_FLAT = re.compile(r"\s*-{3,}\s*([^-\s][^\n-]{1,60}?)\s*-{3,}\s*(\S.{20,})$")
_OPEN_RULE = re.compile(r"\s*-{8,}\s*(\S[^\n]{1,120}?)\s*$")
_CLOSE_RULE = re.compile(r"\s*([^-\s][^\n]{0,80}?)?\s*-{8,}\s*$")
_LONG_RULE = re.compile(r"\s*[-=_*]{20,}\s*")
_LINE_RULE = re.compile(r"\s*[-_=—*]{8,}\s*$")


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


def heads(lines: list[Line], base: int = 0, subject: str = "") -> Iterator[Head]:
    """The heads that stand at quote depth `base`, in order. `subject`: the mail's own. In a whole letter they are
    looked for once, whoever asks."""
    if not isinstance(lines, Lines):
        yield from _heads(lines, base, subject)
        return
    found, more = lines.heads.setdefault((base, subject), ([], _heads(lines, base, subject)))
    place = 0
    while True:
        if place == len(found):
            head = next(more, None)
            if head is None:
                return
            found.append(head)
        yield found[place]
        place += 1


def _heads(lines: list[Line], base: int, subject: str) -> Iterator[Head]:
    beyond, found = 0, 0
    told = [at for at, line in enumerate(lines[:LINES_LIMIT]) if line.told]
    for place in [at for at, line in enumerate(lines[:LINES_LIMIT]) if line.signed and line.depth >= base]:
        line = lines[place]
        if place < beyond or len(line.words) > LINE_LIMIT:
            continue
        if line.depth == base:
            after = bisect_left(told, place - _BEFORE)
            near = after < len(told) and told[after] <= place + _BEHIND
            head = _at(lines, place, base, subject) if near else _without_facts(lines, place, base, subject)
        else:
            head = _between_marks(lines, place) or (_quoted_intro(lines, place) if line.depth == base + 1 else None)
        if head is not None:
            yield head
            beyond = head.last
            found += 1
        if found == HEADS_LIMIT:
            return


def _without_facts(lines: list[Line], place: int, base: int, subject: str) -> Head | None:
    """A head where no address and no time stands near: a rule, or somebody's name above a quote."""
    words = lines[place].words
    rule = _RULE.match(words)
    if rule or _LINE_RULE.match(words):
        return _ruled(lines, place, base, rule[1] if rule else "", subject)
    if ABOVE_THIS.match(words):
        return Head("rule", place, place + 1, {}, ruled=True, prefixed=quoted_below(lines, place + 1, base))
    return _said(lines, place, base) if words.rstrip(" *_").endswith(":") else None


def _at(lines: list[Line], place: int, base: int, subject: str) -> Head | None:
    words = lines[place].words
    rule = _RULE.match(words)
    if rule or _LINE_RULE.match(words):
        return _ruled(lines, place, base, rule[1] if rule else "", subject)
    if (head := _old(lines, place, base, subject)) is not None:
        return head
    known = block(lines, place, base)
    if known and is_complete(known.fields):
        return _block_head(lines, known, base)
    return _introduced(lines, place, base, subject) or _said(lines, place, base) or _shaped(lines, place, base, subject)


def _flat(lines: list[Line], place: int, base: int, flat: re.Match[str]) -> Head | None:
    """A rule and the block below it on one line."""
    marked, ruled = bool(FORWARD_STEMS.search(flat[1])), bool(ORIGINAL_STEMS.search(flat[1]))
    fields = run_together(flat[2])
    if not (marked or ruled) or not is_complete(fields):
        return None
    prefixed = quoted_below(lines, place + 1, base)
    return Head("block", place, place + 1, fields, marked=marked, ruled=ruled, prefixed=prefixed)


def _said(lines: list[Line], place: int, base: int) -> Head | None:
    found = attribution(lines, place, base)
    if found is None:
        return None
    return Head("attribution", found.first, found.last, {"line": found.said}, prefixed=found.prefixed)


def _shaped(lines: list[Line], place: int, base: int, subject: str) -> Head | None:
    """What is only known by its shape: a block in an unknown language, an attribution on the other's first line."""
    if (shape := guessed(lines, place, base, subject)) is not None:
        return _block_head(lines, shape, base)
    said = run_on(lines[place].words)
    return Head("attribution", place, place + 1, {"line": said}) if said is not None else None


def _block_head(lines: list[Line], found: Block, base: int) -> Head:
    prefixed = quoted_below(lines, found.last, base)
    above = lines[max(found.first - 1, 0)]
    if above.depth == base and THIS_IS_FORWARDED.fullmatch(above.words[:200]):
        last = _skip_rule(lines, found.last, base, marked=True)
        return Head("block", found.first - 1, last, found.fields, marked=True, prefixed=prefixed)
    return Head("block", found.first, found.last, found.fields, prefixed=prefixed)


def _old(lines: list[Line], place: int, base: int, subject: str) -> Head | None:
    """What Notes, Yahoo and help desks write: rules over two lines, a block on one line, a block without labels."""
    words = lines[place].words
    if words[:1] in " -" and (wrapped := _wrapped_rule(lines, place, base)):
        return _ruled(lines, place, base, wrapped, subject, after=place + 2)
    if ABOVE_THIS.match(words):
        return Head("rule", place, place + 1, {}, ruled=True, prefixed=quoted_below(lines, place + 1, base))
    if (found := noted(lines, place, base)) is not None:
        return _block_head(lines, found, base)
    flat = _FLAT.match(words)
    return _flat(lines, place, base, flat) if flat else None


def _wrapped_rule(lines: list[Line], place: int, base: int) -> str:
    """What a rule of Notes says that was wrapped: `------ Forwarded by Anna on 03/21/2000` and the time below."""
    opened = _OPEN_RULE.match(lines[place].words)
    if opened is None or place + 1 >= len(lines) or lines[place + 1].depth != base:
        return ""
    closed = _CLOSE_RULE.match(lines[place + 1].words[:LINE_LIMIT])
    said = f"{opened[1]} {closed[1] or ''}".strip() if closed else ""
    return said if FORWARD_STEMS.search(said) else ""


def _ruled(
    lines: list[Line], place: int, base: int, said: str, subject: str, *, after: int | None = None
) -> Head | None:
    """A rule with or without words, and what follows it."""
    after = after or place + 1
    marked, ruled = bool(FORWARD_STEMS.search(said)), bool(ORIGINAL_STEMS.search(said))
    below = skip_blank(lines, after, _BLANKS if marked else 2)
    if (
        below < len(lines)
        and lines[below].depth in {base, base + 1}
        and (marked or ruled or lines[below].depth == base)
    ):
        depth = lines[below].depth
        found = block(lines, below, depth)
        if not (found and (is_complete(found.fields) or ((marked or ruled) and "from" in found.fields))):
            found = noted(lines, below, depth) or guessed(lines, below, depth, subject, announced=bool(said))
        if found:
            last = _skip_rule(lines, found.last, depth, marked=marked)
            prefixed = depth > base or quoted_below(lines, last, base)
            return Head("block", place, last, found.fields, marked=marked, ruled=ruled or bool(said), prefixed=prefixed)
        if marked or ruled:
            for end in range(below, min(below + 4, len(lines))):
                if lines[end].depth == base and (line := attribution(lines, end, base)):
                    fields = {"line": line.said}
                    return Head("attribution", place, line.last, fields, marked, ruled, line.prefixed)
    if said and WROTE_STEMS.search(said) and (quoted_below(lines, place + 1, base) or TIME.search(said)):
        # Zoho: ---- On … X <x@y> wrote ----, Android: ---- X wrote ----
        prefixed = quoted_below(lines, place + 1, base)
        return Head("attribution", place, place + 1, {"line": said}, ruled=True, prefixed=prefixed)
    if said and TIME.search(said) and ADDRESS.search(said):
        prefixed = quoted_below(lines, place + 1, base)
        return Head("attribution", place, place + 1, {"line": said}, prefixed=prefixed)
    if ruled and LETTER_STEMS.search(said) and len(said.split()) <= _RULE_WORDS:
        return Head("rule", place, place + 1, {}, ruled=True, prefixed=quoted_below(lines, place + 1, base))
    return None


def _introduced(lines: list[Line], place: int, base: int, subject: str, *, marked: bool = False) -> Head | None:
    """`Begin forwarded message:` and a block below it, which Apple's clients quote."""
    words = lines[place].words.strip()
    closed = words.endswith(":")
    if len(words) > (_INTRO_WIDTH if closed else _INTRO_WIDTH // 2):
        return None
    below = skip_blank(lines, place + 1, 2)
    if below >= len(lines) or ":" not in lines[below].words[:_LABEL_WIDTH]:
        return None
    deeper = lines[below].depth
    if deeper not in {base, base + 1}:
        return None
    found = block(lines, below, deeper)
    complete = found is not None and is_complete(found.fields)
    if not closed and not complete:
        return None
    marked = marked or bool(FORWARD_STEMS.search(words))
    if found is None or not complete:
        found = guessed(lines, below, deeper, subject, announced=marked)
    if found is None or not (marked or (closed and deeper > base)):
        return None
    return Head("block", place, found.last, found.fields, marked=True, prefixed=deeper > base)


def _between_marks(lines: list[Line], place: int) -> Head | None:
    """GroupWise: `>>> Anna <anna@mail.example> 17.11.2025 16:05 >>>`, the other's words below without marks."""
    words = lines[place].words.rstrip()
    if not words.endswith(">>>") or not TIME.search(words) or quoted_below(lines, place + 1, 0):
        return None
    return Head("attribution", place, place + 1, {"line": words}, ruled=True)


def _quoted_intro(lines: list[Line], place: int) -> Head | None:
    """The same inside the quote, as newer Apple clients write it, and rules inside it."""
    line = lines[place]
    if rule := _RULE.match(line.words):
        head = _ruled(lines, place, line.depth, rule[1], "")
        return replace(head, prefixed=True) if head and head.kind == "block" else None
    if _opens(lines, place):
        found = block(lines, place, line.depth)
        if found and is_complete(found.fields):
            return Head("block", place, found.last, found.fields, prefixed=True)
    if not line.words.rstrip().endswith(":"):
        return None
    if not FORWARD_STEMS.search(line.words) and not (_opens(lines, place) and not TIME.search(line.words)):
        return None
    head = _introduced(lines, place, line.depth, "", marked=True)
    return replace(head, prefixed=True) if head else None


def _opens(lines: list[Line], place: int) -> bool:
    """Whether a quote begins with this line."""
    return place == 0 or lines[place - 1].depth < lines[place].depth


def _skip_rule(lines: list[Line], place: int, base: int, *, marked: bool) -> int:
    """Some clients rule a line below the block too."""
    if place < len(lines) and lines[place].depth == base and _LONG_RULE.fullmatch(lines[place].words[:LINE_LIMIT]):
        return place + 1
    if not marked:
        return place
    below = skip_blank(lines, place, 2)
    if below < len(lines) and lines[below].depth == base and is_marker(lines[below]):
        return below + 1
    return place


def is_marker(line: Line) -> bool:
    """Whether a line only says, between dashes, that something is forwarded (or that this was its end)."""
    rule = _RULE.match(line.words[:LINE_LIMIT])
    return bool(rule and (FORWARD_STEMS.search(rule[1]) or "8<" in line.words[:_LABEL_WIDTH]))
