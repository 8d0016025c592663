"""Whether somebody has said hello and nothing else yet: *salam*, *Здравствуйте*, *good morning*.

Every word must belong to a greeting of one language (`greeting` in config/words): in doubt it is a complaint. Pure.
"""

from __future__ import annotations

from router.recognise.hearing import Hearing
from router.sounds import sentences
from router.words import Words

_LONGEST = 8
"""Words; who says more has said something."""


def greets(text: str, words: Words) -> bool:
    """Whether a text is a greeting, in whatever language; not an empty one."""
    said = sentences(text[: _LONGEST * 40])
    places = {(number, place) for number, one in enumerate(said) for place in range(len(one.words))}
    if not places or len(places) > _LONGEST or len(text) > _LONGEST * 40:
        return False
    return any(places <= Hearing(patterns, said).places(("greeting",)) for patterns in words.said.values())
