"""Whose complaint is passed on: a forward inside the text.

Rules
1. The first head decides: an attribution or an Outlook block in an answer is a quote, not a forward.
2. What the block states is what somebody typed or a client wrote: it names the complainant only when the forwarder is
   verified staff, which is not decided here.
3. Where the author of a forward is staff too, the forward inside it is looked for: colleagues pass on to colleagues.
4. The text stays whole; the original's own words are spans of it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, tzinfo

from connectors.email.addresses import Mailbox, found_in, mailboxes
from connectors.email.dates import read_date
from connectors.email.heads import Head, heads, is_marker
from connectors.email.labels import LEADS
from connectors.email.lines import Line
from connectors.email.quotes import below_base, split
from connectors.email.subjects import is_answer, is_forward
from intake_daemon.contract import Forwarded
from intake_daemon.message import Person

LEVELS_LIMIT = 5
"""Forwards within forwards that are looked through."""

_ADDED = re.compile(
    r"\s(?:on behalf of|im auftrag von|au nom de|en nombre de|em nome de)\s|'?\svia\s|<?/O=", re.IGNORECASE
)
"""Where what is added to a name begins."""
_NORDIC = re.compile(r"[\s*]*Fra\s*:", re.IGNORECASE)
_NAMED = re.compile(r"""["“„«]?([^"“”„«»<>,;:@\d()\[\]]{2,80}?)["”»]?\s*[<(\[]{0,2}(?:mailto:)?\s*$""")


def inline(
    lines: list[Line],
    *,
    answer: bool,
    forward: bool,
    is_staff: Callable[[str], bool],
    subject: str = "",
    zone: Callable[[], tzinfo] = lambda: UTC,
) -> Forwarded | None:
    """The innermost mail that staff passed on, or the outermost; None when the letter forwards nothing.

    `is_staff`: whether a domain is the brand's own. `zone`: the forwarder's, in which clients show dates."""
    found: Forwarded | None = None
    base = 0
    for _ in range(LEVELS_LIMIT):
        head = _forward_head(lines, base, subject, is_staff, answer=answer, forward=forward)
        if head is None:
            break
        base = below_base(lines, head, base)
        lines = _without_end(lines[head.last :])
        subject = head.fields.get("subject", "")
        answer, forward = is_answer(subject), is_forward(subject)
        author = _author(head)
        words = split(lines, answer=answer, forward=forward, base=base, subject=subject)
        found = Forwarded(
            sender=Person(name=author.name or None, addresses=(author.address(),) if author.value else ()),
            sent_at=read_date(head.fields.get("date") or head.fields.get("line", ""), zone()),
            subject=subject,
            new_text=words.new,
            reply_address=author.address() if author.value else None,
        )
        if not is_staff(author.domain):
            break
    return found


def passes_on(lines: list[Line]) -> bool:
    """Whether a mail whose subject is marked `VS` is a forward: the block is Danish or Norwegian, not Finnish."""
    return any(_NORDIC.match(line.words) for line in lines[:2_000] if line.signed)


def _forward_head(
    lines: list[Line], base: int, subject: str, is_staff: Callable[[str], bool], *, answer: bool, forward: bool
) -> Head | None:
    for head in heads(lines, base, subject):
        if head.marked or (forward and head.kind != "rule"):
            return head
        if head.kind == "block" and not answer:
            return head
        if head.kind == "block" and not is_answer(subject) and not is_staff(_author(head).domain or "?"):
            return head  # the thread goes on under a subject of its own: passed on by hand
        if head.prefixed or answer:
            return None
    return None


def _without_end(lines: list[Line]) -> list[Line]:
    """Some clients also write where the forwarded message ends."""
    last = len(lines)
    while last and not lines[last - 1].words.strip():
        last -= 1
    return lines[: last - 1] if last and is_marker(lines[last - 1]) else lines


def _author(head: Head) -> Mailbox:
    said = head.fields.get("from") or head.fields.get("line", "")
    plain = re.sub(r"[\[(<]\s*mailto:\s*([^\s\])>]+)\s*[\])>]", r"<\1>", said[:1000])
    address = found_in(plain.replace("<", " ").replace(">", " "))
    if address is None:
        return Mailbox(_bare_name(said) if head.kind == "block" else "", "")
    if head.kind == "block":
        first = next(iter(mailboxes(plain)), None)
        if first and first.value == address and first.name:
            return Mailbox(_bare_name(first.name), address)
    before = plain[: max(plain.lower().find(address.lower()), 0)]
    named = _NAMED.search(before.rstrip())
    return Mailbox(_bare_name(_after_lead(named[1])) if named else "", address)


def _after_lead(words: str) -> str:
    """A name without the words that an attribution has between date and name: `um 10:15 Uhr schrieb Anna`."""
    said = words.split()
    while len(said) > 1 and (not (lead := said[0].strip(".,-–—")) or lead.lower() in LEADS):
        said = said[1:]
    return " ".join(said)


def _bare_name(name: str) -> str:
    """A name without what servers and lists add to it."""
    return _ADDED.split(name[:1000])[0].strip(" \"'*<>«»“”„-–—")[:200]
