"""What a daemon under pressure says of itself: its metrics, its journal, and which of the shipped alerts they raise."""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.ops.shipped import RULES, metrics
from tests.services.nursery import nursery
from tests.walk.daemon import Daemon

Scrape = Mapping[str, float]
"""By series, as it is written: `name{label="value"}`."""
_SERIES = re.compile(r"^(?P<series>\w+(?:\{.*\})?) (?P<value>\S+)$")
_RISING, _AFTER = 30, 30


def scrape(daemon: Daemon) -> dict[str, float]:
    """Its `/metrics`."""
    line = http.client.HTTPConnection("127.0.0.1", daemon.internal, timeout=60)
    try:
        line.request("GET", "/metrics")
        text = line.getresponse().read().decode()
    finally:
        line.close()
    return {found["series"]: float(found["value"]) for each in text.splitlines() if (found := _SERIES.match(each))}


def series(seen: Scrape, name: str, **labels: str) -> float:
    """The sum of what has this name and these labels."""
    wanted = [f'{label}="{value}"' for label, value in labels.items()]
    return sum(
        value
        for each, value in seen.items()
        if each.partition("{")[0] == name and all(label in each for label in wanted)
    )


def raised(before: Scrape, after: Scrape, folder: Path) -> set[str]:
    """Which alerts fire when half an hour leads from one to the other, evenly, and nothing moves after it."""
    if shutil.which("promtool") is None:
        return set()
    shutil.copy(RULES, folder / "alerts.yaml")
    known = metrics()
    told = [
        {"series": _with_job(each), "values": _values(each, before.get(each), value)}
        for each, value in after.items()
        if re.sub(r"_(bucket|count|sum)$", "", each.partition("{")[0]) in known
    ]
    told.append({"series": 'up{job="intake",instance="a"}', "values": f"1+0x{_RISING + _AFTER}"})
    asked = {"expr": 'group by (alertname) (ALERTS{alertstate="firing"})', "eval_time": f"{_RISING}m"}
    night = {
        "rule_files": ["alerts.yaml"],
        "evaluation_interval": "1m",
        "tests": [{"interval": "1m", "input_series": told, "promql_expr_test": [{**asked, "exp_samples": []}]}],
    }
    (folder / "night.yaml").write_text(json.dumps(night), encoding="utf-8")
    done = subprocess.run(
        ["promtool", "test", "rules", "night.yaml"], cwd=folder, capture_output=True, text=True, check=False
    )
    said = done.stdout + done.stderr  # expected none, got those that fire
    assert "error" not in said.lower().replace("alertname", ""), said
    return set(re.findall(r'alertname=\\*"(\w+)', said))


def _with_job(each: str) -> str:
    name, _, labels = each.partition("{")
    return f'{name}{{job="intake",instance="a"{"," + labels if labels else "}"}'


def _values(each: str, first: float | None, last: float) -> str:
    if first is None and each.startswith(("intake_ill", "intake_up")):
        return f"_x10 {last}+0x{_RISING + _AFTER}"
    first = first or 0.0
    return f"{first}{(last - first) / _RISING:+f}x{_RISING} {last}+0x{_AFTER}"


def said(daemon: Daemon) -> Counter[str]:
    """Warnings and errors of its journal, and what is said when they are over; by event and what they are about."""
    about = ("part", "door", "queue")
    return Counter(
        " ".join([entry["event"], *(str(entry[name]) for name in about if name in entry)])
        for entry in daemon.entries()
        if entry.get("level") in {"warning", "error"} or entry.get("event") in {"up", "drained"}
    )


def needs(daemon: Daemon) -> tuple[int, list[str]]:
    """Exit status of `intake status`, and the sentences in which it says what needs a person."""
    ended = nursery().run(["status", "--json", "-c", str(daemon.folder)], folder=daemon.folder)
    found: dict[str, Any] = json.loads(ended.out)
    return ended.status, found["needs"]


def memory(daemon: Daemon) -> float:
    """Megabytes of its own memory."""
    status = Path(f"/proc/{daemon.pid()}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("RssAnon")) / 1000
