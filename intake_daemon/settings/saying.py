"""What pydantic found, in an operator's words: what is wrong, and what to write instead.

Pure. A fault names the key and what was expected, shows the value only when it is no secret, and where a word looks
like a mistyped one it asks `Did you mean …?`.
"""

from __future__ import annotations

import difflib
import types
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

_EXPECTED = {
    "string": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "list": "a list, such as [one, two]",
    "tuple": "a list, such as [one, two]",
    "set": "a list, such as [one, two]",
    "frozen_set": "a list, such as [one, two]",
    "dict": "keys with values, such as {name: value}",
    "mapping": "keys with values, such as {name: value}",
    "model": "keys with values, such as {name: value}",
    "date": "a date, such as 2027-06-30",
    "datetime": "a moment, such as 2027-06-30T12:00:00Z",
    "time": "a time, such as 09:00",
    "path": "a path",
}
_SHOWN = 40


def said(
    detail: Mapping[str, Any], model: type[BaseModel], at: tuple[str | int, ...], *, hidden: bool
) -> tuple[str, str]:
    """Problem and remedy of one error of pydantic at a place of `model`. `hidden`: never show the value."""
    kind: str = detail["type"]
    name = repr(next((part for part in reversed(at) if isinstance(part, str)), "this file"))
    name = f"each of {name}" if at and isinstance(at[-1], int) else name
    if kind == "extra_forbidden":
        return f"unknown key {name}.", _known(str(at[-1]), keys_at(model, at[:-1]))
    if kind == "missing":
        what = meaning(model, at)
        return f"{name} is missing.", f"Write {at[-1]}: …" + (f" ({what})" if what else "")
    if kind in {"value_error", "assertion_error"}:
        return f"{name.removeprefix('each of ')}: {detail['ctx']['error']}", ""
    shown = "" if hidden else f", not {_shown(detail.get('input'))}"
    if kind in {"literal_error", "enum"}:
        words = detail["ctx"]["expected"]
        guess = _guess(str(detail.get("input")), [word.strip("'") for word in words.replace(" or ", ", ").split(", ")])
        return f"{name} should be {words}{shown}.", guess
    expected = _EXPECTED.get(kind.rsplit("_", 1)[0])
    if expected is not None:
        quotes = "Put it in quotes." if expected == "text" and isinstance(detail.get("input"), int | float) else ""
        return f"{name} should be {expected}{shown}.", quotes
    message: str = detail["msg"]
    return f"{name}: {message[:1].lower()}{message[1:]}{shown}.", ""


def without_echoes(details: Sequence[Mapping[str, Any]], model: type[BaseModel]) -> Iterator[Mapping[str, Any]]:
    """The errors without those of a missing key that was only mistyped: the mistyped one is told."""
    meant = {
        (*detail["loc"][:-1], near[0])
        for detail in details
        if detail["type"] == "extra_forbidden"
        and (near := difflib.get_close_matches(str(detail["loc"][-1]), keys_at(model, detail["loc"][:-1]), n=1))
    }
    yield from (detail for detail in details if detail["type"] != "missing" or detail["loc"] not in meant)


def keys_at(model: object, at: Sequence[str | int]) -> list[str]:
    """The keys that may be written at a place of a model, in the model's order."""
    keys: list[str] = []
    for found in types_at(model, at):
        if isinstance(found, type) and issubclass(found, BaseModel):
            keys += [field.alias or name for name, field in found.model_fields.items()]
    return keys


def meaning(model: object, at: Sequence[str | int]) -> str:
    """The first sentence of what a field is for, or nothing."""
    for found in types_at(model, at[:-1]):
        if isinstance(found, type) and issubclass(found, BaseModel):
            for name, field in found.model_fields.items():
                if at[-1] in {name, field.alias} and field.description:
                    return " ".join(field.description.split()).split(". ")[0].rstrip(".")
    return ""


def types_at(model: object, at: Sequence[str | int]) -> list[object]:
    """What may stand at a place of a model: several where a union leaves the choice."""
    level = _alternatives(model)
    for part in at:
        below: list[object] = []
        for found in level:
            below += _below(found, part)
        level = below
    return level


def _below(found: object, part: str | int) -> list[object]:
    if isinstance(found, type) and issubclass(found, BaseModel):
        for name, field in found.model_fields.items():
            if part in {name, field.alias}:
                return _alternatives(field.annotation)
        return []
    arguments = [argument for argument in get_args(found) if argument is not Ellipsis]
    if not arguments:
        return []
    return _alternatives(arguments[0] if isinstance(part, int) else arguments[-1])


def _alternatives(annotation: object) -> list[object]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _alternatives(get_args(annotation)[0])
    if origin in {Union, types.UnionType}:
        return [found for member in get_args(annotation) for found in _alternatives(member)]
    return [annotation]


def did_you_mean(word: str, known: Sequence[str]) -> str:
    """`Did you mean 'when'?`, or what is known here when nothing looks alike."""
    return _known(word, known)


def _known(word: str, known: Sequence[str]) -> str:
    guess = _guess(word, known)
    if guess or not known:
        return guess
    return f"Known here: {', '.join(known)}."


def _guess(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f"Did you mean {near[0]!r}?" if near else ""


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "keys with values"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    text = repr(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"
