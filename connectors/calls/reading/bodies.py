"""What a vCon holds inline, or names by an address: transcripts, recordings, attachments.

body and encoding    `none` (text), `json` (a value, or a text of one), `base64url`; older writers leave it out
url                  it lies elsewhere, and is not fetched
content_hash         `sha512-<base64url>`, one or several; of 0.0.1 `alg` and `signature`. What does not match is kept,
                     with a remark
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connectors.calls.values import Json, text
from intake_daemon.contract import File

_HASHES = {"sha512": "sha512", "sha-512": "sha512", "sha256": "sha256", "sha-256": "sha256", "sha384": "sha384"}
_SPOKEN = frozenset({"recording", "recording-set", "audio", "video", ""})


@dataclass(frozen=True)
class Recordings:
    """What there is of a call's sound. `named`: the address or the file name of the first."""

    named: str = ""
    files: tuple[File, ...] = ()
    remarks: tuple[str, ...] = ()


def value(row: Json) -> object:
    """The body as what it is: an object, a list, or a text. None when it lies elsewhere."""
    body = row.get("body", row.get("transcript"))  # before 0.0.1
    if not isinstance(body, str):
        return body
    encoding = text(row.get("encoding")).lower()
    if encoding == "base64url":
        content = _decoded(body)
        body = body if content is None else content.decode("utf-8", "replace")
    if encoding == "json" or body.lstrip()[:1] in {"{", "["}:
        try:
            return json.loads(body)
        except (ValueError, RecursionError):
            return body
    return body


def words(row: Json) -> str:
    """The body as a text of one line."""
    found = value(row)
    return " ".join(found.split()) if isinstance(found, str) else ""


def recordings(dialogs: Sequence[Json]) -> Recordings:
    """What sounds among the dialogs."""
    files: list[File] = []
    remarks: list[str] = []
    named = ""
    for place, row in enumerate(dialogs):
        if text(row.get("type")) not in _SPOKEN:
            continue
        name = text(row.get("filename")) or f"recording-{place + 1}"
        content = _content(row)
        named = named or text(row.get("url"), row.get("filename"))
        if content is not None:
            files.append(File(name, _media(row, "audio/x-wav"), content))
            named = named or name
            if not _matches(row, content):
                remarks.append("recording_hash_bad")
    return Recordings(named, tuple(files), tuple(dict.fromkeys(remarks)))


def attached(rows_: Sequence[Json]) -> Iterator[File]:
    """Files among the attachments; what is data of the writer's own (tags and the like) stays in the original."""
    for place, row in enumerate(rows_):
        name = text(row.get("filename"))
        content = _content(row) if text(row.get("encoding")).lower() == "base64url" else None
        if content:
            yield File(name or f"attachment-{place + 1}", _media(row, "application/octet-stream"), content)


def _media(row: Json, otherwise: str) -> str:
    return text(row.get("mediatype"), row.get("mimetype")) or otherwise


def _content(row: Json) -> bytes | None:
    body = row.get("body")
    if not isinstance(body, str) or not body:
        return None
    return _decoded(body)


def _decoded(body: str) -> bytes | None:
    """Base64url, also as some write it: with plus, slash and line ends. None when it is none."""
    plain = "".join(body.split()).translate(str.maketrans("+/", "-_")).rstrip("=")
    try:
        return base64.b64decode(plain + "=" * (-len(plain) % 4), altchars=b"-_", validate=True)
    except ValueError:
        return None


def _matches(row: Json, content: bytes) -> bool:
    """Whether the bytes are those of which the vCon has a hash; so too when it has none that we can compute."""
    told = row.get("content_hash")
    hashes = [each for each in (told if isinstance(told, list) else [told]) if isinstance(each, str)]
    if not hashes and text(row.get("alg")) and text(row.get("signature")):
        hashes = [f"{text(row.get('alg')).lower().replace('-', '')}-{text(row.get('signature'))}"]
    for each in hashes:
        kind, _, wanted = each.partition("-")
        known = _HASHES.get(kind.lower())
        if known:
            found = base64.urlsafe_b64encode(hashlib.new(known, content).digest()).rstrip(b"=")
            return hmac.compare_digest(found, wanted.rstrip("=").encode("ascii", "replace"))
    return True
