"""What the words of a delivery report say, where nothing but its words is there to read.

Rules
1. Only the report's own words count, above the mail that it returns.
2. A reason that is said in words has the status that RFC 3463 gives it; no reason is no status.
"""

from __future__ import annotations

import re

from connectors.email.addresses import Parties, found_in, normal
from connectors.email.machine_words import DELAYED, FINAL, REASONS
from connectors.email.threads import own_token

SAID_LIMIT = 20_000
"""Code points of a report's words that are read."""
_LINES_LIMIT = 200
_ID_LIMIT = 200_000  # code points in which the returned mail's Message-ID is looked for
_STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.#:/-])([45])(\d)\d(?=\]|[ -](?!(?:days?|hours?|min)))")
_ID_IN_TEXT = re.compile(r"^[> \t]*message-id:[ \t]*<([^<>\s]{1,500})>", re.IGNORECASE | re.MULTILINE)
_DELAY = re.compile(DELAYED, re.IGNORECASE)
_FINAL = re.compile(FINAL, re.IGNORECASE)
_REASONS = {status: re.compile(words, re.IGNORECASE) for status, words in REASONS.items()}
_ADDRESS_LINE = re.compile(
    r"[\s*•<|\"'-]*(?:(?:final|original|failed)[- ]recipient:?\s*(?:rfc822;)?\s*)?"
    r"<?([^\s<>@:;,\"'()\[\]]+@[^\s<>@:;,\"'()\[\]]+)"
)
_AN_ID = re.compile(r"[> \t]*(?:message-id|in-reply-to|references)\s*:", re.IGNORECASE)
_NOBODY = re.compile(r"(?:postmaster|mailer-daemon|abuse|support|helpdesk|admin|noreply|no-reply)$", re.IGNORECASE)
_DIVIDER = re.compile(
    r"[-=_ *#]{0,12}\s*(?:below (?:this line )?is (?:a|the) copy|this is a copy of"
    r"|(?!(?:the )?original message was received)(?:the )?(?:header|original|first|returned)"
    r"[^\n]{0,40}(?:message|follows|mail|headers)|enclosed is a copy|copy of (?:the )?(?:your )?(?:original )?message"
    r"|(?:unsent|undelivered|original) message)",
    re.IGNORECASE,
)


def is_delay(subject: str, said: str) -> bool:
    """Whether a report speaks of a mail that is still on its way."""
    if _DELAY.search(subject):
        return True
    return _DELAY.search(said[:3_000]) is not None and _FINAL.search(said[:3_000]) is None


def above(said: str) -> str:
    """A report's own words, above the mail that it returns."""
    place = 0
    for line in said.split("\n")[:_LINES_LIMIT]:
        if place and (
            _DIVIDER.match(line[:200]) or re.match(r"(?:received|return-path|x-\w+): ", line[:200], re.IGNORECASE)
        ):
            return said[:place]
        place += len(line) + 1
    return said


def reason_in(words: str) -> str | None:
    """The status that says the same as the reason which these words give."""
    return next((status for status, reason in _REASONS.items() if reason.search(words[:5_000])), None)


def status_in(words: str) -> str | None:
    """The enhanced status that these words name, or the basic code's class (RFC 5321 section 4.2.1)."""
    for match in _STATUS.finditer(words[:SAID_LIMIT]):
        if match[1][0] in "45" and int(match[1].split(".")[1]) <= 7:  # noqa: PLR2004 -- subjects of RFC 3463
            return match[1]
    good = _STATUS.match(words.strip())
    if good:
        return good[1]
    basic = _BASIC.search(words)
    return f"{basic[1]}.0.0" if basic and int(basic[2]) <= 5 else None  # noqa: PLR2004 -- groups of RFC 5321


def id_in(text: str) -> str | None:
    """The Message-ID in a mail that a report quotes as text: ours if one is, else the first."""
    found = [match[1] for match in _ID_IN_TEXT.finditer(text[:_ID_LIMIT])][:50]
    return next((one for one in found if own_token(one)), found[0] if found else None)


def spoken_of(text: str, people: Parties) -> str | None:
    """Whom a report's words name: an address that begins a line, else the first that is nobody of its header."""
    known = {people.path, *people.recipients, *(author.value for author in people.authors)}
    other = None
    for line in text.split("\n")[:_LINES_LIMIT]:
        if "@" not in line or _AN_ID.match(line[:40]):
            continue
        match = _ADDRESS_LINE.match(line[:1000])
        address = normal(match[1].strip(".)>]")) if match else found_in(line[:1000])
        if not address or _NOBODY.match(address.partition("@")[0]):
            continue
        if address in known:
            continue
        if match:
            return address
        other = other or address
    return other
