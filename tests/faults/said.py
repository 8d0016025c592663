"""What a customer says, each time with a mark of its own by which it is found again: a complaint, or more of the same.

A follow-up is what people write when they were answered (more about the same, under the letter), or in the same breath
(the next line of a chat). It belongs to the complaint before it, and opens nothing.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

from tests.walk.account import Letter
from tests.walk.complaints import Complaint, complaints

_MORE = {
    "en": "One thing I forgot to say: the number on the receipt is 40718.",
    "pt": "Esqueci-me de uma coisa: o número que está no recibo é o 40718.",
    "lv": "Aizmirsu vienu lietu: čekā norādītais numurs ir 40718.",
    "pl": "Zapomniałem o jednym: numer na paragonie to 40718.",
    "ru": "Забыл сказать одно: номер на чеке 40718.",
    "ru-latin": "Zabyl skazat odno: nomer na cheke 40718.",
    "az": "Bir şeyi deməyi unutdum: çekdəki nömrə 40718-dir.",
}
_BEGINS = "I want to complain about an order of mine."
"""The first of several lines, in a language that the others are not in: the answer must be in that of the whole."""


@dataclass(frozen=True)
class Said:
    """One thing that was said, once."""

    number: int
    door: str
    words: Complaint
    """By whom and how; `text` is what is sent."""
    joins: int | None = None
    """The number of the complaint that it goes on with."""
    answers: str = ""
    """The Message-ID of the letter that it answers."""
    command: str = ""
    """What staff ask for in it."""

    @property
    def of(self) -> int:
        """The complaint that it is, or belongs to."""
        return self.number if self.joins is None else self.joins

    @property
    def mark(self) -> str:
        """The word by which it is found."""
        return self.words.planted[1]


def complaint(number: int, seed: int, door: str, brand: str = "") -> Said:
    """A new one."""
    (words,) = complaints(1, seed * 10_000 + number, first=number, brand=brand)
    return Said(number, door, words)


def in_two_lines(said: Said, number: int) -> tuple[Said, Said]:
    """The same complaint as two lines of a chat: the first says little, the second all the rest."""
    first = replace(said.words, text=f"{_BEGINS} {_mark(said.mark, said.number)}")
    return replace(said, words=first), _further(said, number, said.words.text.replace(said.mark, "{mark}"))


def more(said: Said, number: int, answers: str = "") -> Said:
    """What its customer adds; `answers`: the letter under which."""
    words = _further(said, number, _MORE[said.words.written] + "\n\n{mark}\n")
    return replace(words, answers=answers)


def of_staff(said: Said, number: int, letter: Letter, command: str = "") -> Said:
    """What a handler answers to a letter about it: a word for the file, or a command in the first line."""
    words = _further(said, number, f"{command or _MORE['en']}\n\n{{mark}}\n")
    theirs = replace(words.words, name="Staff", address=letter.to)
    return replace(words, door="smtp", words=theirs, answers=f"<{letter.message_id.strip('<>')}>", command=command)


def _further(said: Said, number: int, text: str) -> Said:
    chance = random.Random(f"{said.mark}-{number}")  # noqa: S311 -- repeatable, no secret
    core = "".join(chance.choice("bdfgklmnprstvz") + chance.choice("aeiou") for _ in range(6))
    surname = said.words.planted[0]
    words = replace(
        said.words,
        number=number,
        message_id=f"{number}.{core}@mua.customers.example",
        subject=f"Re: {said.words.subject}",
        text=text.replace("{mark}", _mark(f"ref{core}", number)),
        planted=(surname, f"ref{core}", core),
    )
    return Said(number, said.door, words, joins=said.number)


def _mark(word: str, number: int) -> str:
    return f"{word}-{number}"
