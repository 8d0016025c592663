"""What ties a mail to older ones.

Rules
1. Message-IDs are kept without angle brackets, as they were written; comparing them is the router's business.
2. A thread may be known by nothing but what the letter quotes: clients that drop every field still quote our address.
3. A token is anything that looks like one of ours; whether it is, the router verifies with the installation's key.

RFC 5322 section 3.6.4.
"""

from __future__ import annotations

import re
from itertools import islice

from connectors.email.addresses import Parties
from connectors.email.header import Fields
from intake_daemon.message import Thread

IDS_LIMIT = 200
"""References that are kept: the first, which began the thread, and the last ones."""

_QUOTED_TOKENS = 10  # addresses with a token that are read in one letter
_FIRST_INDEX = 30  # letters of base64 that 22 bytes take
_ID = re.compile(r"<([^<>]{1,998})>")
_BARE = re.compile(r"[^\s<>,;\"]{1,500}@[^\s<>,;\"]{1,500}")
_IN_ADDRESS = re.compile(r"\+([a-z2-7]{39})@", re.IGNORECASE)
_IN_ID = re.compile(r"(?:^|\.)([a-z2-7]{39})@", re.IGNORECASE)


def message_id(fields: Fields) -> str | None:
    """The Message-ID, or None."""
    value = fields.plain("message-id")
    found = ids(value)
    return found[0] if found else value.strip("<> ")[:998] or None


def ids(value: str) -> tuple[str, ...]:
    """Every message id of a field, each once, in order."""
    found = ["".join(match.split()) for match in _ID.findall(value)] or _BARE.findall(value)
    every = tuple(dict.fromkeys(one for one in found if one))
    return every if len(every) <= IDS_LIMIT else (every[0], *every[-(IDS_LIMIT - 1) :])


def goes_on(fields: Fields) -> bool:
    """Whether the header says that the mail answers another, or passes it on.

    Outlook's Thread-Index has 22 bytes on the first mail of a thread and five more on each that follows."""
    index = fields.plain("thread-index").strip()
    return "in-reply-to" in fields or "references" in fields or len(index.rstrip("=")) > _FIRST_INDEX


def own_token(message: str | None) -> str | None:
    """The token that a Message-ID of our form carries: `token@…` or `n.token@…`."""
    match = _IN_ID.search(message) if message else None
    return match[1].lower() if match else None


def thread(
    fields: Fields,
    people: Parties,
    original: str | None = None,
    envelope_id: str | None = None,
    text: str = "",
) -> Thread:
    """`original`, `envelope_id`: the mail that a report speaks of, and the name under which we handed it over. `text`:
    the letter, in which a client may have written our address above our words: it names the notice that is quoted."""
    replied = ids(" ".join(fields.plains("in-reply-to")))
    references = ids(" ".join(fields.plains("references")))
    tokens: dict[str, None] = {}
    for address in (*people.recipients, *people.delivered_to):
        if match := _IN_ADDRESS.search(address):
            tokens[match[1].lower()] = None
    for one in (*replied, *reversed(references), original, f"{envelope_id}@"):
        if token := own_token(one):
            tokens[token] = None
    for match in islice(_IN_ADDRESS.finditer(text), _QUOTED_TOKENS):
        tokens[match[1].lower()] = None
    return Thread(message_id=message_id(fields), in_reply_to=replied, references=references, tokens=tuple(tokens))
