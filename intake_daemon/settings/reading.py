"""YAML 1.2 with line numbers into pydantic models.

Rules
-----
1. YAML 1.2 (yaml12.py): `no`, `on` and `22:30` are text. (By YAML 1.1 they would be False, True and 1350.)
2. `${NAME}` and `${file:/path}` are replaced in text values only, never in keys; `$${` stands for a plain `${`.
   A file's last line end is dropped; its path counts from the folder of the YAML file.
3. A document collects its faults; `done` raises them together. Where a value could not be read at all (an unset
   variable), what the model says of the same place is left out: it would be the same fault twice.
4. No fault repeats a value that came from the environment or whose key names a secret.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import yaml12
from intake_daemon.settings.saying import said, types_at, without_echoes
from intake_daemon.settings.yaml12 import MappingNode, MarkedYAMLError, Node, Plain, SequenceNode, YAMLError

Loc = tuple[str | int, ...]
"""Where something stands in a document: keys and list positions from the top."""

_MODEL = TypeVar("_MODEL", bound=BaseModel)
_REFERENCE = re.compile(r"\$\$\{|\$\{(?P<file>file:)?(?P<name>[^}]*)\}")
_SECRET = frozenset({"password", "passwd", "secret", "token", "key"})
_BYTE_LIMIT = 5_000_000


class Strict(BaseModel):
    """What every model of ours that an operator fills extends: frozen, unknown keys refused, docstrings kept."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True, populate_by_name=True)


class Document:
    """One YAML file: plain `data`, the line of everything in it, and the faults found so far."""

    def __init__(self, file: str, data: Plain, lines: Mapping[Loc, int], expanded: frozenset[Loc]) -> None:
        self.file = file
        self.data = data
        self.faults: list[Fault] = []
        self.expanded = expanded
        """Places whose value came from the environment or another file."""
        self._lines = lines
        self._told: set[Loc] = set()

    def line(self, at: Loc) -> int:
        """The line of a place, or of the nearest thing around it; lines count from 1."""
        while at not in self._lines and at:
            at = at[:-1]
        return self._lines.get(at, 1)

    def has(self, at: Loc) -> bool:
        """Whether the file itself says something at this place."""
        return at in self._lines

    def fault(self, at: Loc, problem: str, remedy: str = "") -> None:
        """Note one fault at a place."""
        self._told.add(at)
        self.faults.append(Fault(self.file, self.line(at), problem, remedy))

    def done(self) -> None:
        """Raise BadSettings with every fault so far, in the order of lines; nothing when there is none."""
        if self.faults:
            raise BadSettings(sorted(self.faults, key=lambda fault: fault.line))

    def get(self, at: Loc) -> Plain:
        """The plain value of a place, or None."""
        value = self.data
        for part in at:
            if isinstance(value, dict):
                value = value.get(part)
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return None
        return value

    def values(self, at: Loc = ()) -> Iterator[tuple[Loc, Any]]:
        """Every scalar under a place, with where it stands."""
        value = self.get(at)
        if isinstance(value, dict):
            for key in value:
                yield from self.values((*at, key))
        elif isinstance(value, list):
            for number in range(len(value)):
                yield from self.values((*at, number))
        else:
            yield at, value

    def typed(self, model: type[_MODEL], at: Loc = (), *, context: Mapping[str, Any] | None = None) -> _MODEL | None:
        """What stands at a place as `model`; None after noting every fault when it is not one."""
        try:
            return model.model_validate(self.get(at), context=dict(context or {}))
        except ValidationError as error:
            for detail in without_echoes(error.errors(include_url=False), model):
                place = (*at, *self._real(at, detail["loc"]))
                if any(place[:length] in self._told for length in range(1, len(place) + 1)):
                    continue
                hidden = place in self.expanded or is_secret(place)
                self.fault(place, *said(detail, model, place[len(at) :], hidden=hidden))
            return None

    def secrets(self, model: type[BaseModel], at: Loc = ()) -> None:
        """Note a fault for every secret under a place that is written out instead of `${NAME}`."""
        for place, value in self.values(at):
            if not is_secret(place) or not isinstance(value, str) or not value or place in self.expanded:
                continue
            if Path not in types_at(model, place[len(at) :]):
                self.fault(
                    place,
                    f"{place[-1]!r} is a secret and stands in the file.",
                    f"Write {place[-1]}: ${{{str(place[-1]).upper()}}} and put it into the environment.",
                )

    def _real(self, at: Loc, loc: Loc) -> Loc:
        """A place as it is in the data: pydantic also names the branch of a union that it tried."""
        kept: list[str | int] = []
        for number, part in enumerate(loc):
            value = self.get((*at, *kept))
            here = isinstance(value, dict) and part in value
            here = here or (isinstance(value, list) and isinstance(part, int) and part < len(value))
            if here or (number == len(loc) - 1 and part != "[key]" and not isinstance(value, str)):
                kept.append(part)
        return tuple(kept)


def is_secret(at: Loc) -> bool:
    """Whether the key at a place names a secret: `password`, `bot_token`, `key` and their like."""
    return bool(at) and isinstance(at[-1], str) and at[-1].lower().rsplit("_", 1)[-1] in _SECRET


def open_document(path: Path, *, env: Mapping[str, str] | None = None, shown: str | None = None) -> Document:
    """Read a YAML file. Raises BadSettings when it is not there or is no YAML; unset variables are noted as faults.

    `env`: the environment by default. `shown`: the file's name in faults, its path by default.
    """
    file = shown or str(path)
    try:
        text = path.read_bytes()[:_BYTE_LIMIT].decode("utf-8-sig")
    except FileNotFoundError:
        raise BadSettings([Fault(file, 1, "this file is missing.", "Create it, or name another folder.")]) from None
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings([Fault(file, 1, f"cannot be read ({type(error).__name__}).", "Save it as UTF-8.")]) from None
    try:
        node = yaml12.compose(text)
    except MarkedYAMLError as error:
        last = text.rstrip().count("\n") + 1  # what never ends is noticed behind the end
        line = min(error.problem_mark.line + 1, last) if error.problem_mark else 1
        raise BadSettings(
            [Fault(file, line, f"this is no YAML: {error.problem}.", "Check indent and quotes.")]
        ) from None
    except YAMLError as error:
        raise BadSettings([Fault(file, 1, f"this is no YAML ({type(error).__name__}).")]) from None
    return _Reader(file, path.parent, os.environ if env is None else env).document(node)


def read(
    path: Path,
    model: type[_MODEL],
    *,
    env: Mapping[str, str] | None = None,
    context: Mapping[str, Any] | None = None,
) -> _MODEL:
    """A YAML file as `model`. Raises BadSettings with every fault."""
    document = open_document(path, env=env)
    value = document.typed(model, context=context)
    document.done()
    assert value is not None  # noqa: S101 -- `typed` gives None only after noting a fault
    return value


class _Reader:
    """Walks YAML nodes into plain data, noting lines, replacing references."""

    def __init__(self, file: str, folder: Path, env: Mapping[str, str]) -> None:
        self._file, self._folder, self._env = file, folder, env
        self._scalars = yaml12.scalars()
        self._lines: dict[Loc, int] = {}
        self._expanded: set[Loc] = set()
        self._early: list[tuple[Loc, str, str]] = []
        self._around: list[Node] = []

    def document(self, node: Node | None) -> Document:
        data = {} if node is None else self._plain(node, ())
        document = Document(self._file, data, self._lines, frozenset(self._expanded))
        for early in self._early:
            document.fault(*early)
        return document

    def _plain(self, node: Node, at: Loc) -> Plain:
        self._lines.setdefault(at, node.start_mark.line + 1)
        if any(node is outer for outer in self._around):
            self._early.append((at, "this contains itself.", "Take the alias (*) out."))
            return None
        if isinstance(node, MappingNode | SequenceNode):
            self._around.append(node)
            try:
                return self._mapping(node, at) if isinstance(node, MappingNode) else self._sequence(node, at)
            finally:
                self._around.pop()
        try:
            value = self._scalars.construct_object(node)
        except (YAMLError, ValueError):
            self._early.append((at, "this value cannot be read.", "Put it in quotes if it is text."))
            return None
        return self._replaced(value, at) if isinstance(value, str) else value

    def _sequence(self, node: SequenceNode, at: Loc) -> list[Plain]:
        return [self._plain(item, (*at, number)) for number, item in enumerate(node.value)]

    def _mapping(self, node: MappingNode, at: Loc) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key_node, value_node in node.value:
            key = self._scalars.construct_object(key_node) if isinstance(key_node.value, str) else str(key_node.value)
            place = (*at, key)
            if key in result:
                first = self._lines[place]
                self._early.append((place, f"{key!r} stands here twice, first on line {first}.", "Keep one of them."))
            self._lines[place] = key_node.start_mark.line + 1
            result[key] = self._plain(value_node, place)
        return result

    def _replaced(self, value: str, at: Loc) -> str:
        def one(match: re.Match[str]) -> str:
            name = match["name"]
            if name is None:
                return "${"
            self._expanded.add(at)
            return self._from_file(name, at) if match["file"] else self._from_environment(name, at)

        return _REFERENCE.sub(one, value)

    def _from_environment(self, name: str, at: Loc) -> str:
        if name not in self._env:
            self._early.append((at, f"the environment has no {name}.", f"Set {name}, or write the value here."))
        return self._env.get(name, "")

    def _from_file(self, name: str, at: Loc) -> str:
        try:
            return (self._folder / name).read_text(encoding="utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            remedy = "Create the file, readable for the daemon's user."
            self._early.append((at, f"the file {name} cannot be read ({type(error).__name__}).", remedy))
            return ""
