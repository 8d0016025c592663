"""Erasure: the contents of a case go, its events, dates and contact ids stay.

What goes: content rows (messages, notes, rendered notices), notices in the outbox, parked copies, lines of chats, the
keys of its correspondents, what its contacts were recognised by, and vault objects that no other contact holds. Was a
contact another case's before, letters of that one that tell what it said, or went to who said it, go too. The vault's
files are erased after the commit, from the list `vault_erasures`, so a crash in between only delays it. Ids stay, so
the mailbox read again revives nothing: what the intake half has put into the vault for it once more goes, too.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import ROUTER_QUEUE
from intake_daemon.memory.tables import chat_lines
from intake_daemon.message import Message
from intake_daemon.reference import mac, named
from router.case import Case
from router.ledger import tables
from router.ledger.rows import insert_new
from router.quoted import without


def erase(connection: sa.Connection, case: Case) -> None:
    """Within the transaction that appends `case.erased`, under the lock of the case's row."""
    t = tables
    mine = sa.select(t.contacts.c.id).where(t.contacts.c.case_id == case.id)
    _told_elsewhere(connection, {case.id}, set(connection.execute(mine).scalars()))
    held = sa.select(t.holdings.c.vault).where(t.holdings.c.contact.in_(mine)).distinct()
    let_go(connection, dict.fromkeys(connection.execute(held).scalars(), case.id))
    connection.execute(sa.delete(t.holdings).where(t.holdings.c.contact.in_(mine)))
    _chat(connection, case, mine)
    connection.execute(sa.delete(t.content).where(t.content.c.case_id == case.id))
    in_outbox = (t.outbox.c.case_id == case.id) & t.outbox.c.sequence.is_(None)
    taken_back = list(connection.execute(sa.select(t.outbox.c.message_id).where(in_outbox)).scalars())
    connection.execute(sa.delete(t.outbox).where(in_outbox))
    waiting = t.notices.c.state.in_(("owed", "deferred")) | t.notices.c.id.in_(taken_back)
    connection.execute(sa.update(t.notices).where(t.notices.c.case_id == case.id, waiting).values(state="withheld"))
    connection.execute(sa.delete(t.correspondents).where(t.correspondents.c.case_id == case.id))
    connection.execute(sa.delete(t.signs).where(t.signs.c.case_id == case.id))
    _parked(connection, case, mine)
    connection.execute(sa.update(t.contacts).where(t.contacts.c.case_id == case.id).values(erased=True))


def erase_contacts(connection: sa.Connection, ids: Sequence[str]) -> None:
    """What was said in these contacts, and what came with them, whatever case they belong to here, or none: their rows
    stay, as erased."""
    t = tables
    places = sa.select(t.contacts.c.case_id).where(t.contacts.c.id.in_(ids), t.contacts.c.case_id.is_not(None))
    _told_elsewhere(connection, set(connection.execute(places.distinct()).scalars()), set(ids))
    held = sa.select(t.holdings.c.vault, t.holdings.c.contact).where(t.holdings.c.contact.in_(ids))
    let_go(connection, {row.vault: row.contact for row in connection.execute(held)})
    for column in (t.holdings.c.contact, chat_lines.c.message, t.content.c.id, t.signs.c.contact, t.parked.c.contact):
        connection.execute(sa.delete(column.table).where(column.in_(ids)))
    connection.execute(sa.update(t.contacts).where(t.contacts.c.id.in_(ids)).values(erased=True))


def _told_elsewhere(connection: sa.Connection, cases: Collection[str], contacts: Collection[str]) -> None:
    """Letters about these contacts, of these cases and of those from which something was given to them: they show the
    contact's words to staff, or answer who said them. Of a mail of staff that answers such a letter only what it newly
    says stays."""
    t, n = tables, tables.notices
    places = sorted(_came_from(connection, cases))
    query = sa.select(n.c.id, n.c.state, n.c.intent).where(n.c.case_id.in_(places))
    told = {row.id: row.state for row in connection.execute(query) if _about(json.loads(row.intent)) & set(contacts)}
    _unquoted(connection, places, told)
    ids = sorted(told)
    taken_back = set(
        connection.execute(sa.select(t.outbox.c.message_id).where(t.outbox.c.message_id.in_(ids))).scalars()
    )
    unsent = sorted(taken_back | {each for each, state in told.items() if state in {"owed", "deferred", "held"}})
    for column in (t.outbox.c.message_id, t.content.c.id, t.parked.c.id):
        connection.execute(sa.delete(column.table).where(column.in_(ids)))
    connection.execute(sa.delete(chat_lines).where(chat_lines.c.ours & chat_lines.c.line.in_(ids)))
    connection.execute(sa.update(n).where(n.c.id.in_(unsent)).values(state="withheld"))


def _unquoted(connection: sa.Connection, cases: Sequence[str], notices: Collection[str]) -> None:
    """Mails of staff that answer one of these notices, without what they quote of it, with a mark or without one; their
    originals go."""
    t, content = tables, tables.content
    query = sa.select(content.c.id, content.c.body).where(content.c.id.in_(sorted(notices)), content.c.kind == "notice")
    letters = {named(row.id): str(json.loads(row.body)["text"]) for row in connection.execute(query)}
    mails = (
        sa.select(content.c.body)
        .join(t.contacts, t.contacts.c.id == content.c.id)
        .where(content.c.case_id.in_(cases), content.c.kind == "message", t.contacts.c.reason == "staff")
    )
    for mail in [Message.model_validate_json(body) for body in connection.execute(mails).scalars()] if letters else ():
        seen = [each.lower() for each in mail.thread.tokens]
        quoted = [text for mark, text in letters.items() if any(each.startswith(mark) for each in seen)]
        if quoted:
            left = mail.model_copy(update={"text": _newly(mail, quoted), "new_text": (), "html": ""})
            row = sa.update(content).where(content.c.id == mail.id)
            connection.execute(row.values(body=left.to_json().decode()))
            mine = (t.holdings.c.contact == mail.id) & (t.holdings.c.vault == mail.raw)
            connection.execute(sa.delete(t.holdings).where(mine))
            let_go(connection, {mail.raw: mail.id})


def _newly(mail: Message, quoted: Sequence[str]) -> str:
    """What a mail says without the lines of these letters."""
    lines = {line.strip() for letter in quoted for line in letter.splitlines()}
    new = without(mail.text, mail.new_text, quoted) or [(0, len(mail.text))]
    said = [line for start, end in new for line in mail.text[start:end].splitlines() if line.strip() not in lines]
    return "\n".join(said).strip()


def _about(intent: Mapping[str, Any]) -> set[str]:
    return {intent["contact"], *intent.get("lines", ())}


def _came_from(connection: sa.Connection, cases: Collection[str]) -> set[str]:
    """These cases, and each from which a contact came by way of others to one of them."""
    events = tables.events
    found, fresh = set(cases), set(cases)
    while fresh:
        query = sa.select(events.c.body).where(events.c.case_id.in_(sorted(fresh)), events.c.type.in_(_GIVEN))
        facts = [json.loads(body)["data"] for body in connection.execute(query).scalars()]
        names = {fact.get("other") or fact["reference"] for fact in facts if _from_there(fact)}
        known = sa.select(tables.cases.c.id).where(tables.cases.c.reference.in_(sorted(names)))
        fresh = set(connection.execute(known).scalars()) - found
        found |= fresh
    return found


_GIVEN = ("contact.moved", "case.linked")


def _from_there(fact: Mapping[str, Any]) -> bool:
    """Whether something came to the case from the one that is named."""
    return fact["away"] is False if "away" in fact else fact["reason"] in {"moved", "parted"}


def _chat(connection: sa.Connection, case: Case, mine: sa.Select[tuple[str]]) -> None:
    """Lines of a chat: those that were its contacts, and those that were its notices. A question that was asked before
    the case began belongs to it by its words only."""
    content = tables.content
    notices = sa.select(content.c.id).where(content.c.case_id == case.id, content.c.kind == "notice")
    said = chat_lines.c.message.in_(mine) | (chat_lines.c.ours & chat_lines.c.line.in_(notices))
    connection.execute(sa.delete(chat_lines).where(said))


def _parked(connection: sa.Connection, case: Case, mine: sa.Select[tuple[str]]) -> None:
    """Parked copies of its contacts; and commands and notices, which name the case by a reference or by its id."""
    known = sa.select(tables.aliases.c.reference).where(tables.aliases.c.case_id == case.id)
    names = {case.reference, case.id, *connection.execute(known).scalars()}
    named = [tables.parked.c.letter.contains(name, autoescape=True) for name in sorted(names)]
    ours = tables.parked.c.queue.like("intake.%") & (tables.parked.c.queue != ROUTER_QUEUE)
    gone = tables.parked.c.contact.in_(mine) | (ours & sa.or_(*named))
    connection.execute(sa.delete(tables.parked).where(gone))


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
