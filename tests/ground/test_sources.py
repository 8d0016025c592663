"""When a source that we ask answered last: over processes, restarts and outages of the database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from intake_daemon import sources
from intake_daemon.errors import Temporary
from intake_daemon.sources import Sources
from tests.doors import Cursors

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


@dataclass
class Clock:
    """Stands still until it is moved."""

    now: datetime = NOON

    def __call__(self) -> datetime:
        """As the one clock."""
        return self.now


@pytest.fixture(autouse=True)
def always(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look is one."""
    monkeypatch.setattr(sources, "EVERY", 0)


async def test_a_source_counts_from_its_last_answer_whoever_asks() -> None:
    """One that never answered counts from the first who was to ask it; no restart and no other process begins anew, and
    what another has heard is known to who waits."""
    clock, memory = Clock(), Cursors()
    first = Sources(memory, clock)
    first.asks("bot")
    await first.look()
    assert first.seen() == {"bot": NOON}
    clock.now += timedelta(hours=1)
    anew = Sources(memory, clock)
    anew.asks("bot")
    await anew.look()
    await first.look()
    assert anew.seen() == first.seen() == {"bot": NOON}
    first.answered("bot")
    heard = clock.now
    clock.now += timedelta(minutes=5)
    await first.look()
    await anew.look()
    assert anew.seen() == first.seen() == {"bot": heard}


async def test_a_database_that_is_away_loses_no_answer() -> None:
    """What was heard meanwhile is written down when it is back, with its own time; what others have heard later
    stays."""
    clock, memory = Clock(), Cursors()
    ours = Sources(memory, clock)
    ours.asks("bot")
    await ours.look()
    clock.now += timedelta(minutes=10)
    ours.answered("bot")
    memory.away = True
    with pytest.raises(Temporary):
        await ours.look()
    memory.away = False
    clock.now += timedelta(minutes=10)
    await ours.look()
    assert ours.seen() == {"bot": NOON + timedelta(minutes=10)}
    clock.now += timedelta(minutes=10)
    later = (NOON + timedelta(minutes=30)).isoformat()
    memory.places["bot/answered"] = {"at": later}
    await ours.look()
    assert ours.seen() == {"bot": NOON + timedelta(minutes=30)}
    assert memory.places["bot/answered"] == {"at": later}


async def test_a_clock_that_was_ahead_hides_no_silence() -> None:
    """What was written down by a clock that has been put right since is not later than now: else a source that fell
    silent would look well until then."""
    clock, memory = Clock(), Cursors()
    ours = Sources(memory, clock)
    ours.asks("bot")
    clock.now += timedelta(days=30)
    ours.answered("bot")
    await ours.look()
    assert ours.seen() == {"bot": NOON + timedelta(days=30)}
    clock.now = NOON
    for each in (ours, Sources(memory, clock)):
        each.asks("bot")
        await each.look()
        assert each.seen() == {"bot": NOON}
    clock.now += timedelta(hours=1)
    await ours.look()
    assert ours.seen() == {"bot": NOON}
