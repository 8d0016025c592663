"""Options that several verbs share, and how all of them print."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from intake_daemon.errors import IntakeError

Config = Annotated[Path | None, typer.Option("-c", "--config", help="The configuration's folder.")]
Demo = Annotated[bool, typer.Option("--demo", help="Ask the demo (var/demo).")]
Json = Annotated[bool, typer.Option("--json", help="JSON, for programs.")]
As = Annotated[str, typer.Option("--as", help="Who acts or reads: an id of handlers.yaml.")]


class Mistyped(IntakeError):  # noqa: N818 -- what was typed, not a failure
    """Something on the command line cannot be; `detail` says what to write."""

    def __init__(self, detail: str) -> None:
        super().__init__("mistyped")
        self.detail = detail


def as_json(value: object) -> None:
    """One JSON value."""
    print(json.dumps(value, ensure_ascii=False, indent=2 if sys.stdout.isatty() else None))


def table(rows: Sequence[Sequence[object]], *, head: Sequence[str] = ()) -> None:
    """Columns as wide as their widest word; trailing blanks are nobody's."""
    lines = [[_cell(value) for value in row] for row in ([head] if head else [])] + [
        [_cell(value) for value in row] for row in rows
    ]
    if not lines:
        return
    widths = [max(len(line[place]) for line in lines if place < len(line)) for place in range(max(map(len, lines)))]
    for line in lines:
        print("  ".join(value.ljust(width) for value, width in zip(line, widths, strict=False)).rstrip())


def _cell(value: Any) -> str:  # noqa: ANN401 -- whatever JSON holds
    return "-" if value in {None, ""} else str(value)
