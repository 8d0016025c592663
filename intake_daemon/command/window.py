"""The window for customers: what who comes with a link of ours may see (contract.CustomerDesk), from the record.

Rules
-----
1. A link that is not ours, has ended, was used, or whose words are erased: the same answer, nothing.
2. Only the words of whom the link was sent to: others may have written into the conversation.
3. It only reads. The form that is sent carries the link; the desk joins it (router/contact.py).
"""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from intake_daemon.contract import Now, Told
from intake_daemon.message import Message
from intake_daemon.reference import read_link
from intake_daemon.store import Store
from router.case import Case
from router.ledger import tables
from router.letters.links import FORM
from router.rules import Rules
from router.turn import Intent

_LONGEST = 20_000
"""Characters that are filled in; who said more has it in the record."""


class Window:
    """See the manual above."""

    def __init__(self, store: Store, rules: Callable[[], Rules], now: Now) -> None:
        self._store = store
        self._rules = rules
        self._now = now

    async def told(self, brand: str, link: str) -> Told | None:
        """The customer's own words, while the case still waits for the form."""
        notice = read_link(self._rules().key, FORM, link, self._now())
        if notice is None:
            return None
        return await self._store.read(lambda connection: _told(connection, brand, notice))


def _told(connection: sa.Connection, brand: str, notice: str) -> Told | None:
    notices, cases, content, contacts = tables.notices, tables.cases, tables.content, tables.contacts
    query = sa.select(notices.c.intent, cases.c.body).join(cases, cases.c.id == notices.c.case_id)
    row = connection.execute(query.where(notices.c.id == notice, notices.c.brand == brand)).one_or_none()
    if row is None:
        return None
    case, intent = Case.model_validate_json(row.body), Intent.model_validate_json(row.intent)
    if case.state != "redirected" or case.erased:
        return None
    query = (
        sa.select(content.c.body)
        .join(contacts, contacts.c.id == content.c.id)
        .where(content.c.case_id == case.id, content.c.kind == "message")
        .order_by(contacts.c.received_at, contacts.c.decided_at)
    )
    said = [Message.model_validate_json(body) for body in connection.execute(query).scalars()]
    first = next((each for each in said if each.id == intent.contact), None)
    if first is None:
        return None
    theirs = {(each.kind, each.value) for each in first.sender.addresses}
    same = [each for each in said if theirs & {(one.kind, one.value) for one in each.sender.addresses}] or [first]
    return Told(
        text="\n\n".join(filter(None, (each.new_words.strip() for each in same)))[:_LONGEST],
        name=first.sender.name or "",
        email=first.sender.address("email") or "",
        phone=first.sender.address("phone") or "",
    )
