"""The line (or up to five) in which a client says who wrote what follows.

    On Tue, 3 Feb 2026 at 10:15, Anna <anna@mail.example> wrote:
    Am 03.02.2026 um 10:15 schrieb Anna:
    2026年2月3日(火) 10:15 Anna <anna@mail.example>:

Rules
1. Known by shape, not by language: a day, a time of day, an address; a colon at the end; a quote below.
2. The less quote marks prove, the more the line must say: with a quote below two signs will do; without one the line
   must name day, time and an address in angle brackets, as only programs write it, or stand alone in its paragraph;
   with a name only, seconds or a zone, which nobody types.
3. People tell stories with days and times in them. A sentence that ends above the line is never taken into it.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.email.dates import TIME
from connectors.email.labels import WROTE_STEMS
from connectors.email.lines import Line, skip_blank

SAID_LIMIT = 1_000
"""Code points of an attribution; none is longer."""
_LINES = 5
_WORDS_ALONE = 20  # words of an attribution that no quote mark proves
_NAMED_WORDS = 16
_SHORT = 10  # "at 10:15:" alone is no attribution
_WRAPPED = 50  # code points from which on a line may have been wrapped by a client

ADDRESS = re.compile(r"[^\s<>@\"'(),:;\[\]«»]{1,64}@[^\s<>@\"'(),:;\[\]«»]{2,}")
DAY = re.compile(
    r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}[./-]\s?\d{1,2}(?:[./-]\s?\d{2,4})?(?!\d)"
    r"|(?<!\d)\d{1,2}[.-]?\s?[^\W\d_]{3,9}[.-]{0,2}\s?\d{2}(?!\d)"
)
_YEAR = re.compile(r"(?<!\d)(?:19|20|25)\d\d(?!\d)|(?<!\d)\d{1,2}([./-])\s?\d{1,2}\1\s?\d{2,4}(?!\d)")
_ANGLE = re.compile(rf"[<(\[«]\s*(?:mailto:\s*)?{ADDRESS.pattern}\s*(?:<mailto:[^<>]*>)?\s*[>)\]»]")
_MIDDLE = re.compile(rf"(.{{10,300}}?[<(]\s*{ADDRESS.pattern}\s*[>)][^:<>]{{0,40}}:)(?:\s{{2,}}|\s?$|\s(?=\S))")
_SENTENCE_END = (".", "!", "?", "…", "。", "！", "？", ":")
_EXACT = re.compile(r"\d[:.]\d\d[:.]\d\d|(?:GMT|UTC|[A-Z]{1,3}[SED]?T|[+-]\d{4}|[+-]\d\d:\d\d)\b")
_WORD = re.compile(r"[^\W\d_]{2,}")
_NAME_WORD = re.compile(r"[^\W\d_][\w.'-]*")
_NAME_WIDTH = 80
_SAID = re.compile(r"\b(?:said|mentioned|typed)\b")
_SMALL = frozenset("a ha hat has de da van von der den di del la le el al bin ibn har heeft у".split())
"""Words beside a name, and those that names hold."""


class Attribution(NamedTuple):
    """Lines `first` to `last` (exclusive) say `said`; `prefixed`: quote marks stand below."""

    first: int
    last: int
    said: str
    prefixed: bool


def attribution(lines: list[Line], place: int, base: int) -> Attribution | None:
    """The attribution whose last line is the one at `place`, if it is one."""
    words = lines[place].words.rstrip()
    below = skip_blank(lines, place + 1, 3)
    prefixed = below < len(lines) and lines[below].depth > base
    if not words.endswith((":", ": *", ":*", ":_")):
        return _unclosed(lines, place, base, words) if prefixed and lines[place].depth == base else None
    said = ""
    for first in range(place, max(place - _LINES, -1), -1):
        line = lines[first]
        above = line.words.strip()
        if line.depth != base or not above or len(said) + len(above) > SAID_LIMIT:
            return None
        if first < place and above.endswith(_SENTENCE_END) and not re.search(r"[^\W\d_]{1,5}\.$|\d\.$", above):
            return None
        said = f"{above} {said}".strip()
        if said.count(">") > said.count("<"):
            continue  # an address whose angle opens on a line above
        if len(said) > _SHORT and (
            _proven(said, lines, first, place) if prefixed else _stated(said, lines, first, place)
        ):
            if _has_its_day_above(lines, first, place, said):
                return Attribution(first - 1, place + 1, f"{lines[first - 1].words.strip()} {said}", prefixed)
            return Attribution(_with_name(lines, first, base, said), place + 1, said, prefixed)
    return None


def _unclosed(lines: list[Line], place: int, base: int, words: str) -> Attribution | None:
    """An attribution that no colon ends, directly above a quote."""
    if "news:" in words[:SAID_LIMIT] and (said := _in_a_group(lines, place, base)):
        return Attribution(place if said == words.strip() else place - 1, place + 1, said, prefixed=True)
    return Attribution(place, place + 1, words.strip(), prefixed=True) if _without_colon(lines, place, words) else None


def run_on(words: str) -> str | None:
    """What a line says before the other's words, which some telephones write on the same line."""
    if "@" not in words or ":" not in words:
        return None
    match = _MIDDLE.match(words[:SAID_LIMIT])
    if match is None or len(words) - match.end() <= 0:
        return None
    said = match[1]
    return said if _signs(said) == {"clock", "day", "address"} and WROTE_STEMS.search(said) else None


def _has_its_day_above(lines: list[Line], first: int, place: int, said: str) -> bool:
    """Whether the line above is the beginning of it, which was wrapped between day and time."""
    if first == 0 or place - first >= _LINES or "day" in _signs(said) or lines[first - 1].depth != lines[first].depth:
        return False
    above = lines[first - 1].words.strip()
    return bool(above) and len(above) < _WRAPPED and _signs(above) == {"day"} and _alone(lines, first - 1, place)


def _in_a_group(lines: list[Line], place: int, base: int) -> str:
    """`"Anna" <anna@mail.example> wrote in message news:8rabc$1@mail.example...`, on one line or two."""
    said = lines[place].words.strip()
    if said.startswith("news:") and place and lines[place - 1].depth == base:
        said = f"{lines[place - 1].words.strip()} {said}"
    return said if WROTE_STEMS.search(said[:SAID_LIMIT]) else ""


def _without_colon(lines: list[Line], place: int, words: str) -> bool:
    """Whether a line directly above a quote is an attribution although no colon ends it."""
    signs = _signs(words)
    if "day" not in signs or _ANGLE.search(words) is None or len(words) > SAID_LIMIT:
        return False
    begins = DAY.match(words.strip()) is not None and words.endswith((">", ")"))
    return begins or (signs == {"clock", "day", "address"} and _alone(lines, place, place))


def _signs(said: str) -> set[str]:
    found = {"clock"} if TIME.search(said) else set()
    return (
        found
        | ({"day"} if DAY.search(said) else set())
        | ({"address"} if "@" in said and ADDRESS.search(said) else set())
    )


def _proven(said: str, lines: list[Line], first: int, place: int) -> bool:
    """Whether a line above quote marks is an attribution."""
    signs = _signs(said)
    if len(signs) > 1:
        return True
    wrote = WROTE_STEMS.search(said) is not None
    if not signs:
        return first == place and _alone(lines, first, place) and _names_somebody(said)
    if signs & {"day", "clock"}:
        return wrote and _alone(lines, first, place) and len(said.split()) <= _NAMED_WORDS
    return _alone(lines, first, place) and _ANGLE.search(said) is not None and len(said.split()) <= _NAMED_WORDS


def _names_somebody(said: str) -> bool:
    """Whether a line only says that somebody wrote, by name: `Anna Berg wrote:`, never `My wife wrote:`."""
    verb = WROTE_STEMS.search(said) or _SAID.search(said)
    if verb is None or len(said) > _NAME_WIDTH or said.count(":") != 1:
        return False
    if verb.start() and (verb.start() > len(said) // 2 or not said[verb.end() :].strip(" :")):
        name, rest = said[: verb.start()], said[verb.end() :]
    else:
        name, rest = said[verb.end() :], said[: verb.start()]
    words = [word for word in _NAME_WORD.findall(name) if word.lower() not in _SMALL]
    named = words and all(not word[0].islower() for word in words)
    return bool(named or said.lower().startswith("you wrote")) and len(rest.strip(" :()/aаoóę*_").split()) <= 1


def _stated(said: str, lines: list[Line], first: int, place: int) -> bool:
    """Whether a line without quote marks below it is an attribution all the same."""
    signs = _signs(said)
    if not {"clock", "day"} <= signs or not _YEAR.search(said):
        return False
    if _ANGLE.search(said):
        return True
    if len(said.split()) > _WORDS_ALONE or not _alone(lines, first, place) or not WROTE_STEMS.search(said):
        return False
    closed = place + 1 >= len(lines) or not lines[place + 1].words.strip()
    return closed and ("address" in signs or (_EXACT.search(said) is not None and _is_name_only(said)))


def _is_name_only(said: str) -> bool:
    """Whether beside date and verb only a name stands there: every word with a capital, where the script has them."""
    clock = TIME.search(said)
    wrote = WROTE_STEMS.search(said)
    if clock is None or wrote is None:
        return False
    between = said[clock.end() : wrote.start()] if wrote.start() > clock.end() else said[wrote.end() :]
    between = DAY.sub(" ", between)
    name = [word for word in _WORD.findall(between) if len(word) > 3]  # noqa: PLR2004 -- um, Uhr, has, kl
    return bool(name) and all(not word[0].islower() for word in name)


def _alone(lines: list[Line], first: int, place: int) -> bool:
    """Whether the lines are a paragraph of their own, or the first of one."""
    if first > 0 and lines[first - 1].words.strip() and lines[first - 1].depth == lines[first].depth:
        return False
    return place - first < _LINES


def _with_name(lines: list[Line], first: int, base: int, said: str) -> int:
    """Where an attribution begins that was wrapped before its last line said enough: at the name, at the address."""
    while first > 0:
        above = lines[first - 1]
        words = above.words.strip()
        if above.depth != base or not words or words.endswith(_SENTENCE_END) or len(words) > SAID_LIMIT:
            break
        alone = first == 1 or not lines[first - 2].words.strip()
        begins_with_address = said.startswith(("<", "(<", "[mailto"))
        if begins_with_address and (alone or len(words) >= _WRAPPED):
            return first - 1
        if begins_with_address or ADDRESS.search(said) or not _ANGLE.search(words):
            break
        first, said = first - 1, words
    return first
