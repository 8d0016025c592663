"""`intake check` as an operator runs it, on a folder of the test's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from intake_daemon.command.app import app


def checked(folder: Path) -> tuple[int, dict[str, Any]]:
    """Its exit status, and what it says with `--json`: `well`, `faults`, `warnings`."""
    ran = CliRunner().invoke(app, ["check", "-c", str(folder), "--json"])
    told: dict[str, Any] = json.loads(ran.stdout)
    return ran.exit_code, told
