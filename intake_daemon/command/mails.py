"""What our parser makes of a mail that no door brought: for `import`, `explain`, and what was parked unread."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from email.parser import BytesHeaderParser
from email.utils import getaddresses
from functools import partial
from typing import Any

from connectors.email import Reading
from connectors.email import parse as parse_mail
from intake_daemon import life
from intake_daemon.command.archive import HEADS
from intake_daemon.command.configuration import Configuration
from intake_daemon.contract import BrandFacts, Can, Draft, Parse, Raw
from intake_daemon.message import Message
from intake_daemon.settings import Settings
from router.api import Refusal

MEDIA_TYPE = "message/rfc822"
_ADDRESSED = ("to", "cc", "delivered-to", "x-original-to", "envelope-to", "resent-to")


def addressed(content: bytes) -> list[str]:
    """Every address that a mail names as a recipient, in lower case."""
    head = BytesHeaderParser().parsebytes(content[:HEADS])
    written = [str(value) for name in _ADDRESSED for value in head.get_all(name) or []]
    return [address.lower() for _, address in getaddresses(written) if address]


def brand_of(content: bytes, brands: Mapping[str, BrandFacts]) -> str:
    """The brand that a mail is addressed to; the only one where there is only one; "" when nobody can say."""
    meant = [name for address in addressed(content) for name, facts in brands.items() if address in facts.addresses]
    return meant[0] if meant else next(iter(brands)) if len(brands) == 1 else ""


def no_brand(brands: Mapping[str, BrandFacts], asked: str = "") -> Refusal:
    """Nobody knows whose mail it is."""
    what = f"There is no brand {asked!r}." if asked else "It is addressed to none of our brands."
    return Refusal(422, "no_brand", f"{what} Name one: --brand {' | '.join(brands)}")


def raw(content: bytes, brand: str, came: datetime | None, envelope: Mapping[str, str] | None = None) -> Raw:
    """A mail as a door would hand it over."""
    return Raw(content, brand, MEDIA_TYPE, came, envelope or {})


def reading(settings: Settings) -> Reading:
    """How mails of this installation are read: what all its mail doors know together."""
    connectors = list(settings.connectors.values())
    addresses = [address for brand in settings.brands.values() for address in brand.addresses.email]
    return Reading(
        authserv_ids=_listed(connectors, "authserv_ids"),
        staff_domains={name: frozenset(brand.staff.domains) for name, brand in settings.brands.items()},
        own_domains=frozenset(address.rpartition("@")[2] for address in addresses),
        own_list_ids=_listed(connectors, "own_list_ids"),
    )


def _listed(connectors: Sequence[Any], field: str) -> frozenset[str]:
    return frozenset(value for each in connectors for value in getattr(each, field, ()))


def parse(configured: Configuration) -> Parse:
    """The parser of mails."""
    return partial(parse_mail, reading=reading(configured.settings))


def imported(configured: Configuration) -> Parse:
    """The same; what it reads is marked, so that its acknowledgement waits for a person."""
    return partial(_marked, parse(configured))


def _marked(read: Parse, given: Raw) -> list[Draft]:
    """At the top of the file, so that another process can be told of it."""
    return [replace(draft, remarks=(*draft.remarks, "imported")) for draft in read(given)]


async def as_message(configured: Configuration, content: bytes, brand: str, now: datetime) -> Message:
    """The common message of a mail, as the mail door would make it now; nothing is kept. Raises Refusal."""
    meant = brand or brand_of(content, configured.brands)
    if meant not in configured.brands:
        raise no_brand(configured.brands, brand)
    kinds = {name: each.kind for name, each in configured.settings.connectors.items()}
    door = next((name for name, kind in kinds.items() if kind in {"smtp", "imap"}), "import")
    source = life.Source(door, kinds.get(door, "smtp"), frozenset({Can.SOURCE_RETRIES}))
    given = raw(content, meant, None)
    [draft] = await asyncio.to_thread(parse(configured), given)
    half: Any = _Nothing(configured.brands, configured.rules.key)
    return await life.complete(half, source, given, draft, now, hashlib.sha256(content).hexdigest())


@dataclass(frozen=True)
class _Nothing:
    """As much of an intake half as completing a draft needs; its vault keeps nothing."""

    brands: Mapping[str, BrandFacts]
    key: bytes
    scanner: None = None

    @property
    def vault(self) -> _Forgetful:
        """Gives the hash and forgets the bytes."""
        return _Forgetful()


class _Forgetful:
    async def put(self, content: bytes) -> str:
        return hashlib.sha256(content).hexdigest()
