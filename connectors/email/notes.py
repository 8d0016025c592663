"""What older programs write above another's words: Lotus Notes, in its four forms.

    "Anna Berg" <anna@mail.example> on 09/08/2000 05:35:20 AM        one line, perhaps wrapped
    Please respond to <anna@mail.example>
    To: …    cc: …    Subject: …

    Anna Berg                                                        two lines
    03/16/2000 07:06 AM
    To: …    cc: …    Subject: …

    From:  Anna Berg                      02/12/2001 09:41 AM        a box
    To: …    Subject: …

    Anna Berg <anna@mail.example>  schrieb am 02.10.2006 10:15:00:   an attribution (attributions.py)

Rule: a day with a time of day, and below it the fields To and Subject; nobody types the three in this order.
"""

from __future__ import annotations

import re

from connectors.email.attributions import DAY
from connectors.email.blocks import LINE_LIMIT, Block, block
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
_ONLY_NAME = re.compile(r"[^\d:;!?]+")


def noted(lines: list[Line], place: int, base: int) -> Block | None:
    """The head of Notes that begins with the line at `place`."""
    words = lines[place].words
    if len(words) > LINE_LIMIT or not words.strip():
        return None
    for name, when, first, after in _begun(lines, place, base):
        below = skip_blank(lines, after, _BLANKS)
        while below < len(lines) and _RESPOND.match(lines[below].words[:LINE_LIMIT]):
            below = skip_blank(lines, below + 1, _BLANKS)
        if below >= len(lines) or lines[below].depth != base:
            continue
        found = block(lines, below, base)
        if found is not None and {"to", "subject"} <= found.fields.keys() and "from" not in found.fields:
            return Block(first, found.last, {"from": name, "date": when, **found.fields})
    return None


def _begun(lines: list[Line], place: int, base: int) -> list[tuple[str, str, int, int]]:
    """Who, when, where it begins, and the line behind both; more than one reading is possible. Asked at the line of the
    time, too: a name alone bears no sign of a head."""
    words = lines[place].words
    if (when := _WHEN.fullmatch(words)) and place and lines[place - 1].depth == base:
        above = lines[place - 1].words.strip()
        return [(above, when[1], place - 1, place + 1)] if len(above) <= _NAME and _ONLY_NAME.fullmatch(above) else []
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
    if (when := _WHEN.fullmatch(following.words)) and len(words) <= _NAME and _ONLY_NAME.fullmatch(words.strip()):
        found.append((words.strip(), when[1], place, place + 2))
    return found
