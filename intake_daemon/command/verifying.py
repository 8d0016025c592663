"""`intake verify`: whether a recorded request's signature holds, for testing a set-up.

A connector whose webhooks are signed has a function `verified(secret, url, headers, body)`: None when the signature
holds, else a code and a sentence. Headers are a file of `Name: value` lines, as every tool writes them, or a JSON
object. Exit 0 when it holds, 1 when it does not.
"""

from __future__ import annotations

import json as json_
from collections.abc import Callable, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from typing import Annotated

import typer

from intake_daemon.command.options import Json, Mistyped, as_json

VERIFIERS: Mapping[str, str] = {
    "telegram": "connectors.telegram",
    "twilio": "connectors.twilio",
    "hook": "connectors.hook",
    "meta": "connectors.meta",
    "calls": "connectors.calls",
}
"""What is typed after `--kind` -> where its `verified` is."""

Verified = Callable[[str, str, Mapping[str, str], bytes], "tuple[str, str] | None"]


def verify(
    file: Annotated[Path, typer.Argument(help="The request's body, byte by byte.")],
    kind: Annotated[str, typer.Option(help="Who signed it: telegram, twilio, meta, hook, calls.")],
    secret_file: Annotated[Path, typer.Option(help="A file with the secret, and nothing else.")],
    headers: Annotated[Path, typer.Option(help="A file with the request's headers, one a line, or as JSON.")],
    url: Annotated[str, typer.Option(help="What was called, as the provider knows it, with its query.")] = "",
    *,
    json: Json = False,
) -> None:
    """Say whether the signature of a recorded request holds, and if not, why."""
    module = VERIFIERS.get(kind) or _others(kind)
    if module is None:
        raise Mistyped(f"There is no signature of kind {kind!r}. Write --kind {', --kind '.join(VERIFIERS)}.")
    verified: Verified = import_module(module).verified
    try:
        secret = secret_file.read_text(encoding="utf-8").strip()
        why = verified(secret, url, _headers(headers.read_text(encoding="utf-8")), file.read_bytes())
    except (OSError, UnicodeDecodeError) as error:
        raise Mistyped(f"{getattr(error, 'filename', None) or 'A file'} cannot be read.") from None
    code, sentence = why or ("holds", "The signature holds.")
    if json:
        as_json({"holds": why is None, "code": code, "why": sentence})
    else:
        print(sentence)
    raise typer.Exit(0 if why is None else 1)


def _others(kind: str) -> str | None:
    """The module of a kind that is not in the table, where that has a `verified`."""
    points = entry_points(group="intake_daemon.connectors", name=kind)
    return next((each.module for each in points if hasattr(import_module(each.module), "verified")), None)


def _headers(text: str) -> dict[str, str]:
    """By name in lower case; the request line, where one stands above them, is passed over."""
    if text.lstrip().startswith("{"):
        try:
            document = json_.loads(text)
        except ValueError:
            raise Mistyped("The headers are no JSON. Write one `Name: value` a line.") from None
        return {str(name).lower(): str(value) for name, value in document.items()}
    lines = (line.partition(":") for line in text.splitlines() if ":" in line)
    return {name.strip().lower(): value.strip() for name, _, value in lines}
