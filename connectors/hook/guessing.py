"""Which answer is the complaint, who says it and how they are reached: told from kinds, names in six languages, and
the values themselves. What a mapping says stands before any of this. Pure.

The text is, in this order: the long answers; what is called a description, a message, a complaint; the longest answer
in sentences; else every answer as `question: answer`. So no complaint comes without its words.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from connectors.hook import called
from connectors.hook.answers import Answer, found_in, is_file, text_of
from connectors.hook.body import Json
from connectors.hook.moments import moment

EMAIL = re.compile(r"[^\s@<>()\[\],;:\"]+@[^\s@<>()\[\],;:\"]+\.[^\s@<>()\[\],;:\".]{2,}")
_LINK = re.compile(r"https://\S+", re.IGNORECASE)
_DATA = re.compile(r"data:[\w.+/-]*(;[\w=.+-]+)*;base64,", re.IGNORECASE)
_TAG = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_SENTENCE = 20
_LONGEST_ADDRESS = 320


_ABOVE = frozenset(
    "agent assignee support staff employee owner manager recipient to cc bcc company shop store merchant bot "
    "definition product brand organization organisation".split()
)
"""Objects that speak of somebody else."""
_OWN = _ABOVE | frozenset("order file form event city street country firma empresa компания компании".split())
"""Names that do: `Company name`, `agent_email`."""
_SEVERAL = frozenset(
    "complaints tickets submissions responses entries records results feedback feedbacks reviews cases messages items "
    "data events".split()
)
"""What a list of several items is called."""
_LONG = frozenset("long_text textarea paragraph longtext long-text paragraph_text control_textarea multiline".split())
_APART = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|[_\-]+")


@dataclass(frozen=True)
class Guess:
    """What was found; empty where nothing was."""

    text: str = ""
    name: str = ""
    email: str = ""
    phone: str = ""
    subject: str = ""
    language: str = ""
    at: str = ""
    id: str = ""
    danger: str = ""
    files: tuple[Json, ...] = field(default=())


def guessed(answers: Sequence[Answer]) -> Guess:
    """From the answers of one item."""
    answers = [answer for answer in answers if answer.value not in (None, "", [])]
    mail = _best(answers, called.MAIL, _is_email, kinds=("email",)) or _best(answers, None, _is_email)
    email = text_of(mail.value).strip() if mail else ""
    phone = _one(answers, called.PHONE, _is_phone, kinds=("phone", "phone_number", "tel", "phonenumber"))
    beside = [each for each in answers if mail and each.path[:-1] == mail.path[:-1]]  # an object that is a person
    name, name_answers = _name(beside) if beside else ("", [])
    if not name:
        name, name_answers = _name(answers)
    files = [answer for answer in answers if files_of(answer)]
    subject = _one(answers, called.SUBJECT, lambda text: len(text) <= 500)  # noqa: PLR2004 -- longer is no subject
    taken = {id(each) for each in (*name_answers, *files)}
    left = [each for each in answers if id(each) not in taken and text_of(each.value) not in {email, phone, subject}]
    return Guess(
        text=_text(left, answers),
        name=name,
        email=email,
        phone=phone,
        subject=subject,
        language=_one(answers, called.LANGUAGE, lambda text: bool(_TAG.fullmatch(text))).replace("_", "-"),
        at=_one(answers, called.AT, lambda text: moment(text) is not None),
        id=_one(answers, called.ID, _is_id) or _one(_shallow(answers), re.compile("^id$"), _is_id),
        danger=_one(answers, called.DANGER, lambda text: len(text) <= 10),  # noqa: PLR2004 -- yes or no
        files=tuple(each for answer in files for each in files_of(answer)),
    )


def several(body: Json) -> list[Json]:
    """The items of a post that nobody has described: a list, or the one list of an object whose things each say
    something, while nothing beside it does. Else the post itself."""
    if isinstance(body, list) and body:
        return body
    if isinstance(body, dict):
        for key, value in body.items():
            if key.lower() not in _SEVERAL or not isinstance(value, list) or not value:
                continue
            beside = found_in({name: each for name, each in body.items() if name != key})
            if all(isinstance(each, dict) and _speaks(found_in(each)) for each in value) and not _speaks(beside):
                return value
    return [body]


def _speaks(answers: Sequence[Answer]) -> bool:
    return any(words.search(_spaced(each.name)) and _says_something(each) for words in called.TEXT for each in answers)


def files_of(answer: Answer) -> list[Json]:
    """Links, base64 texts and objects with either, when the answer is a file."""
    meant = called.FILES.search(_spaced(answer.name)) or re.search(
        "file|upload|signature|image", answer.kind, re.IGNORECASE
    )
    found: list[Json] = []
    for value in answer.value if isinstance(answer.value, list) else [answer.value]:
        if isinstance(value, dict):
            linked = meant and isinstance(value.get("url"), str)
            found.extend([value] if linked or is_file(value) else [])
        elif isinstance(value, str) and _DATA.match(value[:200]):
            found.append(value)
        elif isinstance(value, str) and meant and value.strip() and all(map(_LINK.fullmatch, value.split())):
            found.extend(value.split())
    return found


def _text(left: Sequence[Answer], everything: Sequence[Answer]) -> str:
    long = [answer for answer in left if answer.kind.lower() in _LONG]
    if long:
        return "\n\n".join(text_of(answer.value) for answer in long)
    for words in called.TEXT:
        named = [each for each in left if words.search(_spaced(each.name)) and _says_something(each)]
        named = [each for each in named if not _elsewhere(each)] or named
        if named:
            best = max(named, key=lambda each: len(text_of(each.value)))
            return text_of(best.value)
    sentences = [each for each in left if isinstance(each.value, str) and _is_sentence(each.value)]
    if sentences:
        return text_of(max(sentences, key=lambda each: len(str(each.value))).value)
    lines = ((each.name, text_of(each.value)) for each in everything)
    return "\n".join(f"{name}: {said}" if name else said for name, said in lines if said)


def _name(answers: Sequence[Answer]) -> tuple[str, list[Answer]]:
    """In one answer or in two."""
    first, last = (_best(answers, words, _is_name) for words in (called.FIRST, called.LAST))
    if first and last and first is not last:
        return f"{_line(first)} {_line(last)}".strip(), [first, last]
    whole = _best(answers, called.NAME, _is_name, kinds=("name", "fullname", "full_name", "control_fullname"))
    whole = whole or first or last
    return (_line(whole), [whole]) if whole else ("", [])


def _line(answer: Answer) -> str:
    return " ".join(text_of(answer.value).split())


def _one(
    answers: Sequence[Answer],
    words: re.Pattern[str] | None,
    fits: Callable[[str], bool],
    kinds: Iterable[str] = (),
) -> str:
    found = _best(answers, words, fits, kinds)
    return text_of(found.value).strip() if found else ""


def _best(
    answers: Sequence[Answer],
    words: re.Pattern[str] | None,
    fits: Callable[[str], bool],
    kinds: Iterable[str] = (),
) -> Answer | None:
    """The first of this kind or name whose value fits; those that speak of somebody else come last."""
    wanted = set(kinds)
    found = [
        answer
        for answer in answers
        if (answer.kind.lower().removeprefix("input_") in wanted or words is None or words.search(_spaced(answer.name)))
        and not isinstance(answer.value, dict | list)
        and fits(text_of(answer.value).strip())
    ]
    ours = [answer for answer in found if not _elsewhere(answer)]
    exact = [answer for answer in ours if answer.kind.lower().removeprefix("input_") in wanted]
    return next(iter(exact or ours or (found if words is None else [])), None)


def _elsewhere(answer: Answer) -> bool:
    """Whether it speaks of us, or of somebody else: an agent, a company, a product."""
    above = {word for part in answer.path[:-1] for word in _spaced(part).lower().split()}
    return bool(above & _ABOVE) or bool(set(_spaced(answer.name).lower().split()) & _OWN)


def _spaced(name: str) -> str:
    """`firstName`, `first_name`, `q3_first-name` as words."""
    return _APART.sub(" ", re.sub(r"^q\d+_", "", name))


def _is_email(text: str) -> bool:
    return len(text) <= _LONGEST_ADDRESS and EMAIL.fullmatch(text) is not None


def _is_phone(text: str) -> bool:
    digits = sum(each.isdigit() for each in text)
    return 5 <= digits <= 20 and len(text) <= 40  # noqa: PLR2004 -- a number people can be called at


def _is_name(text: str) -> bool:
    return 0 < len(text) <= 120 and "@" not in text and "://" not in text and not text.isdigit()  # noqa: PLR2004 -- a person's


def _is_id(text: str) -> bool:
    return 0 < len(text) <= 200 and "\n" not in text  # noqa: PLR2004 -- longer is no id


def _shallow(answers: Sequence[Answer]) -> list[Answer]:
    """At the top, or in what the post is about."""
    return [each for each in answers if len(each.path) <= 3 and not {"form", "user", "customer"} & set(each.path)]  # noqa: PLR2004 -- data.ticket.id


def _is_sentence(text: str) -> bool:
    return len(text) >= _SENTENCE and " " in text and not _LINK.match(text)


def _says_something(answer: Answer) -> bool:
    return not isinstance(answer.value, bool | int | float | dict) and bool(text_of(answer.value).strip())


def as_variables(guess: Guess) -> dict[str, Any]:
    """As the expressions see it."""
    return {f"guess.{name}": list(value) if isinstance(value, tuple) else value for name, value in vars(guess).items()}
