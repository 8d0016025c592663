"""Chat lines, shared by all processes: which one holds the visitor's socket is nobody's business but its own.

Numbers run per conversation, given under the lock of its row: a line that is visible was numbered after all that were
visible before, so nobody who reads on from a number skips one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from intake_daemon.contract import ChatLine, Now, Shown
from intake_daemon.memory.tables import chat_lines, conversations
from intake_daemon.store import Store

_FRESH = timedelta(hours=1)
"""So exactly is kept when somebody last spoke or read."""


class StoredChats:
    """Chats (contract) in the store."""

    def __init__(self, store: Store, now: Now) -> None:
        self._store = store
        self._now = now

    async def add(self, conversation: str, line: ChatLine, *, reachable: bool | None = None) -> int:
        """Its number, new or known."""
        moved: dict[str, object] = {"spoke_at": line.at.timestamp()}
        if reachable is not None:
            moved["reachable"] = reachable

        def work(connection: sa.Connection) -> int:
            # the row is locked by this update, also when it changes nothing: numbers are given one after another
            known = sa.update(conversations).where(conversations.c.id == conversation)
            if not connection.execute(known.values(moved)).rowcount:
                fresh = "INSERT INTO conversations (id, last, spoke_at, reachable) VALUES (:id, 0, 0, :no)"
                connection.execute(sa.text(f"{fresh} ON CONFLICT (id) DO NOTHING"), {"id": conversation, "no": False})
                connection.execute(known.values(moved))
            there = sa.select(chat_lines.c.number).where(
                chat_lines.c.conversation == conversation,
                chat_lines.c.line == line.id,
                chat_lines.c.ours == line.ours,
            )
            number = connection.execute(there).scalar_one_or_none()
            if number is not None:
                return int(number)
            last = sa.select(conversations.c.last).where(conversations.c.id == conversation)
            number = int(connection.execute(last).scalar_one()) + 1
            connection.execute(known.values(last=number))
            connection.execute(sa.insert(chat_lines).values(_row(conversation, number, line)))
            return number

        return await self._store.write(work)

    async def since(self, conversation: str, number: int, limit: int = 200) -> list[ChatLine]:
        """In order."""
        query = (
            sa.select(chat_lines)
            .where(chat_lines.c.conversation == conversation, chat_lines.c.number > number)
            .order_by(chat_lines.c.number)
            .limit(limit)
        )
        return await self._store.read(lambda connection: [_line(row) for row in connection.execute(query)])

    async def longer(self, known: Mapping[str, int]) -> list[str]:
        """Those that went on."""
        query = sa.select(conversations.c.id, conversations.c.last).where(conversations.c.id.in_(sorted(known)))
        rows = await self._store.read(lambda connection: list(connection.execute(query)))
        return [row.id for row in rows if row.last > known[row.id]]

    async def shown(self, conversation: str, id: str) -> Shown | None:  # noqa: A002 -- the contract's name
        """None when it is not there."""
        mine = (chat_lines.c.conversation == conversation) & chat_lines.c.ours

        def work(connection: sa.Connection) -> Shown | None:
            row = connection.execute(sa.select(chat_lines).where(mine, chat_lines.c.line == id)).one_or_none()
            if row is None:
                return None
            unseen = sa.select(sa.func.min(chat_lines.c.at)).where(mine, chat_lines.c.seen_at.is_(None))
            first = connection.execute(unseen).scalar_one()
            there = sa.select(conversations.c.reachable).where(conversations.c.id == conversation)
            return Shown(
                seen_at=None if row.seen_at is None else _moment(row.seen_at),
                since=_moment(min(row.at, row.at if first is None else first)),
                reachable=bool(connection.execute(there).scalar_one()),
            )

        return await self._store.read(work)

    async def leave(self, conversation: str, id: str) -> bool:  # noqa: A002 -- the contract's name
        """False when it was seen meanwhile."""
        mine = (chat_lines.c.conversation == conversation) & chat_lines.c.ours & (chat_lines.c.line == id)
        left = sa.update(chat_lines).where(mine, chat_lines.c.seen_at.is_(None)).values(left=True)
        return await self._store.write(lambda connection: connection.execute(left).rowcount == 1)

    async def seen(self, conversation: str, number: int) -> Sequence[tuple[str, datetime]]:
        """What was left of it, once."""
        at = self._now()
        unseen = (
            (chat_lines.c.conversation == conversation)
            & chat_lines.c.ours
            & chat_lines.c.seen_at.is_(None)
            & (chat_lines.c.number <= number)
        )
        known = conversations.c.id == conversation
        stale = known & (conversations.c.spoke_at < (at - _FRESH).timestamp())

        def told(connection: sa.Connection) -> bool:
            found = sa.select(sa.or_(sa.exists().where(unseen), sa.exists().where(stale)))
            return bool(connection.execute(found).scalar_one())

        # a window says it with every question for news: what is known already costs no write
        if not await self._store.read(told):
            return []

        def work(connection: sa.Connection) -> Sequence[tuple[str, datetime]]:
            marked = sa.update(chat_lines).where(unseen).values(seen_at=at.timestamp())
            rows = connection.execute(marked.returning(chat_lines.c.line, chat_lines.c.left)).all()
            connection.execute(sa.update(conversations).where(known).values(spoke_at=at.timestamp()))
            return [(row.line, at) for row in rows if row.left]

        return await self._store.write(work)

    async def sweep(self, before: datetime) -> int:
        """Whole conversations, with their lines."""
        old = sa.select(conversations.c.id).where(conversations.c.spoke_at < before.timestamp())

        def work(connection: sa.Connection) -> int:
            gone = list(connection.execute(old.limit(1000)).scalars())
            if gone:
                connection.execute(sa.delete(chat_lines).where(chat_lines.c.conversation.in_(gone)))
                connection.execute(sa.delete(conversations).where(conversations.c.id.in_(gone)))
            return len(gone)

        return await self._store.write(work)


def _row(conversation: str, number: int, line: ChatLine) -> dict[str, object]:
    return {
        "conversation": conversation,
        "number": number,
        "line": line.id,
        "ours": line.ours,
        "person": line.person,
        "text": line.text,
        "files": json.dumps(line.files),
        "message": line.message,
        "at": line.at.timestamp(),
        "left": False,
    }


def _line(row: sa.Row[Any]) -> ChatLine:
    return ChatLine(
        id=row.line,
        text=row.text,
        at=_moment(row.at),
        ours=row.ours,
        person=row.person,
        files=tuple(json.loads(row.files)),
        message=row.message,
        number=row.number,
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
