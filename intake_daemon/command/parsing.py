"""`intake parse`: what a connector makes of files, one JSON object a line; needs no service and no configuration.

    {"file", "message"}        the common message; fields that only `accept` knows are null
    {"file", "other", "why"}   no message (a status, an echo, a file that is no mail)
    {"file", "error"}          cannot be read at all

Files, mbox files, Maildirs and folders of them are read in the order in which they were named; a file that holds
several mails gives several lines. Offsets are code points of `text`. `forwarded`, beside the public fields, is what a
forward holds; with `--staff-domain` it is settled whose contact it is, as `accept` settles it. Exit 0 when every file
is accounted for.

A file on a disk has no border that vouched for its sender. So, unless `--authserv-id` names one, an employee's address
counts as theirs when nothing in the mail says that it is not (`dmarc=fail`).
"""

from __future__ import annotations

import hashlib
import json as json_
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Mistyped
from intake_daemon.errors import BadSettings

if TYPE_CHECKING:
    from pydantic import TypeAdapter

    from connectors.email import Reading
    from intake_daemon.command.archive import Found
    from intake_daemon.contract import Draft

Domains = list[str] | None


def parse(
    files: Annotated[list[Path], typer.Argument(help="Mails, mbox files, Maildirs, recorded bodies, folders of them.")],
    kind: Annotated[
        str,
        typer.Option(help="Which connector reads them: email (smtp and imap), telegram, twilio, meta, hook, calls."),
    ] = "email",
    brand: Annotated[str, typer.Option(help="The brand that they are for; with it the message has its id.")] = "",
    config: Config = None,
    staff_domain: Annotated[Domains, typer.Option(help="Mail domain of employees, whose forwards count.")] = None,
    own_domain: Annotated[Domains, typer.Option(help="Mail domain of our own addresses and groups.")] = None,
    authserv_id: Annotated[Domains, typer.Option(help="Whose Authentication-Results are believed.")] = None,
    mapping: Annotated[
        str, typer.Option(help="A hook's mapping: typeform, tally … or a file; else told by the body.")
    ] = "",
) -> None:
    """Print the common message of each file, one JSON object a line."""
    from intake_daemon.command.payloads import READERS, reader
    from intake_daemon.command.progress import counting

    if kind != "email" and reader(kind) is None:
        raise Mistyped(f"There is no kind {kind!r}. Write --kind {', --kind '.join(('email', *READERS))}.")
    if kind == "email":
        widened = _widened(_reading(config), brand, staff_domain, own_domain, authserv_id)
        desk = _Desk(brand, widened, bool(authserv_id))
        lines: Iterator[dict[str, Any]] = (line for path in files for line in desk.lines(path))
    else:
        lines = _payload_lines(kind, files, brand, config, mapping)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")  # JSON is, whatever the terminal's locale
    with counting("mails" if kind == "email" else "messages") as count:
        for line in lines:
            sys.stdout.write(json_.dumps(line, ensure_ascii=False) + "\n")
            count(1)


def _payload_lines(
    kind: str, files: list[Path], brand: str, config: Path | None, mapping: str
) -> Iterator[dict[str, Any]]:
    from pydantic import ValidationError

    from intake_daemon.command import payloads
    from intake_daemon.message import utc

    if mapping and kind != "hook":
        raise Mistyped("Only --kind hook has a --mapping.")
    try:
        settings = payloads.settings_of(kind, brand, config, mapping)
    except ValidationError:
        raise Mistyped(f"There is no mapping {mapping!r}. Name a shipped one (docs/hooks.md), or its file.") from None
    for found in payloads.read(kind, files, settings):
        file = _shown(found.path)
        if found.draft:
            message = _public(found.draft, found.content, brand, by_staff=False)
            # a provider's own time is when the customer reached us; the connector says so to `accept`
            yield {"file": file, "message": {**message, "contact_at": found.draft.sent_at and utc(found.draft.sent_at)}}
        elif found.other:
            yield {"file": file, "other": found.other.what, "why": found.other.why}
        else:
            yield {"file": file, "error": found.fault}


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


def _widened(known: Reading, brand: str, staff: Domains, own: Domains, servers: Domains) -> Reading:
    """What was typed stands in place of what the configuration says."""
    return replace(
        known,
        staff_domains={**known.staff_domains, brand: _domains(staff)} if staff else known.staff_domains,
        own_domains=_domains(own) if own else known.own_domains,
        authserv_ids=frozenset(name.lower() for name in servers) if servers else known.authserv_ids,
    )


def _domains(typed: list[str]) -> frozenset[str]:
    return frozenset(name.lower().strip().lstrip("@").rstrip(".") for name in typed)


@dataclass(frozen=True)
class _Desk:
    """How these files are read. `bordered`: the border that vouches for senders was named."""

    brand: str
    reading: Reading
    bordered: bool

    def lines(self, path: Path) -> Iterator[dict[str, Any]]:
        """What is to be said of one path."""
        from intake_daemon.command.archive import everything

        count = 0
        try:
            for found in everything(path):
                count += 1
                yield self._of(found)
        except OSError as error:
            yield {"file": _shown(path), "error": error.strerror or type(error).__name__}
        else:
            if not count:
                yield {"file": _shown(path), "other": "empty", "why": "it holds no mail"}

    def _of(self, found: Found) -> dict[str, Any]:
        from connectors.email import parse as parse_mail
        from intake_daemon.contract import Raw

        file = _shown(found.path)
        if found.fault:
            return {"file": file, "error": found.fault}
        if not found.is_mail:
            return {"file": file, "other": "file", "why": "its name and its first line are not a mail's"}
        try:
            [draft] = parse_mail(Raw(found.content, self.brand, "message/rfc822"), self.reading)
            return {
                "file": file,
                "message": _public(draft, found.content, self.brand, by_staff=self._by_staff(draft, found.content)),
            }
        except Exception as error:  # noqa: BLE001 -- a fault of ours with one mail; the others are read all the same
            return {"file": file, "error": f"failed: {type(error).__name__}"}

    def _by_staff(self, draft: Draft, content: bytes) -> bool:
        """Whether an employee sent it, as far as a file can tell."""
        from connectors.email.authentication import denied

        address = draft.sender.address("email") or ""
        if not self.reading.is_staff(self.brand, address.rpartition("@")[2]):
            return False
        return draft.sender.verified != "none" or (not self.bordered and not denied(content))


def _public(draft: Draft, content: bytes, brand: str, *, by_staff: bool) -> dict[str, Any]:
    """A Draft in the public form."""
    from intake_daemon import life
    from intake_daemon.message import SCHEMA, Attachment, message_id, utc

    whose = life.settled(draft, by_staff=by_staff)
    plain = _adapter().dump_python(draft, mode="json", exclude={"files", "identity"})
    files = [
        Attachment(
            id=hashlib.sha256(file.content).hexdigest(),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            inline=file.inline,
            content_id=file.content_id,
            holds=file.holds,
        ).model_dump()
        for file in draft.files
    ]
    plain.pop("reply_address")
    return {
        "schema": SCHEMA,
        "id": message_id(draft.identity) if brand else None,
        "reference": None,
        "brand": brand or None,
        "connector": None,
        "kind": None,
        "received_at": None,
        **plain,
        "contact_at": utc(whose.first_at) if whose.first_at else None,
        "sender": whose.sender.model_dump(),
        "forwarded_by": whose.forwarded_by.model_dump() if whose.forwarded_by else None,
        "new_text": whose.new_text,
        "automatic": whose.automatic.model_dump(),
        "attachments": files,
        "reply_to": {
            "connector": None,
            "address": whose.reply_address.model_dump() if whose.reply_address else None,
            "thread": plain.pop("reply_thread"),
            "until": plain.pop("reply_until"),
        },
        "raw": hashlib.sha256(content).hexdigest(),
        "original": None,
    }


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Draft]:
    from pydantic import TypeAdapter

    from intake_daemon.contract import Draft

    return TypeAdapter(Draft)


def _shown(path: Path) -> str:
    """A path as JSON can hold it; a name may be any bytes."""
    return os.fsencode(path).decode("utf-8", "replace")
