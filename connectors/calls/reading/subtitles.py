"""WebVTT and SubRip: cues with a beginning and an end, however their writers numbered and spaced them.

What is read: byte order marks, any line ends, hours or none, `.` or `,` before the thousandths, cue settings, NOTE,
STYLE and REGION blocks, numbers that are missing, repeated or wrong, cues without an empty line between them, voice
tags (`<v Ann>`, several in a cue), the other tags and entities taken out, and names before a colon as Zoom and many
transcribers write them. A cue whose times cannot be read is words of the cue before.
Source: w3.org/TR/webvtt1; SubRip has no standard.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from connectors.calls.call import Call, Said
from connectors.calls.reading.labels import lines_of, voiced
from connectors.calls.values import seconds, tongue

_TIME = r"((?:\d{1,4}:)?\d{1,3}:\d{1,2}(?:[.,]\d{1,9})?)"
_ARROW = re.compile(rf"^\s*{_TIME}\s*-{{1,2}}>\s*{_TIME}(?:\s+.*)?$")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,99})?(?:\s+([^<>]{0,199}))?>", re.IGNORECASE)
_TAG = re.compile(
    r"</?(?:[cibuvs]|ruby|rt|lang|font|em|strong)(?:[.\s][^<>]{0,199})?>|<\d[\d:.,]{0,30}>", re.IGNORECASE
)
_PLACED = re.compile(r"\{\\?[aA][nN]?\d[^}]{0,40}\}|\{\\[^}]{1,40}\}")
_NAME = re.compile(r"[^\W\d_a-zà-ÿа-я][\w'.-]*(?: [^\W\d_a-zà-ÿа-я][\w'.-]*){1,3}")
_WITH_NAME = 2
"""Lines: the name, and what is said."""
_BLOCKS = ("NOTE", "STYLE", "REGION")
_HEAD = re.compile(r"^(language|kind)\s*:\s*(\S.*)$", re.IGNORECASE)


@dataclass
class _Cue:
    start: float
    end: float
    lines: list[str] = field(default_factory=list)


def looks_so(text: str) -> bool:
    """Whether there is a cue, or WebVTT's first line."""
    return text.startswith("WEBVTT") or any(_ARROW.match(line) for line in text.splitlines()[:2000])


def call(text: str) -> Call:
    """The call. `text` without a byte order mark."""
    lines = text.splitlines()
    vtt = text.startswith("WEBVTT")
    head = lines[: lines.index("")] if vtt and "" in lines else []
    told = {found[1].lower(): found[2] for line in head if (found := _HEAD.match(line))}
    return Call("webvtt" if vtt else "srt", tuple(_said(list(_cues(lines)))), language=tongue(told.get("language")))


def _cues(lines: list[str]) -> Iterator[_Cue]:
    """Cues in the order in which they stand."""
    cue: _Cue | None = None
    skipping = False
    for place, line in enumerate(lines):
        if found := _ARROW.match(line):
            if cue:
                yield cue
            start = seconds(found[1]) or 0.0
            cue, skipping = _Cue(start, max(start, seconds(found[2]) or start)), False
        elif not line.strip():
            skipping = False
            if cue and cue.lines:
                cue.lines.append("")
        elif _opens_block(lines, place) or skipping:
            skipping = True
        elif cue is not None and not _names_next(lines, place):
            cue.lines.append(line)
    if cue:
        yield cue


def _opens_block(lines: list[str], place: int) -> bool:
    """A comment or a style sheet, after an empty line."""
    first = not place or not lines[place - 1].strip()
    return first and lines[place].split(maxsplit=1)[0] in _BLOCKS


def _names_next(lines: list[str], place: int) -> bool:
    """The number or the name of the cue that follows: the line above its times, after an empty line or a number."""
    if place + 1 >= len(lines) or not _ARROW.match(lines[place + 1]):
        return False
    return lines[place].strip().isdecimal() or not lines[place - 1].strip()


def _said(cues: list[_Cue]) -> Iterator[Said]:
    parts = [(cue, voice, words) for cue in cues for voice, words in _voices(" ".join(cue.lines))]
    if any(voice for _, voice, _ in parts):
        for cue, voice, words in parts:
            if words:
                yield Said(words, cue.start, cue.end, voice)
        return
    if named := _named(cues):
        yield from named
        return
    pieces = [(cue, each) for cue in cues for each in _changes(cue)]
    for (cue, _), (voice, words) in zip(pieces, voiced(lines_of(each for _, each in pieces)), strict=True):
        if words:
            yield Said(words, cue.start, cue.end, voice)


def _named(cues: list[_Cue]) -> list[Said]:
    """Cues whose first line is a name, as meeting programs write them into documents; nothing when one is not."""
    found = []
    for cue in cues:
        lines = [line for line in map(_plain, cue.lines) if line]
        if len(lines) < _WITH_NAME or not _NAME.fullmatch(lines[0]):
            return []
        found.append(Said(" ".join(lines[1:]), cue.start, cue.end, lines[0]))
    return found if len({said.voice for said in found}) <= max(_WITH_NAME, len(found) // 2) else []


def _changes(cue: _Cue) -> list[str]:
    """The cue's words; in two where a dash or a name at the beginning of a line says that another speaks."""
    found: list[list[str]] = []
    for line in filter(None, map(_plain, cue.lines)):
        dashed = line.startswith(("- ", "– ", ">> "))
        named = lines_of([line])[0].label
        if found and not dashed and not named:
            found[-1].append(line)
        else:
            found.append([line.lstrip("-–> ") if dashed and not named else line])
    return [" ".join(lines) for lines in found]


def _voices(written: str) -> Iterator[tuple[str, str]]:
    """Each voice tag of a cue with its words; those before the first one have none."""
    marks = list(_VOICE.finditer(written))
    edges = [mark.start() for mark in marks[1:]] + [len(written)]
    if before := _plain(written[: marks[0].start()] if marks else written):
        yield "", before
    for mark, edge in zip(marks, edges, strict=True) if marks else ():
        yield _plain(mark[1] or ""), _plain(written[mark.end() : edge])


def _plain(written: str) -> str:
    """Without tags, with entities as what they mean."""
    return " ".join(html.unescape(_PLACED.sub("", _TAG.sub("", written))).split())
