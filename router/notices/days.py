"""A day as it stands after "by" in each language: in the right case, with the weekday where people say it.

Babel writes days in the nominative; after *līdz*, *do*, *не позднее* another case follows, and a letter in the wrong
one reads like a machine's. Azerbaijani writes the year as an ordinal whose ending follows its last word.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date

from babel import Locale
from babel.dates import format_date


def day_of(day: date, locale: Locale) -> str:
    """`Friday 4 December 2026`, `piektdienai, 2026. gada 4. decembrim`; Babel's own for languages not told here."""
    made = _OWN.get(locale.language)
    written = made(day, locale) if made else format_date(day, "full", locale=locale)
    return " ".join(written.split())  # some locales put spaces that do not break


def _english(day: date, locale: Locale) -> str:
    return format_date(day, "EEEE d MMMM y", locale=locale)


def _latvian(day: date, _locale: Locale) -> str:
    month = _LATVIAN_MONTHS[day.month - 1]
    return f"{_LATVIAN_DAYS[day.weekday()]}, {day.year}. gada {day.day}. {month}"


def _polish(day: date, locale: Locale) -> str:
    return f"{_POLISH_DAYS[day.weekday()]} {format_date(day, 'd MMMM y', locale=locale)} roku"


def _russian(day: date, locale: Locale) -> str:
    return f"{_RUSSIAN_DAYS[day.weekday()]}, {format_date(day, 'd MMMM y', locale=locale)} года"


def _azerbaijani(day: date, locale: Locale) -> str:
    return f"{format_date(day, 'd MMMM y', locale=locale)}-{_ordinal(day.year)} il"


def _ordinal(year: int) -> str:
    """The ending of a year's ordinal: it follows the last word of the number (altı, -cı; iyirmi, -ci; yüz, -cü)."""
    if year % 10:
        return _ONES[year % 10]
    if year % 100:
        return _TENS[year // 10 % 10]
    return "cü" if year % 1000 else "ci"


_LATVIAN_DAYS = ("pirmdienai", "otrdienai", "trešdienai", "ceturtdienai", "piektdienai", "sestdienai", "svētdienai")
_LATVIAN_MONTHS = (
    "janvārim februārim martam aprīlim maijam jūnijam jūlijam augustam septembrim oktobrim novembrim decembrim"
).split()
_POLISH_DAYS = ("poniedziałku", "wtorku", "środy", "czwartku", "piątku", "soboty", "niedzieli")
_RUSSIAN_DAYS = ("понедельника", "вторника", "среды", "четверга", "пятницы", "субботы", "воскресенья")
_ONES = {1: "ci", 2: "ci", 3: "cü", 4: "cü", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cu"}
_TENS = {1: "cu", 2: "ci", 3: "cu", 4: "cı", 5: "ci", 6: "cı", 7: "ci", 8: "ci", 9: "cı"}
_OWN: Mapping[str, Callable[[date, Locale], str]] = {
    "en": _english,
    "lv": _latvian,
    "pl": _polish,
    "ru": _russian,
    "az": _azerbaijani,
}
"""Languages whose form is not Babel's."""
