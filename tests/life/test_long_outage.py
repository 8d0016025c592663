"""A broker that is away for an hour, or a day: everything is caught up, oldest first, by the time at which it was said.

The same with real processes, RabbitMQ and PostgreSQL: tests/faults/test_outage.py.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa

from intake_daemon import life
from intake_daemon.contract import COMMANDS, RECEIPTS, ROUTER_QUEUE, Can, Raw
from intake_daemon.errors import Temporary
from intake_daemon.events import Event
from intake_daemon.life.tick import Horizon, declare
from router.ledger import tables
from tests.desk.letters import NOON
from tests.life.conftest import FORM, Machine, until
from tests.life.doing import by_somebody

CHATS = life.Source("bot", "telegram", frozenset({Can.SOURCE_RETRIES}))
MANY = 12
WITHIN = timedelta(hours=24)
"""ASK4's term for an acknowledgement (A-13)."""


def said(number: int, at: timedelta) -> Raw:
    """The complaint of somebody else each time; the provider says when it was."""
    return Raw(f"Complaint {number}: the line is dead.".encode(), "ask4", "text/plain", contact_at=NOON + at)


@pytest.mark.parametrize("hours", [1, 25])
async def test_caught_up_oldest_first(machine: Machine, hours: int) -> None:
    """Forms go into the spool, chats wait at their provider. Afterwards the oldest is decided first, clocks run from
    when it was said, and only a term that has passed meanwhile counts as broken."""
    await machine.broker.close()
    waiting: list[Raw] = []
    step = timedelta(hours=hours) / MANY
    for number in range(MANY):
        raw = said(number, number * step)
        if number % 2:
            waiting.append(raw)
            with pytest.raises(Temporary):
                await life.accept(machine.intake, CHATS, raw, by_somebody)
        else:
            (held,) = await life.accept(machine.intake, FORM, replace(raw, contact_at=None), by_somebody)
            assert held.spooled
        machine.clock.now += step
    await machine.broker.start()
    horizon = Horizon(machine.router)
    machine.keep(machine.spool.drain(machine.broker.publish))
    await until(lambda: _ready(machine, MANY // 2))
    for raw in waiting:  # each provider comes again by itself, with the oldest first
        await life.accept(machine.intake, CHATS, raw, by_somebody)
    for _ in range(3):
        assert await horizon.look() is None, "nothing is known as long as nothing was read"
    for queue in (ROUTER_QUEUE, RECEIPTS, COMMANDS):
        machine.keep(life.route(machine.router, queue))
    await until(lambda: _ready(machine, 0))
    machine.clock.move(minutes=16)  # so long a letter that is on its way may still meet its clock
    known = await until(lambda: _beyond(horizon, machine.clock.now))
    while await declare(machine.router, known):
        pass
    events = [Event.model_validate_json(body) for body in await _bodies(machine)]
    received = [event for event in events if event.type == "complaint.received"]
    for kind in (0, 1):
        times = [event.time for event in received if (event.time - NOON) // step % 2 == kind]
        assert times == [NOON + number * step for number in range(kind, MANY, 2)]
    cases = {event.case: event.time for event in received}
    clocks = {event.case: event for event in events if event.type == "clock.started" and event.data["clock"] == "ack"}
    for case, time in cases.items():
        assert clocks[case].time == time
        assert clocks[case].data["due"] == (time + WITHIN).isoformat().replace("+00:00", "Z")
    broken = {event.case for event in events if event.type == "clock.breached"}
    assert broken == {case for case, time in cases.items() if time + WITHIN < machine.clock.now}
    assert bool(broken) == (hours > 24)


async def _beyond(horizon: Horizon, moment: datetime) -> datetime | None:
    known = await horizon.look()
    return known if known is not None and known >= moment else None


async def _ready(machine: Machine, many: int) -> bool:
    depth = await machine.broker.depth(ROUTER_QUEUE)
    return depth.ready + depth.unsettled == many


async def _bodies(machine: Machine) -> list[str]:
    """All events, in the order in which they were decided."""
    query = sa.select(tables.events.c.body).order_by(sa.text("rowid"))
    return list(await machine.store.read(lambda connection: connection.execute(query).scalars().all()))
