"""docs/settings.md from the models themselves: every key with its type, its default and what it is for.

The field docstrings are the documentation; nothing is said twice. `intake docs` writes it, a test holds it fresh.
"""

from __future__ import annotations

import types
from collections.abc import Iterator, Mapping
from enum import Enum
from typing import Annotated, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from intake_daemon.contract import ConnectorSettings
from intake_daemon.settings.intake import Endpoint, Settings

_HEAD = """# Settings

*Generated from the models in `intake_daemon/settings/` and in the connectors; do not edit.*

`intake.yaml` is YAML 1.2. In text values `${NAME}` is replaced from the environment and `${file:/path}` by a file's
content; `$${` stands for a plain `${`. An unknown key, a wrong type or a missing value stops the start, and
`intake check` names file, line and what to write.
"""
_PLAIN: dict[object, str] = {
    str: "text",
    int: "whole number",
    float: "number",
    bool: "true or false",
    Endpoint: "`host:port`",
}


def settings_reference(kinds: Mapping[str, type[ConnectorSettings]] | None = None) -> str:
    """The page as Markdown: `intake.yaml`, then the settings of each connector kind."""
    parts = [_HEAD, "## intake.yaml\n", _table(Settings)]
    for name, model in _inner(Settings):
        parts += [f"### {name}\n", _sentence(model), _table(model)]
    for kind, settings in sorted((kinds or {}).items()):
        parts += [f"## Connector `{kind}`\n", _sentence(settings), _table(settings)]
        for name, model in _inner(settings):
            parts += [f"### {kind}: {name}\n", _sentence(model), _table(model)]
    return "\n".join(parts).rstrip() + "\n"


def _table(model: type[BaseModel]) -> str:
    rows = ["| key | type | default | what it is |", "|---|---|---|---|"]
    for name, field in model.model_fields.items():
        meaning = " ".join((field.description or "").split()).replace("|", "\\|")
        rows.append(f"| `{field.alias or name}` | {_type(field.annotation)} | {_default(field)} | {meaning} |")
    return "\n".join(rows) + "\n"


def _sentence(model: type[BaseModel]) -> str:
    text = " ".join((model.__doc__ or "").split())
    return text + "\n" if text else ""


def _inner(model: type[BaseModel], above: str = "") -> Iterator[tuple[str, type[BaseModel]]]:
    """The models inside a model, each with its path such as `brands.<name>.sender`."""
    for name, field in model.model_fields.items():
        path = f"{above}{name}"
        for found, suffix in _models(field.annotation):
            if found is not ConnectorSettings:
                yield f"{path}{suffix}", found
                yield from _inner(found, f"{path}{suffix}.")


def _models(annotation: object) -> Iterator[tuple[type[BaseModel], str]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation, ""
        return
    origin = get_origin(annotation)
    arguments = get_args(annotation)
    if origin in {Annotated, Union, types.UnionType}:
        for argument in arguments[:1] if origin is Annotated else arguments:
            yield from _models(argument)
    elif isinstance(origin, type) and issubclass(origin, Mapping):
        yield from ((model, f".<name>{suffix}") for model, suffix in _models(arguments[1]))
    elif arguments and origin is not Literal:
        yield from ((model, f"[]{suffix}") for model, suffix in _models(arguments[0]))


def _type(annotation: object) -> str:
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is None:
        return _plain_type(annotation)
    if origin is Annotated:
        return _type(arguments[0])
    if origin is Literal:
        return " or ".join(f"`{word}`" for word in arguments)
    if origin in {Union, types.UnionType}:
        return " or ".join(dict.fromkeys(_type(each) for each in arguments if each is not type(None)))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return f"name: {_type(arguments[1])}"
    return f"list of {_type(arguments[0])}"


def _plain_type(annotation: object) -> str:
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return " or ".join(f"`{member.value}`" for member in annotation)
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return "keys, see below"
    return _PLAIN.get(annotation, str(getattr(annotation, "__name__", annotation)).lower())


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True, validated_data={})
    if value is PydanticUndefined or value is None or value in ((), {}, "", frozenset()):
        return ""
    if isinstance(value, BaseModel):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, list | tuple | frozenset | set) and not hasattr(value, "_fields"):
        return f"`[{', '.join(map(str, value))}]`"
    return f"`{value}`"
