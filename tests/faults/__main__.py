"""`make faults`: so many scenarios (`N=200`) from a seed (`SEED=7`), or for so many minutes (`MINUTES=4`).

Prints one figure a line, and for every finding where its installation was left. Exit status 1 when there is one.
"""

from __future__ import annotations

import argparse
import random
import shutil
import sys
import tempfile
import time
from pathlib import Path

from tests.fakes.telegram import FakeTelegram
from tests.faults.checking import Counted
from tests.faults.forking import Nursery
from tests.faults.mistakes import MISTAKES
from tests.faults.rig import Rig
from tests.faults.scenario import draw

IN_ONE = 10
"""Scenarios that one installation goes through."""


def main() -> int:
    """What the manual says."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("-n", type=int, default=200, help="scenarios")
    words.add_argument("--minutes", type=float, default=0.0, help="end after so many minutes, however many those were")
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    words.add_argument(
        "--mistake", default="", choices=sorted(MISTAKES), help="a known one, to see that it is found (mistakes.py)"
    )
    asked = words.parse_args()
    home = Path(tempfile.mkdtemp(prefix="intake-faults-"))
    nursery, telegram = Nursery(home), FakeTelegram(home / "telegram.log")
    wanted = (MISTAKES[asked.mistake].points, MISTAKES[asked.mistake].doors) if asked.mistake else ()
    total, began = Counted(), time.monotonic()
    print(f"seed {asked.seed}")
    try:
        nursery.start()
        telegram.start()
        for first in range(asked.seed, asked.seed + asked.n, IN_ONE):
            place = home / str(first)
            place.mkdir()
            rig = Rig(place, nursery, telegram, first, mistake=asked.mistake)
            scenarios = [draw(seed, *wanted) for seed in range(first, min(first + IN_ONE, asked.seed + asked.n))]
            counted = rig.run(scenarios)
            total.add(counted)
            for finding in counted.findings:
                print(f"{finding.kind}: {finding.what}\n  left in {place}; again with SEED={first} N={IN_ONE}")
            if not counted.findings:
                shutil.rmtree(place)
            if asked.minutes and time.monotonic() - began > asked.minutes * 60:
                break
    finally:
        nursery.end()
        telegram.kill()
    print(total.said())
    if not total.findings:
        shutil.rmtree(home)
    return 1 if total.findings else 0


if __name__ == "__main__":
    sys.exit(main())
