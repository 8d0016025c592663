"""The rig in the suite: that it can fail, and that it need not. `make faults` runs as many scenarios as one likes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults.grounds import Grounds
from tests.faults.mistakes import MISTAKES
from tests.faults.rig import Rig
from tests.faults.scenario import draw


@pytest.fixture(scope="module")
def grounds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Grounds]:
    """Where daemons are forked from, and what they speak to."""
    with Grounds(tmp_path_factory.mktemp("grounds")).standing() as grounds:
        yield grounds


def test_nothing_is_lost_and_nobody_is_answered_twice(tmp_path: Path, grounds: Grounds) -> None:
    """A life that is killed at a named step, before what it took is remembered, and one more that mends it."""
    counted = Rig(tmp_path, grounds.make("one"), grounds.fakes, 109).run([draw(109)])
    timeline = (tmp_path / "timeline").read_text()
    assert counted.findings == [], timeline
    assert "the life ended as planned" in timeline, "its step was never reached: nothing was proved"
    assert counted.complaints >= 5


@pytest.mark.parametrize("name", sorted(name for name, mistake in MISTAKES.items() if not mistake.several))
def test_a_known_mistake_is_found(tmp_path: Path, grounds: Grounds, name: str) -> None:
    """Put into the daemon by a switch of the tests; the rig says so, and says which kind of harm it did."""
    mistake = MISTAKES[name]
    rig = Rig(
        tmp_path,
        grounds.make("one", name),
        grounds.fakes,
        1,
        doors=("form", "telegram", "chat"),
        patience=mistake.patience,
    )
    counted = rig.run(mistake.played)
    assert mistake.harm in {finding.kind for finding in counted.findings}, (tmp_path / "timeline").read_text()


def test_a_scenario_is_its_seed() -> None:
    """Whoever draws it again has the same faults in the same places."""
    assert [draw(seed) for seed in range(50)] == [draw(seed) for seed in range(50)]
    assert len({draw(seed).plan for seed in range(50)}) > 30
