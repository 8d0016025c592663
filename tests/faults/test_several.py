"""The rig on RabbitMQ and PostgreSQL in the suite: what only several routers can do wrong is found."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from tests.faults.grounds import Grounds
from tests.faults.installation import Several
from tests.faults.mistakes import MISTAKES
from tests.faults.points import Plan
from tests.faults.rig import Rig
from tests.faults.scenario import draw
from tests.faults.servers import Servers
from tests.faults.trouble import Trouble
from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit


@pytest.mark.parametrize("name", sorted(name for name, mistake in MISTAKES.items() if mistake.several))
def test_a_known_mistake_of_several_is_found(tmp_path: Path, rabbitmq: Rabbit, postgres: Postgres, name: str) -> None:
    """Put into two routers and one that takes mail, by a switch of the tests; the rig says which harm it did."""
    mistake, servers = MISTAKES[name], Servers(rabbitmq, postgres)
    place = tmp_path / "place"
    place.mkdir()
    with Grounds(tmp_path, servers).standing() as grounds:
        build = partial(
            Several,
            ways=grounds.ways,
            servers=servers,
            mistake=name,
            halves=("intake", "router", "router"),
        )
        counted = Rig(place, build, grounds.fakes, 1, doors=(), patience=mistake.patience).run(mistake.played)
    assert mistake.harm in {finding.kind for finding in counted.findings}, (place / "timeline").read_text()


@pytest.mark.proof
def test_several_lose_nothing_and_answer_once(tmp_path: Path, rabbitmq: Rabbit, postgres: Postgres) -> None:
    """Two that take complaints and two that decide, of whom one is killed, one cut off, one held still."""
    servers = Servers(rabbitmq, postgres)
    place = tmp_path / "place"
    place.mkdir()
    troubles = (
        Trouble("broker cut", 0.2, 1.0),
        Trouble("database reset", 0.4, 0.2),
        Trouble("process killed", 0.3, 0.5, 1),
    )
    drawn = draw(1, "several", through=("smtp", "form", "telegram"))
    scenario = replace(drawn, plan=Plan("decide message", before=False), troubles=troubles, jump=0.0)
    with Grounds(tmp_path, servers).standing() as grounds:
        build = partial(
            Several,
            ways=grounds.ways,
            servers=servers,
            halves=("intake", "intake", "router", "router"),
        )
        counted = Rig(place, build, grounds.fakes, 1, doors=("smtp", "form", "telegram")).run([scenario])
    assert counted.findings == [], (place / "timeline").read_text()
    assert counted.confirmed == counted.complaints
