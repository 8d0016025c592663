"""`intake token create | list | revoke`: how a principal of handlers.yaml is known over the network (`/api`)."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from intake_daemon.command.options import As, Config, Demo, Json, as_json, table

token = typer.Typer(help="Tokens, with which a principal of handlers.yaml asks and acts over HTTP.")


@token.callback(invoke_without_command=True)
def default(context: typer.Context, config: Config = None, *, demo: Demo = False) -> None:
    """Every token, without its secret."""
    if context.invoked_subcommand is None:
        listed(config, demo=demo)


@token.command()
def create(
    principal: Annotated[str, typer.Argument(metavar="WHO", help="An id of handlers.yaml.")],
    config: Config = None,
    *,
    days: Annotated[int, typer.Option(help="How long it is valid, 366 at most.")] = 90,
    who: As = "",
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Make a token. It is shown this once; only its hash is kept."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import when

    with asking(config, demo=demo, changes=True, who=who) as asked:
        made = asked.post("/tokens", {"principal": principal, "days": days})
    if json:
        as_json(made)
        return
    print(made["token"])
    until = f"Token {made['id']} of {made['principal']}, valid until {when(made['expires_at'])}."
    print(f"{until} It is not shown again; take it back with: intake token revoke {made['id']}", file=sys.stderr)


@token.command("list")
def listed(config: Config = None, *, who: As = "", demo: Demo = False, json: Json = False) -> None:
    """List the tokens, the newest first."""
    from intake_daemon.command.asking import asking
    from intake_daemon.command.telling import when

    with asking(config, demo=demo, who=who) as asked:
        found = asked.get("/tokens")["tokens"]
    if json:
        as_json(found)
    elif not found:
        print("no tokens")
    else:
        rows = [
            [
                each["id"],
                each["principal"],
                each["state"],
                when(each["created_at"]),
                each["created_by"],
                when(each["expires_at"]),
                when(each["revoked_at"]),
            ]
            for each in found
        ]
        table(rows, head=("id", "principal", "state", "created", "by", "expires", "revoked"))


@token.command()
def revoke(
    token_id: Annotated[str, typer.Argument(metavar="ID")],
    config: Config = None,
    *,
    who: As = "",
    demo: Demo = False,
) -> None:
    """Take a token back; the next request with it is refused."""
    from intake_daemon.command.asking import asking

    with asking(config, demo=demo, changes=True, who=who) as asked:
        asked.post(f"/tokens/{token_id}/revoke")
    print(f"{token_id} is revoked")
