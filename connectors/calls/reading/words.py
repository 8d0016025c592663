"""Words, each with its time and voice, as pieces of speech: what those sources need that give no turns themselves.

A piece ends where the voice changes. Of channels that run beside each other each is pieced together on its own, and
ends at a silence or at the end of a sentence too, so that two who speak at once do not cut each other into words.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.calls.call import Said
from connectors.calls.values import mean

_SILENCE = 1.0
"""Seconds between two words of a channel after which something new is said."""
_ENDS = (".", "?", "!", "…", "。", "؟")
_BESIDE = 2


@dataclass(frozen=True)
class Word:
    """One word, or a mark that belongs to the word before it (`glued`)."""

    text: str
    start: float | None = None
    end: float | None = None
    voice: str = ""
    channel: int | None = None
    confidence: float | None = None
    glued: bool = False


def pieces(words: Iterable[Word], *, beside: bool = False) -> tuple[Said, ...]:
    """The words put together, in order of time. `beside`: they are one of several channels."""
    lines: defaultdict[int | None, list[Word]] = defaultdict(list)
    for word in words:
        if word.text:
            lines[word.channel].append(word)
    beside = beside or len(lines) >= _BESIDE
    found = [said for line in lines.values() for said in _line(line, beside=beside)]
    return in_order(found) if beside else tuple(found)


def in_order(said: Iterable[Said]) -> tuple[Said, ...]:
    """By time; what has no time stays where it was."""
    return tuple(sorted(said, key=lambda each: each.start))


def _line(words: Sequence[Word], *, beside: bool) -> Iterable[Said]:
    run: list[Word] = []
    for word in words:
        if run and not word.glued and _ends(run[-1], word, beside=beside):
            yield _said(run)
            run = []
        run.append(word)
    if run:
        yield _said(run)


def _ends(last: Word, word: Word, *, beside: bool) -> bool:
    if word.voice != last.voice:
        return True
    silent = word.start is not None and last.end is not None and word.start - last.end > _SILENCE
    return beside and (silent or last.text.endswith(_ENDS))


def _said(run: Sequence[Word]) -> Said:
    text = run[0].text
    for word in run[1:]:
        text += word.text if word.glued else f" {word.text}"
    starts = [word.start for word in run if word.start is not None]
    ends = [word.end for word in run if word.end is not None]
    return Said(
        text=" ".join(text.split()),
        start=starts[0] if starts else 0.0,
        end=max(ends, default=starts[-1] if starts else 0.0),
        voice=next((word.voice for word in run if word.voice), ""),
        channel=run[0].channel,
        confidence=mean([word.confidence for word in run if word.confidence is not None and not word.glued]),
    )
