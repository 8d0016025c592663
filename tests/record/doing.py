"""What the tests of the record are made of: inputs as one batch, what leaves, what happened."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from intake_daemon.contract import NOTICES, Input, Outcome, Waiting
from intake_daemon.events import Event
from intake_daemon.message import Command, Message, Notice, Receipt
from intake_daemon.store import Store
from router.case import Case, fold
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON


async def route(ledger: StoredLedger, *values: Message | Receipt | Command) -> list[Outcome]:
    """Let inputs meet their cases, as one batch."""
    return await ledger.decide([Input(value, NOON) for value in values], NOON)


async def leave(ledger: StoredLedger) -> list[Waiting]:
    """Everything that leaves, in the order in which a broker would confirm it."""
    left: list[Waiting] = []
    while rows := await ledger.outbox(1000):
        left += rows
        await ledger.published(rows)
    return left


def notices(rows: list[Waiting]) -> list[Notice]:
    """The notices among what left."""
    return [Notice.model_validate_json(row.letter.body) for row in rows if row.letter.exchange == NOTICES]


def sent(notice: Notice) -> Receipt:
    """The receipt of a notice that went out."""
    return Receipt(notice=notice.id, connector=notice.connector, outcome="sent", at=NOON + timedelta(seconds=1))


async def history(store: Store) -> dict[str, list[Event]]:
    """All events per case, in order."""
    query = sa.select(tables.events.c.body).order_by(tables.events.c.case_id, tables.events.c.sequence)
    bodies = await store.read(lambda connection: list(connection.execute(query).scalars()))
    cases: dict[str, list[Event]] = {}
    for body in bodies:
        event = Event.model_validate_json(body)
        cases.setdefault(event.case, []).append(event)
    return cases


async def the_case(store: Store, outcome: Outcome) -> Case:
    """The case of an outcome, folded."""
    assert outcome.case is not None
    return fold((await history(store))[outcome.case])


async def types(store: Store, outcome: Outcome) -> list[str]:
    """The types of a case's events, in order."""
    assert outcome.case is not None
    return [event.type for event in (await history(store))[outcome.case]]
