"""Which words of a mail are the sender's own, written now.

Rules
1. The result is a list of spans of the text; nothing is deleted. Losing the customer's words is the worst error, so
   whatever is not surely quoted is new.
2. Lines with a quote mark count as quoted only below an attribution, or in a mail that surely is an answer: people
   draw lists and arrows with it too. Words between quoted lines are answers in line: new.
3. A head without quote marks below it (Outlook) ends the new words when the mail is an answer or a forward, or the head
   says in words what it is. Where nothing stands above it, the words below it count.
4. A signature is what stands below "-- " at the end of the new words, while it is short.
5. No spans: nothing is known to be new, and the whole text counts (`Message.new_words`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from connectors.email.footers import own
from connectors.email.heads import Head, heads
from connectors.email.lines import Line

SPANS_LIMIT = 1_000
"""More pieces than this are no letter; the whole text counts then."""
_LINK_REST = re.compile(r"\s?\(?(?:<?https?://\S*|\S*[=&?%/]\S*[)>\]])[\s>]*", re.IGNORECASE)
_LEVELS = 5  # how many heads without words above them are passed

Span = tuple[int, int]


@dataclass(frozen=True)
class Split:
    """`new`: spans of the sender's own words. `rest`: the head below which only another's words stand, if any."""

    new: tuple[Span, ...]
    rest: Head | None = None


def split(lines: list[Line], *, answer: bool, forward: bool, base: int = 0, subject: str = "") -> Split:
    """Take a letter apart. `answer`, `forward`: what header fields and subject say of it; `base`: its quote depth."""
    outermost: Head | None = None
    for _ in range(_LEVELS):
        new, rest = _once(lines, answer=answer, forward=forward, base=base, subject=subject)
        outermost = outermost or rest
        if new or rest is None:
            return Split(tuple(new) if len(new) <= SPANS_LIMIT else (), outermost)
        base = below_base(lines, rest, base)
        lines = lines[rest.last :]
        forward = False
    return Split((), outermost)


def _once(lines: list[Line], *, answer: bool, forward: bool, base: int, subject: str) -> tuple[list[Span], Head | None]:
    """The new words above the first head that ends them, and that head."""
    attributions: set[int] = set()
    trusted = 0 if answer else len(lines)  # from which line on quote marks are believed
    rest: Head | None = None
    for head in heads(lines, base, subject):
        if head.prefixed and not head.marked and head.kind != "rule":
            trusted = trusted if attributions else head.last
            attributions.update(range(head.first, head.last))
        elif head.marked or head.ruled or ((answer or forward) and not _led_to(lines, head)):
            rest = head
            break
    spans: list[Span] = []
    run: list[Line] = []
    for place, line in enumerate(lines[: rest.first if rest else len(lines)]):
        quoted = line.depth > base or (line.depth == base and _is_torn(lines, place, base))
        if place in attributions or line.depth < base or (quoted and place >= trusted):
            spans.extend(_spans(run, base))
            run = []
        else:
            run.append(line)
    spans.extend(_spans(run, base))
    return spans, rest


def _led_to(lines: list[Line], head: Head) -> bool:
    """Whether the words above a head without a mark lead to it (`You wrote me this:`): somebody pasted it there, and
    whose the words below are is in doubt."""
    place = head.first - 1
    while place >= 0 and not lines[place].words.strip():
        place -= 1
    return head.kind == "block" and place >= 0 and lines[place].words.rstrip().endswith(":")


def _is_torn(lines: list[Line], place: int, base: int) -> bool:
    """Whether a line between two quoted ones is the rest of a link that was broken on its way."""
    if not 0 < place < len(lines) - 1 or lines[place - 1].depth <= base or lines[place + 1].depth <= base:
        return False
    return _LINK_REST.fullmatch(lines[place].words[:500]) is not None


def below_base(lines: list[Line], head: Head, base: int) -> int:
    """The quote depth of the words below a head."""
    below = next((line for line in lines[head.last : head.last + 20] if line.words.strip()), None)
    return max(base, below.depth) if below else base


def _spans(run: list[Line], base: int) -> list[Span]:
    """The spans of lines that are new, without blank lines around them; with quote marks between, one for each line."""
    if not run:
        return []
    run = own(run)
    if base:
        return [(line.start, line.end) for line in run if line.words.strip()]
    first = next((line for line in run if line.words.strip()), None)
    last = next((line for line in reversed(run) if line.words.strip()), None)
    return [(first.begin, last.end)] if first and last else []
