"""The verbs of `intake`, with their help; each imports what it needs when it is called, so the command is quick."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from intake_daemon.command import (
    acting,
    beginning,
    checking,
    explaining,
    feeding,
    keeping,
    looking,
    missing,
    parsing,
    policy_dates,
    reporting,
    sending,
    shelf,
    standing,
    tokens,
    verifying,
    waiting,
)
from intake_daemon.command.moving import verbs
from intake_daemon.command.schema import schema
from intake_daemon.errors import BadSettings, IntakeError

app = typer.Typer(
    name="intake",
    help="Takes complaints from every channel, routes them under the company's own policy, loses none.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Config = Annotated[Path | None, typer.Option("-c", "--config", help="The configuration's folder.")]


@app.callback()
def intake() -> None:
    """Takes complaints from every channel, routes them under the company's own policy, loses none."""


@app.command()
def run(
    config: Config = None,
    only: Annotated[str | None, typer.Option(help="Only one half: intake or router.")] = None,
    *,
    demo: Annotated[bool, typer.Option(help="The shipped demo, with complaints of its own.")] = False,
    once: Annotated[bool, typer.Option(help="With --demo: stop when the complaints are through.")] = False,
    days: Annotated[int | None, typer.Option(help="With --demo: whole lives of four cases, so many days.")] = None,
) -> None:
    """Run the daemon until it is told to stop (SIGTERM drains, SIGHUP reads the configuration again)."""
    if days is not None:
        from intake_daemon.command import days as played
        from intake_daemon.command.options import Mistyped

        if not demo:
            raise Mistyped("--days belongs to the demo: intake run --demo --days 12.")
        raise typer.Exit(played.run(config, days=days, once=once))
    if demo:
        from intake_daemon.command import demo as shown

        raise typer.Exit(shown.run(config, once=once))
    from intake_daemon.command import running

    raise typer.Exit(running.run(config, only=only))


app.command()(beginning.init)
app.command()(checking.check)
app.command()(standing.status)
app.command()(looking.cases)
app.command()(looking.case)
app.command()(looking.trace)
app.command()(missing.reconcile)
app.command()(reporting.report)
app.command()(parsing.parse)
app.command()(verifying.verify)
app.command()(explaining.explain)
app.command()(sending.send)
app.command("import")(sending.import_)
app.command("do")(acting.do)
app.command()(verbs.backup)
app.command()(verbs.restore)
app.command()(verbs.move)
app.command()(schema)
app.add_typer(shelf.parked, name="parked")
app.add_typer(waiting.aside, name="aside")
app.add_typer(waiting.tasks, name="tasks")
app.add_typer(tokens.token, name="token")
app.add_typer(feeding.events, name="events")
app.add_typer(keeping.ledger, name="ledger")
app.add_typer(policy_dates.policy, name="policy")


def main() -> None:
    """The way in; faults of the configuration are told line by line."""
    try:
        app()
    except BadSettings as bad:
        print(bad, file=sys.stderr)
        count = len(bad.faults)
        print(f"{count} fault{'' if count == 1 else 's'}; nothing was done.", file=sys.stderr)
        sys.exit(1)
    except IntakeError as error:
        print(f"intake: {getattr(error, 'detail', '') or error.code}", file=sys.stderr)
        sys.exit(1)
