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
from collections.abc import Sequence
from dataclasses import dataclass

from connectors.email.heads import Head, Line, heads
from connectors.email.labels import DEVICES, SENT_FROM

SPANS_LIMIT = 1_000
"""More pieces than this are no letter; the whole text counts then."""
_LEVELS = 5  # how many heads without words above them are passed
_SIGNATURE_LINES = 12
_SIGNATURE_WIDTH = 90

_FOOTER = re.compile(
    rf"(?:{'|'.join(SENT_FROM)})\b[^.!?\n]{{0,60}}?\b(?:{'|'.join(DEVICES)})\b[^.!?\n]{{0,40}}(?:<[^<>\n]*>)?\.?"
    r"|von meinem \w+ gesendet\.?|(?:iphone|ipad|android)\S{0,8} (?:gönderildi|göndərildi|göndərilib)\.?",
    re.IGNORECASE,
)

Span = tuple[int, int]


@dataclass(frozen=True)
class Split:
    """`new`: spans of the sender's own words. `rest`: the head below which only another's words stand, if any."""

    new: tuple[Span, ...]
    rest: Head | None = None


def split(lines: Sequence[Line], *, answer: bool, forward: bool, base: int = 0) -> Split:
    """Take a letter apart. `answer`, `forward`: what header fields and subject say of it; `base`: its quote depth."""
    outermost: Head | None = None
    for _ in range(_LEVELS):
        new, rest = _once(lines, answer=answer, forward=forward, base=base)
        outermost = outermost or rest
        if new or rest is None:
            return Split(tuple(new) if len(new) <= SPANS_LIMIT else (), outermost)
        base = below_base(lines, rest, base)
        lines = lines[rest.last :]
        forward = False
    return Split((), outermost)


def _once(lines: Sequence[Line], *, answer: bool, forward: bool, base: int) -> tuple[list[Span], Head | None]:
    """The new words above the first head that ends them, and that head."""
    attributions: set[int] = set()
    trusted = 0 if answer else len(lines)  # from which line on quote marks are believed
    rest: Head | None = None
    for head in heads(lines, base):
        if head.kind == "attribution" and head.prefixed and not head.marked:
            trusted = trusted if attributions else head.last
            attributions.update(range(head.first, head.last))
        elif head.marked or head.ruled or answer or forward:
            rest = head
            break
    spans: list[Span] = []
    run: list[Line] = []
    for place, line in enumerate(lines[: rest.first if rest else len(lines)]):
        if place in attributions or line.depth < base or (line.depth > base and place >= trusted):
            spans.extend(_spans(run, base))
            run = []
        else:
            run.append(line)
    spans.extend(_spans(run, base))
    return spans, rest


def below_base(lines: Sequence[Line], head: Head, base: int) -> int:
    """The quote depth of the words below a head."""
    below = next((line for line in lines[head.last : head.last + 20] if line.words.strip()), None)
    return max(base, below.depth) if below else base


def _spans(run: list[Line], base: int) -> list[Span]:
    """The spans of lines that are new, without blank lines around them; with quote marks between, one for each line."""
    own = _unsigned(run)
    if base:
        return [(line.start, line.end) for line in own if line.words.strip()]
    first = next((line for line in own if line.words.strip()), None)
    last = next((line for line in reversed(own) if line.words.strip()), None)
    return [(first.begin, last.end)] if first and last else []


def _unsigned(run: list[Line]) -> list[Line]:
    """The run without the signature or the client's footer at its end."""
    below = len(run)
    while below and not run[below - 1].words.strip():
        below -= 1
    if below > 1 and _FOOTER.fullmatch(run[below - 1].words.strip()[:200]):
        run = run[: below - 1]
    for place in range(max(0, len(run) - _SIGNATURE_LINES - 1), len(run)):
        if run[place].words in {"-- ", "--"} and _is_signature(run[place + 1 :], strict=run[place].words == "--"):
            return run[:place]
    return run


def _is_signature(lines: list[Line], *, strict: bool) -> bool:
    """Short lines only; below a mark that lost its space no sentence, and fewer lines."""
    said = [line.words.strip() for line in lines if line.words.strip()]
    if any(len(words) > _SIGNATURE_WIDTH for words in said):
        return False
    return not strict or (
        len(said) <= _SIGNATURE_LINES // 2 and not any(words.endswith((".", "!", "?")) for words in said)
    )
