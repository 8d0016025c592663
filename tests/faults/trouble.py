"""What meets an installation from outside while complaints come: drawn from the seed, like everything.

process …    one of ours is killed, stopped, or stands still for a while (longer than its leases, sometimes)
broker …     its server is struck (servers.py), or the way there (proxy.py): of one process, or of all
database …   the same
node …       in a cluster one or two are killed; a leader moved; a partition: one hears nothing of the others
mail …       the way to the customers' mail server
disk …       of one machine: full, or failing at every write
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Literal, get_args

from tests.faults.proxy import Direction, Fault
from tests.faults.servers import STRUCK, STRUCK_CLUSTER

Kind = Literal["one", "several", "cluster"]
"""Of installations (installation.py)."""
ALL = -1
_FAULTS: tuple[Fault, ...] = get_args(Fault)
_DIRECTIONS: tuple[Direction, ...] = ("both", "both", "up", "down")
_DEAR = frozenset(("broker killed", "broker memory", "broker disk"))
"""Each costs an Erlang machine of its own, or more."""
_CLUSTERED = {"leader moved": 3, "node down": 3, "two nodes down": 2, "partition": 2}
"""What only a cluster can suffer, and how often; without two of three nobody has a majority."""
_MAJORITY = 4.0
"""Seconds by which they last longer than others: electing leaders takes some of them."""


@dataclass(frozen=True)
class Trouble:
    """One of them. `whom`: the number of a process, or `ALL`; `after` and `lasts` in seconds."""

    what: str
    after: float
    lasts: float
    whom: int = ALL
    direction: Direction = "both"

    def said(self) -> str:
        """For the timeline."""
        who = "" if self.whom == ALL else f" of process {self.whom + 1}"
        way = "" if self.direction == "both" else f" ({self.direction})"
        return f"{self.what}{way}{who} after {self.after:.1f} s for {self.lasts:.1f} s"


def draw_troubles(chance: random.Random, house: Kind, *, own: bool = True, processes: int = 5) -> tuple[Trouble, ...]:
    """None to three. `own`: the servers are the rig's, to be broken."""
    if house == "one":
        many = chance.choices((0, 1), weights=(50, 50))[0]
        return tuple(_of_one(chance) for _ in range(many))
    many = chance.choices((1, 2, 3), weights=(55, 30, 15))[0]
    return tuple(_of_several(chance, house, processes, own=own) for _ in range(many))


def _of_one(chance: random.Random) -> Trouble:
    what = chance.choice(("disk full", "disk fails", *(f"mail {fault}" for fault in _FAULTS)))
    direction: Direction = chance.choice(_DIRECTIONS) if what.startswith("mail s") else "both"
    return Trouble(what, chance.uniform(0, 2), chance.uniform(0.5, 4), direction=direction)


def _of_several(chance: random.Random, house: Kind, processes: int, *, own: bool) -> Trouble:
    after, lasts = chance.uniform(0, 2), chance.uniform(0.5, 4)
    kinds = ("way", "process", "server") if own else ("way", "process")
    weights = (30, 20, 50) if house == "cluster" else (45, 25, 30)
    kind = chance.choices(kinds, weights=weights[: len(kinds)])[0]
    if kind == "process":
        what = chance.choice(("process killed", "process stopped", "process paused"))
        if what == "process paused" and chance.random() < 0.3:
            lasts = 18.0  # longer than any lease
        return Trouble(what, after, lasts, chance.randrange(processes))
    if kind == "way":
        fault = chance.choice(_FAULTS)
        way = chance.choices(("broker", "database", "mail"), weights=(45, 40, 15))[0]
        direction = chance.choice(_DIRECTIONS) if fault in {"silent", "slow"} else "both"
        whom = ALL if way == "mail" or chance.random() < 0.4 else chance.randrange(processes)
        return Trouble(f"{way} {fault}", after, lasts, whom, direction)
    if house == "cluster" and chance.random() < 0.8:
        what = chance.choices(list(_CLUSTERED), weights=list(_CLUSTERED.values()))[0]
        return Trouble(what, after, lasts + _MAJORITY)
    if house == "cluster":
        return Trouble(chance.choice([what for what in STRUCK_CLUSTER if what not in _CLUSTERED]), after, lasts)
    usual = [what for what in STRUCK if what not in _DEAR]
    return Trouble(chance.choice(sorted(_DEAR) if chance.random() < 0.15 else usual), after, lasts)
