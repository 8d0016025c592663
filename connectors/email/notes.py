"""What older programs write above another's words: Lotus Notes, in its forms.

    "Anna Berg" <anna@mail.example> on 09/08/2000 05:35:20 AM        one line, perhaps wrapped
    Please respond to <anna@mail.example>
    To: …    cc: …    Subject: …

    Anna Berg                                                        two lines
    03/16/2000 07:06 AM
    To: …    cc: …    Subject: …

    From:  Anna Berg                      02/12/2001 09:41 AM        a box
    To: …    Subject: …

    To / Anna / cc / Subject / Order: each on a line of its own      a table that became text

Rule: a day with a time of day, and below it the fields To and Subject; nobody types the three in this order.
"""

from __future__ import annotations

import re

from connectors.email.attributions import ADDRESS, DAY
from connectors.email.blocks import LINE_LIMIT, Block, block, role_of
from connectors.email.dates import TIME
from connectors.email.lines import Line, skip_blank

_WHEN = re.compile(
    r"\s*((?:\d{1,4}[./-]\s?){2}\d{2,4},?\s+\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?:\s?[AaPp][Mm])?(?:\s[A-Z]{2,4}\d?)?)\s*"
)
_ONE_LINE = re.compile(rf"\s*(\S.{{1,200}}?)\s+(?:on|am|le|el|il|em|w dniu)\s+{_WHEN.pattern}$")
_BOX = re.compile(rf"\s*(?:From|Von|De|Da|Od|От)\s*:\s*(\S.{{1,120}}?)\s{{2,}}{_WHEN.pattern}$")
_RESPOND = re.compile(
    r"\s*(?:please respond to|bitte antworten an|veuillez répondre à|responda a|sent by:)", re.IGNORECASE
)
_BLANKS = 4
_NAME = 80
_LABEL = 12
_APART_LINES = 20
_ANGLE = re.compile(rf"<{ADDRESS.pattern}>")
_ONLY_NAME = re.compile(r"[^\d:;!?]+")


def noted(lines: list[Line], place: int, base: int) -> Block | None:
    """The head of Notes that begins with the line at `place`."""
    words = lines[place].words
    if len(words) > LINE_LIMIT or not words.strip() or not any(line.told for line in lines[place : place + 2]):
        return None
    for name, when, first, after in _begun(lines, place, base):
        below = skip_blank(lines, after, _BLANKS)
        while below < len(lines) and _RESPOND.match(lines[below].words[:LINE_LIMIT]):
            below = skip_blank(lines, below + 1, _BLANKS)
        if below >= len(lines) or lines[below].depth != base:
            continue
        found = block(lines, below, base) or _labels_apart(lines, below, base)
        if found is not None and {"to", "subject"} <= found.fields.keys() and "from" not in found.fields:
            return Block(first, found.last, {"from": name, "date": when, **found.fields})
    return None


def _begun(lines: list[Line], place: int, base: int) -> list[tuple[str, str, int, int]]:
    """Who, when, where it begins, and the line behind both; more than one reading is possible. Asked at the line of the
    time, too: a name alone bears no sign of a head."""
    words = lines[place].words
    if when := _WHEN.fullmatch(words):
        named = next((at for at in range(place - 1, max(place - 3, -1), -1) if lines[at].words.strip()), None)
        if named is None or lines[named].depth != base or not _is_name(lines[named].words.strip()):
            return []
        return [(lines[named].words.strip(), when[1], named, place + 1)]
    following = lines[place + 1] if place + 1 < len(lines) else None
    if following is not None and (following.depth != base or len(following.words) > LINE_LIMIT):
        following = None
    found: list[tuple[str, str, int, int]] = []
    if DAY.search(words) and TIME.search(words) and (match := _BOX.match(words) or _ONE_LINE.match(words)):
        found.append((match[1], match[2], place, place + 1))
    if following is None or not following.words.strip():
        return found
    joined = f"{words.rstrip()} {following.words.strip()}"
    if TIME.search(following.words) and (match := _ONE_LINE.match(joined)):
        found.append((match[1], match[2], place, place + 2))
    if (when := _WHEN.fullmatch(following.words)) and _is_name(words.strip()):
        found.append((words.strip(), when[1], place, place + 2))
    return found


def _is_name(words: str) -> bool:
    return 0 < len(words) <= _NAME and (_ONLY_NAME.fullmatch(words) or _ANGLE.search(words)) is not None


def _labels_apart(lines: list[Line], place: int, base: int) -> Block | None:
    """`To`, `cc` and `Subject` on lines of their own, each above its value, as Notes makes text of its table."""
    fields: dict[str, str] = {}
    role = ""
    for at in range(place, min(place + _APART_LINES, len(lines))):
        words = lines[at].words.strip()
        if lines[at].depth != base or len(words) > LINE_LIMIT:
            return None
        named = role_of(words) if len(words) <= _LABEL else None
        if named in {"to", "cc", "subject"} and named not in fields:
            role = named
            fields[role] = ""
        elif words and not role:
            return None
        elif words and role == "subject":
            return Block(place, at + 1, {**fields, role: words})
        elif words:
            fields[role] = f"{fields[role]} {words}".strip()
    return None
