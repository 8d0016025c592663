"""A text heard in several languages: which patterns of config/words/*.yaml stand in it, and where.

A place is the number of a word in its sentence. Patterns of one language are looked for only once per kind.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from router.sounds import Hit, Patterns, Sentence

_BEFORE = 3
_AFTER = 2
"""How many words before and after a pattern may deny it, within its clause."""


@dataclass(frozen=True)
class Found:
    """A pattern found in a sentence."""

    language: str
    sentence: int
    hit: Hit

    @property
    def reason(self) -> str:
        """As it stands in findings."""
        return f"{self.language}: {self.hit.pattern}"


@dataclass
class Hearing:
    """One text in one language."""

    patterns: Patterns
    sentences: Sequence[Sentence]

    def found(self, kind: str) -> tuple[Found, ...]:
        """Every place where `kind` is said."""
        return self._said.get(kind, ())

    def affirmed(self, kind: str) -> tuple[Found, ...]:
        """The same without what the sentence denies ("do not escalate")."""
        return tuple(found for found in self.found(kind) if not self._denied(found))

    def places(self, kinds: Iterable[str]) -> frozenset[tuple[int, int]]:
        """(sentence, word) of every word that belongs to one of these kinds."""
        return frozenset(
            (found.sentence, place) for kind in kinds for found in self.found(kind) for place in found.hit.places
        )

    def beside(self, kind: str, covered: frozenset[tuple[int, int]]) -> tuple[Found, ...]:
        """Where `kind` is said with at least one word that is not covered."""
        return tuple(
            found
            for found in self.found(kind)
            if any((found.sentence, place) not in covered for place in found.hit.places)
        )

    def _denied(self, found: Found) -> bool:
        words = self.sentences[found.sentence].words
        first, last = found.hit.places[0], found.hit.places[-1]
        own = set(found.hit.places)
        harmless = self._spots["harmless"]
        before = range(max(0, first - _BEFORE), last)
        after = range(last + 1, min(len(words), last + 1 + _AFTER))
        for kind, reach in (("negation", before), ("negation_after", after)):
            for place in reach:
                spot = (found.sentence, place)
                if spot not in self._spots[kind] or spot in harmless or place in own:
                    continue
                if words[place].clause in {words[first].clause, words[last].clause}:
                    return True
        return False

    @cached_property
    def _said(self) -> Mapping[str, tuple[Found, ...]]:
        said: dict[str, list[Found]] = {}
        for number, sentence in enumerate(self.sentences):
            for kind, hit in self.patterns.find(self.patterns.hear(sentence)):
                said.setdefault(kind, []).append(Found(self.patterns.language, number, hit))
        return {kind: tuple(found) for kind, found in said.items()}

    @cached_property
    def _spots(self) -> Mapping[str, frozenset[tuple[int, int]]]:
        return {kind: self.places((kind,)) for kind in ("negation", "negation_after", "harmless")}
