"""What is looked at, each time: the process by /proc, its own metrics, its files."""

from __future__ import annotations

import http.client
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from tests.soak.judging import Bound

_STEPS = frozenset(("outbox", "parked"))
"""Told every five seconds; rows are told once a minute, and on a slow database more seldom."""
_TOLD = {
    "intake_rows": "",
    "intake_file_bytes": "",
    "intake_queue_letters": "",
    "intake_waiting": "",
    "intake_tasks": "tasks",
    "intake_spool_letters": "spool",
}
_MEGA = 1e6
BOUNDS: Mapping[str, Bound] = {
    # a suffix of a figure's name; the first that fits
    "memory MB": Bound(free=12, share=0.08),
    "handles": Bound(free=12, share=0.2),
    "threads": Bound(free=4, share=0.25),
    "tasks": Bound(free=20, share=0.25),
    "wal MB": Bound(free=8, share=0.5),
    "broker.db MB": Bound(free=8, share=0.5),
    "letters": Bound(free=100, share=0.5),
    "spool": Bound(free=10, share=0.0),
    "waiting outbox": Bound(free=300, share=0.5),  # looked at in the middle of a burst
    **{
        f"rows {table}": Bound(free=60, share=0.3)
        for table in ("parked", "attempts", "progress", "vault_erasures", "leases", "cursors")
    },
}
"""The rest is shown and not judged: rows that live as long as their case or for days, and the record itself."""


def bound(name: str) -> Bound | None:
    """That of a figure."""
    return next((each for suffix, each in BOUNDS.items() if name.endswith(suffix)), None)


def process(pid: int) -> dict[str, float]:
    """Memory, handles, threads. Raises FileNotFoundError when it has ended."""
    home = Path("/proc") / str(pid)
    status = dict(line.split(":", 1) for line in (home / "status").read_text().splitlines() if ":" in line)
    own = int(status["RssAnon"].split()[0]) * 1024
    return {
        "memory MB": own / _MEGA,
        "handles": float(len(list((home / "fd").iterdir()))),
        "threads": float(status["Threads"]),
    }


def told(port: int) -> dict[str, float]:
    """What a daemon says of itself; nothing while it does not answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("GET", "/metrics")
        text = connection.getresponse().read().decode()
    except (OSError, http.client.HTTPException):
        return {}
    finally:
        connection.close()
    found: defaultdict[str, float] = defaultdict(float)
    for line in text.splitlines():
        name, _, rest = line.partition(" ")[0].partition("{")
        value = float(line.rpartition(" ")[2]) if name in _TOLD else 0.0
        label = rest.partition('"')[2].partition('"')[0]
        if name == "intake_rows":
            found[f"rows {label}"] = value
        elif name == "intake_file_bytes":
            found[f"{label.removesuffix('-wal')}{' wal' if label.endswith('-wal') else ''} MB"] = value / _MEGA
        elif name == "intake_queue_letters":
            found["letters"] += value if label.startswith("intake.") else 0.0
        elif name == "intake_waiting":
            found |= {f"waiting {label}": value} if label in _STEPS else {}
        elif name in _TOLD:
            found[_TOLD[name]] = value
    return dict(found)
