"""How a text fits into SMS: alphabets, segments, parts.

A segment has 140 bytes. The GSM-7 alphabet (3GPP TS 23.038) puts 160 characters into one, 153 where there are several;
one character outside it makes the whole message UCS-2: 70, or 67. What typographers and office programs put into a
text (curly quotes, dashes, hard blanks) is written as GSM-7 has it, if that saves the message from UCS-2; a letter
of a language never is. A letter is wrapped for a mail program; a telephone wraps by itself, so that is undone. A text
that needs more segments than a phone may be given in one message is sent in numbered parts, cut between paragraphs,
sentences or words.
"""

from __future__ import annotations

import re

_GSM = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TWICE = frozenset("^{}\\[~]|€\f")
_PLAIN = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u00ab": '"',
        "\u00bb": '"',
        "\u2010": "-",
        "\u2011": "-",
        "\u2012": "-",
        "\u2013": "-",
        "\u2014": "-",
        "\u2026": "...",
        "\u00a0": " ",
        "\u202f": " ",
        "\u2009": " ",
        "\u2022": "-",
        "\t": " ",
        "\u200b": "",
        "\u2060": "",
        "\ufeff": "",
    }
)
_LONGEST = 1600
"""Characters that Twilio takes in one message, of SMS and of WhatsApp (error 21617)."""
_NUMBER = len("(99/99) ")
_WRAPPED = 50
"""A longer line goes on in the next one: letters are wrapped at 72."""
_BLANKS = re.compile(r"[ \t]{2,}")
_ITEM = re.compile(r"[-*•–]\s|\d+[.)]\s")
_CUTS = (re.compile(r"\n\s*\n"), re.compile(r"\n"), re.compile(r"(?<=[.!?…])\s+"), re.compile(r"\s+"))


def plain(text: str) -> str:
    """The text as it is sent: a letter's wrapped lines and columns undone, no blank lines in a row; in GSM-7 where that
    costs no letter."""
    lines: list[str] = []
    wrapped = False
    for line in text.replace("\r\n", "\n").split("\n"):
        said = _BLANKS.sub(" ", line.strip())
        if wrapped and said and not _ITEM.match(said):
            lines[-1] += f" {said}"
        else:
            lines.append(said)
        wrapped = len(line.rstrip()) > _WRAPPED
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
    simple = joined.translate(_PLAIN)
    return simple if is_gsm(simple) else joined


def is_gsm(text: str) -> bool:
    """Whether every character is of the GSM-7 alphabet, its second page included."""
    return all(each in _GSM or each in _TWICE for each in text)


def segments(text: str) -> int:
    """How many segments the network makes of it."""
    size = _size(text)
    one, several = (160, 153) if is_gsm(text) else (70, 67)
    return 1 if size <= one else -(-size // several)


def parts(text: str, *, most_segments: int | None) -> list[str]:
    """The text as messages; numbered when there are several. `most_segments` of one message; None for WhatsApp, which
    has none, only Twilio's longest."""
    text = plain(text)
    room = _LONGEST if most_segments is None else min(_LONGEST, most_segments * (153 if is_gsm(text) else 67))
    if _fits(text, room):
        return [text]
    found: list[str] = []
    while text:
        part = _head(text, room - _NUMBER)
        found.append(part.rstrip())
        text = text[len(part) :].lstrip()
    return [f"({number}/{len(found)}) {part}" for number, part in enumerate(found, 1)]


def _size(text: str) -> int:
    """Septets, or UTF-16 code units."""
    if is_gsm(text):
        return len(text) + sum(each in _TWICE for each in text)
    return len(text.encode("utf-16-le", "replace")) // 2


def _fits(text: str, room: int) -> bool:
    return _size(text) <= room


def _head(text: str, room: int) -> str:
    """As much of the text as fits, up to the best place to cut; at the hardest in the middle of a word."""
    size = room
    while not _fits(text[:size], room):
        size -= max(1, (_size(text[:size]) - room) // 2)
    if size >= len(text):
        return text
    for cut in _CUTS:
        ends = [match.start() for match in cut.finditer(text, 0, size + 1) if match.start() > size // 3]
        if ends:
            return text[: ends[-1]]
    return text[:size]
