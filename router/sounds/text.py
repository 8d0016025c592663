"""A text as sentences of words, with what is not a word put as a mark.

Marks: `@number` (digits), `@mail`, `@link`, `@reference` (a reference of ours). A sentence ends at ! ? ; … and at an
empty line, and at a full stop unless a small letter or a digit follows (`Nr. 5`, `15. pants`); a single line break ends
none, since mails are wrapped. A clause ends at a comma, too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

LOOKED_AT = 20_000
"""Code points: what somebody wants stands at the beginning, and nobody may make us search a megabyte."""

# No possessive group (`(?:…)*+`): Python before 3.11.5 matches it wrongly (CPython issue 106052).
_TOKEN = re.compile(
    r"(?P<link>(?:https?://|www\.)[^\s<>]{1,500})"
    r"|(?P<mail>[\w.+-]{1,64}@[\w.-]{1,255})"
    r"|(?P<reference>\b[A-Za-z]{2,4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}-[0-9A-Za-z]{4}\b)"
    r"|(?P<number>\+?\d+(?:(?:[^\S\n][.,:/()-]?|[.,:/()-][^\S\n]?)\d+)*(?!\w))"
    r"|(?P<word>[^\W_](?:[^\W_]|\*|[\u0300-\u036f'\u2019\u02bc`\u00b4](?=\w|\*))*)"
    r"|(?P<end>[.!?;\u2026]+|\n\s*\n)"
    r"|(?P<clause>[,:()\u2013\u2014]|\s-\s)"
)
_LONGEST_WORD = 40
_APOSTROPHES = re.compile(r"['\u2019\u02bc`\u00b4]")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: as written without apostrophes, and the number of its clause within the text."""

    text: str
    clause: int
    mark: bool = False

    @property
    def proper(self) -> bool:
        """Written with a capital: perhaps a name."""
        return self.text[:1].isupper()


@dataclass(frozen=True, slots=True)
class Sentence:
    """Words up to a full stop, and whether it ended as a question."""

    words: tuple[Word, ...]
    question: bool = False


def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of a text's first LOOKED_AT code points; empty ones are left out."""
    found: list[Sentence] = []
    words: list[Word] = []
    clause = 0
    for match in _TOKEN.finditer(text[:LOOKED_AT]):
        kind = match.lastgroup
        if kind == "word":
            words.append(Word(_APOSTROPHES.sub("", match[0][:_LONGEST_WORD]), clause))
        elif kind == "clause":
            clause += 1
        elif kind == "end" and _ends(match[0], text[match.end() : match.end() + 3]):
            clause += 1
            if words:
                found.append(Sentence(tuple(words), "?" in match[0]))
                words = []
        elif kind != "end":
            words.append(Word(f"@{kind}", clause, mark=True))
    if words:
        found.append(Sentence(tuple(words)))
    return tuple(found)


def _ends(mark: str, after: str) -> bool:
    """Whether a mark ends its sentence; a lone full stop may only end an abbreviation or an ordinal."""
    if mark != ".":
        return True
    following = after.lstrip()
    return not following or (after[0].isspace() and not following[0].islower() and not following[0].isdigit())
