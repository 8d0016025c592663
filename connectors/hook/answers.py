"""What somebody answered, in whatever shape it comes: a list of questions with answers, or an object of fields. Pure.

An answer is `{name, key, kind, value}`: the question as people read it, its technical name (a path where there is
none), its type as the service calls it, and what was said. Found are

    {"label": "Order", "key": "q1", "type": "TEXT", "value": "4711"}     a question with its answer, anywhere
    {"customer": {"email": "ann@…"}}                                     every leaf, named by its own key
    {"value": ["id1"], "options": [{"id": "id1", "text": "Yes"}]}        chosen options as their words
    {"first": "Ann", "last": "Lee"}                                      names, numbers and addresses in parts
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from connectors.hook.body import Json, plain

MOST = 2000
"""Answers of one item that are looked at."""
_INSIDE = 200_000
_DEEP = 30
_NAMES = ("label", "title", "question", "questionTitle", "text", "name", "key", "ref", "slug", "id", "field")
_KEYS = ("key", "ref", "slug", "name", "questionId", "fieldId", "id")
_VALUES = ("value", "values", "answer", "answers", "response", "responses")
_KINDS = ("type", "kind", "fieldType", "blockType")
_PARTS = (
    ("prefix", "first", "middle", "last", "suffix"),
    ("firstName", "lastName"),
    ("first_name", "last_name"),
    ("given", "family"),
    ("full",),
    ("area", "phone"),
    ("addr_line1", "addr_line2", "city", "state", "postal", "country"),
    ("address", "address2", "city", "state", "zip", "country"),
)
_LINKS = ("url", "content_url", "contentUrl", "link", "href", "downloadUrl", "download_url", "src")
_FILE_NAMES = (
    "filename fileName file_name originalName mimeType mime_type mimetype media_type content_type contentType".split()
)
_WORDS = ("label", "text", "title", "name", "value", "other")


@dataclass(frozen=True)
class Answer:
    """One of them. `path`: the keys from the top to it, list positions left out."""

    name: str
    key: str
    kind: str
    value: Json
    path: tuple[str, ...] = ()

    def shown(self) -> dict[str, Json]:
        """As the expressions see it."""
        return {"name": self.name, "key": self.key, "kind": self.kind, "value": self.value}


def found_in(value: Json) -> list[Answer]:
    """Every answer in a body or an item of it, in order."""
    return list(itertools.islice(_found(value, ()), MOST))


def by_name(answers: list[Answer]) -> dict[str, Json]:
    """Their values by name and by key; several of one name are a list."""
    found: dict[str, list[Json]] = {}
    for answer in answers:
        for name in dict.fromkeys((answer.name, answer.key)):
            if name:
                found.setdefault(name, []).append(answer.value)
    return {name: values[0] if len(values) == 1 else values for name, values in found.items()}


def _found(value: Json, path: tuple[str, ...]) -> Iterator[Answer]:
    match value:
        case dict() if is_file(value):
            yield Answer(path[-1] if path else "", ".".join(path), "file", value, path)
        case dict() if (answer := _question(value, path)) is not None:
            yield answer
        case dict():
            for key, inner in value.items():
                yield from _within(key, inner, path)
        case list():
            for inner in value:
                yield from _found(inner, path)
        case None | "":
            return
        case str() if (inside := _json_in(value)) is not None:
            yield from _found(inside, path)
        case _:
            yield Answer(path[-1] if path else "", ".".join(path), "", value, path)


def _within(key: str, inner: Json, path: tuple[str, ...]) -> Iterator[Answer]:
    """What stands under a key: one thing, or more of them."""
    if (isinstance(inner, dict | list) and joined(inner) is None) or _json_in(inner) is not None:
        yield from _found(inner, (*path, key))
    elif inner not in (None, "", [], {}):
        yield Answer(key, ".".join((*path, key)), "", simple(inner), (*path, key))


def is_file(value: Json) -> bool:
    """Whether an object is a file: a link or its bytes, beside its name or type."""
    if not isinstance(value, dict):
        return False
    link = any(isinstance(value.get(key), str) and "://" in value[key] for key in _LINKS)
    inside = any(isinstance(value.get(key), str) for key in ("content", "data", "base64", "contents"))
    named = any(isinstance(value.get(key), str) for key in _FILE_NAMES)
    return named and (link or inside)


def _json_in(value: Json) -> Json:
    """What a text holds that is an object or a list in JSON; None for a text."""
    if not isinstance(value, str) or value[:1] not in {"{", "["} or len(value) > _INSIDE:
        return None
    try:
        found = json.loads(value)
    except (ValueError, RecursionError):
        return None
    return plain(found, _DEEP) if isinstance(found, dict | list) and found else None


def _question(value: Mapping[str, Json], path: tuple[str, ...]) -> Answer | None:
    if isinstance(given := value.get("textAnswers"), dict):  # the Google Forms API
        key = _first(value, ("questionId",))
        return Answer(key, key, "", simple(_texts(given)), (*path, key))
    said = next((name for name in _VALUES if name in value), None)
    if said is None:
        return None
    name = _first(value, _NAMES)
    key = _first(value, _KEYS)
    kind = _first(value, _KINDS)
    if not name or (said == "value" and not kind and len(value) > 6):  # noqa: PLR2004 -- an object that happens to have a value
        return None
    if value[said] is None or value[said] == "":
        return Answer(name, key or name, kind, None, (*path, name))
    chosen = _chosen(value[said], value.get("options") or value.get("choices"))
    return Answer(name, key or name, kind, simple(chosen), (*path, name))


def _texts(given: Mapping[str, Json]) -> Json:
    rows = given.get("answers")
    return [each.get("value") for each in rows if isinstance(each, dict)] if isinstance(rows, list) else None


def _first(value: Mapping[str, Json], names: tuple[str, ...]) -> str:
    """The first of these that says something; a field that is an object may hold it one step down."""
    for name in names:
        found = value.get(name)
        if isinstance(found, dict):
            found = next((found[inner] for inner in names if isinstance(found.get(inner), str)), None)
        if isinstance(found, str) and found:
            return found
        if isinstance(found, int) and not isinstance(found, bool):
            return str(found)
    return ""


def _chosen(value: Json, options: Json) -> Json:
    """Options by their words, where the answer has only their ids."""
    if not isinstance(options, list):
        return value
    words = {str(each.get("id")): _first(each, _WORDS) for each in options if isinstance(each, dict)}
    if isinstance(value, list):
        return [words.get(str(each), each) for each in value]
    return words.get(str(value), value)


def simple(value: Json) -> Json:
    """Without wrapping: a name in parts is a name, a choice its label, a list of one its one."""
    if isinstance(value, list):
        inner = [simple(each) for each in value if each not in (None, "")]
        return inner[0] if len(inner) == 1 else inner
    if isinstance(value, dict):
        found = joined(value)
        return value if found is None else found
    return value


def joined(value: Json) -> str | None:
    """One text from an object or list that is one thing in parts; None for anything else."""
    if isinstance(value, list):
        plain = all(isinstance(each, str | int | float | bool) for each in value)
        return "\n".join(text_of(each) for each in value) if plain else None
    if not isinstance(value, dict) or not value:
        return None
    for parts in _PARTS:
        if set(value) <= set(parts) and any(value.values()):
            return " ".join(text_of(value[part]) for part in parts if value.get(part))
    if set(value) <= {"id", "ref", *_WORDS} and (word := _first(value, _WORDS)):
        return word
    return None


def text_of(value: Any) -> str:  # noqa: ANN401, PLR0911 -- JSON, and a case for each kind of it
    """A value as text: lists are lines, true is yes, a number without needless zeros."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case float() if value.is_integer():
            return str(int(value))
        case str():
            return value
        case list():
            return "\n".join(filter(None, map(text_of, value)))
        case dict():
            found = joined(value)
            if found is not None:
                return found
            lines = ((key, text_of(inner)) for key, inner in value.items())
            return "\n".join(f"{key}: {inner}" for key, inner in lines if inner)
        case _:
            return str(value)
