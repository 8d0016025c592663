"""A dialogue as plain text, and tables of turns (CSV, TSV).

    Agent: Good morning.                 [00:01:02] Customer: …          Agent (00:12): …
    00:12 Agent: …                       Ann Smith   0:05                Words of a block under a name and a time
    start<TAB>end<TAB>text               speaker,start,end,text          a table by its first line

A text that names nobody is one voice's words. What is no text of anybody's (bytes, markup, numbers) is refused.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence

from connectors.calls.call import Call, NoCall, Said
from connectors.calls.reading.labels import believed, lines_of
from connectors.calls.reading.roles import role_of
from connectors.calls.reading.segments import said_in
from connectors.calls.values import seconds

_STAMP = r"\d{1,3}:\d{2}(?::\d{2})?(?:[.,]\d{1,6})?"
_BEFORE = re.compile(rf"^\s*[\[(]?\s*({_STAMP})(?:\s*(?:-|–|-->|to)\s*({_STAMP}))?\s*[\])]?\s*[-–|]?\s*")
_HEADING = re.compile(rf"^\s*(?P<name>[^\W\d_][^:\[\]<>]{{0,39}}?)\s+[\[(]?(?P<at>{_STAMP})[\])]?\s*:?\s*$")
_COLUMNS = frozenset("text transcript content sentence message".split())
_BESIDE = frozenset("speaker start end channel start_time end_time start_ms end_ms role name timestamp".split())
_MARKUP = re.compile(r"^\s*(?:<(?:!doctype|html|\?xml|tt|svg|head|body)\b|[\[{]|%PDF|BEGIN:V|\{\\rtf)", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]")
_WORD = re.compile(r"[^\W\d_]{2,}")
_HEAD = 120
"""Characters of a line in which a time, and a name, may stand."""
_FEW = 3
"""Words: less is nobody's complaint."""
_SHARE = 0.5
"""Of what is no space, so much must be letters."""


def call(text: str) -> Call:
    """The call. Raises NoCall for what is no text that somebody said."""
    table = _table(text)
    if table is not None:
        return table
    lines = [line for line in text.splitlines() if line.strip()]
    if said := _headed(lines) or _labelled(lines):
        return Call("dialogue", said)
    solid = "".join(text.split())
    words = " ".join(text.split())
    letters = len(_LETTERS.findall(solid))
    if _MARKUP.match(text) or letters < len(solid) * _SHARE or len(_WORD.findall(words)) < _FEW:
        raise NoCall("unknown_format", "It is no transcript in a format that we know, and no dialogue either.")
    return Call("dialogue", (Said(words),))


def labelled(text: str) -> tuple[Said, ...]:
    """The turns of a text that names who speaks; nothing when it does not."""
    return _labelled([line for line in text.splitlines() if line.strip()])


def _labelled(lines: Sequence[str]) -> tuple[Said, ...]:
    """`Agent: …`; a line without a name goes on where the last one spoke. What stands before the first is a heading."""
    times: list[tuple[float | None, float | None]] = []
    bare = []
    for line in lines:
        stamp = _BEFORE.match(line[:_HEAD])
        times.append((seconds(stamp[1]), seconds(stamp[2])) if stamp else (None, None))
        bare.append(line[stamp.end() :] if stamp else line)
    read = lines_of(bare)
    names = believed(read)
    if not names or (len(names) < 2 and not any(map(role_of, names))):  # noqa: PLR2004 -- a dialogue has two sides
        return _stamped(bare, times)
    turns: list[tuple[str, float, float, list[str]]] = []
    for told, (start, end) in zip(read, times, strict=True):
        if told.label in names:
            at = start if start is not None else seconds(told.aside)
            begins = at if at is not None else turns[-1][2] if turns else 0.0
            turns.append((told.label, begins, end or begins, [told.words]))
        elif turns:
            turns[-1][3].append(told.whole)
    return _closed(turns)


def _stamped(bare: Sequence[str], times: Sequence[tuple[float | None, float | None]]) -> tuple[Said, ...]:
    """Lines that all have a time, and no names: whisper's printout."""
    if not bare or any(start is None for start, _ in times):
        return ()
    pairs = zip(bare, times, strict=True)
    return _closed([("", start or 0.0, end or start or 0.0, [line]) for line, (start, end) in pairs])


def _headed(lines: Sequence[str]) -> tuple[Said, ...]:
    """Blocks of words under a line with a name and a time, as meeting programs write them."""
    heads = [_HEADING.match(line) if len(line) < _HEAD else None for line in lines]
    if sum(head is not None for head in heads) < 2:  # noqa: PLR2004 -- one alone is a heading of something else
        return ()
    turns: list[tuple[str, float, float, list[str]]] = []
    for line, head in zip(lines, heads, strict=True):
        if head:
            at = seconds(head["at"]) or 0.0
            turns.append((head["name"].strip(), at, at, []))
        elif turns:
            turns[-1][3].append(line)
    return _closed(turns)


def _closed(turns: Sequence[tuple[str, float, float, list[str]]]) -> tuple[Said, ...]:
    """Voice, beginning, end and lines of each. A turn that tells no end lasts until the next one begins."""
    found = []
    for place, (voice, start, end, lines) in enumerate(turns):
        after = turns[place + 1][1] if place + 1 < len(turns) else end
        words = " ".join(" ".join(lines).split())
        if words:
            found.append(Said(words, start, end if end > start else max(start, after), voice))
    return tuple(found)


def _table(text: str) -> Call | None:
    """Rows under a first line that names the columns. Whisper's TSV counts milliseconds."""
    head, _, _ = text.partition("\n")
    separator = next((each for each in ("\t", ";", ",") if each in head), "")
    names = {name.strip().strip('"').lower() for name in head.split(separator)} if separator else set()
    if not names & _COLUMNS or not names & _BESIDE:
        return None
    try:
        read = csv.DictReader(io.StringIO(text), delimiter=separator)
        found = [{str(key).strip().lower(): value for key, value in row.items()} for row in read]
    except csv.Error:
        return None
    whisper = separator == "\t" and names == {"start", "end", "text"}
    said = said_in(found, thousandths=whisper)
    return Call("whisper" if whisper else "table", said) if said else None
