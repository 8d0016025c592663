"""The pages: the form, and what is said after it.

Words come from `World.pages` and `World.words`, shapes from the templates.

A page is complete without JavaScript and asks nobody else for anything: its style and its small script are ours, served
under the same path. What a person typed comes back as they typed it, escaped.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from babel.units import format_unit
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from connectors.browser.tongue import capital, own_name
from connectors.web_form.answers import PARTS
from intake_daemon.contract import BrandFacts, World

_HERE = Path(__file__).parent
_MEGABYTE = 1024 * 1024
_DETAILS = ("staff_named", "ticket_refs", "dates_times", "caller_numbers", "emails_sent")
_LINES = {"description": 8, "remedy": 3, "dates_times": 3, "emails_sent": 3, "caller_numbers": 2, "ticket_refs": 2}
_PART_FILLS = {"given": "given-name", "family": "family-name", "patronymic": "additional-name"}
_NAMES = {"description": "description", "customer.name": "name", "customer.contact": "email", "attachments": "files"}

ASSETS = {
    name: (media_type, (_HERE / "templates" / name).read_bytes())
    for name, media_type in {"form.css": "text/css; charset=utf-8", "form.js": "text/javascript; charset=utf-8"}.items()
}
VERSION = hashlib.sha256(b"".join(content for _, content in ASSETS.values())).hexdigest()[:12]


@dataclass(frozen=True)
class Field:
    """One question of the form as the template draws it."""

    name: str
    label: str
    shape: str = "line"
    """`line area select choice files group`."""
    type: str = "text"
    fills: str = ""
    """Its `autocomplete` token (WCAG 1.3.5)."""
    hint: str = ""
    value: str = ""
    error: str = ""
    must: bool = False
    wanted: bool = False
    """The policy asks for it, but its absence stops nothing: neither `required` nor `optional` is said."""
    rows: int = 0
    options: tuple[tuple[str, str], ...] = ()
    parts: tuple[Field, ...] = ()


class Pages:
    """Renders for every brand in every language that it offers."""

    def __init__(self, world: World, path: str, file_bytes: int) -> None:
        self._world = world
        self._path = path
        self._file_bytes = file_bytes
        self._environment = Environment(
            loader=FileSystemLoader(_HERE / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def words(self, brand: BrandFacts, language: str) -> Mapping[str, str]:
        """The strings of a language; where we have none, those of the brand's default."""
        pages = self._world.pages
        return next((pages[each] for each in (language, *brand.languages, "en") if each in pages), {})

    def form(
        self,
        brand: BrandFacts,
        language: str,
        *,
        key: str,
        values: Mapping[str, str],
        errors: Mapping[str, str],
        said: Sequence[str] = (),
        marker: str = "",
        start: str = "",
    ) -> str:
        """The form. `errors`: what is wrong by field name; `said`: what is wrong with no field; `marker`: an e-mail
        address at which we have wondered already; `start`: the link that it was begun with. Other languages are offered
        only while nothing is typed: a link would lose it."""
        words = self.words(brand, language)
        fields = [replace(field, error=errors.get(field.name, "")) for field in self._fields(brand, language, values)]
        return self._render(
            "form.html",
            brand,
            language,
            fields=fields,
            problems=[(field.name, field.error) for field in fields if field.error],
            said=said,
            key=key,
            marker=marker,
            start=start,
            languages=[] if values else [(code, own_name(code)) for code in brand.languages],
            too_large=words.get("error_too_large", ""),
            file_bytes=self._file_bytes,
        )

    def thanks(
        self, brand: BrandFacts, language: str, *, reference: str | None, mail: bool, refused: Sequence[tuple[str, str]]
    ) -> str:
        """The page after it was held. `refused`: files that were not taken, with the sentence that says why."""
        return self._render("thanks.html", brand, language, reference=reference, mail=mail, refused=refused)

    def _render(self, template: str, brand: BrandFacts, language: str, **values: object) -> str:
        words = self.words(brand, language)

        def say(word: str, **fill: str) -> str:
            return words.get(word, "").format(brand=brand.name, **fill)

        return self._environment.get_template(template).render(
            brand=brand,
            language=language if language in self._world.pages else brand.languages[0],
            action=f"{self._path}/{brand.id}",
            assets=f"{self._path}/assets/{VERSION}",
            say=say,
            **values,
        )

    def _fields(self, brand: BrandFacts, language: str, values: Mapping[str, str]) -> list[Field]:
        """What the form asks, in its order: what happened, then who asks, then what helps to find it."""
        words = self.words(brand, language)
        topic_words = self._world.words.get(language, {}).get("topics", {})
        asked = {ask.field: ask for ask in brand.ask}

        def field(name: str, label: str) -> Field:
            ask = next((asked[policy] for policy in asked if _NAMES.get(policy, policy) == name), None)
            return Field(
                name,
                words.get(label, name),
                shape="area" if name in _LINES else "line",
                rows=_LINES.get(name, 0),
                value=values.get(name, ""),
                wanted=bool(ask and ask.must),
            )

        yes_no = (("yes", words.get("danger_yes", "+")), ("no", words.get("danger_no", "-")))
        topics = tuple((code, capital(topic_words.get(code, code.replace("_", " ")))) for code in brand.topics)
        size = format_unit(self._file_bytes // _MEGABYTE, "digital-megabyte", length="short", locale=language).replace(
            " ", "\N{NO-BREAK SPACE}"
        )
        fields = [
            replace(field("description", "description_label"), hint=words.get("description_hint", ""), must=True),
            replace(field("danger", "danger_label"), shape="choice", options=yes_no),
            field("remedy", "remedy_label"),
        ]
        if topics:
            fields.append(replace(field("topic", "topic_label"), shape="select", options=topics))
        if "customer.name" in asked:
            whole = replace(field("name", "name_label"), fills="name")
            fields.append(_name(asked["customer.name"].parts, whole, words, values))
        fields += [
            replace(field("email", "contact_label"), type="email", fills="email", hint=words.get("contact_hint", "")),
            replace(field("phone", "phone_label"), type="tel", fills="tel"),
            *(field(name, f"{name}_label") for name in _DETAILS if name in asked),
            replace(
                field("files", "files_label"),
                shape="files",
                hint=f"{words.get('files_hint', '')} ≤\N{NO-BREAK SPACE}{size}",
            ),
        ]
        return fields


def _name(parts: Sequence[str], whole: Field, words: Mapping[str, str], values: Mapping[str, str]) -> Field:
    """A name in one line, or in the parts that the policy asks for."""
    if not parts:
        return whole
    lines = [
        Field(
            f"name_{part}",
            words.get(f"name_{part}", part),
            value=values.get(f"name_{part}", ""),
            fills=_PART_FILLS[part],
            wanted=whole.wanted,
        )
        for part in parts
        if part in PARTS
    ]
    return replace(whole, shape="group", parts=tuple(lines))
