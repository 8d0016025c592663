"""A mail's first line as a command, and what stands below it as its words; pure.

    progress                      words below
    extend 2026-12-01             arguments behind the name, in the order of `_SLOTS`
    cause: the price list         words behind a colon, where they do not go to the customer
    answer upheld                 parts below, under `Decision:`, `Reasons:`, …, in any language of ours

Commands have English names in every language, as the letters print them. A first line that is no command is no fault:
the mail is a note. Only one that nearly is one is told (`progess`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any

from router.commands import TABLE
from router.rules import Rules

_SLOTS: Mapping[str, tuple[str, ...]] = {
    "answer": ("outcome",),
    "assign": ("handler",),
    "cause": ("cause",),
    "close": ("outcome",),
    "consult": ("whom",),
    "correct_topic": ("topic",),
    "dispatch_letter": ("task", "dispatched_on"),
    "extend": ("new_date", "reason"),
    "link": ("reference",),
    "not_a_complaint": ("reason",),
    "part": ("message", "reference"),
    "refer": ("body",),
    "step": ("step",),
    "task_done": ("task",),
    "triage": ("severity", "urgency"),
    "verify_sender": ("reference",),
}
"""What may stand behind a command's name, in its order."""
_TO_CUSTOMER = frozenset({"answer", "ask", "close", "decline_help", "extend", "progress"})
"""Whose words the customer reads: they stand below the line."""
_TEXTS = frozenset({"actions_taken", "decision", "next_step", "progress", "reason", "reasons", "text"})
"""Parts that may be longer than a line."""
_NOT_BY_MAIL = frozenset({"erase"})
"""What cannot be taken back needs more than one word in a mail."""
_NAMES = {name.replace("_", " "): name for name in TABLE}
_LONGEST = max(len(name.split()) for name in _NAMES)
_OUTCOMES = re.compile(r"\b(partly|not) (?=upheld\b)")
_CODE = re.compile(r"[a-z][a-z0-9_.]*")
_HEADED = re.compile(r"[\s>*_]*([^\W\d_][^:\n]{1,39}?)[\s*_]*[:：][*_]*\s*(.*)")
_ENDS = ".:!,;"
_NEARLY = 0.8
_PERSON = 3
"""Words of a person's name."""


@dataclass(frozen=True)
class Written:
    """A command as it was written."""

    command: str
    """Its name on the wire; what was written, where there is none of this name."""
    data: Mapping[str, Any] = field(default_factory=dict)
    left: str = ""
    """Words that it has no place for."""
    refused: str = ""
    """Why it is refused before anybody looks at the case: a code of `refusals`."""
    missing: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()


def written(words: str, rules: Rules) -> Written | None:
    """The command that these words begin with, or None: they are a note."""
    lines = words.strip().splitlines()
    if not lines:
        return None
    first = re.split(r"\s{3,}|\t", _plain(lines[0]))[0].strip("*_ ")  # a line of our letters, with what it explains
    body = "\n".join(lines[1:]).strip()
    head, colon, behind = first.partition(":")
    if colon and (name := _NAMES.get(_folded(head))):
        return _with_words(name, behind.strip(), body, rules)
    tokens = _OUTCOMES.sub(r"\1_", first.rstrip(_ENDS)).split()
    for count in range(min(_LONGEST, len(tokens)), 0, -1):
        if name := _NAMES.get(_folded(" ".join(tokens[:count]))):
            slots = _slots(name, tokens[count:], rules)
            return None if slots is None else _below(name, slots, body, rules)
    return _mistyped(_folded(first.rstrip(_ENDS)))


def _with_words(name: str, behind: str, body: str, rules: Rules) -> Written:
    """What stands behind a colon: arguments, else words; words for the customer stand below."""
    tokens = _OUTCOMES.sub(r"\1_", behind).split()
    codes = all(_CODE.fullmatch(token) for token in tokens) or "cause" not in _SLOTS.get(name, ())
    slots = _slots(name, tokens, rules) if codes else None
    if slots is not None:
        return _below(name, slots, body, rules)
    if name in _TO_CUSTOMER:
        return Written(name, refused="missing", missing=("words",))
    return _below(name, {}, f"{behind}\n\n{body}".strip(), rules)


def _slots(name: str, tokens: list[str], rules: Rules) -> dict[str, str] | None:
    """What stands behind the name, by field; None where it is more than the command takes: then it is a sentence."""
    slots = _SLOTS.get(name, ())
    if slots == ("handler",) and 0 < len(tokens) <= _PERSON:
        return {"handler": _handler(" ".join(tokens), rules)}
    if len(tokens) > len(slots):
        return None
    found = dict(zip(slots, tokens, strict=False))
    codes = {"outcome", "reason", "severity", "urgency", "topic", "step", "body", "whom"}
    return {slot: token.lower() if slot in codes else token for slot, token in found.items()}


def _handler(said: str, rules: Rules) -> str:
    """A handler's id, from the id, the whole name or a first name that only one of them has."""
    people = rules.staff.handlers
    wanted = _folded(said)
    whole = [each for each, person in people.items() if wanted in {each.casefold(), _folded(person.name)}]
    first = [each for each, person in people.items() if _folded(person.name).split()[0] == wanted]
    found = whole or first
    return found[0] if len(found) == 1 else said


def _below(name: str, data: Mapping[str, str], body: str, rules: Rules) -> Written:
    """The words below: parts under their headings; the rest where the command keeps its words."""
    if name in _NOT_BY_MAIL:
        return Written(name, left=body, refused="not_allowed")
    takes = TABLE[name].takes
    rest, parts = _parts(body, _headings(takes.model_fields, rules))
    given: dict[str, Any] = {**parts, **data}
    if rest and (place := _place(name, takes.model_fields, given)):
        given[place], rest = rest, ""
    known = rules.notices.words().get("en", {}).get("extension_reasons", {})
    if name == "extend" and _code(str(given.get("reason", ""))) in known:
        given["reason"] = _code(given["reason"])
    return Written(name, given, rest)


def _place(name: str, fields: Mapping[str, Any], given: Mapping[str, Any]) -> str:
    """Where words without a heading belong; nothing where the command has no place for them."""
    wanted = ("reason", "progress") if name == "extend" else ("text",)
    return next((each for each in wanted if each in fields and each not in given), "")


def _parts(body: str, headings: Mapping[str, str]) -> tuple[str, dict[str, Any]]:
    """What stands before the first heading, and what stands under each."""
    found: dict[str, list[str]] = {"": []}
    here = ""
    for line in body.splitlines():
        headed = _HEADED.fullmatch(line)
        name = headings.get(_folded(headed[1])) if headed else None
        if headed and name:
            here = name if name in _TEXTS else ""  # a code has its line, a text all until the next heading
            found.setdefault(name, []).append(headed[2])
        else:
            found[here].append(line)
    texts = {name: "\n".join(lines).strip() for name, lines in found.items()}
    rest = texts.pop("")
    parts: dict[str, Any] = {**texts}
    for name in parts.keys() & {"outcome", "severity", "urgency"}:
        parts[name] = _code(texts[name])
    if "fields" in parts:
        parts["fields"] = [each.strip() for each in texts["fields"].split(",")]
    return rest, parts


def _code(said: str) -> str:
    """`Partly upheld.` as its code."""
    return _folded(said.rstrip(".")).replace(" ", "_")


def _headings(fields: Mapping[str, Any], rules: Rules) -> dict[str, str]:
    """Headings of a command's parts, in every language of ours."""
    found = {_folded(each.replace("_", " ")): each for each in fields}
    for groups in rules.notices.words().values():
        found |= {_folded(word): each for each, word in groups["headings"].items() if each in fields}
    return found


def _mistyped(first: str) -> Written | None:
    """A first line that is nearly a command's name."""
    near = get_close_matches(first, _NAMES, n=1, cutoff=_NEARLY)
    if not near or near == ["note"]:  # "Noted." is one
        return None
    return Written(first, refused="unknown_command", instead=tuple(near))


def _plain(line: str) -> str:
    return "".join(
        " " if each.isspace() and each != "\t" else each for each in line if unicodedata.category(each) != "Cf"
    )


def _folded(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().replace("_", " ").replace("-", " ").split())
