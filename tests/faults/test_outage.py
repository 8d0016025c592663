"""RabbitMQ is away for an hour, or for more than a day, while complaints come: caught up, oldest first, with the dates
of when they were said. The clock of all processes is moved meanwhile (clock.py).

The same in one process stands in the suite: tests/life/test_long_outage.py.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from tests.faults.grounds import Grounds
from tests.faults.installation import Several
from tests.faults.rig import Rig
from tests.faults.servers import Servers
from tests.services.place import until
from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit

DOORS = ("form", "telegram", "smtp")
STEPS = 6
FORTH = timedelta(minutes=2)
"""Between what a source says and what we keep as its time: a bot's messages are a minute old, machines are slow."""


@pytest.mark.proof
@pytest.mark.timeout(900)
@pytest.mark.parametrize("hours", [1, 25])
def test_the_broker_is_away(tmp_path: Path, rabbitmq: Rabbit, postgres: Postgres, hours: int) -> None:
    """Forms are spooled, mail and chats wait where they are; afterwards nothing is missing, and every case counts from
    the moment at which its customer spoke."""
    place, servers = tmp_path / "place", Servers(rabbitmq, postgres)
    place.mkdir()
    with Grounds(tmp_path, servers).standing() as grounds:
        build = partial(Several, ways=grounds.ways, servers=servers, halves=("intake", "router"))
        rig = Rig(place, build, grounds.fakes, hours, doors=("form", "telegram"))
        said: dict[int, datetime] = {}
        with rig.standing():
            rig.house.begin(None)
            for door in DOORS:
                rig.work.complain(door)
            until(rig.quiet, "what came before is settled", 120)
            rabbitmq.stop_app()
            try:
                for step in range(STEPS):
                    for door in DOORS:
                        said[len(rig.work.said)] = rig.clock.now()
                        rig.work.complain(door)
                    until(partial(_spooled, rig, step + 2), "the form has its reference", 120)
                    rig.clock.move(hours * 3600 / STEPS)
            finally:
                rabbitmq.start_app()
            reckoning = rig.settle()
    assert rig.counted.findings == [], (place / "timeline").read_text()
    held = reckoning.held()
    for door in ("form", "telegram"):
        rows = [held[number] for number in said if rig.work.said[number].door == door]
        times = [time for number, time in said.items() if rig.work.said[number].door == door]
        late = [row["contact_at"] - time.timestamp() for row, time in zip(rows, times, strict=True)]
        assert max(map(abs, late)) < FORTH.total_seconds(), late
        decided = [row["decided_at"] for row in rows]
        assert decided == sorted(decided)


def _spooled(rig: Rig, many: int) -> bool:
    return sum(rig.work.said[number].door == "form" for number in rig.world.told.references) >= many
