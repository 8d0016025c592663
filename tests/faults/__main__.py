"""`make faults`: so many scenarios (`N=200`) from a seed (`SEED=7`), or for so many minutes (`MINUTES=4`).

`BROKER=amqp://…` and `STORE=postgresql://…` play it against a staging set-up (an empty virtual host, an empty
database): its servers are left alone, only our processes and the ways to the servers are broken.

Prints one figure a line, and for every finding where its installation was left. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.counting import Counted
from tests.faults.grounds import Grounds
from tests.faults.mistakes import MISTAKES
from tests.faults.rig import Rig
from tests.faults.scenario import draw
from tests.faults.servers import Servers
from tests.faults.trouble import Kind

IN_ONE = 10
"""Scenarios that one installation goes through."""
FEW = 5
"""The same, where there are only minutes."""
LONG = 100
"""So many scenarios are worth a cluster of three nodes, now and then."""


def main() -> int:
    """What the manual says."""
    words = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    words.add_argument("-n", type=int, default=200, help="scenarios")
    words.add_argument("--minutes", type=float, default=0.0, help="as many as go into so many minutes")
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(100_000) * IN_ONE)
    words.add_argument("--kind", choices=["one", "several", "cluster"], help="only installations of this kind")
    words.add_argument("--keep", action="store_true", help="leave every installation's folder")
    words.add_argument("--broker", default="", help="a staging set-up's virtual host, empty")
    words.add_argument("--store", default="", help="a staging set-up's database, empty")
    words.add_argument(
        "--mistake", default="", choices=sorted(MISTAKES), help="a known one, to see that it is found (mistakes.py)"
    )
    asked = words.parse_args()
    if bool(asked.broker) != bool(asked.store):
        words.error("BROKER and STORE belong together: an address of RabbitMQ, and one of PostgreSQL")
    given = Servers(None, None, (asked.broker, asked.store)) if asked.broker else None
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # everything that was started or mounted goes with us
    home = Path(tempfile.mkdtemp(prefix="intake-faults-"))
    home.chmod(0o755)  # a mailbox belongs to somebody else
    with Grounds(home, given, mailboxes=True).standing() as grounds:
        total = _all(asked, grounds)
    print(total.said())
    if not total.findings and not asked.keep:
        shutil.rmtree(home)
    return 1 if total.findings else 0


def _all(asked: argparse.Namespace, grounds: Grounds) -> Counted:
    """One installation after another."""
    total, began = Counted(), time.monotonic()
    print(f"seed {asked.seed}", flush=True)
    if lacks := grounds.lacks():
        print(f"skipped: several processes on RabbitMQ and PostgreSQL; {lacks} is not installed (`make services`)")
    in_one = FEW if asked.minutes else IN_ONE
    for number, first in enumerate(range(asked.seed, asked.seed + asked.n, in_one), 1):
        kind: Kind = "several" if asked.broker else asked.kind or kind_of(first, asked.n)
        if asked.mistake:
            kind = "several" if MISTAKES[asked.mistake].several else "one"
        elif lacks:
            kind = "one"
        place = grounds.home / str(first)
        place.mkdir()
        many = range(first, min(first + in_one, asked.seed + asked.n))
        scenarios = [draw(seed, kind, through=grounds.doors, own=grounds.own) for seed in many]
        if asked.mistake:
            scenarios = list(MISTAKES[asked.mistake].played)
        rig = Rig(place, grounds.make(kind, asked.mistake), grounds.fakes, first, doors=grounds.doors)
        counted = rig.run(scenarios)
        total.add(counted)
        took = (time.monotonic() - began) / 60
        print(f"{took:6.1f} min  {kind} {first}: {len(counted.findings)} findings", flush=True)
        for finding in counted.findings:
            again = f"SEED={first} N={len(many)} ARGS='--kind {kind}'"
            print(f"{finding.kind}: {finding.what}\n  left in {place}; again with {again}", flush=True)
        if not counted.findings and not asked.keep:
            shutil.rmtree(place)
        if asked.broker or asked.mistake or (asked.minutes and took + took / number > asked.minutes):
            break
    return total


def kind_of(seed: int, many: int) -> Kind:
    """Of the installation that begins with this scenario."""
    chance = random.Random(f"kind {seed}")  # noqa: S311 -- repeatable
    return chance.choices(("one", "several", "cluster"), weights=(50, 47, 3 if many >= LONG else 0))[0]


if __name__ == "__main__":
    sys.exit(main())
