"""A mapping at work: from a post to what it says, field by field. Pure after loading; for any body.

`found` gives an item's fields as plain values with the remarks that belong to it; drafting.py makes the message.
"""

from __future__ import annotations

from collections.abc import Mapping as Table_
from dataclasses import dataclass, field
from typing import Any

from cel_expr_python import cel

from connectors.hook.answers import MOST, Answer, by_name, found_in, simple, text_of
from connectors.hook.body import Json
from connectors.hook.expressions import Question, Value, activation
from connectors.hook.guessing import as_variables, guessed, several
from connectors.hook.table import Said, Table

ITEMS = 1000
"""Items of one post; a post with more is answered with 413."""
_JOINED = frozenset(("text", "subject"))


@dataclass(frozen=True)
class Column:
    """A field and where it comes from."""

    field: str
    questions: tuple[Question, ...]
    said: Said


@dataclass(frozen=True)
class AnswersAt:
    """Where the answers stand."""

    each: Question
    parts: Table_[str, Question]
    """`name key kind value`, as far as they are said."""


@dataclass(frozen=True)
class Item:
    """What one item says. `fields`: plain values by the field's name (`fields.<name>` for the structured ones)."""

    fields: Table_[str, Any]
    named: Table_[str, Json]
    raw: Json
    """The item itself."""
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mapping:
    """One mapping, loaded."""

    name: str
    table: Table
    columns: tuple[Column, ...] = field(repr=False)
    when: Question | None = None
    recognise: Question | None = None
    each: Question | None = None
    answers: AnswersAt | None = None
    canary: Json = None
    """The table's, where it gives what it should."""
    canary_brand: str = ""
    """Whose it is by its own post; "" where that does not say."""

    def recognises(self, body: Json) -> bool:
        """Whether it says that this post is one of its own."""
        return self.recognise is not None and self.recognise.ask(activation({"body": body, "item": body})).plain is True

    def items(self, body: Json) -> list[Json]:
        """The items of a post: one, unless `each` says otherwise. None where the post is no complaint."""
        given = activation({"body": body, "item": body})
        if self.each is None:
            items = several(body) if self.name == PLAIN else [body]
        else:
            asked = self.each.ask(given)
            found = [body] if asked.fault else asked.plain  # nobody hears 200 for what we failed to take apart
            items = found if isinstance(found, list) else [] if found is None else [found]
        return [item for item in items if self._wanted(body, item)]

    def _wanted(self, body: Json, item: Json) -> bool:
        if self.when is None:
            return True
        # what cannot be told counts as a complaint
        return self.when.ask(activation({"body": body, "item": item})).plain is not False

    def found(self, body: Json, item: Json) -> Item:
        """What one item says."""
        remarks: list[str] = []
        answers = self._answers(body, item, remarks)
        guess = guessed(answers)
        named = {answer.name: value for answer in answers if (value := by_name([answer]).get(answer.name)) is not None}
        named |= {name: value for name, value in by_name(answers).items() if name in named}
        given = activation(
            {
                "body": body,
                "item": item,
                "answers": [answer.shown() for answer in answers],
                "by": by_name(answers),
                "named": named,
                **as_variables(guess),
            }
        )
        found = {column.field: self._of(column, given, remarks) for column in self.columns}
        return Item(found, named, item, tuple(dict.fromkeys(remarks)))

    def _answers(self, body: Json, item: Json, remarks: list[str]) -> list[Answer]:
        if self.answers is None:
            return found_in(item)
        listed = self.answers.each.ask(activation({"body": body, "item": item}))
        rows = listed.plain if isinstance(listed.plain, list) else []
        answers = []
        for row in rows[:MOST]:
            given = activation({"body": body, "item": item, "answer": row})
            asked = {part: question.ask(given) for part, question in self.answers.parts.items()}
            remarks.extend(f"hook_failed_answers_{part}" for part, value in asked.items() if value.fault)
            plain = {part: value.plain for part, value in asked.items()}
            key = text_of(plain.get("key"))
            name = text_of(plain.get("name")).strip() or key
            answers.append(Answer(name, key, text_of(plain.get("kind")), simple(plain["value"]), (name,)))
        return answers

    def _of(self, column: Column, given: cel.Activation, remarks: list[str]) -> Any:  # noqa: ANN401 -- JSON
        """What a column gives: its parts joined, its first part, its constant or its default."""
        said = column.said
        if said.constant is not None:
            return said.constant
        asked = [question.ask(given) for question in column.questions]
        if any(value.fault for value in asked):
            remarks.append(f"hook_failed_{column.field}")
        parts = [value for value in asked if not _empty(value)]
        if not parts:
            return said.default or None
        if column.field in _JOINED:
            return said.join.join(text_of(value.plain) for value in parts)
        return parts[0].plain


PLAIN = "plain"
"""The mapping for posts that nobody has described: everything is guessed."""


def _empty(value: Value) -> bool:
    return (
        value.plain is None or value.plain in ("", [], {}) or (isinstance(value.plain, str) and not value.plain.strip())
    )
