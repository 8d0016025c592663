"""The block of fields that a client writes above another's mail: From, Sent, To, Subject.

Rules
1. By labels: who, and two more that we know in some language; without an address who, when, to whom, what.
2. By shape, for labels in languages that we do not know: three lines or more of `label: value`, one of them a name with
   an address in angles, one a day with a time, one the subject of the mail itself.
3. Customers write such lists too (`Name: … Email: … Order time: …`): a name alone, or a time without a day, proves
   nothing.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from connectors.email.attributions import ADDRESS, DAY
from connectors.email.dates import TIME
from connectors.email.labels import ROLES
from connectors.email.lines import Line
from connectors.email.subjects import bare

LINE_LIMIT = 1_000
"""Code points of a line that are looked at; no head is longer."""
_LINES = 40
_GUESSED_LINES = 12
_UNKNOWN_WIDTH = 120  # of a line whose label is unknown, among known ones
_COMPLETE = 4  # from, date, to, subject

_LABEL = re.compile(r"[\s*_]{0,6}([^\W\d_][^:*_\t]{0,28}?)[\s*_]{0,3}:[*_]{0,2}\s*[*_]{0,2}(.*)")
_BESIDES = re.compile(
    r"organi[sz]ation|organisatie|organizacja|организация|unternehmen|resent-[a-z]+|reply-to|x-[a-z-]+|message-id"
    r"|user-agent|references|in-reply-to|importance|priority|wichtigkeit|importancia|importance|ważność|важность"
    r"|attachments?|anlagen?|pièces jointes|datos adjuntos|allegati|załączniki|вложения|content-type|mime-version"
    r"|list-id|sensitivity|categories|follow up flag|flag status|return-path|delivered-to|received",
    re.IGNORECASE,
)
"""Labels that tell nothing of who, when, to whom and what about."""
_ANGLE = re.compile(rf"[<\[(]\s*(?:mailto:)?{ADDRESS.pattern}\s*[>\])]")


_TITLED = sorted({label[:1].upper() + label[1:] for label in ROLES} | {"CC", "BCC"}, key=len, reverse=True)
_RUN_TOGETHER = re.compile(rf"({'|'.join(map(re.escape, _TITLED))})\s?:\s")


class Block(NamedTuple):
    """Lines `first` to `last` (exclusive), and what they say by role: `from date to cc subject`."""

    first: int
    last: int
    fields: dict[str, str]


def block(lines: list[Line], place: int, base: int) -> Block | None:
    """Lines of `Label: value`, of which we know what most of them mean; perhaps not complete."""
    fields: dict[str, str] = {}
    role, blanks, last = "", 0, place
    for at in range(place, min(place + _LINES, len(lines))):
        line = lines[at]
        if line.depth != base or len(line.words) > 10 * LINE_LIMIT:
            break
        words = line.words.strip()
        if not words:
            blanks += 1
            if blanks > 1 or (blanks and len(fields) >= _COMPLETE):
                break
            continue
        match = _LABEL.match(line.words[:LINE_LIMIT])
        named = role_of(match[1]) if match else None
        if named in fields:
            break
        if match and fields and not blanks and _BESIDES.fullmatch(match[1].strip()):
            role = "besides"  # kept by nobody, and what is wrapped of it neither
            fields[role] = ""
        elif match and named:
            fields[named] = match[2].strip(" *")
            role = named
        elif (
            blanks
            or not fields
            or not (
                _goes_on(role, fields, line.words, labelled=bool(match))
                or (not match and _wrapped(lines, at, base, fields))
            )
        ):
            break
        elif not match:
            fields[role] = f"{fields[role]} {words}".strip()
        last, blanks = at + 1, 0
    fields.pop("besides", None)
    return Block(place, last, fields) if fields else None


def run_together(words: str) -> dict[str, str]:
    """The fields of a block that lost its line ends, as Yahoo writes them: `From: A <a@b>To: C <c@d>Subject: …`."""
    found = list(_RUN_TOGETHER.finditer(words[:LINE_LIMIT]))
    fields: dict[str, str] = {}
    for place, match in enumerate(found):
        end = found[place + 1].start() if place + 1 < len(found) else len(words)
        role = role_of(match[1])
        if role and role not in fields:
            fields[role] = words[match.end() : end].strip()
    return fields


def role_of(label: str) -> str | None:
    """What a label names."""
    return ROLES.get(" ".join(label.lower().replace("’", "'").split()).replace("i̇", "i"))


def _goes_on(role: str, fields: dict[str, str], words: str, *, labelled: bool) -> bool:
    """Whether a line without a label that we know continues the field above it."""
    so_far = fields[role]
    if not so_far or so_far.endswith((",", ";", "<")):
        return not labelled
    if words[:1] in " \t" or (role in {"to", "cc"} and ADDRESS.search(words) and not labelled):
        return True
    if role == "from" and words.startswith(("<", "[mailto:")) and ADDRESS.search(words):
        return True
    return labelled and 0 < len(fields) < _COMPLETE and len(words) < _UNKNOWN_WIDTH


def _wrapped(lines: list[Line], at: int, base: int, fields: dict[str, str]) -> bool:
    """Whether a line is the rest of a long subject: another field follows it."""
    if at + 1 >= len(lines) or lines[at + 1].depth != base or "subject" not in fields:
        return False
    match = _LABEL.match(lines[at + 1].words[:LINE_LIMIT])
    role = role_of(match[1]) if match else None
    return role is not None and role not in fields


def is_complete(fields: dict[str, str]) -> bool:
    """Whether these labels can only be a client's: who and two more; without an address who, when, to whom, what."""
    if not fields.get("from"):
        return False
    known = {"date", "to", "subject", "cc"} & fields.keys()
    if "@" in fields["from"]:
        return len(known) >= 2  # noqa: PLR2004 -- two more
    return {"date", "subject"} <= known and bool(TIME.search(fields["date"]) and DAY.search(fields["date"]))


def guessed(lines: list[Line], place: int, base: int, subject: str, *, announced: bool = False) -> Block | None:
    """A block in a language that we do not know. `announced`: a line above it says that something follows."""
    if not announced and place and _LABEL.match(lines[place - 1].words[:LINE_LIMIT]):
        return None  # a block begins with its first line
    pairs = _pairs(lines, place, base)
    if len(pairs) < 3:  # noqa: PLR2004 -- who, when, what
        return None
    when = next((value for _, value in pairs if DAY.search(value) and TIME.search(value)), None)
    if when is None:
        return None
    people = [value for _, value in pairs if "@" in value and ADDRESS.search(value)]
    asked = bare(subject)
    about = next((value for _, value in pairs if value and bare(value) == asked), None)
    if not people:  # names only: then four lines, and the mail's own subject among them
        return (
            Block(place, place + len(pairs), _named(pairs, when, about)) if about and len(pairs) >= _COMPLETE else None
        )
    if not announced and not (_ANGLE.search(people[0]) and about is not None):
        return None
    fields = {"from": people[0], "date": when}
    if len(people) > 1:
        fields["to"] = people[1]
    if about is None:
        told = {people[0], when, *people}
        about = next((value for label, value in reversed(pairs) if value and value not in told), None)
    if about is not None:
        fields["subject"] = about
    return Block(place, place + len(pairs), fields)


def _pairs(lines: list[Line], place: int, base: int) -> list[tuple[str, str]]:
    """Labels and values of the lines from `place` on, as long as they have both."""
    pairs: list[tuple[str, str]] = []
    for line in lines[place : place + _GUESSED_LINES]:
        match = _LABEL.match(line.words[:LINE_LIMIT]) if line.depth == base else None
        if match is None or len(match[1].split()) > 4:  # noqa: PLR2004 -- words of a label
            break
        pairs.append((match[1], match[2].strip(" *")))
    return pairs


def _named(pairs: list[tuple[str, str]], when: str, about: str) -> dict[str, str]:
    """The fields of a block in which people have no address: the sender is named first."""
    names = [value for _, value in pairs if value not in {when, about}]
    return {"from": names[0] if names else "", "date": when, "subject": about}
