"""CEL over a post: compiled and typed when a mapping is loaded, asked for every item.

    body       the post                       item     one of `each`; without it the post
    answers    `{name, key, kind, value}` of every answer of the item, in order
    by         the answers by name and by key: by["What happened?"]
    named      the answers by name alone
    guess.*    what we would take: text name email phone subject language at id danger files
    answer     in `answers:` only: one of its list

What names something that is not there gives nothing: senders leave out what is empty. What fails otherwise gives
nothing and a remark. CEL cannot loop for ever and touches nothing outside; its regular expressions run in linear time.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from cel_expr_python import cel
from cel_expr_python.ext import ext_optional, ext_strings

from connectors.hook.guessing import Guess
from intake_daemon.settings import Document, Loc, did_you_mean

_ERROR = re.compile(r"<input>:(\d+):(\d+): (.*?)\n((?: \| .*\n?)+)")
_UNDECLARED = re.compile(r"undeclared reference to '([^']*)'")
_ABSENT = re.compile(r"Key not found|Index error|SELECT to non-message|NOT_FOUND|null_type|out of range")
_CONTAINER = " (in container '')"
_SCALARS = ("STRING", "INT", "UINT", "DOUBLE", "BOOL", "TIMESTAMP", "DYN", "NULL")
TEXT = (*_SCALARS, "LIST", "MAP")
ONE = tuple(each for each in (*_SCALARS, "LIST") if each != "BOOL")
MOMENT = tuple(each for each in (*_SCALARS, "MAP", "LIST") if each != "BOOL")
WANTED: Mapping[str, tuple[str, ...]] = {
    "text": TEXT,
    "subject": TEXT,
    "postal": TEXT,
    "sent_at": MOMENT,
    "contact_at": MOMENT,
    "danger": TEXT,
    "edited": TEXT,
    "files": ("LIST", "STRING", "MAP", "DYN"),
    "fields": ("MAP", "DYN"),
    "when": ("BOOL", "DYN"),
    "recognise": ("BOOL", "DYN"),
    "each": ("LIST", "DYN"),
}
"""Which types an expression for a field may give; the other fields take `ONE`, fields of `fields` any."""


@dataclass(frozen=True)
class Value:
    """What an expression gave. `fault`: it failed otherwise than by asking for what is not there."""

    plain: Any = None
    fault: str = ""


@dataclass(frozen=True)
class Question:
    """An expression, ready to be asked."""

    test: cel.Expression

    def ask(self, given: cel.Activation) -> Value:
        """Nothing where what it names is not there."""
        try:
            value = self.test.eval(given)
            if value.type().name() == "ERROR":
                problem = str(value.value())
                return Value() if _ABSENT.search(problem) else Value(fault=problem.partition(":")[0])
            return Value(value.plain_value())
        except (TypeError, ValueError, RuntimeError, OverflowError) as error:  # an optional without orValue, say
            return Value(fault=type(error).__name__)


def activation(variables: Mapping[str, Any]) -> cel.Activation:
    """Something to ask of. Variables that are not given are empty."""
    return _environment().Activation({**_empty(), **variables})


def compiled(document: Document, at: Loc, field: str, written: str) -> Question | None:
    """An expression for a field; None after noting the fault of its line."""
    try:
        test = _environment().compile(written)
    except RuntimeError as error:
        for line, column, what, shown in _ERROR.findall(str(error)) or [(1, 1, str(error), "")]:
            caret = shown.replace(" [INVALID_ARGUMENT]", "").rstrip()
            undeclared = _UNDECLARED.match(what)
            remedy = did_you_mean(undeclared[1], tuple(_types())) if undeclared else ""
            told = what.removesuffix(_CONTAINER)
            problem = f"this expression is wrong at {line}:{column}: {told}. {remedy}".rstrip()
            document.fault(at, f"{problem}\n{caret}")
        return None
    wanted = WANTED.get(field, TEXT if field.startswith("fields.") else ONE)
    given = test.return_type().name().partition("<")[0]
    if given not in wanted:
        words = {"BOOL": "yes or no", "LIST": "a list", "MAP": "a map", "STRING": "text"}
        named = " or ".join(dict.fromkeys(words[each] for each in wanted if each in words)) or "text"
        document.fault(at, f"{field!r} wants {named}; this expression gives {words.get(given, given.lower())}.")
        return None
    return Question(test)


@cache
def _types() -> Mapping[str, cel.Type]:
    several = {"files": cel.Type.List(cel.Type.DYN)}
    guesses = {f"guess.{each.name}": several.get(each.name, cel.Type.STRING) for each in fields(Guess)}
    return {
        "body": cel.Type.DYN,
        "item": cel.Type.DYN,
        "answer": cel.Type.DYN,
        "answers": cel.Type.List(cel.Type.Map(cel.Type.STRING, cel.Type.DYN)),
        "by": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
        "named": cel.Type.Map(cel.Type.STRING, cel.Type.DYN),
        **guesses,
    }


@cache
def _empty() -> Mapping[str, Any]:
    plain: dict[str, Any] = {"body": None, "item": None, "answer": None, "answers": [], "by": {}, "named": {}}
    return plain | {name: [] if name == "guess.files" else "" for name in _types() if name.startswith("guess.")}


@cache
def _environment() -> cel.Env:
    extensions = [ext_strings.ExtStrings(), ext_optional.ExtOptional()]
    return cel.NewEnv(variables=dict(_types()), extensions=extensions)
