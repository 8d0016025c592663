"""`intake aside list | show | back` and `intake tasks list | show`: what waits for a person to look at it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import typer

from intake_daemon.command.options import As, Config, Demo, Json, as_json, table

aside = typer.Typer(help="What was set aside as surely no complaint: look, and turn it back.")
tasks = typer.Typer(help="What must be done outside: letters, calls, decisions to carry out.")


@aside.callback(invoke_without_command=True)
def every_aside(context: typer.Context, config: Config = None, *, demo: Demo = False) -> None:
    """What lies aside, the oldest first."""
    if context.invoked_subcommand is None:
        asides(config, demo=demo)


@aside.command("list")
def asides(config: Config = None, *, who: As = "", demo: Demo = False, json: Json = False) -> None:
    """List what lies aside, the oldest first."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import age

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get("/asides")["asides"]
    if json:
        as_json(found)
    elif not found:
        print("nothing lies aside")
    else:
        rows = [
            [each["reference"], each["brand"], each["channel"], each["reason"], age(each["received_at"]), each["id"]]
            for each in found
        ]
        table(rows, head=("reference", "brand", "channel", "reason", "age", "id"))


@aside.command("show")
def show_aside(
    contact: Annotated[str, typer.Argument(metavar="ID", help="Its id, or its reference.")],
    config: Config = None,
    *,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Show one: why it lies aside, and its words for who may read them (written into the audit)."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import when

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get(f"/asides/{contact}")
    if json:
        as_json(found)
        return
    print(f"{found['reference']}  {found['brand']}  by {found['channel']} at {found['connector']}")
    print(f"received {when(found['received_at'])}; aside as {found['reason']}")
    for finding in found["findings"]:
        print(f"  found  {finding}")
    _words(found)
    print(f"\nIt is a complaint after all? intake aside back {found['id']} --as WHO")


@aside.command()
def back(
    contact: Annotated[str, typer.Argument(metavar="ID", help="Its id, or its reference.")],
    config: Config = None,
    *,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """It is a complaint after all: it opens its case, and the clocks run from its first receipt."""
    from intake_daemon.command.asking import asking

    with asking(config, demo=demo, changes=True, who=who) as asked:
        outcome = asked.post(f"/asides/{contact}/back")
    if json:
        as_json(outcome)
    else:
        print(f"{outcome['reference']}: back among the complaints")


@tasks.callback(invoke_without_command=True)
def every_task(context: typer.Context, config: Config = None, *, demo: Demo = False) -> None:
    """Open tasks."""
    if context.invoked_subcommand is None:
        listed(config, demo=demo)


@tasks.command("list")
def listed(
    config: Config = None,
    *,
    owner: Annotated[str | None, typer.Option(help="Only those of this person or team.")] = None,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """List open tasks, those of the oldest case first."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import when

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get("/tasks", owner=owner)["tasks"]
    if json:
        as_json(found)
    elif not found:
        print("no open tasks")
    else:
        rows = [
            [each["reference"], each["kind"], each["owner"], when(each["due"]), each["topic"], each["id"]]
            for each in found
        ]
        table(rows, head=("reference", "task", "owner", "due", "topic", "id"))


@tasks.command("show")
def show_task(
    task_id: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = None,
    *,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Show one task, with the words that it needs for who may read them (a letter's page; written into the audit)."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import when

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get(f"/tasks/{task_id}")
    if json:
        as_json(found)
        return
    print(f"{found['reference']}  {found['brand']}  {found['topic']}")
    print(f"{found['kind']} for {found['owner']}, due {when(found['due'])}")
    _words(found)
    print(f"\nDone? intake do {found['reference']} task done --data task={found['id']} --as WHO")


def _words(found: Mapping[str, Any]) -> None:
    from intake_daemon.command.looking import lines
    from intake_daemon.command.telling import safe

    for kept in found["contents"].values():
        print()
        for line in lines(kept):
            print(f"  | {safe(line)}".rstrip())
    if not found["words"]:
        print("\nThe words are for who may read them: add --as WHO, an id of handlers.yaml.")
