"""`intake parse --kind calls` and `intake verify --kind calls`: what we make of a file, or of a recorded upload."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from connectors.calls.call import NoCall
from connectors.calls.delivery import delivery
from connectors.calls.folder import BESIDE, beside_of
from connectors.calls.parsing import calls_in
from connectors.calls.settings import CallsSettings
from connectors.calls.signature import STALE, TIMESTAMP, verify
from intake_daemon.contract import ConnectorSettings, Draft, Raw


@dataclass(frozen=True)
class Other:
    """What a file holds that is no call."""

    what: str
    why: str


def beside(path: Path) -> str | None:
    """What is told beside a call, out of the file for that which lies with the transcript, as in a watched folder."""
    if beside_of(path.name):
        return None
    names = (f"{name}{end}" for name in (path.name, path.stem) for end in BESIDE)
    found = next((file for name in names if (file := path.with_name(name)).is_file()), None)
    return found.read_text(encoding="utf-8-sig", errors="replace") if found else None


def payload(content: bytes, settings: ConnectorSettings | None, beside: str = "") -> Iterator[Draft | Other]:
    """A Draft for each call. `beside`: what is told beside it, as JSON. Raises NoCall for what cannot be read."""
    ours = settings if isinstance(settings, CallsSettings) else None
    try:
        sent = delivery(content)
        raw = Raw(sent.transcript, "", "", envelope={"details": beside or sent.beside}, files=sent.files)
        yield from calls_in(raw, ours.around() if ours else None, ours.keys() if ours else None)
    except NoCall as none:
        if not none.other:
            raise
        yield Other(none.code, none.why)


_FAULTS = {
    "signature_missing": "The headers lack webhook-id, webhook-timestamp or webhook-signature.",
    "signature_bad": (
        "The signature is not of this id, timestamp, body and secret. The body must be kept byte by byte; a secret "
        "that begins with whsec_ is base64 behind it."
    ),
    "signature_stale": "The signature holds, and its timestamp is more than 5 minutes from our clock.",
}


def verified(secret: str, url: str, headers: Mapping[str, str], body: bytes) -> tuple[str, str] | None:
    """None when a recorded request's signature holds, else a code and a sentence. `headers`: names in lower case.

    A recorded request is as old as it is: its own timestamp stands for our clock. An editor's final line end is left
    out when the signature holds without it."""
    del url  # it is not signed
    told = headers.get(TIMESTAMP, "")
    then = int(told) if told.isascii() and told.isdecimal() and len(told) < len(str(10**11)) else STALE
    now = datetime.fromtimestamp(then, UTC)
    found = ""
    for content in (body, body.rstrip(b"\r\n")):
        why = verify((secret,), headers, content, now)
        if why is None:
            return None
        found = found or why
    return found, _FAULTS[found]
