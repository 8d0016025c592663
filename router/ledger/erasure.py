"""Erasure: the contents of a case go, its events, dates and contact ids stay.

What goes: content rows (messages, notes, rendered notices), notices in the outbox, parked copies, the keys of its
correspondents, and vault objects that no other contact holds. The vault's files are erased after the commit, from the
list `vault_erasures`, so a crash in between only delays it. Ids stay, so the mailbox read again revives nothing: what
the intake half has put into the vault for it once more goes again.
"""

from __future__ import annotations

from collections.abc import Mapping

import sqlalchemy as sa

from intake_daemon.message import mac
from router.ledger import tables
from router.ledger.batch import insert_new


def erase(connection: sa.Connection, case_id: str) -> None:
    """Within the transaction that appends `case.erased`."""
    t = tables
    mine = sa.select(t.contacts.c.id).where(t.contacts.c.case_id == case_id)
    held = sa.select(t.holdings.c.vault).where(t.holdings.c.contact.in_(mine)).distinct()
    let_go(connection, dict.fromkeys(connection.execute(held).scalars(), case_id))
    connection.execute(sa.delete(t.holdings).where(t.holdings.c.contact.in_(mine)))
    connection.execute(sa.delete(t.content).where(t.content.c.case_id == case_id))
    connection.execute(sa.delete(t.outbox).where(t.outbox.c.case_id == case_id, t.outbox.c.sequence.is_(None)))
    connection.execute(sa.delete(t.correspondents).where(t.correspondents.c.case_id == case_id))
    connection.execute(sa.delete(t.parked).where(t.parked.c.contact.in_(mine)))
    open_notices = sa.and_(t.notices.c.case_id == case_id, t.notices.c.state.in_(("owed", "deferred")))
    connection.execute(sa.update(t.notices).where(open_notices).values(state="withheld"))
    connection.execute(sa.update(t.contacts).where(t.contacts.c.case_id == case_id).values(erased=True))


def let_go(connection: sa.Connection, vaulted: Mapping[str, str]) -> None:
    """Vault objects, each with the case that let go of it, are to be erased as soon as no contact holds them."""
    insert_new(connection, tables.vault_erasures, [{"vault": key, "case_id": case} for key, case in vaulted.items()])


def to_erase(connection: sa.Connection) -> list[str]:
    """Vault objects that were let go of, and that nobody else holds."""
    held = sa.select(tables.holdings.c.vault).where(tables.holdings.c.vault == tables.vault_erasures.c.vault)
    query = sa.select(tables.vault_erasures.c.vault).where(~held.exists()).limit(1000)
    return list(connection.execute(query).scalars())


def external_key(key: bytes, brand: str, external: str) -> str:
    """A source's own id (Message-ID, provider id) as it is kept: traceable by who knows it, readable by nobody."""
    return mac(key, f"external:{brand}", external).hex()
