"""`intake parse`: what a connector makes of a file, one JSON object a line; needs no service and no configuration.

    {"file", "message"}        the common message; fields that only `accept` knows are null
    {"file", "other", "why"}   no message (a status, an echo, a read receipt)
    {"file", "error"}          cannot be read at all

Offsets are code points of `text`. `forwarded`, beside the public fields, is what a forward holds: whether its forwarder
is verified staff, only `accept` can tell. Exit 0 when every file is accounted for.
"""

from __future__ import annotations

import hashlib
import json as json_
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Mistyped
from intake_daemon.errors import BadSettings

if TYPE_CHECKING:
    from connectors.email import Reading
    from intake_daemon.contract import Draft

LATER = ("telegram", "twilio", "meta", "calls", "hook")
"""Kinds that come with their connectors."""


def parse(
    files: Annotated[list[Path], typer.Argument(help="Mails, or mbox files of them.")],
    kind: Annotated[str, typer.Option(help="Which connector reads them: email (smtp and imap).")] = "email",
    brand: Annotated[str, typer.Option(help="The brand that they are for; with it the message has its id.")] = "",
    config: Config = None,
) -> None:
    """Print the common message of each file, one JSON object a line."""
    if kind != "email":
        known = f"{kind} comes with a later version." if kind in LATER else f"There is no kind {kind!r}."
        raise Mistyped(f"{known} Write --kind email.")
    reading = _reading(config)
    for path in files:
        for line in _lines(path, brand, reading):
            print(json_.dumps(line, ensure_ascii=False))


def _reading(config: Path | None) -> Reading:
    """What the configuration says about reading mail, where there is one."""
    from connectors.email import Reading
    from intake_daemon.command import configuration

    try:
        folder = configuration.find(config)
    except BadSettings:
        if config:
            raise
        return Reading()
    from intake_daemon.command.mails import reading
    from intake_daemon.settings import load_settings

    try:
        return reading(load_settings(folder, configuration.settings_class, configuration.kinds()))
    except BadSettings:
        if config:
            raise
        return Reading()


def _lines(path: Path, brand: str, reading: Reading) -> Iterator[dict[str, Any]]:
    from connectors.email import parse as parse_mail
    from intake_daemon.command.archive import mails_of
    from intake_daemon.contract import Raw

    try:
        for mail in mails_of(path):
            for draft in parse_mail(Raw(mail.content, brand, "message/rfc822"), reading):
                yield {"file": str(path), "message": _message(draft, mail.content, brand)}
    except OSError as error:
        yield {"file": str(path), "error": error.strerror or type(error).__name__}


def _message(draft: Draft, content: bytes, brand: str) -> dict[str, Any]:
    """A Draft in the public form."""
    from pydantic import TypeAdapter

    from intake_daemon.message import SCHEMA, Attachment, message_id

    plain = TypeAdapter(type(draft)).dump_python(draft, mode="json", exclude={"files", "identity"})
    files = [
        Attachment(
            id=hashlib.sha256(file.content).hexdigest(),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            inline=file.inline,
        ).model_dump()
        for file in draft.files
    ]
    address = plain.pop("reply_address")
    return {
        "schema": SCHEMA,
        "id": message_id(draft.identity) if brand else None,
        "reference": None,
        "brand": brand or None,
        "connector": None,
        "kind": None,
        "received_at": None,
        "contact_at": None,
        "forwarded_by": None,
        **plain,
        "attachments": files,
        "reply_to": {
            "connector": None,
            "address": address,
            "thread": plain.pop("reply_thread"),
            "until": plain.pop("reply_until"),
        },
        "raw": hashlib.sha256(content).hexdigest(),
        "original": None,
    }
