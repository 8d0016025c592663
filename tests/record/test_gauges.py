"""What waits in the ledger, as the gauges count it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from intake_daemon.contract import Input
from intake_daemon.message import Receipt
from intake_daemon.store import Store
from router.ledger import gauges, tables
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter
from tests.record.doing import leave, notices, route, sent


async def test_each_step_is_counted(ledger: StoredLedger, store: Store) -> None:
    """Outbox, owed, released, deferred, unknown and withheld, each with its oldest."""
    await route(ledger, letter(), letter("More", message="2@x", answers=("first@customer.example",)))
    found = await store.read(gauges.waiting)
    assert found["outbox"].many > 0
    assert found["outbox"].since == NOON.timestamp()
    assert (found["notices_released"].many, found["notices_owed"].many) == (2, 1)
    acknowledgement, assignment = notices(await leave(ledger))
    wait = Receipt(notice=assignment.id, connector="mail", outcome="deferred", at=NOON, until=NOON + timedelta(hours=1))
    doubt = sent(acknowledgement).model_copy(update={"outcome": "unknown"})
    await route(ledger, wait, doubt)
    await leave(ledger)
    found = await store.read(gauges.waiting)
    assert found["outbox"] == (0, None)
    assert {step: found[f"notices_{step}"].many for step in ("owed", "released", "deferred", "unknown")} == {
        "owed": 1,
        "released": 0,
        "deferred": 1,
        "unknown": 1,
    }
    assert (await store.read(gauges.withheld)).many == 0
    later = NOON + timedelta(minutes=5)
    await ledger.decide([Input(letter("x", sender=None, message="3@x", contact_at=later), later)], later)
    assert await store.read(gauges.withheld) == (1, later.timestamp())


async def test_first_in_the_outbox_may_be_a_notice(ledger: StoredLedger, store: Store) -> None:
    """Where a notice is the oldest that waits, its age is told."""
    await route(ledger, letter())
    gone = sa.delete(tables.outbox).where(tables.outbox.c.sequence.is_not(None))
    await store.write(lambda connection: connection.execute(gone).close())
    assert (await store.read(gauges.waiting))["outbox"].since == NOON.timestamp()
