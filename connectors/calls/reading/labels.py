"""Who speaks, where it stands in the words themselves: `Agent: Good morning.`, `[Ann] …`, `>> OPERATOR: …`.

A name before a colon (a tab, `>>`) is one when it says by itself who it is (`Agent`, `Клиент`), when it is numbered
(`Speaker 1`, `SPEAKER_00`), or when it stands there more than once, or before every line. `Note: …` once in a call is
no voice. Before a dash it must say by itself who it is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from connectors.calls.reading.roles import role_of

_LABEL = re.compile(
    r"""^\s*(?:>>+\s*|-\s+)?
    (?:\[(?P<in>[^\[\]:]{1,40})\]\s*:?(?:\s+|$)
      |\((?P<par>speaker\s*\w{1,10})\)\s*:?(?:\s+|$)
      |(?P<out>[^\W\d_][^:\[\]<>{}"!?;\t]{0,39}?)\s*(?:\((?P<aside>[^()]{1,20})\))?
       (?:\s*(?::|>>)(?:\s+|$)|[ ]*\t\s*|\s+(?P<dash>[-–—])\s+))""",
    re.VERBOSE,
)
_BOLD = re.compile(r"^\s*[*_]{1,3}([^*_\n]{1,40}?):?[*_]{1,3}:?\s+(?=\S)")
_NUMBERED = re.compile(
    r"(?:speaker|spk|voice|channel|ch|участник|спикер|runātājs|mówca|falante|orador|danışan)[\s_#-]*\w{1,4}",
    re.IGNORECASE,
)
_NO_NAME = re.compile(
    r"\d{1,2}:\d{2}|^(?:https?|mailto|tel|note|notes|ps|p\.s|re|fwd|subject|date|time|duration)$", re.IGNORECASE
)
_SOUNDS = frozenset("music silence noise laughter applause inaudible crosstalk beep ringing pause crying sigh".split())
_WORDS = 5
_HEAD = 120
"""Characters of a line in which a label may stand."""


@dataclass(frozen=True)
class Line:
    """A line, and the label that stands before its words, if one may."""

    label: str
    words: str
    whole: str
    aside: str = ""
    """What stood in brackets behind the name: mostly a time."""


def lines_of(texts: Iterable[str]) -> list[Line]:
    """Each with the label that it may have."""
    return [_line(each) for each in texts]


def _line(whole: str) -> Line:
    head = _BOLD.sub(r"\1: ", whole[:_HEAD])
    found, whole = _LABEL.match(head), head + whole[_HEAD:]
    if not found or (found["dash"] and not _says_who(found["out"])):
        return Line("", whole.strip(), whole.strip())
    label = (found["in"] or found["par"] or found["out"] or "").strip()
    if not label or _NO_NAME.search(label) or label.casefold() in _SOUNDS or len(label.split()) > _WORDS:
        return Line("", whole.strip(), whole.strip())
    return Line(label, whole[found.end() :].strip(), whole.strip(), (found["aside"] or "").strip())


def _says_who(name: str) -> bool:
    """Whether a name says by itself that it is a voice's."""
    return role_of(name) is not None or _NUMBERED.fullmatch(name.strip()) is not None


def believed(lines: Sequence[Line]) -> frozenset[str]:
    """The labels that are voices."""
    count = Counter(line.label for line in lines if line.label)
    every = bool(lines) and all(line.label for line in lines) and len(lines) > 1
    return frozenset(label for label, times in count.items() if every or times > 1 or _says_who(label))


def voiced(lines: Sequence[Line]) -> list[tuple[str, str]]:
    """Voice and words of each line; a line without a voice goes on where the last one spoke."""
    names = believed(lines)
    found: list[tuple[str, str]] = []
    voice = ""
    for line in lines:
        if line.label in names:
            voice = line.label
            found.append((voice, line.words))
        else:
            found.append((voice if names else "", line.whole))
    return found
