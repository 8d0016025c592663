"""`make soak` (HOURS=1 or MINUTES=10; PACE= steps a second; KIND=several: five processes, RabbitMQ, PostgreSQL).

Prints a line of figures now and then, at the end a table: what each figure was after the warm-up, what it is, what it
gains in an hour, and what it may. Exit status 1 when something grows, when a process has ended, or when something is
left lying at the end. `--json FILE` keeps every figure.
"""

from __future__ import annotations

import argparse
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections import defaultdict
from pathlib import Path

from tests.soak import measuring
from tests.soak.ground import Faults, Ground, standing
from tests.soak.judging import Verdict, judge
from tests.soak.traffic import Traffic

_LOOKS = 90
"""Times that the figures are looked at."""
_SHOWN = 15
"""Lines that are printed of them."""
_SETTLING = 600.0
Figures = dict[str, list[tuple[float, float]]]


def main() -> int:
    """What the manual says."""
    words = argparse.ArgumentParser(description=__doc__)
    words.add_argument("--hours", type=float, default=1.0)
    words.add_argument("--minutes", type=float, default=0.0, help="instead of hours")
    words.add_argument("--pace", type=float, default=6.0, help="steps a second")
    words.add_argument("--kind", choices=("one", "several"), default="one")
    words.add_argument("--seed", type=int, default=random.SystemRandom().randrange(1_000_000))
    words.add_argument("--json", type=Path, default=None)
    asked = words.parse_args()
    home = Path(tempfile.mkdtemp(prefix="intake-soak-"))
    print(f"seed {asked.seed}; in {home}", flush=True)
    with standing(home, asked.kind) as ground:
        traffic = Traffic(ground.doors(), ground.sockets(), ground.bot, ground.receiver, asked.pace, asked.seed)
        faults = Faults(ground, asked.seed)
        threads = [threading.Thread(target=each.run, daemon=True) for each in (traffic, faults)]
        for thread in threads:
            thread.start()
        figures = _watch(ground, traffic, (asked.minutes or asked.hours * 60) * 60)
        for each in (faults, traffic):
            each.stop()
        for thread in threads:
            thread.join()
        ended = [process.daemon.folder.name for process in ground.processes if not process.alive]
        left = _settled(ground)
        stopped = [process.stop() for process in ground.processes]
    if asked.json:
        asked.json.write_text(json.dumps(figures), encoding="utf-8")
    print(f"done        {dict(sorted(traffic.done.items()))}\nnot done    {dict(sorted(traffic.failed.items()))}")
    print(f"faults      {dict(sorted(faults.met.items()))}")
    verdicts = [judge(name, row, measuring.bound(name)) for name, row in sorted(figures.items()) if name != "contacts"]
    _table(verdicts)
    wrong = [f"{each.name} grows" for each in verdicts if each.grows]
    wrong += [f"{name} has ended" for name in ended]
    wrong += [f"left lying: {name} {count:.0f}" for name, count in left.items()]
    wrong += [] if all(stopped) else ["it did not stop by itself"]
    print("\n".join(f"WRONG       {each}" for each in wrong) or "well        nothing grows, nothing is left lying")
    if not wrong:
        shutil.rmtree(home)
    return 1 if wrong else 0


def _watch(ground: Ground, traffic: Traffic, seconds: float) -> Figures:
    """Looks again and again; prints some of it."""
    figures: Figures = defaultdict(list)
    began = time.monotonic()
    columns: list[str] = []
    for look in range(_LOOKS):
        due = began + seconds * (look + 1) / _LOOKS
        time.sleep(max(0.0, due - time.monotonic()))
        at = time.monotonic() - began
        seen = {"contacts": float(traffic.contacts), **_look(ground)}
        for name, value in seen.items():
            figures[name].append((at, value))
        if not columns:
            columns = [name for name in seen if not name.startswith("rows") or name == "rows attempts"]
            print(f"{'minute':>7}  " + "  ".join(columns), flush=True)
        if look % (_LOOKS // _SHOWN) == 0 or look == _LOOKS - 1:
            cells = [f"{seen.get(name, 0):{len(name)}.{1 if name.endswith('MB') else 0}f}" for name in columns]
            print(f"{at / 60:7.1f}  " + "  ".join(cells), flush=True)
    return figures


def _look(ground: Ground) -> dict[str, float]:
    """Every figure of every process; what is the same in all is told by the last."""
    found: dict[str, float] = {}
    for number, process in enumerate(ground.processes, 1):
        who = "" if len(ground.processes) == 1 else f"{number} "
        try:
            own = measuring.process(process.pid)
        except (FileNotFoundError, ProcessLookupError):
            continue
        told = measuring.told(process.daemon.internal)
        found |= {f"{who}{name}": value for name, value in own.items()}
        shared = {name: value for name, value in told.items() if name.startswith(("rows", "waiting"))}
        found |= {name if name in shared else f"{who}{name}": value for name, value in told.items()}
    return found


def _settled(ground: Ground) -> dict[str, float]:
    """What is still lying about when nobody has come for a while."""
    until = time.monotonic() + _SETTLING
    while True:
        seen = _look(ground)
        # not vault_erasures: what somebody else holds as well waits until they let go of it, too
        waits = ("letters", "spool", "waiting outbox", "waiting parked")
        left = {name: value for name, value in seen.items() if value and name.endswith(waits)}
        if not left or time.monotonic() > until:
            return left
        time.sleep(2)


def _table(verdicts: list[Verdict]) -> None:
    print(f"{'figure':<28} {'after warm-up':>14} {'now':>10} {'an hour':>10} {'may rise':>9}")
    for each in verdicts:
        may = "-" if each.allowed is None else f"{each.allowed:.1f}"
        grows = "  GROWS" if each.grows else ""
        print(f"{each.name:<28} {each.first:>14.1f} {each.last:>10.1f} {each.hourly:>+10.1f} {may:>9}{grows}")


if __name__ == "__main__":
    sys.exit(main())
