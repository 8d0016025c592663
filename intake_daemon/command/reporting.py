"""`intake report BRAND`: a brand's month in counts, on the terminal, as JSON, CSV, or one HTML page.

It is counted from the ledger as it is now: how, stands in router/reports. The reports that are issued by themselves at
the end of a month lie in `<var>/reports/` (issuing.py).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from intake_daemon.command.options import As, Config, Demo, Json, Mistyped, as_json


def report(
    brand: Annotated[str, typer.Argument(help="A brand of intake.yaml.")],
    config: Config = None,
    *,
    month: Annotated[str | None, typer.Option(help="As in 2026-11; the last month that is over, unless said.")] = None,
    csv: Annotated[bool, typer.Option("--csv", help="CSV, one number a line.")] = False,
    html: Annotated[Path | None, typer.Option("--html", help="Write one HTML page with charts to this file.")] = None,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Report a brand's month: by topic, channel, cause and outcome; promises kept; times taken; what came again.

    No names, addresses or words are in it.
    """
    if json + csv + (html is not None) > 1:
        raise Mistyped("Say one of --json, --csv and --html.")
    from intake_daemon.command.asking import asking

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get(f"/reports/{brand}", month=month)
    if json:
        as_json(found)
        return
    from router.reports import Report, page, sheet, show

    read = Report.model_validate(found)
    if csv:
        sys.stdout.write(sheet(read))
    elif html is not None:
        write(html, page(read))
    else:
        show(read, sys.stdout)


def write(path: Path, text: str) -> None:
    """The page into a file. Raises Mistyped."""
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Mistyped(f"{path} cannot be written: {error.strerror}.") from None
    print(f"written: {path}")
