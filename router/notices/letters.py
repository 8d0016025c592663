"""Letters from templates: which text, plural forms, lines, moments and days as people write them.

A file is `Subject: …`, an empty line, then the text. A brand's own wording (`<purpose>.<brand>.txt`) comes before the
common one. A language without letters is written to in English, so that a notice is never lost for want of words.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_datetime, get_timezone_location
from jinja2 import StrictUndefined, Template, nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment

from router.notices.days import day_of
from router.notices.purposes import PURPOSES
from router.notices.words import Tongues, load_tongues

_LOCALES = {"pt": "pt_PT", "en": "en_GB"}
"""Where a language needs its country: Babel's `pt` is Brazil's and counts nought as one, its `en` is America's."""
_SLASHED = frozenset({"en", "pt"})
_FALLBACK = "en"
_WIDTH = 72
"""Characters of a line."""
_BOUND = "\N{NO-BREAK SPACE}"
_TOGETHER = re.compile(r"(?<!\S)([^\W\d_]|\d{1,4}\.?) (?=\S)|(?<=[^\W\d_]) (?=\d{4}\b)")
"""Spaces at which no line is broken: after one letter (*w*, *i*, *и*), after a number, between month and year."""


class Source(NamedTuple):
    """One template file."""

    path: Path
    text: str


@dataclass(frozen=True)
class Notices:
    """Every letter, ready to be rendered."""

    sources: Mapping[tuple[str, str, str], Source]
    """By language, purpose and brand (empty for the common wording)."""
    tongues: Tongues

    def languages(self) -> frozenset[str]:
        """Languages in which there are letters."""
        return frozenset(self.tongues.words)

    def words(self) -> Mapping[str, Mapping[str, Mapping[str, str]]]:
        """Per language and group (`topics`, `fields`, `channels`, `languages`, `reasons`) the word of a code."""
        return self.tongues.words

    def pages(self) -> Mapping[str, Mapping[str, str]]:
        """Per language what the web pages say."""
        return self.tongues.pages

    def say(self, language: str) -> Callable[[str, str], str]:
        """A function from group and code to the word in this language."""
        return lambda group, code: self.tongues.say(language, group, code)

    def moment(self, moment: datetime, language: str, tz: str) -> str:
        """A moment as people write it, in a place: `21 November 2026, 22:23 (London)`."""
        locale = locale_of(language)
        zone = ZoneInfo(tz)
        day = format_datetime(moment, locale.date_formats["long"].pattern, tzinfo=zone, locale=locale)
        hour = format_datetime(moment, "HH:mm", tzinfo=zone, locale=locale)
        place = tz if "/" not in tz else get_timezone_location(zone, locale=locale, return_city=True)
        return " ".join(f"{day}, {hour} ({place})".split())  # some locales put spaces that do not break

    def day(self, day: date, language: str) -> str:
        """A day by which something will be, as it stands after "by": `Friday 4 December 2026`.

        In the case that *until* takes, with the weekday: `piątku 4 grudnia 2026 roku` after *do*. In Azerbaijani the
        sentence goes on with *tarixində*.
        """
        return day_of(day, locale_of(language))

    def figures(self, day: date, language: str) -> str:
        """A day in figures, for where there is little room: `04.12.2026`."""
        return f"{day:%d/%m/%Y}" if language in _SLASHED else f"{day:%d.%m.%Y}"

    def which(self, purpose: str, brand: str, language: str) -> tuple[str, str, str] | None:
        """The template that serves: the brand's own or the common one, of the language or else English."""
        for spoken in (language, _FALLBACK):
            for whose in (brand, ""):
                if (spoken, purpose, whose) in self.sources:
                    return spoken, purpose, whose
        return None

    def render(self, purpose: str, brand: str, language: str, values: Mapping[str, Any]) -> tuple[str, str]:
        """Subject and text. `values`: the purpose's names; others are not shown to the template.

        Raises KeyError for a purpose without a template, jinja2.UndefinedError for a name without a value.
        """
        key = self.which(purpose, brand, language)
        if key is None:
            raise KeyError(purpose)
        allowed = {name: value for name, value in values.items() if name in PURPOSES[purpose]}
        template = compiled(self.sources[key].text)
        return parted(template.render(allowed, plural=_plural(key[0]), wrapped=wrapped))


def load_notices(folder: Path) -> Notices:
    """`folder`/notices. Raises BadSettings for words and pages; letters are looked at by `check_notices`."""
    tongues = load_tongues(folder / "notices")
    sources: dict[tuple[str, str, str], Source] = {}
    for path in sorted((folder / "notices").glob("*/*.txt")):
        purpose, _, brand = path.stem.partition(".")
        sources[path.parent.name, purpose, brand] = Source(path, path.read_text(encoding="utf-8"))
    return Notices(sources, tongues)


ENVIRONMENT = ImmutableSandboxedEnvironment(
    undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True, autoescape=False
)
"""Plain text, so nothing is escaped; a name without a value is an error, not an empty place.

The filter `paragraph` lays a text out in lines, whatever was filled in.
"""
ENVIRONMENT.filters["paragraph"] = lambda text: wrapped(" ".join(text.split())) + "\n"


@lru_cache(maxsize=1024)
def parsed(text: str) -> nodes.Template:
    """A text as a template's tree. Raises jinja2.TemplateSyntaxError. Kept: configurations are read again."""
    return ENVIRONMENT.parse(text)


@lru_cache(maxsize=1024)
def compiled(text: str) -> Template:
    """A text as a template that is ready. Raises jinja2.TemplateSyntaxError."""
    return ENVIRONMENT.from_string(parsed(text))


def names_in(text: str) -> set[str]:
    """The names that a text asks for: what it reads and does not set itself. Raises jinja2.TemplateSyntaxError."""
    found = list(parsed(text).find_all(nodes.Name))
    return {name.name for name in found if name.ctx == "load"} - {name.name for name in found if name.ctx != "load"}


def parted(rendered: str) -> tuple[str, str]:
    """Subject and text of a rendered file; never more than one empty line together, no space at a line's end."""
    first, _, rest = rendered.partition("\n")
    subject = " ".join(first.removeprefix("Subject:").split())
    lines = "\n".join(line.rstrip() for line in rest.splitlines())
    return subject, re.sub(r"\n{3,}", "\n\n", lines).strip("\n") + "\n"


def wrapped(text: str, lead: str = "") -> str:
    """A text in lines of at most 72 characters: its own line breaks stay, and so do addresses that are longer.

    A word of one letter and a number stay with what follows, a year with its month. `lead` stands before the first
    line (`"- "`); the others are indented to it.
    """
    width = _WIDTH - len(lead)
    lines: list[str] = []
    for line in text.strip().splitlines():
        bound = _TOGETHER.sub(lambda found: (found[1] or "") + _BOUND, line)
        lines += textwrap.wrap(bound, width, break_long_words=False, break_on_hyphens=False) or [""]
    laid_out = lead + textwrap.indent("\n".join(lines), " " * len(lead)).removeprefix(" " * len(lead))
    return laid_out.replace(_BOUND, " ")


@lru_cache
def locale_of(language: str) -> Locale:
    """The locale of a language; English for one that Babel does not know."""
    try:
        return Locale.parse(_LOCALES.get(language, language))
    except (ValueError, LookupError):
        return Locale.parse(_FALLBACK)


def _plural(language: str) -> Callable[..., str]:
    rule = locale_of(language).plural_form

    def plural(count: int, **forms: str) -> str:
        """The form that the language wants for a count; `other` where that form is not given."""
        return forms.get(rule(count)) or forms["other"]

    return plural
