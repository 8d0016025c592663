"""Mails on disk: where they are, whose brand they are for, when they came, and what our parser makes of them.

A path may be a mail (`.eml`), an mbox, a Maildir, or a folder of any of these. When a mail of an archive first came to
the company is told by its keeper, never by the customer: a Maildir's file time, an mbox's `From ` line, else the
topmost `Received` of a mail.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email.parser import BytesHeaderParser
from email.utils import getaddresses, parsedate_to_datetime
from functools import partial
from pathlib import Path
from typing import Any

from connectors.email import Reading
from connectors.email import parse as parse_mail
from intake_daemon import life
from intake_daemon.command.configuration import Configuration
from intake_daemon.contract import BrandFacts, Can, Draft, Parse, Raw
from intake_daemon.message import Message
from router.api import Refusal

MEDIA_TYPE = "message/rfc822"
_FROM_LINE = re.compile(rb"^From \S+ +(.+?)\r?$", re.MULTILINE)
_MBOX_BREAK = re.compile(rb"(?:^|\r?\n\r?\n)(?=From \S+ +\w{3} \w{3} [ \d]\d \d\d:)")
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "resent-to")
_HEADS = 256 * 1024


@dataclass(frozen=True)
class Found:
    """A mail of a path. `name`: where it was, for people; `came`: when, if its keeper says so."""

    name: str
    content: bytes
    came: datetime | None = None


def found(path: Path) -> Iterator[Found]:
    """Every mail of a path, in the order of names. Raises OSError."""
    if path.is_file():
        yield from _file(path)
    elif (path / "cur").is_dir() and (path / "new").is_dir():
        for each in sorted([*(path / "new").iterdir(), *(path / "cur").iterdir()]):
            if each.is_file():
                yield Found(str(each), each.read_bytes(), datetime.fromtimestamp(each.stat().st_mtime, UTC))
        for folder in sorted(each for each in path.iterdir() if each.is_dir() and each.name.startswith(".")):
            yield from found(folder)
    elif path.is_dir():
        for each in sorted(path.iterdir()):
            if each.is_dir() or each.suffix.lower() in {".eml", ".mbox", ".mbx", ""}:
                yield from found(each)
    else:
        raise FileNotFoundError(str(path))


def _file(path: Path) -> Iterator[Found]:
    content = path.read_bytes()
    if not _MBOX_BREAK.match(content):
        yield Found(str(path), content, _last_received(content))
        return
    starts = [match.end() for match in _MBOX_BREAK.finditer(content)]
    for number, (start, end) in enumerate(zip(starts, [*starts[1:], len(content)], strict=True), 1):
        piece = content[start:end]
        head, _, mail = piece.partition(b"\n")
        line = _FROM_LINE.match(head)
        mail = re.sub(rb"^>(>*From )", rb"\1", mail.rstrip(b"\r\n") + b"\n", flags=re.MULTILINE)
        yield Found(f"{path}#{number}", mail, _date(line[1].decode("ascii", "replace")) if line else None)


def _last_received(content: bytes) -> datetime | None:
    trace = BytesHeaderParser().parsebytes(content[:_HEADS]).get_all("received") or []
    return _date(str(trace[0]).rpartition(";")[2]) if trace else None


def _date(written: str) -> datetime | None:
    """A date of a mail's trace or of an mbox; without a zone it counts as UTC."""
    try:
        moment = parsedate_to_datetime(" ".join(written.split()))
    except (ValueError, TypeError, IndexError):
        try:
            moment = datetime.strptime(" ".join(written.split()), "%a %b %d %H:%M:%S %Y")  # noqa: DTZ007 -- below
        except ValueError:
            return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def brand_of(content: bytes, brands: Mapping[str, BrandFacts]) -> str:
    """The brand that a mail is addressed to; the only one where there is only one; "" when nobody can say."""
    head = BytesHeaderParser().parsebytes(content[:_HEADS])
    written = [str(value) for name in _ADDRESSED for value in head.get_all(name) or []]
    addresses = [address.lower() for _, address in getaddresses(written)]
    meant = [name for address in addresses for name, facts in brands.items() if address in facts.addresses]
    return meant[0] if meant else next(iter(brands)) if len(brands) == 1 else ""


def no_brand(brands: Mapping[str, BrandFacts], asked: str = "") -> Refusal:
    """Nobody knows whose mail it is."""
    what = f"There is no brand {asked!r}." if asked else "It is addressed to none of our brands."
    return Refusal(422, "no_brand", f"{what} Name one: --brand {' | '.join(brands)}")


def raw(content: bytes, brand: str, came: datetime | None, envelope: Mapping[str, str] | None = None) -> Raw:
    """A mail as a door would hand it over. What we write ourselves has CRLF line ends."""
    return Raw(content, brand, MEDIA_TYPE, came, envelope or {})


def reading(configured: Configuration | None) -> Reading:
    """How mails of this installation are read: what all its mail doors know together."""
    if configured is None:
        return Reading()
    said = list(configured.settings.connectors.values())
    domains = {address.rpartition("@")[2] for facts in configured.brands.values() for address in facts.addresses}
    return Reading(
        authserv_ids=frozenset(_listed(said, "authserv_ids")),
        staff_domains={name: facts.staff_domains for name, facts in configured.brands.items()},
        own_domains=frozenset(domains),
        own_list_ids=frozenset(_listed(said, "own_list_ids")),
    )


def _listed(connectors: Sequence[Any], field: str) -> set[str]:
    return {value for each in connectors for value in getattr(each, field, ())}


def parse(configured: Configuration | None) -> Parse:
    """The parser of mails."""
    return partial(parse_mail, reading=reading(configured))


def imported(configured: Configuration) -> Parse:
    """The same; what it reads is marked, so that its acknowledgement waits."""
    read = parse(configured)

    def marked(given: Raw) -> list[Draft]:
        return [replace(draft, remarks=(*draft.remarks, "imported")) for draft in read(given)]

    return marked


async def as_message(configured: Configuration, content: bytes, brand: str, now: datetime) -> Message:
    """The common message of a mail, as the mail door would make it now; nothing is kept. Raises Refusal."""
    meant = brand or brand_of(content, configured.brands)
    if meant not in configured.brands:
        raise no_brand(configured.brands, brand)
    kinds = {name: each.kind for name, each in configured.settings.connectors.items()}
    door = next((name for name, kind in kinds.items() if kind in {"smtp", "imap"}), "import")
    source = life.Source(door, kinds.get(door, "smtp"), frozenset({Can.SOURCE_RETRIES}))
    given = raw(content, meant, None)
    draft = parse(configured)(given)[0]
    half: Any = _Nothing(configured.brands, configured.rules.key)
    return await life.complete(half, source, given, draft, now, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class _Nothing:
    """As much of an intake half as completing a draft needs; its vault keeps nothing."""

    brands: Mapping[str, BrandFacts]
    key: bytes

    @property
    def vault(self) -> _Forgetful:
        """Gives the hash and forgets the bytes."""
        return _Forgetful()


class _Forgetful:
    async def put(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()
