"""All of it put together: one mail in, one Draft out.

Rules
1. Each step is tried by itself: what fails becomes the remark `failed_<step>`, and the rest of the mail is still read.
2. Nothing is decided here; each room says what it found and by which signs.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.email import identity
from connectors.email.addresses import Parties, parties, reply_address
from connectors.email.authentication import proven
from connectors.email.files import files_of
from connectors.email.header import Fields
from connectors.email.settings import Reading
from connectors.email.structure import Part, read
from connectors.email.text import letter, text_of
from connectors.email.threads import message_id, thread
from intake_daemon.contract import Draft, File, Raw
from intake_daemon.message import Address, Person, Thread, Tongue

SUBJECT_LIMIT = 2_000
"""Code points of a subject that are kept."""

_Found = TypeVar("_Found")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}(?![A-Za-z0-9])")
_NOBODY = Parties((), None, (), None, (), ())


def parse(raw: Raw, reading: Reading | None = None) -> list[Draft]:
    """The one Draft of a mail. `raw.envelope` may hold `mail_from` ("" is the null path), `rcpt_to`, `peer`."""
    return [_Drafting(raw, reading or Reading()).draft()]


class _Drafting:
    """One mail being read; `remarks` collects codes, each once, in order."""

    def __init__(self, raw: Raw, reading: Reading) -> None:
        self._raw, self._reading = raw, reading
        self.remarks: dict[str, None] = {}

    def draft(self) -> Draft:
        root = self._tried("structure", lambda: read(self._raw.content, self.remarks), self._nothing_read())
        fields = root.fields
        people = self._tried("addresses", lambda: parties(fields, self._raw.envelope), _NOBODY)
        authenticated = self._tried(
            "authentication", lambda: proven(fields, people, self._reading.authserv_ids), fallback=False
        )
        sender = self._tried("addresses", lambda: _person(people, verified=authenticated), Person())
        body: list[Part] = self._tried("text", lambda: letter(root), [])
        text = self._tried("text", lambda: text_of(body, self.remarks), "")
        files: tuple[File, ...] = self._tried("files", lambda: files_of(root, body), ())
        sha = self._tried("identity", lambda: identity.digest(root), hashlib.sha256(self._raw.content).hexdigest())
        return Draft(
            identity=f"mail:{self._raw.brand}:{sha}",
            external_id=message_id(fields) or f"sha256:{sha}",
            channel="email",
            sender=sender,
            recipients=tuple(Address(kind="email", value=value) for value in people.recipients),
            subject=fields.words("subject")[:SUBJECT_LIMIT],
            text=text,
            new_text=((0, len(text)),) if text else (),
            sent_at=sent_at(fields),
            language=Tongue(client=_client_language(fields)),
            files=files,
            thread=self._tried("threads", lambda: thread(fields, people, None), Thread()),
            reply_address=reply_address(people, authenticated=authenticated),
            remarks=tuple(self.remarks),
        )

    def _nothing_read(self) -> Part:
        """What stands in for a mail whose structure could not be read at all: its bytes, as text."""
        return Part(self._raw.content, Fields(), 0, None, {})

    def _tried(self, step: str, find: Callable[[], _Found], fallback: _Found) -> _Found:
        try:
            return find()
        except Exception:  # noqa: BLE001 -- any bytes give a Draft: what a step cannot read it leaves out, and says so
            self.remarks[f"failed_{step}"] = None
            return fallback


def _person(people: Parties, *, verified: bool) -> Person:
    author = people.author
    if author is None:
        return Person()
    return Person(
        name=author.name[:200] or None,
        addresses=(author.address(),) if author.value else (),
        verified="dkim" if verified else "none",
    )


def sent_at(fields: Fields) -> datetime | None:
    """What Date says, in UTC; without a zone it counts as UTC. The customer controls it: no clock starts from it."""
    try:
        said = parsedate_to_datetime(fields.plain("date"))
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _client_language(fields: Fields) -> str | None:
    """The language that the sender's program speaks (BCP 47)."""
    for name in ("content-language", "accept-language", "x-accept-language"):
        if match := _TAG.match(fields.plain(name)):
            return match[0]
    return None
