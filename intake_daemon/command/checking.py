"""`intake check`: every file, policy, template, rule and example; file:line and the fix; exit 1 on any fault."""

from __future__ import annotations

import sys

import typer

from intake_daemon.command.options import Config, Json, as_json
from intake_daemon.errors import BadSettings


def check(config: Config = None, *, json: Json = False) -> None:
    """Check the whole configuration; nothing is started, nothing is changed."""
    from intake_daemon.command import configuration

    try:
        read = configuration.read(configuration.find(config))
    except BadSettings as bad:
        if json:
            as_json({"well": False, "faults": [vars(fault) for fault in bad.faults], "warnings": []})
        else:
            print(bad, file=sys.stderr)
            print(f"{len(bad.faults)} fault{'' if len(bad.faults) == 1 else 's'}.", file=sys.stderr)
        raise typer.Exit(1) from None
    if json:
        as_json({"well": True, "faults": [], "warnings": [vars(warning) for warning in read.warnings]})
        return
    for warning in read.warnings:
        print(f"warning: {warning}")
    rules = read.rules
    print(
        f"{read.folder}: well. {len(rules.brands)} brands with their policies, {len(read.connectors)} connectors, "
        f"{len(rules.staff.handlers)} handlers in {len(rules.staff.teams)} teams, "
        f"{len(rules.routing.topics) + len(rules.routing.teams)} routing rules with their examples, "
        f"letters in {', '.join(sorted(rules.notices.words()))}."
    )
