"""All of it put together: one mail in, one Draft out.

Rules
1. Each step is tried by itself: what fails becomes the remark `failed_<step>`, and the rest of the mail is still read.
2. Nothing is decided here; each room says what it found and by which signs.
3. The text of an enclosed mail stands below the letter's own, under its From, Date and Subject, so that everything that
   anybody wrote is in `text` and spans can speak of it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from email.utils import parsedate_to_datetime
from typing import TypeVar

from connectors.email import identity
from connectors.email.addresses import Parties, doubts, parties, reply_address
from connectors.email.authentication import proven
from connectors.email.automatic import automatic
from connectors.email.files import files_of, pictures, sealed
from connectors.email.forwards import inline, passes_on
from connectors.email.header import Fields
from connectors.email.lines import Line, lines_of
from connectors.email.quotes import Span, split
from connectors.email.reports import envelope_id
from connectors.email.settings import Reading
from connectors.email.shown import shown
from connectors.email.structure import DEPTH_LIMIT, Part, read
from connectors.email.subjects import is_answer, is_either, is_forward
from connectors.email.text import TEXT_LIMIT, letter, text_of
from connectors.email.threads import goes_on, message_id, thread
from connectors.email.unpacking import unpack
from intake_daemon.contract import Draft, File, Forwarded, Raw
from intake_daemon.message import Address, Automatic, Person, Thread, Tongue

SUBJECT_LIMIT = 2_000
"""Code points of a subject that are kept."""
NAME_LIMIT = 200
"""Code points of a person's name that are kept."""
_ENCLOSED_LEVELS = 3

_Found = TypeVar("_Found")
_TAG = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}(?![A-Za-z0-9])")
_NOBODY = Parties((), None, (), None, (), ())


def parse(raw: Raw, reading: Reading | None = None) -> list[Draft]:
    """The one Draft of a mail. `raw.envelope` may hold `mail_from` ("" is the null path), `rcpt_to`, `dkim` (domains
    whose signature holds) and `cut`: the SHA-256 of a mail of which only this beginning could be read in time.

    Never raises, for any bytes. Remarks are codes: `limit_*` for what was left unread, `bad_*`, `charset_*`, `no_*` for
    what had to be repaired, `failed_*` for a step that did not work.
    """
    return [_Drafting(raw, reading or Reading()).draft()]


@dataclass(frozen=True)
class _Letter:
    """One mail read: the outer one, or one that it encloses."""

    root: Part
    people: Parties
    subject: str
    text: str
    new: tuple[Span, ...]
    files: tuple[File, ...]
    automatic: Automatic
    forwarded: Forwarded | None


class _Drafting:
    """One mail being read; `remarks` collects codes, each once, in order."""

    def __init__(self, raw: Raw, reading: Reading) -> None:
        self._raw, self._reading = raw, reading
        self.remarks: dict[str, None] = {}

    def draft(self) -> Draft:
        nothing = Part(self._raw.content, Fields(), 0, None, {})
        root = self._tried("structure", lambda: read(self._raw.content, self.remarks), nothing)
        whole = self._raw.envelope.get("cut")
        if whole:
            self.remarks["limit_time"] = None
        sha = whole or self._tried("identity", lambda: identity.digest(root), hashlib.sha256(root.source).hexdigest())
        mail = self._letter(root, self._raw.envelope, level=0)
        self.remarks.update(self._tried("files", lambda: sealed(root), dict[str, None]()))
        fields, people = root.fields, mail.people
        servers, said = self._reading.authserv_ids, self._raw.envelope
        is_proven = self._tried("authentication", lambda: proven(fields, people, servers, said), fallback=False)
        self.remarks.update(dict.fromkeys(doubts(fields, people)))
        marks = ((mark, each) for header, mark in self._reading.spam_marks for each in fields.plains(header))
        if any(each.strip().casefold().startswith(mark) for mark, each in marks):
            self.remarks["spam_mark"] = None
        about = mail.automatic.original_message_id
        handed = self._tried("threads", lambda: envelope_id(root) if mail.automatic.kind == "bounce" else None, None)
        return Draft(
            identity=f"mail:{self._raw.brand}:{sha}",
            external_id=message_id(fields) or f"sha256:{sha}",
            channel="email",
            sender=_person(people, verified=is_proven),
            recipients=tuple(Address(kind="email", value=value) for value in people.recipients),
            subject=mail.subject,
            text=mail.text,
            html=self._tried("html", lambda: shown(root, self.remarks), ""),
            new_text=mail.new,
            sent_at=sent_at(fields),
            language=Tongue(client=_client_language(fields)),
            files=mail.files,
            automatic=mail.automatic,
            thread=self._tried("threads", lambda: thread(fields, people, about, handed, mail.text), Thread()),
            reply_address=reply_address(people, authenticated=is_proven),
            forwarded=mail.forwarded,
            remarks=tuple(self.remarks),
        )

    def _letter(self, root: Part, envelope: Mapping[str, str], level: int) -> _Letter:
        fields = root.fields
        self._tried("unpacking", lambda: unpack(root, self.remarks), None)
        people = self._tried("addresses", lambda: parties(fields, envelope), _NOBODY)
        subject = fields.words("subject")[:SUBJECT_LIMIT]
        body: list[Part] = self._tried("text", lambda: letter(root), [])
        files: tuple[File, ...] = self._tried("files", lambda: files_of(root, body, self.remarks), ())
        text = self._tried("text", lambda: text_of(body, self.remarks, pictures(files)), "")
        lines = lines_of(text)
        forward = is_forward(subject) or (is_either(subject) and passes_on(lines))
        answer = is_answer(subject) or (not forward and goes_on(fields))
        everything: tuple[Span, ...] = ((0, len(text)),) if text else ()
        mail = _Letter(
            root=root,
            people=people,
            subject=subject,
            text=text,
            new=self._tried(
                "quotes", lambda: split(lines, answer=answer, forward=forward, subject=subject).new, everything
            ),
            files=files,
            automatic=self._tried("automatic", lambda: automatic(root, people, text, self._reading), Automatic()),
            forwarded=self._tried(
                "forwards", lambda: self._inline(lines, fields, subject, answer=answer, forward=forward), None
            ),
        )
        return self._tried("forwards", lambda: self._with_enclosed(mail, level), mail)

    def _inline(
        self, lines: list[Line], fields: Fields, subject: str, *, answer: bool, forward: bool
    ) -> Forwarded | None:
        return inline(
            lines,
            answer=answer,
            forward=forward,
            subject=subject,
            is_staff=self._is_staff,
            zone=lambda: _zone(fields),
        )

    def _with_enclosed(self, mail: _Letter, level: int) -> _Letter:
        """The mail with the first one that it encloses read too, and passed on unless the text itself passes one on."""
        part = _enclosed(mail.root) if level < _ENCLOSED_LEVELS else None
        if part is None:
            return mail
        root = part.children[0] if part.children else read(part.content, self.remarks, min(part.depth + 1, DEPTH_LIMIT))
        inner = self._letter(root, {}, level + 1)
        top = "\n".join(
            f"{name}: {value}" for name in ("From", "Date", "Subject") if (value := root.fields.words(name.lower()))
        )
        above = "\n\n".join(piece for piece in (mail.text, top) if piece) + "\n\n"
        text = (above + inner.text)[:TEXT_LIMIT]
        shift = len(above)
        forwarded = mail.forwarded
        if forwarded is None:
            deeper = inner.forwarded if inner.people.author and self._is_staff(inner.people.author.domain) else None
            if deeper is not None:
                forwarded = replace(deeper, new_text=_shifted(deeper.new_text, shift, len(text)))
            else:
                forwarded = _as_forwarded(inner, _shifted(inner.new, shift, len(text)))
        return replace(mail, text=text, files=(*mail.files, *inner.files), forwarded=forwarded)

    def _is_staff(self, domain: str) -> bool:
        return self._reading.is_staff(self._raw.brand, domain)

    def _tried(self, step: str, find: Callable[[], _Found], fallback: _Found) -> _Found:
        try:
            return find()
        except Exception:  # noqa: BLE001 -- any bytes give a Draft: what a step cannot read it leaves out, and says so
            self.remarks[f"failed_{step}"] = None
            return fallback


def _enclosed(root: Part) -> Part | None:
    """The first mail that is attached; what a report returns is no forward."""
    if root.media_type == "multipart/report":
        return None
    if root.media_type == "message/rfc822":
        return root
    for leaf in root.leaves():
        parent = leaf.parent
        if (
            leaf.media_type in {"message/rfc822", "message/global"}
            and parent
            and parent.media_type != "multipart/report"
        ):
            return leaf
    return None


def _as_forwarded(inner: _Letter, new: tuple[Span, ...]) -> Forwarded:
    return Forwarded(
        sender=_person(inner.people, verified=False),
        sent_at=sent_at(inner.root.fields),
        subject=inner.subject,
        new_text=new,
        message_id=message_id(inner.root.fields),
        reply_address=reply_address(inner.people, authenticated=False),
        automatic=inner.automatic,
    )


def _shifted(spans: tuple[Span, ...], shift: int, end: int) -> tuple[Span, ...]:
    moved = ((first + shift, min(last + shift, end)) for first, last in spans)
    return tuple((first, last) for first, last in moved if first < last)


def _person(people: Parties, *, verified: bool) -> Person:
    author = people.author
    if author is None:
        return Person()
    return Person(
        name=author.name[:NAME_LIMIT] or None,
        addresses=(author.address(),) if author.value else (),
        verified="dkim" if verified else "none",
    )


def sent_at(fields: Fields) -> datetime | None:
    """What Date says, in UTC; without a zone it counts as UTC. The customer controls it: no clock starts from it."""
    said = _said_date(fields)
    try:
        return (said if said.tzinfo else said.replace(tzinfo=UTC)).astimezone(UTC) if said else None
    except (ValueError, OverflowError):
        return None


def _zone(fields: Fields) -> tzinfo:
    """The zone of the sender's clock."""
    said = _said_date(fields)
    return (said.tzinfo if said else None) or UTC


def _said_date(fields: Fields) -> datetime | None:
    try:
        return parsedate_to_datetime(fields.plain("date"))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _client_language(fields: Fields) -> str | None:
    """The language that the sender's program speaks (BCP 47)."""
    for name in ("content-language", "accept-language", "x-accept-language"):
        if match := _TAG.match(fields.plain(name)):
            return match[0]
    return None
