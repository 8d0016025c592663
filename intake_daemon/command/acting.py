"""`intake do REF COMMAND … --as WHO`: act on a case, as a handler's tool or a case system would.

    intake do WLZ-4T7K-Q9MX-2RH0 note --as ilze < note.txt
    intake do WLZ-4T7K-Q9MX-2RH0 review completed --data text=@findings.txt --as ilze
    intake do WLZ-4T7K-Q9MX-2RH0 answer answer.json --as ilze
    intake do WLZ-4T7K-Q9MX-2RH0 extend reason=complex new_date=2026-12-18 progress=@how_far.txt --as ilze

The command's name may be written with underscores, hyphens or spaces. What it needs (`data`):

    name=value      a word; the same name again makes a list
    name=@FILE      the text of a file; name=@- of standard input
    name:=JSON      a number, a list, whatever JSON says
    FILE or -       a JSON object with all of it

Long texts belong into a file or standard input: an argument can be read by everybody on the machine.
"""

from __future__ import annotations

import json as codec
import re
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from intake_daemon.command.options import As, Config, Demo, Json, Mistyped, as_json

_WORD = re.compile(r"[A-Za-z][A-Za-z_-]*")
_STDIN = "-"
_PARTS = ("Missing: ", "There are: ", "Clause: ")
"""With what a refusal goes on (router/api/routes/acting.py)."""


def do(
    reference: Annotated[str, typer.Argument(help="The case, as the customer says it.")],
    command: Annotated[list[str], typer.Argument(help="note, review completed, answer …; then FILE or - with JSON.")],
    config: Config = None,
    *,
    data: Annotated[list[str] | None, typer.Option("--data", help="name=value, name=@FILE, name:=JSON.")] = None,
    who: As = "",
    text: Annotated[str | None, typer.Option(help="The words; @FILE, or - for standard input.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Yes, erase.")] = False,
    expects: Annotated[int | None, typer.Option(help="Only if the case still has so many events.")] = None,
    key: Annotated[
        str | None, typer.Option("--id", help="The command's id: done once, however often it is sent.")
    ] = None,
    demo: Demo = False,
    json: Json = False,
) -> None:
    """Act on a case: any command of the policy's procedure. A refusal says what is missing, and the clause."""
    from intake_daemon.command.asking import Refused, asking

    if not who:
        raise Mistyped("Nobody is named who acts. Write --as WHO, an id of handlers.yaml.")
    name, given = _typed(command, data or [])
    if text is not None:
        given["text"] = _text(text) if text == _STDIN or text.startswith("@") else text
    if name == "note" and "text" not in given:
        given["text"] = _text(_STDIN)
    if name == "erase" and not yes:
        if not sys.stdin.isatty():
            raise Mistyped("Erasing cannot be taken back. Say that you mean it: --yes.")
        typer.confirm(f"Erase all words, names and files of {reference}? This cannot be taken back.", abort=True)
    optional = {"expects": expects, "id": key}
    wanted = {"command": name, "data": given, **{what: value for what, value in optional.items() if value is not None}}
    with asking(config, demo=demo, changes=True, who=who) as asked:
        try:
            outcome = asked.post(f"/cases/{reference}/commands", wanted)
        except Refused as refused:
            if json:
                as_json(refused.said)
            else:
                _tell(refused)
            raise typer.Exit(1) from None
    if json:
        as_json(outcome)
    else:
        events = "1 event" if outcome["events"] == 1 else f"{outcome['events']} events"
        print(f"{outcome['reference']}: {name.replace('_', ' ')} done, {events}")


def _tell(refused: Any) -> None:  # noqa: ANN401 -- asking.Refused; its import is heavy
    """The sentence; below it what is missing, what may be written, and the clause."""
    told = refused.detail
    for part in _PARTS:
        told = told.replace(f" {part}", f"\n  {part}", 1)
    print(f"intake: {told}", file=sys.stderr)


def _typed(words: Iterable[str], data: Iterable[str]) -> tuple[str, dict[str, Any]]:
    """The command's name on the wire, and its data."""
    name: list[str] = []
    given: dict[str, Any] = {}
    for word in words:
        if "=" in word:
            _add(given, word)
        elif word == _STDIN or Path(word).is_file():
            given.update(_object(word))
        elif all(map(_WORD.fullmatch, word.split())):
            name += word.split()
        else:
            raise Mistyped(f"{word!r} is neither a command, nor name=value, nor a file.")
    for word in data:
        _add(given, word)
    if not name:
        raise Mistyped("No command is named. Write it behind the reference: note, answer, close …")
    return "_".join(name).lower().replace("-", "_"), given


def _add(given: dict[str, Any], written: str) -> None:
    name, equals, value = written.partition("=")
    if not equals or not name.strip(":"):
        raise Mistyped(f"{written!r} is no name=value. Write it like reason=complex.")
    found: Any
    if name.endswith(":"):
        try:
            name, found = name[:-1], codec.loads(value)
        except ValueError:
            raise Mistyped(f"What stands behind {name}= is no JSON.") from None
    else:
        found = _text(value) if value.startswith("@") else value
    if name in given:
        before = given[name]
        found = [*(before if isinstance(before, list) else [before]), found]
    given[name] = found


def _text(written: str) -> str:
    """The text of `@FILE`, of `@-` and of `-`."""
    path = written.removeprefix("@")
    if path == _STDIN:
        if sys.stdin.isatty():
            print("Write the words; Ctrl-D on an empty line ends them.", file=sys.stderr)
        return sys.stdin.read()
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise Mistyped(f"{path} cannot be read ({type(error).__name__}).") from None


def _object(path: str) -> dict[str, Any]:
    try:
        found = codec.loads(_text(path if path == _STDIN else f"@{path}"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise Mistyped(f"{path} holds no JSON object.")
    return found
