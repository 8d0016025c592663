"""Up to when everything is known, and whether the clock goes at the pace of time: what a breach is declared by."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from intake_daemon.contract import MESSAGES, ROUTER_QUEUE, Delivery, Letter
from intake_daemon.life.route import Reading
from intake_daemon.life.tick import JUMP, Horizon, Steady
from tests.life.conftest import Machine

NOON = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)


def test_a_clock_that_jumps_declares_nothing_until_it_is_steady() -> None:
    """Ahead or back by more than a minute against time's own pace: False, and True again a few steady looks later."""
    for jump in (JUMP + 5, -JUMP - 5):
        steady = Steady()
        assert steady.look(NOON, 0.0)
        assert steady.look(NOON + timedelta(seconds=1), 1.0)
        later = NOON + timedelta(seconds=2 + jump)
        looks = [steady.look(later + timedelta(seconds=n), 2.0 + n) for n in range(4)]
        assert looks == [False, False, False, True]


async def test_nothing_is_known_beyond_what_waits(machine: Machine) -> None:
    """Empty queues: known up to the look before. A letter that waits holds the moment at when it was published, also
    while it is in hand; given back, nothing is known until the queue is empty again."""
    router, horizon = machine.router, Horizon(machine.router)
    assert await horizon.look() is None
    first = router.now()
    assert await horizon.look() == first
    letter = Letter(MESSAGES, "welzo.email", b"{}", "m-1")
    await machine.broker.publish([letter])
    known = await horizon.look()
    machine.clock.now += timedelta(hours=3)
    assert await horizon.look() == known
    reading = router.reading.setdefault(ROUTER_QUEUE, Reading())
    taken = Delivery(ROUTER_QUEUE, 1, letter, redelivered=False, published_at=first)
    reading.took([taken])
    assert await horizon.look() == first
    reading.back()
    reading.done()
    assert await horizon.look() is None
    assert await horizon.look() is None
