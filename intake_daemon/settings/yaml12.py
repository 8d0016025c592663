"""YAML 1.2's core schema over libyaml: nodes with their lines, or plain values.

libyaml reads a configuration twenty times as fast as a parser in Python (25 ms instead of 600), so a restart is quick.
It speaks YAML 1.1, where `no` is False, `22:30` is 1350 and `010` is 8; what a scalar means is therefore decided here,
by the table of YAML 1.2.2 section 10.3.2, with dates (`2026-01-31`) as the one addition. What is none of these is text.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, TypeAlias

from yaml.constructor import SafeConstructor
from yaml.cyaml import CParser  # type: ignore[attr-defined] # its stub does not say that it re-exports
from yaml.error import MarkedYAMLError, YAMLError
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode
from yaml.resolver import BaseResolver

__all__ = ["MappingNode", "MarkedYAMLError", "Node", "SequenceNode", "YAMLError", "compose", "load", "scalars"]

Plain: TypeAlias = Any
"""What YAML gives before it is typed: dicts, lists, text, numbers, dates, None."""

# tag -> how it is written, and what it may begin with
_SCALARS = {
    "null": (r"~|null|Null|NULL|", ["~", "n", "N", ""]),
    "bool": (r"true|True|TRUE|false|False|FALSE", list("tTfF")),
    "int": (r"[-+]?[0-9]+|0o[0-7]+|0x[0-9a-fA-F]+", list("-+0123456789")),
    "float": (
        r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
        list("-+.0123456789"),
    ),
    "timestamp": (r"[0-9]{4}-[0-9]{2}-[0-9]{2}", list("0123456789")),
}


class _Reader(CParser, SafeConstructor, BaseResolver):
    """libyaml's parser and composer, PyYAML's constructor, our table of scalars."""

    def __init__(self, text: str) -> None:
        CParser.__init__(self, text)
        SafeConstructor.__init__(self)
        BaseResolver.__init__(self)

    def construct_yaml_int(self, node: ScalarNode) -> int:
        said = self.construct_scalar(node)
        return int(said, 0) if said[:2] in {"0o", "0x"} else int(said)

    def construct_yaml_float(self, node: ScalarNode) -> float:
        said = self.construct_scalar(node)
        return float(said.replace(".", "", 1) if said.lower().lstrip("+-") in {".inf", ".nan"} else said)


for _tag, (_written, _first) in _SCALARS.items():
    _Reader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(rf"(?:{_written})\Z"), _first)
_Reader.yaml_constructors = SafeConstructor.yaml_constructors | {
    "tag:yaml.org,2002:int": _Reader.construct_yaml_int,
    "tag:yaml.org,2002:float": _Reader.construct_yaml_float,
}


def compose(text: str) -> Node | None:
    """The one document's nodes; None when there is nothing. Raises YAMLError (marked with a line where it has one)."""
    reader = _Reader(text)
    try:
        node: Node | None = reader.get_single_node()
    finally:
        reader.dispose()
    return node


def scalars() -> SafeConstructor:
    """What scalar nodes mean: `construct_object(node)` raises YAMLError or ValueError where one is not what it says."""
    return _Reader("")


def load(file: Path) -> Plain:
    """A file of UTF-8 as plain values. Raises OSError, YAMLError, or ValueError where a value is not what it says."""
    node = compose(file.read_text(encoding="utf-8"))
    return None if node is None else scalars().construct_document(node)
