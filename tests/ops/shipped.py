"""The shipped rules and the dashboard, read: their expressions, and the names in them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
RULES = ROOT / "ops" / "alerts.yaml"
DASHBOARD = ROOT / "ops" / "dashboard.json"
_PIECES = re.compile(r"_(bucket|count|sum)\b")
"""What Prometheus makes of a histogram."""


def alerts() -> dict[str, dict[str, Any]]:
    """Every alert by its name."""
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def panels() -> list[dict[str, Any]]:
    """Those of the dashboard."""
    found: list[dict[str, Any]] = json.loads(DASHBOARD.read_text(encoding="utf-8"))["panels"]
    return found


def expressions() -> Iterator[str]:
    """All PromQL; of the dashboard as Grafana would send it."""
    for rule in alerts().values():
        yield rule["expr"]
    for panel in panels():
        for target in panel["targets"]:
            yield target["expr"].replace("$__rate_interval", "5m")


def metrics() -> set[str]:
    """Names of metrics in any of them."""
    words = {word for each in expressions() for word in re.findall(r"\b(?:intake|process)_\w+", each)}
    return {_PIECES.sub("", word) for word in words}


def asked(label: str) -> set[str]:
    """The values of a label that any of them asks for; patterns taken apart."""
    found = {value for each in expressions() for value in re.findall(rf'\b{label}=~?"([^"]*)"', each)}
    return {word for value in found for word in value.split("|")}
