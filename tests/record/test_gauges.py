"""What waits in the ledger, as the gauges count it."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from intake_daemon import journal
from intake_daemon.contract import Input
from intake_daemon.message import Receipt
from intake_daemon.store import Store
from router.ledger import gauges, tables, tokens
from router.ledger.measures import measures
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


async def test_deadlines_are_counted_as_they_come_near(ledger: StoredLedger, store: Store) -> None:
    """Due within four hours, then over and undeclared; once it was declared, neither. Our own targets do not count."""
    await route(ledger, letter())
    await leave(ledger)

    async def clocks(after: timedelta) -> tuple[int, int]:
        found = await store.read(lambda connection: measures(connection, ("welzo", "ask4"), NOON + after))
        assert found.clocks.keys() == {
            (brand, state) for brand in ("welzo", "ask4") for state in ("soon", "undeclared")
        }
        return found.clocks["welzo", "soon"], found.clocks["welzo", "undeclared"]

    # Welzo acknowledges within 48 hours, and nobody has: no receipt came
    assert await clocks(timedelta(hours=43)) == (0, 0)
    assert await clocks(timedelta(hours=45)) == (1, 0)
    assert await clocks(timedelta(hours=48, minutes=21)) == (0, 1)
    broken = {"event": "breached", "where": "welzo", "what": "policy"}
    before = journal.REGISTRY.get_sample_value("intake_events_total", broken) or 0
    late = NOON + timedelta(hours=49)
    while await ledger.tick(late, late, 100):
        pass
    assert journal.REGISTRY.get_sample_value("intake_events_total", broken) == before + 1
    assert (await clocks(timedelta(hours=49)))[1] == 0


async def test_rows_tokens_and_bytes_are_measured(ledger: StoredLedger, store: Store) -> None:
    """What waits in tables of work; valid tokens alone; a database has a size."""
    await route(ledger, letter())

    def make(connection: sa.Connection) -> tuple[str, str]:
        old = tokens.create(connection, "crm", "operator", NOON - timedelta(days=2), 1)
        return tokens.create(connection, "crm", "operator", NOON, 30).id, old.id

    valid, _ended = await store.write(make)
    found = await store.read(lambda connection: measures(connection, ("welzo",), NOON))
    assert found.tokens == {valid: (NOON + timedelta(days=30)).timestamp()}
    assert found.rows["outbox"] > 0
    assert found.rows["tokens"] == 2
    assert found.rows["sends"] == found.rows["parked"] == 0
    assert found.stored > 10_000
