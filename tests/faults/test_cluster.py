"""A RabbitMQ of three nodes: what only a cluster can suffer is drawn, and without a majority nobody hears a lie."""

from __future__ import annotations

import time
from collections import Counter
from functools import partial
from pathlib import Path

import pytest

from tests.faults.grounds import Grounds
from tests.faults.installation import Several
from tests.faults.rig import Rig
from tests.faults.scenario import Door, draw
from tests.faults.servers import missing, own
from tests.faults.trouble import Trouble
from tests.services.place import until
from tests.services.plugin import need

DOORS: tuple[Door, ...] = ("smtp", "form")
ONLY = {"leader moved", "node down", "two nodes down", "partition"}
STRUCK = [Trouble(what, 0.2, 5.0) for what in ("leader moved", "node down", "partition")]
AWAY = 6.0
"""Seconds for which two nodes stay away."""


def test_every_trouble_of_a_cluster_is_drawn_and_only_there() -> None:
    """In two hundred scenarios each comes several times, and in those of one broker none."""
    drawn = Counter(trouble.what for seed in range(200) for trouble in draw(seed, "cluster").troubles)
    assert min(drawn[what] for what in ONLY) > 2
    assert {"queue full", "database killed", "process killed", "broker silent"} <= drawn.keys()
    assert not {"broker killed", "broker memory"} & drawn.keys()
    for seed in range(200):
        others = (*draw(seed, "one").troubles, *draw(seed, "several").troubles)
        assert not ONLY & {trouble.what for trouble in others}


@pytest.mark.proof
@pytest.mark.timeout(1200)
def test_without_a_majority_nobody_hears_a_lie(tmp_path: Path, services_folder: Path) -> None:
    """Two of three nodes are down: no mail hears 250, the form gives its reference from the spool; when they are back
    all of it is here, once. Then a leader moves, a node is down, and one hears nothing of the others."""
    need(missing(), there=not missing())
    place, folder = tmp_path / "place", services_folder / "majority"
    place.mkdir()
    folder.mkdir()
    with own(folder, cluster=True) as servers, Grounds(tmp_path, servers).standing() as grounds:
        build = partial(Several, ways=grounds.ways, servers=servers, halves=("intake", "router"))
        rig = Rig(place, build, grounds.fakes, 1, doors=DOORS)
        with rig.standing():
            rig.house.begin(None)
            for door in DOORS:
                rig.work.complain(door)
            until(rig.quiet, "what came before is settled", 180)
            with rig.house.meet(Trouble("two nodes down", 0, AWAY)):
                before = dict(rig.world.told.references)
                for door in DOORS:
                    rig.work.complain(door)
                until(lambda: len(rig.world.told.references) > len(before), "the form has its reference", 120)
                time.sleep(AWAY)  # so long every try of the mail is refused, or hears nothing
                confirmed = rig.world.told.references.keys() - before.keys()
            assert [rig.work.said[number].door for number in confirmed] == ["form"]
            for trouble in STRUCK:
                for door in DOORS:
                    rig.work.complain(door)
                with rig.house.meet(trouble):
                    time.sleep(trouble.lasts)
            rig.settle()
    assert rig.counted.findings == [], (place / "timeline").read_text()
    assert rig.counted.confirmed == 2 * (2 + len(STRUCK))
