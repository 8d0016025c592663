"""Mails for the tests: written as people read them, sent as bytes."""

from __future__ import annotations

import os
from pathlib import Path

from connectors.email import Reading, parse
from intake_daemon.contract import Draft, Raw

TIMES = int(os.environ.get("INTAKE_FUZZ", "1"))
"""How many times as many generated mails: `make fuzz` asks for more than the suite."""
TOKEN = "abcdefghijklmnopqrstuvwxyz234567abcdefg"
READING = Reading(
    authserv_ids=frozenset({"mx.shop.example"}),
    staff_domains={"welzo": frozenset({"shop.example"})},
    own_domains=frozenset({"shop.example"}),
)


def mail(body: str = "", *, path: str | None = None, **fields: str) -> bytes:
    """A text/plain mail in UTF-8. Underscores in field names are dashes; `path`: its Return-Path."""
    said = {
        "From": "Anna <anna@mail.example>",
        "To": "complaints@shop.example",
        "Subject": "My order",
        "Date": "Tue, 3 Feb 2026 12:00:00 +0200",
        "Message-ID": "<a1@mail.example>",
        "Content-Type": "text/plain; charset=utf-8",
        **{name.replace("_", "-"): value for name, value in fields.items()},
    }
    if path is not None:
        said["Return-Path"] = f"<{path}>"
    head = "".join(f"{name}: {value}\n" for name, value in said.items() if value)
    return (head + "\n" + body).encode()


def read(content: bytes, reading: Reading = READING, **envelope: str) -> Draft:
    """The Draft of these bytes."""
    [draft] = parse(Raw(content, "welzo", "message/rfc822", envelope=envelope), reading)
    return draft


def new_words(draft: Draft) -> str:
    """What is new, spans apart by a bar."""
    return "|".join(draft.text[start:end] for start, end in draft.new_text)


def passed_on(draft: Draft) -> str:
    """The original sender's words in a forward, spans apart by a bar."""
    assert draft.forwarded is not None
    return "|".join(draft.text[start:end] for start, end in draft.forwarded.new_text)


def samples(name: str) -> dict[str, tuple[str, str]]:
    """The samples of a text file beside this one: name -> subject, letter. `=== name | subject` begins each."""
    found: dict[str, tuple[str, str]] = {}
    for sample in (Path(__file__).parent / name).read_text(encoding="utf-8").split("\n=== ")[1:]:
        title, _, letter = sample.partition("\n")
        client, _, subject = title.partition(" | ")
        assert client not in found
        found[client] = (subject, letter)
    return found
