"""One word, one sound: both the stems of config/words and the words of a text go through the same folding.

flat      lower case without diacritics
folded    as it sounds in one language: romanisations, chat spellings (`4to`, `wikayet`) and doubled letters are one
skeleton  as a name sounds in any language: `Rəşad`, `Рашад` and `Rashad` are one

What folding cannot undo (a wrong, missing or swapped letter) is left to `patterns`, which forgives one.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

_FLAT = str.maketrans("əıłđøßæœþðħ", "eildosaetdh")

_LATIN = {
    ord(letter): sound
    for letter, sound in zip(
        "абвгдежзиклмнопрстуфхцчшщъыьэюяәҹҝғөүһјіїєґ",
        "a b v g d e zh z i k l m n o p r s t u f kh ts ch sh shch _ y _ e yu ya e c g g o u h y i yi ye g".split(),
        strict=True,
    )
}
_LATIN = {letter: sound.replace("_", "") for letter, sound in _LATIN.items()}

_SOUNDS: dict[str, tuple[tuple[str, str], ...]] = {
    "ru": (
        ("shch|sch|sh|w|6", "S"),
        ("ch|4", "C"),
        ("yo", "e"),
        ("zh|j|y", "i"),
        ("kh|x", "h"),
        ("ts|tc|tz", "c"),
        ("q", "k"),
        ("ie", "e"),
    ),
    "az": (
        ("sh|w", "s"),
        ("ch|4", "c"),
        ("kh|x", "h"),
        ("gh|q", "g"),
        ("j", "c"),
    ),
    "lv": (("sh", "s"), ("ch", "c"), ("zh", "z"), ("w", "v")),
    "pl": (("rz", "z"), ("ch", "h")),
    "pt": (("ph", "f"), ("k", "c")),
}
"""Per language, in this order. Russian `ж`, `й`, `ы` share the letters `j`, `y`, `zh`, so they share one sound here:
what is lost is less than what is found."""
_LOOSE = {"ru": str.maketrans("o", "a")}
"""An unstressed `о` is said, and often written, as `а` (`хачу`); whole words of two letters do not bear it."""
_RULES = {
    language: tuple((re.compile(pattern), sound) for pattern, sound in rules) for language, rules in _SOUNDS.items()
}
_AGAIN = re.compile(r"([^\W\d_])\1+")

_SKELETON = tuple(
    (re.compile(pattern), sound)
    for pattern, sound in (
        ("shch|sch|sh|sz|w(?=[aeiou])", "s"),
        ("dzh|dj|ch|cz|j(?=[aou])", "c"),
        ("zh|rz", "z"),
        ("kh|x", "h"),
        ("gh|q", "g"),
        ("ts|tz", "c"),
        ("ph", "f"),
        ("th", "t"),
        ("[jy]", "i"),
        ("w", "v"),
        ("[ae]", "a"),
        ("[ou]", "o"),
        ("ii+", "i"),
        ("iao|io", "a"),
    )
)


def flat(text: str) -> str:
    """Lower case without diacritics: `Ödəniş` is `odenis`, `ё` is `е`."""
    parted = unicodedata.normalize("NFKD", text.casefold().replace("\u0307", "").translate(_FLAT))
    return "".join(letter for letter in parted if not unicodedata.combining(letter))


@lru_cache(maxsize=1 << 14)
def folded(word: str, language: str, *, whole: bool = False) -> str:
    """A word as it sounds in a language, in Latin letters; for a `whole` word a little more exactly."""
    sound = flat(word).translate(_LATIN)
    for pattern, one in _RULES.get(language, ()):
        sound = pattern.sub(one, sound)
    if not whole:
        sound = sound.translate(_LOOSE.get(language, {}))
    return _AGAIN.sub(r"\1", sound)


@lru_cache(maxsize=1 << 14)
def skeleton(name: str) -> str:
    """A name as it sounds in any language, in a few Latin letters: good for comparing, not for showing."""
    sound = _AGAIN.sub(r"\1", flat(name).translate(_LATIN))
    for pattern, one in _SKELETON:
        sound = pattern.sub(one, sound)
    return _AGAIN.sub(r"\1", sound)
