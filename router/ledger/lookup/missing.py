"""What the ledger knows of items that a source has, of vault objects, and of contacts' originals (`intake reconcile`).

An item is held when a contact bears its external id, when a contact holds its bytes, or when a person is to look at it
(parked); what was erased stays known by its external id and its original's hash.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import sqlalchemy as sa

from intake_daemon import canary
from intake_daemon.contract import Offered
from intake_daemon.message import sound
from router.ledger import tables
from router.ledger.erasure import external_key


class Original(NamedTuple):
    """A contact and an object of the vault that it holds."""

    contact: str
    door: str
    reference: str
    received_at: float
    vault: str


@dataclass
class ParkedOnes:
    """What lies parked: objects of the vault, and per door what the envelope says."""

    vault: set[str] = field(default_factory=set)
    marks: set[tuple[str, str, str]] = field(default_factory=set)

    def has(self, door: str, item: Offered, digest: str = "") -> bool:
        """Whether a person is to look at this one."""
        known = any((door, name, value) in self.marks for name, value in item.marks)
        return known or bool({item.digest, digest} - {""} & self.vault)


def parked(connection: sa.Connection) -> ParkedOnes:
    """Everything that is parked, whichever way it came."""
    found = ParkedOnes()
    for row in connection.execute(sa.select(tables.parked.c.queue, tables.parked.c.letter)):
        try:
            body = json.loads(json.loads(row.letter)["body"])
            found.vault.update(_objects(body))
            found.marks.update(
                (row.queue, name, str(value)) for name, value in dict(body.get("envelope") or {}).items()
            )
        except (ValueError, KeyError, TypeError, AttributeError):  # a stranger's letter
            continue
    return found


def _objects(body: dict[str, Any]) -> Iterator[str]:
    """Of an original that could not be read, or of a message that nobody could decide."""
    yield str(body.get("raw", ""))
    for each in (*(body.get("files") or ()), *(body.get("attachments") or ())):
        yield str(each["id"])


def unknown(connection: sa.Connection, items: Sequence[Offered], key: bytes) -> list[Offered]:
    """Those that no contact is known by: not by their external id, and not by their bytes."""
    names = {external_key(key, each.brand, sound(each.external_id)): each for each in items if each.external_id}
    known = set(_found(connection, tables.contacts.c.external, names))
    left = [
        each
        for each in items
        if not each.external_id or external_key(key, each.brand, sound(each.external_id)) not in known
    ]
    digests = [each.digest for each in left if each.digest]
    held = bytes_held(connection, digests)
    return [each for each in left if not each.digest or each.digest not in held]


def bytes_held(connection: sa.Connection, digests: Collection[str]) -> set[str]:
    """Which of these originals and files a contact holds, or held until it was erased."""
    wanted = set(digests)
    held = set(_found(connection, tables.holdings.c.vault, wanted))
    return held | set(_found(connection, tables.contacts.c.raw, wanted - held))


def nobodys(connection: sa.Connection, keys: Sequence[str], waiting: ParkedOnes) -> list[str]:
    """Which of these vault objects no contact holds, nobody has parked, and no erasure is about to take."""
    held = set(_found(connection, tables.holdings.c.vault, keys)) | waiting.vault
    held |= set(_found(connection, tables.vault_erasures.c.vault, set(keys) - held))
    return [key for key in keys if key not in held]


def originals(
    connection: sa.Connection, since: float, until: float, after: tuple[float, str, str], limit: int
) -> list[Original]:
    """What contacts that came between these moments hold, in order, behind the last one of the piece before."""
    contacts, holdings = tables.contacts, tables.holdings
    place = sa.tuple_(contacts.c.received_at, contacts.c.id, holdings.c.vault)
    query = (
        sa.select(contacts.c.id, contacts.c.connector, contacts.c.reference, contacts.c.received_at, holdings.c.vault)
        .join(holdings, holdings.c.contact == contacts.c.id)
        .where(
            contacts.c.received_at >= since,
            contacts.c.decided_at < until,
            ~contacts.c.erased,
            contacts.c.disposition != canary.PURPOSE,
            place > sa.tuple_(*map(sa.literal, after)),
        )
        .order_by(contacts.c.received_at, contacts.c.id, holdings.c.vault)
        .limit(limit)
    )
    return [Original(*row) for row in connection.execute(query)]


def _found(connection: sa.Connection, column: sa.Column[str], wanted: Collection[str]) -> Iterator[str]:
    if wanted:
        yield from connection.execute(sa.select(column).where(column.in_(sorted(wanted)))).scalars()
