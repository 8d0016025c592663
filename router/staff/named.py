"""Whom of the staff a complaint names, in whatever alphabet, declension and order: Рашада is Rəşad, Ilzei Ozolai is
Ilze Ozola (L-09, A-07, K-22).

Rules
-----
1. A name counts as named when two of its parts stand near each other; a part alone is only perhaps meant, unless the
   form asked for the name of the employee and nobody else of the brand bears that part.
2. Parts are compared as they sound (router.sounds.skeleton), without their endings; one letter of a long part may be
   wrong when the other part is right.
3. Pure; a text is looked at up to LOOKED_AT code points. The reason says what was found, never a word of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

from router.sounds import one_apart, sentences, skeleton
from router.staff.model import Staff

_NEAR = 3
"""At most so many words stand between two parts of a name."""
_PART = 3
"""A part of fewer letters (de, Sá) names nobody."""
_ENDING = 4
"""So many letters may a declension add."""
_LONG = 5
_ENDS = re.compile(r"(?:[aoi]{1,2}|[aoi]?s)$")
_SOFT_STARTS = str.maketrans("gkq", "hhh")
_TITLE = re.compile(r"[\W_]+")


class Named(NamedTuple):
    """Somebody of the staff whom a text names."""

    handler: str
    reason: Literal["whole name", "part of the name", "stated"]
    sure: bool


class _Part(NamedTuple):
    handler: str
    number: int
    sound: str
    stem: str


def staff_named(staff: Staff, brand: str, text: str, stated: str = "") -> tuple[Named, ...]:
    """Whom of the brand a text names. `stated`: the form's answer to who it was. The surest reason for each, by id."""
    people = tuple((each, handler.name) for each, handler in staff.handlers.items() if brand in handler.brands)
    found: dict[str, Named] = {}
    for named in (*_named(people, stated, stated=True), *_named(people, text, stated=False)):
        if named.handler not in found or (named.sure and not found[named.handler].sure):
            found[named.handler] = named
    return tuple(found[handler] for handler in sorted(found))


def _named(people: tuple[tuple[str, str], ...], text: str, *, stated: bool) -> Iterator[Named]:
    known = _parts(people)
    alone: set[str] = set()
    for sentence in sentences(text):
        places: dict[str, list[tuple[int, int, bool]]] = {}
        for place, word in enumerate(sentence.words):
            if word.mark or len(word.text) < _PART:
                continue
            for part, exact in _alike(word.text, known):
                places.setdefault(part.handler, []).append((place, part.number, exact))
        for handler, seen in places.items():
            if _whole(seen, single=len([1 for part in _all(known) if part.handler == handler]) == 1):
                yield Named(handler, "whole name", sure=True)
            elif any(exact for _, _, exact in seen):
                alone.add(handler)
    for handler in sorted(alone):
        sure = stated and len(alone) == 1
        yield Named(handler, "stated" if sure else "part of the name", sure=sure)


def _whole(seen: Sequence[tuple[int, int, bool]], *, single: bool) -> bool:
    if single:
        return any(exact for _, _, exact in seen)
    return any(
        number != other and 0 < abs(place - further) <= _NEAR + 1 and (exact or also)
        for place, number, exact in seen
        for further, other, also in seen
    )


def _alike(word: str, known: dict[str, tuple[_Part, ...]]) -> Iterator[tuple[_Part, bool]]:
    sound = skeleton(word)
    for part in known.get(_start(sound), ()):
        if _declined(sound, part):
            yield part, True
        elif len(part.stem) >= _LONG and any(
            one_apart(part.stem, sound[:length]) and len(sound) - length <= _ENDING
            for length in range(len(part.stem) - 1, len(part.stem) + 2)
        ):
            yield part, False


def _declined(sound: str, part: _Part) -> bool:
    if sound == part.sound:
        return True
    return len(part.stem) >= _PART and sound.startswith(part.stem) and len(sound) - len(part.stem) <= _ENDING


@lru_cache(maxsize=64)
def _parts(people: tuple[tuple[str, str], ...]) -> dict[str, tuple[_Part, ...]]:
    found: dict[str, list[_Part]] = {}
    for handler, name in people:
        for number, word in enumerate(_TITLE.split(name)):
            if len(word) >= _PART:
                sound = skeleton(word)
                stem = _ENDS.sub("", sound)
                part = _Part(handler, number, sound, stem if len(stem) >= _PART else sound)
                found.setdefault(_start(sound), []).append(part)
    return {start: tuple(parts) for start, parts in found.items()}


def _all(known: dict[str, tuple[_Part, ...]]) -> Iterator[_Part]:
    for parts in known.values():
        yield from parts


def _start(sound: str) -> str:
    """By which parts are looked up: Hasanov is written Gasanov, Quliyeva Kuliyeva."""
    return sound[:1].translate(_SOFT_STARTS) + sound[1:2]
