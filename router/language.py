"""In which language to write to somebody.

In this order (the first that says something decides):

    chosen      the customer's own choice
    case        the case's language
    detected    what the text surely is, by the detector's own measure; Russian and Ukrainian also by their letters
    romanised   Russian in Latin letters ("ya kupil telefon"): it reads better in Cyrillic, and has everyday words
    nearly      what the brand offers and the text nearly surely is: scored almost as well as the best of all, and far
                better than the other offered ones. It keeps Russian apart from Ukrainian where the letters do not tell,
                and Azerbaijani without diacritics from Turkish, where only one of the two is offered
    client      what the customer's client speaks
    default     the brand's

For a language that is not offered the letter comes in the brand's default, and `found` says which it would have been.
Single words look like many languages: only a sure detection counts for them.

Numbers below were fitted to about 100 short complaints in 20 languages (tests/router/test_language.py).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import eldc

Reason = Literal["chosen", "case", "detected", "romanised", "nearly", "client", "default"]

NEIGHBOURS = tuple("en pt lv pl ru az tr uk ka de es fr it ro lt et".split())
"""Languages that are told apart first, besides those that are offered; the rest of 60 are tried after them."""

_LOOKED_AT = 4_000
_NEAR = 0.10
"""How far below the best of all languages an offered one may score to count as nearly it …"""
_APART = 0.15
"""… and by how much it must be ahead of the others that are offered …"""
_FLOOR = 0.35
"""… and what it must score at least; scores go from 0 to 1."""
_RUSSIAN = 0.80
_BETTER = 0.15
_BETTER_WITH_TWO = 0.08
"""How much better the text must be as Cyrillic; less when two everyday words of Russian stand in it."""
_LETTERS_OF_ONE_WORD = 12
_WORDS_OF_A_SENTENCE = 4
_UKRAINIAN = re.compile(r"[іїєґ]", re.IGNORECASE)
_RUSSIAN_ALONE = re.compile(r"[ыэъё]", re.IGNORECASE)

_NOISE = re.compile(r"https?://\S+|www\.\S+|\S+@\S+|[\w-]*\d[\w-]*")
_LATIN = re.compile(r"[a-z]", re.IGNORECASE)
_OTHER_LETTER = re.compile(r"[^\W\d_a-zA-Z]")

_CLUSTERS = tuple(
    pair.split("=") for pair in "shch=щ sch=щ zh=ж kh=х ts=ц ch=ч sh=ш yu=ю ju=ю ya=я ja=я yo=ё jo=ё ye=е je=е".split()
)
_SINGLE = str.maketrans("abvgdezijklmnoprstufhcwqxy'", "абвгдезийклмнопрстуфхцвкхыь")
_EVERYDAY = frozenset(
    """я не что чта как это ето вы вас вам ваш ваша ваше мне меня мой моя мои мою мы нас нам он она они его её где когда
    почему потому кто куда уже ещё еще так тоже только или если чтобы чтоби для без после через до от из на но да нет
    ни тот эта эти был была было были буду будет хочу хотел могу можно надо нужно никто ничего сколько два две три раза
    день ден дня дней недели неделю утро здравствуйте здраствуйте здрасте привет добрый доброе спасибо пожалуйста
    заказ заказа заказал заказала деньги денги денег денгь верните вернуть вернут вернули купил купила магазине
    доставка доставку курьер курер жалоба жалобу""".split()
)


class Detected(NamedTuple):
    """A language code (`und` for none) and whether it is sure."""

    language: str
    sure: bool


class Written(NamedTuple):
    """`language`: in which we write. `found`: which one it would be if every language were offered; `und` for none."""

    language: str
    found: str
    reason: Reason


@dataclass(frozen=True)
class Detector:
    """Tells languages apart. Built once; safe in threads. `languages`: all that any brand offers."""

    languages: tuple[str, ...] = ()
    _narrow: eldc.Instance = field(init=False, repr=False)
    _wide: eldc.Instance = field(init=False, repr=False)

    def __post_init__(self) -> None:
        eldc.init()
        object.__setattr__(self, "_narrow", _instance((*NEIGHBOURS, *self.languages)))
        object.__setattr__(self, "_wide", _instance(()))

    def detect(self, text: str) -> Detected:
        """The language of a text."""
        plain = plain_text(text)
        first = self._narrow.detect_details(plain)
        if first.reliable:
            return Detected(first.language, sure=True)
        wide = self._wide.detect_details(plain)
        if wide.reliable:
            return Detected(wide.language, sure=True)
        east = _by_letters(plain) if first.language in {"ru", "uk"} else None
        return Detected(east, sure=True) if east else Detected(first.language, sure=False)

    def nearly(self, text: str, offered: Collection[str]) -> str | None:
        """The one offered language that a doubtful text is nearly surely in, or None."""
        plain = plain_text(text)
        scores = self._narrow.detect_details(plain).scores
        ours = sorted(((score, language) for language, score in scores.items() if language in offered), reverse=True)
        if not ours or not _enough(plain):
            return None
        score, language = ours[0]
        apart = score - (ours[1][0] if len(ours) > 1 else 0.0)
        near = max(scores.values()) - score
        return language if score >= _FLOOR and near <= _NEAR and apart >= _APART else None

    def romanised(self, text: str) -> bool:
        """Whether a text in Latin letters is Russian: it reads better in Cyrillic, and has everyday words of it."""
        plain = plain_text(text)
        if _OTHER_LETTER.search(plain) or not _LATIN.search(plain):
            return False
        cyrillic = in_cyrillic(plain)
        everyday = len(_EVERYDAY.intersection(re.findall(r"\w+", cyrillic)))
        read = self._narrow.detect_details(cyrillic)
        score = read.scores.get(read.language, 0.0)
        if not everyday or read.language not in {"ru", "uk"} or score < _RUSSIAN:
            return False
        as_it_is = self._narrow.detect_details(plain)
        better = score - as_it_is.scores.get(as_it_is.language, 0.0)
        return bool(better >= (_BETTER if everyday == 1 else _BETTER_WITH_TWO))


def language_for(
    detector: Detector,
    *,
    chosen: str | None,
    case_language: str | None,
    text: str,
    client: str | None,
    offered: Sequence[str],
    default: str,
) -> Written:
    """The language of our letters. `chosen`, `client`: BCP 47; `offered`, `default`: the brand's."""
    found, reason = _stated(chosen, case_language) or _read(detector, text, offered) or _guessed(client, offered)
    return Written(found if found in offered else default, found, reason)


def _stated(chosen: str | None, case_language: str | None) -> tuple[str, Reason] | None:
    if language := primary(chosen):
        return language, "chosen"
    return (language, "case") if (language := primary(case_language)) else None


def _read(detector: Detector, text: str, offered: Collection[str]) -> tuple[str, Reason] | None:
    seen = detector.detect(text)
    if seen.sure:
        return seen.language, "detected"
    if detector.romanised(text):
        return "ru", "romanised"
    return (nearly, "nearly") if (nearly := detector.nearly(text, offered)) else None


def _guessed(client: str | None, offered: Collection[str]) -> tuple[str, Reason]:
    language = primary(client)
    return (language, "client") if language is not None and language in offered else ("und", "default")


def primary(tag: str | None) -> str | None:
    """The language of a BCP 47 tag, `pt` of `pt-BR`; None when there is none."""
    language = re.split(r"[-_]", (tag or "").strip().lower())[0]
    return language if re.fullmatch(r"[a-z]{2,3}", language) and language != "und" else None


def plain_text(text: str) -> str:
    """What of a text can tell its language: no links, addresses, numbers, and no broken surrogates."""
    return _NOISE.sub(" ", text[:_LOOKED_AT].encode("utf-8", "replace").decode())


def in_cyrillic(text: str) -> str:
    """A text in Latin letters read as Russian, by the ways in which people usually write it."""
    text = text.lower().replace("’", "'").replace("`", "'")
    text = re.sub(r"[iy]y\b", lambda match: "ий" if match[0] == "iy" else "ый", text)
    text = re.sub(r"(?<=[aeiouаеиоуыэюя])[yj](?![aeou])", "й", text)
    for latin, cyrillic in _CLUSTERS:
        text = text.replace(latin, cyrillic)
    return text.translate(_SINGLE)


def _by_letters(text: str) -> str | None:
    """Russian or Ukrainian, which score alike: hardly a sentence of the one is without і, ї or є."""
    if _UKRAINIAN.search(text):
        return "uk"
    return "ru" if _RUSSIAN_ALONE.search(text) or len(re.findall(r"[^\W\d_]+", text)) >= _WORDS_OF_A_SENTENCE else None


def _enough(text: str) -> bool:
    words = re.findall(r"[^\W\d_]+", text)
    return len(words) > 1 or sum(map(len, words)) >= _LETTERS_OF_ONE_WORD


def _instance(languages: Sequence[str]) -> eldc.Instance:
    instance = eldc.instance()
    instance.set_languages(list(dict.fromkeys(languages)))
    instance.set_scores(eldc.MAX_SCORES)
    return instance
