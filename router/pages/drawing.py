"""Drawing a page: templates, languages, the words of config/notices/<lang>/pages.yaml, and what a browser posted."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from urllib.parse import parse_qsl

from babel import Locale, negotiate_locale
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from router.rules import Rules

_HERE = Path(__file__).parent / "templates"
_STYLE = (_HERE / "page.css").read_bytes()
_VERSION = hashlib.sha256(_STYLE).hexdigest()[:12]
_POSTED = 8192
"""Bytes of a post: a reference, a code, a choice."""


class Drawing:
    """The pages as HTML."""

    def __init__(self, rules: Callable[[], Rules]) -> None:
        self._rules = rules
        self._environment = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def languages(self, brand: str = "") -> Sequence[str]:
        """The languages of a brand, or of all brands."""
        brands = self._rules().brands
        some = [brands[brand]] if brand else brands.values()
        return tuple(dict.fromkeys(language for each in some for language in each.languages))

    def language(self, request: Request, offered: Sequence[str], chosen: str = "") -> str:
        """What was chosen, else the browser's first that is offered, else the first."""
        for asked in (chosen, request.query_params.get("lang", "")):
            if asked in offered:
                return asked
        ranked = [part.partition(";") for part in request.headers.get("accept-language", "").split(",")]
        wanted = [tag.strip() for tag, _, weight in ranked if tag.strip() and weight.strip() != "q=0"]
        return negotiate_locale(wanted, offered, sep="-") or offered[0]

    def page(
        self,
        template: str,
        language: str,
        values: Mapping[str, object],
        *,
        status: HTTPStatus = HTTPStatus.OK,
        brand: str = "",
        languages: Sequence[str] = (),
    ) -> Response:
        """One page that nobody keeps. `languages`: those that can be chosen here."""
        rules = self._rules()
        words = rules.notices.pages()
        spoken = words.get(language) or words["en"]
        names = [each.name for each in rules.brands.values()]
        shown = rules.brands[brand].name if brand else names[0] if len(names) == 1 else ""

        def say(word: str, **fill: object) -> str:
            return spoken.get(word, "").format(brand=shown, **fill)

        page = self._environment.get_template(template).render(
            say=say,
            language=language,
            brand=shown,
            languages=[(code, _own_name(code)) for code in languages],
            style=f"/status/{_VERSION}/page.css",
            **values,
        )
        return HTMLResponse(page, status, {"cache-control": "no-store", "referrer-policy": "same-origin"})

    async def style(self, request: Request) -> Response:
        """The look of the pages."""
        current = request.path_params["version"] == _VERSION
        keep = "public, max-age=31536000, immutable" if current else "no-cache"
        return Response(_STYLE, headers={"cache-control": keep, "content-type": "text/css; charset=utf-8"})


async def posted(request: Request) -> dict[str, str]:
    """What a page's form says; what is no such form says nothing."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > _POSTED:
            return {}
    pairs = parse_qsl(body.decode("ascii", "replace"), keep_blank_values=True, errors="replace")
    return {name: value.strip() for name, value in pairs}


def peer(request: Request) -> str:
    """Where it comes from."""
    return request.client.host if request.client else ""


def _own_name(code: str) -> str:
    name = Locale.parse(code).get_display_name(code) or code
    return name[:1].upper() + name[1:]
