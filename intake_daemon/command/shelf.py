"""`intake parked list | show | retry`: what waits for a person, and why. Nothing is ever dropped."""

from __future__ import annotations

from typing import Annotated

import typer

from intake_daemon.command.options import Config, Demo, Json, Mistyped, as_json, table

parked = typer.Typer(help="What cannot go on without a person: look, and send it on its way again.")


@parked.callback(invoke_without_command=True)
def default(context: typer.Context, config: Config = None, *, demo: Demo = False) -> None:
    """What is parked, the oldest first."""
    if context.invoked_subcommand is None:
        listed(config, demo=demo)


@parked.command("list")
def listed(
    config: Config = None,
    *,
    reason: Annotated[str | None, typer.Option(help="Only what was parked for this reason.")] = None,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """List what is parked, the oldest first."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import age

    with asking(config, demo=demo) as asked:
        found = asked.get("/parked", reason=reason)["parked"]
    if json:
        as_json(found)
    elif not found:
        print("nothing is parked")
    else:
        rows = [[each["id"], each["queue"], each["reason"], each["attempts"], age(each["since"])] for each in found]
        table(rows, head=("id", "from", "reason", "attempts", "since"))


@parked.command()
def show(
    parked_id: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = None,
    *,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Show one letter whole (its words too; this is written into the audit)."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import safe, when

    with asking(config, demo=demo) as asked:
        found = asked.get(f"/parked/{parked_id}")
    if json:
        as_json(found)
        return
    print(f"{found['id']}  from {found['queue']}: {found['reason']}, {found['attempts']} attempts")
    print(f"since {when(found['since'])}, {found['bytes']} bytes of {found['content_type']}\n")
    print(safe(found["letter"]) + ("…" if found["cut"] else ""))


@parked.command()
def retry(
    ids: Annotated[list[str] | None, typer.Argument(metavar="ID…")] = None,
    config: Config = None,
    *,
    reason: Annotated[str | None, typer.Option(help="All that were parked for this reason.")] = None,
    demo: Demo = False,
) -> None:
    """Send it back to where it came from; what fails again is parked again."""
    from intake_daemon.command.asking import Refused, asking

    if not ids and not reason:
        raise Mistyped("Nothing is named. Name ids, or a reason: intake parked retry --reason R")
    failed = 0
    with asking(config, demo=demo, changes=True) as asked:
        wanted = list(ids or [])
        if reason:
            wanted += [each["id"] for each in asked.get("/parked", reason=reason)["parked"]]
        if not wanted:
            print(f"nothing is parked as {reason}")
        for each in wanted:
            try:
                print(f"{each}  back to {asked.post(f'/parked/{each}/retry')['to']}")
            except Refused as refused:
                failed += 1
                print(f"{each}  stays: {refused.detail}")
    raise typer.Exit(1 if failed else 0)
