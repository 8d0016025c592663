"""In which of the brand's languages a page speaks."""

from __future__ import annotations

from babel import Locale, negotiate_locale
from starlette.requests import Request

from intake_daemon.contract import BrandFacts


def language_of(request: Request, brand: BrandFacts) -> str:
    """`?lang=`, else the browser's first language that the brand offers, else the brand's default."""
    asked = request.query_params.get("lang", "")
    if asked in brand.languages:
        return asked
    ranked = [part.partition(";") for part in request.headers.get("accept-language", "").split(",")]
    wanted = [tag.strip() for tag, _, weight in ranked if tag.strip() and weight.strip() != "q=0"]
    return negotiate_locale(wanted, brand.languages, sep="-") or brand.languages[0]


def own_name(code: str) -> str:
    """What a language is called by those who speak it, beginning with a capital as in a list."""
    return capital(Locale.parse(code).get_display_name(code) or code)


def capital(words: str) -> str:
    """The same, its first letter a capital."""
    return words[:1].upper() + words[1:]
