"""The small language in which config/words says how something is said, and finding it in a text.

    withdraw .. complaint     a word beginning with `withdraw`, up to four others, a word beginning with `complaint`
    close my case             these words one after the other
    =no                       the whole word, not only its beginning
    status!                   a beginning, without forgiveness of misspelling
    skarg~                    a beginning of five letters, with it
    drop|cancel|<stop>        one of these; <stop> is a list of the file's `sets`
    refund & promise          both within six words of each other, whichever comes first
    @number @mail @link @reference    not a word, but one of these

Rules
-----
1. Words are compared as they sound (folding), without regard to case and diacritics.
2. A beginning of at least six letters forgives one wrong, missing, additional or swapped letter, except in its first
   two; none in a word of another alphabet than the language's.
3. A pattern lies within one sentence.
4. The time is linear in the text: every pattern is tried only where its first word stands.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from router.sounds.folding import folded
from router.sounds.text import Sentence, Word

GAP = 4
"""How many words `..` may pass over."""
NEAR = 6
"""How many words may stand between the two sides of `&`."""
_FORGIVEN = 6
_LONGEST = 20
_REMEMBERED = 1 << 14
_SET = re.compile(r"<([a-z_]+)>")
_NOTHING: frozenset[int] = frozenset()
"""One for all words that are in no pattern: they are most of those that are remembered."""
_NEVER_CYRILLIC = frozenset({"en", "pt", "lv", "pl"})
_CYRILLIC = re.compile(r"[\u0400-\u04ff]+")
_MARKS = frozenset({"@number", "@mail", "@link", "@reference"})


class BadPatternError(ValueError):
    """What is wrong with a pattern, to be told with its line."""


@dataclass(frozen=True, slots=True)
class Hit:
    """A pattern found: its text, and the places of its own words in the sentence, ascending."""

    pattern: str
    places: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """Slots one after the other; before each slot but the first up to `gaps` words are passed over."""

    slots: tuple[frozenset[int], ...]
    gaps: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    run: _Run
    other: _Run | None = None


@dataclass
class Patterns:
    """The patterns of one language, by kind. Built once with `add`, then only asked."""

    language: str
    sets: Mapping[str, Sequence[str]] = field(default_factory=dict)
    _ids: dict[tuple[str, str], int] = field(default_factory=dict)
    _begin: dict[str, int] = field(default_factory=dict)
    _firm: dict[str, int] = field(default_factory=dict)
    _whole: dict[str, int] = field(default_factory=dict)
    _near: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    _starts: dict[int, list[tuple[str, _Compiled]]] = field(default_factory=dict)
    _heard: dict[str, frozenset[int]] = field(default_factory=dict)

    def add(self, kind: str, pattern: str) -> None:
        """One more way to say `kind`. Raises BadPatternError."""
        sides = [side.strip() for side in pattern.split("&")]
        if len(sides) > 2 or not all(sides):  # noqa: PLR2004 -- two sides
            raise BadPatternError(f"{pattern!r}: `&` stands between two sides.")
        runs = [self._run(side, pattern) for side in sides]
        compiled = _Compiled(pattern, runs[0], runs[1] if len(runs) > 1 else None)
        for one in runs[0].slots[0]:
            self._starts.setdefault(one, []).append((kind, compiled))
        self._heard.clear()

    def hear(self, sentence: Sentence) -> tuple[frozenset[int], ...]:
        """What of the patterns' words each word of a sentence may be."""
        return tuple(self._hear_word(word) for word in sentence.words)

    def find(self, heard: Sequence[frozenset[int]]) -> Iterator[tuple[str, Hit]]:
        """Every kind that is said in a sentence, as `hear` heard it, and where."""
        for place, here in enumerate(heard):
            for one in here:
                for kind, compiled in self._starts.get(one, ()):
                    hit = _match(compiled, heard, place)
                    if hit is not None:
                        yield kind, hit

    def _hear_word(self, word: Word) -> frozenset[int]:
        text = word.text
        known = self._heard.get(text)
        if known is None:
            if len(self._heard) >= _REMEMBERED:
                self._heard.clear()
            known = self._heard[text] = self._listen(word)
        return known

    def _listen(self, word: Word) -> frozenset[int]:
        if word.mark:
            mark = self._ids.get(("mark", word.text))
            return _NOTHING if mark is None else frozenset({mark})
        sound = folded(word.text, self.language)
        found: set[int] = set()
        whole = folded(word.text, self.language, whole=True)
        if whole in self._whole:
            found.add(self._whole[whole])
        for length in range(1, min(len(sound), _LONGEST) + 1):
            beginning = sound[:length]
            for table in (self._begin, self._firm):
                if beginning in table:
                    found.add(table[beginning])
        if not (self.language in _NEVER_CYRILLIC and _CYRILLIC.fullmatch(word.text)):  # `заказ` is no `zaskarż`
            found.update([*self._forgiven(sound, found)])
        return frozenset(found) if found else _NOTHING

    def _forgiven(self, sound: str, found: Collection[int]) -> Iterator[int]:
        for length in range(_FORGIVEN - 2, min(len(sound), _LONGEST) + 1):
            beginning = sound[:length]
            for shorter in _shorter(beginning):
                for stem, one in self._near.get(shorter, ()):
                    if one not in found and one_apart(stem, beginning):
                        yield one

    def _run(self, side: str, pattern: str) -> _Run:
        slots: list[frozenset[int]] = []
        gaps: list[int] = []
        gap = 0
        for part in side.split():
            if part == "..":
                gap = GAP
                continue
            if slots:
                gaps.append(gap)
            elif gap:
                raise BadPatternError(f"{pattern!r} begins with a gap.")
            slots.append(frozenset(self._alternatives(part, pattern)))
            gap = 0
        if gap or not slots:
            raise BadPatternError(f"{pattern!r} has nothing after its gap.")
        return _Run(tuple(slots), tuple(gaps))

    def _alternatives(self, part: str, pattern: str) -> Iterator[int]:
        for one in part.split("|"):
            named = _SET.fullmatch(one)
            if named is None:
                yield self._element(one, pattern)
            elif named[1] not in self.sets:
                raise BadPatternError(f"{pattern!r}: there is no set {named[1]!r} in this file.")
            else:
                for each in self.sets[named[1]]:
                    if " " in each.strip() or "<" in each:
                        raise BadPatternError(f"{each!r} in set {named[1]!r}: a set holds single words.")
                    yield self._element(each.strip(), each)

    def _element(self, word: str, pattern: str) -> int:
        if word in _MARKS:
            return self._ids.setdefault(("mark", word), len(self._ids))
        kind = "whole" if word.startswith("=") else "firm" if word.endswith("!") else "begin"
        sound = folded(word.strip("=!~"), self.language, whole=kind == "whole")
        if not sound or not re.fullmatch(r"[\w*]+", sound):
            raise BadPatternError(f"{pattern!r}: {word!r} is no word.")
        one = self._ids.setdefault((kind, sound), len(self._ids))
        table = {"whole": self._whole, "firm": self._firm, "begin": self._begin}[kind]
        table[sound] = one
        if kind == "begin" and len(sound) >= _FORGIVEN - word.endswith("~"):
            for shorter in (sound, *_shorter(sound)):
                near = self._near.setdefault(shorter, [])
                if (sound, one) not in near:
                    near.append((sound, one))
        return one


def _match(compiled: _Compiled, heard: Sequence[frozenset[int]], place: int) -> Hit | None:
    places = _follow(compiled.run, heard, place)
    if places is None or compiled.other is None:
        return None if places is None else Hit(compiled.text, places)
    first, last = places[0], places[-1]
    reach = range(max(0, first - NEAR - 1), min(len(heard), last + NEAR + 2))
    for start in reach:
        if not heard[start].isdisjoint(compiled.other.slots[0]):
            others = _follow(compiled.other, heard, start)
            if others is not None and set(others).isdisjoint(places):
                return Hit(compiled.text, tuple(sorted((*places, *others))))
    return None


def _follow(run: _Run, heard: Sequence[frozenset[int]], place: int) -> tuple[int, ...] | None:
    """The places of all slots, the first at `place`; None when it does not go on. Bounded: one path per place."""
    paths: dict[int, tuple[int, ...]] = {place: (place,)}
    for slot, gap in zip(run.slots[1:], run.gaps, strict=True):
        further: dict[int, tuple[int, ...]] = {}
        for end, path in paths.items():
            for following in range(end + 1, min(end + 2 + gap, len(heard))):
                if following not in further and not heard[following].isdisjoint(slot):
                    further[following] = (*path, following)
        if not further:
            return None
        paths = further
    return paths[min(paths)]


def _shorter(word: str) -> Iterable[str]:
    """The word without one of its letters (the first two stay), and the word itself."""
    yield word
    for place in range(2, len(word)):
        yield word[:place] + word[place + 1 :]


def one_apart(one: str, other: str) -> bool:
    """Whether two words are the same but for one letter wrong, missing, additional, or two swapped."""
    if len(one) > len(other):
        one, other = other, one
    start = 0
    while start < len(one) and one[start] == other[start]:
        start += 1
    if len(one) == len(other):
        return one[start + 1 :] == other[start + 1 :] or (
            one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
        )
    return len(other) - len(one) == 1 and one[start:] == other[start + 1 :]
