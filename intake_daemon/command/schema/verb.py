"""The verb itself: which of them, printed; or the pages, written or compared."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class What(StrEnum):
    """What can be printed."""

    MESSAGE = "message"
    EVENT = "event"
    COMMANDS = "commands"
    ASYNCAPI = "asyncapi"
    OPENAPI = "openapi"
    ALERTS = "alerts"
    DASHBOARD = "dashboard"
    DOCS = "docs"


_SHIPPED = {What.ALERTS: "alerts.yaml", What.DASHBOARD: "dashboard.json"}


def schema(
    what: Annotated[What, typer.Argument(help="docs writes the generated pages into docs/.")],
    *,
    check: Annotated[bool, typer.Option("--check", help="With docs: write nothing, say what is stale.")] = False,
    folder: Annotated[Path, typer.Option(help="With docs: where the pages lie.")] = Path("docs"),
) -> None:
    """Print what we say in public (schemas, alert rules, a dashboard), or write the pages that are made from it."""
    from intake_daemon.command.configuration import shipped
    from intake_daemon.command.schema import commands, pages, schemas

    if what in _SHIPPED:
        print((shipped("ops") / _SHIPPED[what]).read_text(encoding="utf-8"), end="")
        return
    if what is not What.DOCS:
        made = {
            What.MESSAGE: schemas.message,
            What.EVENT: schemas.event,
            What.COMMANDS: commands.schema,
            What.ASYNCAPI: schemas.asyncapi,
            What.OPENAPI: schemas.openapi,
        }[what]()
        print(json.dumps(made, ensure_ascii=False, indent=2))
        return
    stale = [(folder / name, text) for name, text in pages.every() if _kept(folder / name) != text]
    for path, text in stale:
        if check:
            print(f"{path}: stale; run: make docs", file=sys.stderr)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            print(f"{path}: written")
    raise typer.Exit(1 if check and stale else 0)


def _kept(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None
