"""The form of a file of the spool: the SHA-256 of what follows, in hex, on a line; then letters, one a line, as JSON.

Rules
- A file that was cut off, or changed on the disk, does not read: its seal is broken.
- A process reads what an older or a newer one wrote: fields that it does not know are ignored, those that were not
  written have their defaults. So fields of a letter are only added.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Sequence
from typing import Any

from intake_daemon.contract import Letter


def written(letters: Sequence[Letter]) -> bytes:
    """The whole content of a file."""
    lines = b"".join(json.dumps(as_json(letter)).encode() + b"\n" for letter in letters)
    return hashlib.sha256(lines).hexdigest().encode() + b"\n" + lines


def read(content: bytes) -> list[Letter]:
    """The letters of a file. Raises ValueError, KeyError or TypeError when it is not as it was written."""
    seal, _, lines = content.partition(b"\n")
    if hashlib.sha256(lines).hexdigest().encode() != seal:
        raise ValueError
    return [from_json(json.loads(line)) for line in lines.splitlines()]


def as_json(letter: Letter) -> dict[str, object]:
    """One line: the fields of a letter by name, its body in base 64."""
    plain = {name: getattr(letter, name) for name in Letter.__dataclass_fields__}
    return plain | {"body": base64.b64encode(letter.body).decode(), "headers": dict(letter.headers)}


def from_json(seen: dict[str, Any]) -> Letter:
    """The letter of a line. Fields that a newer process wrote beside ours are ignored."""
    known = {name: seen[name] for name in Letter.__dataclass_fields__ if name in seen}
    return Letter(**{**known, "body": base64.b64decode(seen["body"], validate=True)})
