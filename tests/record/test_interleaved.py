"""Two routers on one PostgreSQL, each of which comes to the point at which the other could spoil what it has read."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from concurrent.futures import Future
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command
from intake_daemon.store import Store
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY
from tests.record.talking import BROKEN, Chat, known
from tests.services.place import until

RUDE = "Ваш сотрудник в магазине на меня кричал."
LATER = "Это было вчера вечером."


@pytest.fixture
async def routers(database: str) -> AsyncIterator[tuple[Store, Store]]:
    """Two that share nothing but the database."""
    one, two = Store(database), Store(database)
    await one.migrate()
    yield one, two
    await one.close()
    await two.close()


def waits_for_a_lock(database: sa.Engine) -> bool:
    """Whether a session of this database stands still until another is through."""
    query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.connect() as connection:
        return bool(connection.execute(sa.text(query)).scalar_one())


async def test_a_line_joins_the_case_that_its_contact_is_being_given_to(
    routers: tuple[Store, Store], database: str
) -> None:
    """A line is decided while a person gives what was said just before it to a case of its own: whichever router is
    first, both parts of the contact are in one case."""
    chat, other = Chat(routers[0]), Chat(routers[1])
    first = await chat.say(BROKEN)
    await chat.later(3600)
    await chat.say(RUDE)
    line = chat.line(LATER, after=5)
    asked = Command(id="1", reference=first.reference or "", command="part", actor="elnur", data={}, at=chat.now)
    ledger = StoredLedger(other.store, known(), key=KEY, installation="test")
    loop = asyncio.get_running_loop()
    watching = sa.create_engine(database)
    parts: list[Future[list[Outcome]]] = []
    met = threading.Event()

    def between(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:  # noqa: ANN401 -- as SQLAlchemy calls it
        """The line's ties are read, and the row of its case is not locked yet: now the other one acts."""
        if "FROM cases" not in statement or "FOR UPDATE" not in statement or met.is_set():
            return
        met.set()
        parting = asyncio.run_coroutine_threadsafe(ledger.decide([Input(asked, chat.now)], chat.now), loop)
        parts.append(parting)
        until(lambda: parting.done() or waits_for_a_lock(watching), "it has acted, or waits for the line", 30)

    sa.event.listen(sa.Engine, "before_cursor_execute", between)
    try:
        (joined,) = await chat.put(line)
        (parted,) = await asyncio.wrap_future(parts[0])
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", between)
        watching.dispose()
    assert (joined.disposition, parted.disposition) == ("joined", "done")
    t = tables.contacts
    rows = await chat.store.read(lambda c: c.execute(sa.select(t.c.case_id, t.c.id).order_by(t.c.received_at)).all())
    _, rude, later = [case for case, _ in rows]
    assert rude == later, "one contact"
    assert rude != first.case
    assert (await chat.say("И ещё: она не представилась.", after=5)).case == rude
