"""Lives of daemons with faults put into them: forked by tests/services/nursery.py, which has everything imported."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from tests.faults import clock, mistakes, points
from tests.faults.points import Plan
from tests.services.nursery import Child, nursery


def live(words: list[str], *, folder: Path, log: Path, plan: Plan | None, mistake: str) -> Child:
    """One more life, with a plan and a mistake in it."""
    with log.open("ab") as journal:
        journal.write(b"\n")  # kill -9 may have cut the last line
    said = {"home": str(folder.parent), "plan": asdict(plan) if plan else None, "mistake": mistake}
    return nursery().fork(words, folder=folder, log=log, before=[("tests.faults.forking:put_in", said)])


def put_in(home: str, plan: dict[str, Any] | None, mistake: str) -> None:
    """In the child, before the command runs."""
    clock.put_in(Path(home))
    if mistake:
        mistakes.MISTAKES[mistake].put_in()
    if plan:
        points.put_in(Plan(**plan))
