"""`intake do REF COMMAND … --as WHO`: act on a case, as a handler's tool or a case system would.

note    add a note: --text, or its words on standard input
erase   erase the contents of the case; asks for --yes. Events, dates and contact ids stay
"""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from intake_daemon.command.options import As, Config, Demo, Json, Mistyped, as_json


def do(
    reference: Annotated[str, typer.Argument(help="The case, as the customer says it.")],
    command: Annotated[str, typer.Argument(help="note, or erase.")],
    data: Annotated[list[str] | None, typer.Argument(help="What the command needs besides, as name=value.")] = None,
    config: Config = None,
    *,
    who: As = "",
    text: Annotated[str | None, typer.Option(help="The words of a note.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, erase.")] = False,
    expects: Annotated[int | None, typer.Option(help="Only if the case still has so many events.")] = None,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Act on a case: add a note, or erase its contents."""
    from intake_daemon.command.asking import asking

    if not who:
        raise Mistyped("Nobody is named who acts. Write --as WHO, an id of handlers.yaml.")
    given: dict[str, Any] = dict(_pair(each) for each in data or [])
    if command == "note" and "text" not in given:
        given["text"] = text if text is not None else _typed()
    if command == "erase" and not yes:
        if not sys.stdin.isatty():
            raise Mistyped("Erasing cannot be taken back. Say that you mean it: --yes.")
        typer.confirm(f"Erase all words, names and files of {reference}? This cannot be taken back.", abort=True)
    asked_for = {"command": command, "data": given, **({"expects": expects} if expects is not None else {})}
    with asking(config, demo=demo, changes=True, who=who) as asked:
        outcome = asked.post(f"/cases/{reference}/commands", asked_for)
    if json:
        as_json(outcome)
    else:
        print(f"{outcome['reference']}: {command} done, {outcome['events']} event")


def _typed() -> str:
    if sys.stdin.isatty():
        print("Write the note; Ctrl-D on an empty line ends it.", file=sys.stderr)
    return sys.stdin.read()


def _pair(written: str) -> tuple[str, str]:
    name, equals, value = written.partition("=")
    if not equals:
        raise Mistyped(f"{written!r} is no name=value. Write it like text=…")
    return name, value
