"""The widget's script, and the page that hosts it.

The script is one file per brand: the words of its first language, its style, its code; other languages are fetched when
they are wanted. A page of the company needs one tag, and gives it nothing but a place. The style is a constructed style
sheet inside a shadow root, the code writes no markup: a Content-Security-Policy needs our origin in `script-src` and
`connect-src`, and nothing else.

Without JavaScript the hosted page is a plain form with the conversation above it, which is sent and read anew by POST.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.browser.tongue import own_name
from intake_daemon.contract import BrandFacts, ChatLine, World

_HERE = Path(__file__).parent / "templates"
STYLE = (_HERE / "page.css").read_bytes()
VERSION = hashlib.sha256(STYLE).hexdigest()[:12]
_PREFIX = "chat_"
_PLAIN = frozenset(("held_plain", "waiting_plain", "plain_hint", "check"))


class Pages:
    """For every brand in every language that it offers."""

    def __init__(self, world: World, path: str, file_bytes: int, files: int) -> None:
        self._world = world
        self._path = path
        self._file_bytes = file_bytes
        self._files = files
        self._code = _squeezed((_HERE / "widget.js").read_text(encoding="utf-8"))
        self._style = _squeezed((_HERE / "widget.css").read_text(encoding="utf-8"))
        self._environment = Environment(
            loader=FileSystemLoader(_HERE),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def words(self, brand: BrandFacts, language: str) -> Mapping[str, str]:
        """What the chat says in a language; where we have none, in the brand's own."""
        pages = self._world.pages
        found = next((pages[each] for each in (language, *brand.languages, "en") if each in pages), {})
        said = {key.removeprefix(_PREFIX): value for key, value in found.items() if key.startswith(_PREFIX)}
        return {key: value.replace("{brand}", brand.name) for key, value in said.items()}

    def said(self, brand: BrandFacts, language: str) -> dict[str, str]:
        """What of it the window says; the rest is the plain page's."""
        return {key: value for key, value in self.words(brand, language).items() if key not in _PLAIN}

    def widget(self, brand: BrandFacts) -> bytes:
        """The script of a brand."""
        facts = {
            "brand": brand.id,
            "name": brand.name,
            "path": f"{self._path}/{brand.id}",
            "bytes": self._file_bytes,
            "files": self._files,
            "languages": {code: own_name(code) for code in brand.languages},
            "words": {brand.languages[0]: self.said(brand, brand.languages[0])},
            "style": self._style,
        }
        told = json.dumps(facts, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
        return self._code.replace("FACTS_OF_THE_BRAND", told, 1).encode()

    def page(
        self,
        brand: BrandFacts,
        language: str,
        *,
        session: str,
        key: str,
        lines: Sequence[ChatLine] = (),
        said: Sequence[str] = (),
        values: Mapping[str, str] | None = None,
        chosen: bool = False,
    ) -> str:
        """The page. `said`: what became of the line that was sent; `values`: what goes back into the form;
        `chosen`: the visitor chose this language."""
        typed = dict(values or {})
        return self._environment.get_template("page.html").render(
            brand=brand,
            language=language,
            languages=[(code, own_name(code)) for code in brand.languages] if not lines and not typed else [],
            say=self.words(brand, language).get,
            style=f"{self._path}/{brand.id}/style.{VERSION}.css",
            here=f"{self._path}/{brand.id}",
            session=session,
            key=key,
            lines=lines,
            said=said,
            values=typed,
            chosen=chosen,
        )


def _squeezed(style: str) -> str:
    """Without what only its readers need."""
    return "\n".join(line.strip() for line in style.splitlines() if line.strip() and not line.startswith(("/*", "//")))
