"""docs/channels.md: what every connector can do, which promises it is held to, and what could not be tried here.

Nothing is said twice. What a connector can do is its `can`; what it must be told, its `Settings`; what it speaks and
confirms, its manual. Which promises it keeps is read from the tests that inherit them (tests/promises): a class with
`kind = …` and the lists as its bases. What was tried against what is the sentence of its manual that begins with
`Tried`; a test holds that each has one.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from intake_daemon.contract import Can, Connector

_TESTS = Path(__file__).parents[3] / "tests"
_LISTS = {
    "Brings": "brings contacts",
    "Signed": "signed",
    "Files": "files",
    "Fetches": "files by link",
    "Batches": "batches",
    "Edits": "edits",
    "Orders": "conversations",
    "Replies": "answers",
}
"""The lists of promises, by their names in tests/promises, in the order of the page."""
_WIDER = {"Fetches": ("Files",)}
"""A list that holds another one."""
_CANS = {
    Can.REPLY: "answers through itself",
    Can.SEND: "sends to addresses that it did not hear from",
    Can.ATTACHMENTS: "files",
    Can.THREADS: "threads",
    Can.SOURCE_RETRIES: "its source comes again when we cannot hold it, so nothing is spooled",
    Can.LOOKUP: "the provider can be asked what became of a notice",
    Can.LATE_RECEIPTS: "late receipts",
    Can.COPIES_ARE_ONE: "two copies of a notice count as one",
}
_TRIED = re.compile(r"(?:^|\s)(Tried\s[^.]*(?:\.\w[^.]*)*\.)(?=\s|$)")
_HEAD = """# Channels

{made}

Every way in and out is a connector: one kind, one file or folder in `connectors/`. How to add one:
[adding-a-connector.md](adding-a-connector.md). All their settings: [settings.md](settings.md).

## What each can do
"""
_PROMISES = """
## What each promises

Each promise is a test that runs against every connector whose column has a mark, through its real front door.
"""
_UNTRIED = """
## What it was tried against

No account of a provider stood here: where a row says so, a service of our own spoke the provider's documented form.
"""


def channels(made: str, kinds: Mapping[str, type[Connector]]) -> str:
    """The page. `made`: the line that says that it is generated."""
    held = _held(kinds)
    parts = [_HEAD.format(made=made), *_table(kinds), _PROMISES, *_matrix(kinds, held), "", *_promises(held)]
    parts += [_UNTRIED, "| kind | |", "|---|---|"]
    parts += [f"| `{kind}` | {tried(found) or 'Not said.'} |" for kind, found in kinds.items()]
    for kind, found in kinds.items():
        parts += ["", f"## {kind}", "", _must(found), "", f"```text\n{manual(found)}\n```"]
    return "\n".join(parts).rstrip() + "\n"


def manual(found: type[Connector]) -> str:
    """The docstring of its file."""
    return (importlib.import_module(found.__module__).__doc__ or "").strip()


def tried(found: type[Connector]) -> str:
    """What its manual says that it was tried against; empty where it says nothing."""
    return " ".join(" ".join(each.split()) for each in _TRIED.findall(manual(found)))


def _table(kinds: Mapping[str, type[Connector]]) -> Iterator[str]:
    yield "| kind | can |"
    yield "|---|---|"
    for kind, found in kinds.items():
        can = "; ".join(said for each, said in _CANS.items() if each in found.can) or "see its manual"
        yield f"| [`{kind}`](#{kind}) | {can} |"


def _must(found: type[Connector]) -> str:
    fields = found.Settings.model_fields
    must = [f"`{field.alias or name}`" for name, field in fields.items() if field.is_required() and name != "kind"]
    needed = f"Must be told: {', '.join(must)}." if must else "Needs no settings."
    return f"{needed} [All settings](settings.md#connector-{found_kind(found)})." if found_kind(found) else needed


def found_kind(found: type[Connector]) -> str:
    """For the link to its settings: the kind's name as a heading's anchor has it."""
    from importlib.metadata import entry_points

    points = entry_points(group="intake_daemon.connectors")
    return next((each.name for each in points if each.value.endswith(f":{found.__name__}")), "")


# --- promises ---------------------------------------------------------------------------------------------------------


def _held(kinds: Mapping[str, type[Connector]]) -> dict[str, set[str]]:
    """Per kind the names of the lists that its tests inherit; empty where there are no tests (in a wheel)."""
    named = {found.__name__: kind for kind, found in kinds.items()}
    held: dict[str, set[str]] = {}
    for path in sorted(_TESTS.rglob("test_*.py")):
        for kind, lists in _classes(path):
            if kind in named:
                held.setdefault(named[kind], set()).update(lists)
    return held


def _classes(path: Path) -> Iterator[tuple[str, set[str]]]:
    """Each test class with a kind: the connector's class, and the lists among its bases, near and far."""
    source = path.read_text(encoding="utf-8")
    if "promises" not in source:
        return
    nodes = [node for node in ast.parse(source).body if isinstance(node, ast.ClassDef)]
    known = {node.name: node for node in nodes}
    for node in nodes:
        lists, kind = _inherited(node, known)
        if kind and lists:
            yield kind, lists


def _inherited(node: ast.ClassDef, known: Mapping[str, ast.ClassDef]) -> tuple[set[str], str]:
    lists: set[str] = set()
    kind = _kind(node)
    for base in node.bases:
        name = base.attr if isinstance(base, ast.Attribute) else base.id if isinstance(base, ast.Name) else ""
        if name in _LISTS:
            lists |= {name, *_WIDER.get(name, ())}
        elif name in known:
            above, its = _inherited(known[name], known)
            lists, kind = lists | above, kind or its
    return lists, kind


def _kind(node: ast.ClassDef) -> str:
    for each in node.body:
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Name):
            target = each.targets[0]
            if isinstance(target, ast.Name) and target.id == "kind":
                return each.value.id
    return ""


def _matrix(kinds: Mapping[str, type[Connector]], held: Mapping[str, set[str]]) -> Iterator[str]:
    yield f"| kind | {' | '.join(_LISTS.values())} |"
    yield f"|---|{'---|' * len(_LISTS)}"
    for kind in kinds:
        marks = ["yes" if name in held.get(kind, ()) else "" for name in _LISTS]
        yield f"| `{kind}` | {' | '.join(marks)} |"


def _promises(held: Mapping[str, set[str]]) -> Sequence[str]:
    """The promises of each list, in the words of their tests."""
    said: dict[str, list[str]] = {}
    for path in sorted((_TESTS / "promises").glob("*.py")) if held else ():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and node.name in (*_LISTS, "Named"):
                tests = [each for each in node.body if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef)]
                docs = [ast.get_docstring(each) or "" for each in tests if each.name.startswith("test_")]
                said[node.name] = [" ".join(doc.split()) for doc in docs]
    lines = []
    for name, words in ({"Named": "every connector"} | _LISTS).items():
        if name in said:
            lines += [f"**{words.capitalize()}**", "", *(f"- {each}" for each in said[name]), ""]
    return lines
