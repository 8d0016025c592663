"""The phrases under phrases/, the shipped words, and the ways in which people mistype.

phrases/<lang>.yaml is what the stems were fitted to; phrases/held_out/<lang>.yaml was written before any stem and not
looked at while fitting (one line of it, an Azerbaijani complaint taken for praise, was, since none may be set aside).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from intake_daemon.settings import open_document
from router.recognise import Context, Finding, recognise
from router.sounds import flat
from router.words import Words, load_words

LANGUAGES = ("en", "pt", "lv", "pl", "ru", "az")
ROOT = Path(__file__).parents[2]
PHRASES = Path(__file__).parent / "phrases"
SET_ASIDE = frozenset({"withdrawal", "thanks", "ordinary"})

_AFTER_ANSWER = Context(case=True, answered=True)
_CONTEXTS = {"answer": Context(asked=frozenset({"description"}), case=True), "dissatisfaction": _AFTER_ANSWER}
_CYRILLIC = "абвгдеёжзийклмнопрстуфхцчшщъыьэюя"
_ROMANISED = {
    "gost": "a b v g d e e zh z i y k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya",
    "chat": "a b v g d e yo j z i j k l m n o p r s t u f x c 4 6 sh _ i ' e ju ja",
    "mixed": "a b v g d e yo zh z i i k l m n o p r s t u f h c ch sh sch _ y _ e iu ia",
}


@cache
def words() -> Words:
    """The shipped words."""
    return load_words(ROOT / "config")


@cache
def phrases(language: str, half: str) -> Mapping[str, tuple[str, ...]]:
    """Phrases per kind; `half` is "fitted" or "held_out"."""
    folder = PHRASES / "held_out" if half == "held_out" else PHRASES
    data = open_document(folder / f"{language}.yaml").data
    assert isinstance(data, dict)
    return {str(kind): tuple(line for line in str(listed).splitlines() if line) for kind, listed in data.items()}


def heard(text: str, *languages: str, context: Context | None = None) -> tuple[Finding, ...]:
    """What is found in a text with the shipped words."""
    return recognise(text, languages, context or Context(), words())


def is_found(kind: str, phrase: str, language: str) -> bool:
    """Whether a phrase of the files is found as its kind, with its detail, surely where that is what counts."""
    detail = ""
    if kind == "ordinary":
        detail, _, phrase = phrase.partition(": ")
    sure = kind in SET_ASIDE | {"answer", "dissatisfaction"}
    return any(
        one.kind == kind and (not detail or one.detail == detail) and (one.sure or not sure)
        for one in heard(phrase, language, context=_CONTEXTS.get(kind))
    )


def set_aside(text: str, language: str) -> list[Finding]:
    """Findings that would set a text aside or take a complaint back, surely or not."""
    return [one for one in heard(text, language) if one.kind in SET_ASIDE]


def mistyped(text: str, chance: random.Random) -> str:
    """A third of the longer words with one letter missing, doubled, wrong, or two swapped."""
    parts = text.split(" ")
    long = [place for place, word in enumerate(parts) if len(word) > 5]
    for place in chance.sample(long, len(long) // 3 + 1) if long else ():
        parts[place] = _one_wrong(parts[place], chance)
    return " ".join(parts)


def _one_wrong(word: str, chance: random.Random) -> str:
    at = chance.randrange(2, len(word) - 1)
    return chance.choice(
        [
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + chance.choice("aeionst") + word[at + 1 :],
        ]
    )


def _romanised(by: str) -> Callable[[str], str]:
    table = {ord(letter): latin.strip("_") for letter, latin in zip(_CYRILLIC, _ROMANISED[by].split(), strict=True)}
    return lambda text: text.lower().translate(table)


def _replaced(*pairs: str) -> Callable[[str], str]:
    def replace(text: str) -> str:
        for pair in pairs:
            letter, _, typed = pair.partition("=")
            text = text.replace(letter, typed)
        return text

    return replace


TYPED: Mapping[str, Mapping[str, Callable[[str], str]]] = {
    language: {"capitals": str.upper, "flat": flat} for language in LANGUAGES
} | {
    "ru": {"capitals": str.upper} | {by: _romanised(by) for by in _ROMANISED},
    "az": {
        "flat": flat,
        "sh": _replaced("ş=sh", "ç=ch", "ə=e", "ı=i", "ö=o", "ü=u", "ğ=gh", "x=kh"),
        "w": _replaced("ş=w", "ç=c", "ə=e", "ı=i", "ö=o", "ü=u", "ğ=g"),
    },
    "lv": {"capitals": str.upper, "flat": flat, "doubled": _replaced("š=sh", "č=ch", "ž=zh", "ā=aa", "ī=ii", "ē=ee")},
}
"""How a phrase may be typed on another keyboard."""
