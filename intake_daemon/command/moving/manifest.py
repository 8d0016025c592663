"""What a copy of a house holds, and whether it is whole: `manifest.json`, written last.

Every file of the copy stands in it with its SHA-256 and its size; the vault's objects are named by theirs, and counted.
A copy without a manifest was cut off.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal

from pydantic import AwareDatetime, Field, ValidationError

from intake_daemon import disk
from intake_daemon.errors import IntakeError
from intake_daemon.message import Value
from intake_daemon.reference import mac

NAME = "manifest.json"
_BLOCK = 1024 * 1024


class NotWhole(IntakeError):  # noqa: N818 -- what is found, and what to do
    """This copy cannot be used; `detail` says why."""

    def __init__(self, detail: str) -> None:
        super().__init__("not_whole")
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class File(Value):
    """One file of the copy."""

    sha256: str
    bytes: int


class Vaulted(Value):
    """The vault: how many objects, how many bytes, and objects that contacts hold and that were not there (hashes)."""

    objects: int = 0
    bytes: int = 0
    missing: tuple[str, ...] = ()


class Manifest(Value):
    """All of it."""

    form: Literal["intake.backup/1"] = "intake.backup/1"
    version: str
    """Of the intake-daemon that took it."""
    installation: str
    key: str
    """By which the installation's key is known again; tells nothing of it."""
    revision: str
    """Of the schema."""
    began_at: AwareDatetime
    """What was confirmed before this moment is in the copy."""
    ended_at: AwareDatetime
    store: str
    broker: str
    rows: Mapping[str, int] = Field(default_factory=dict)
    """By table."""
    letters: Mapping[str, int] = Field(default_factory=dict)
    """By queue of the embedded broker."""
    elsewhere: Mapping[str, int] = Field(default_factory=dict)
    """By queue of RabbitMQ: what waited there when the copy was taken, and is not in it."""
    spooled: int = 0
    vault: Vaulted = Vaulted()
    balance: Mapping[str, int] = Field(default_factory=dict)
    files: Mapping[str, File] = Field(default_factory=dict)


def known_by(key: bytes) -> str:
    """What tells two installation keys apart."""
    return mac(key, "backup", "installation key").hex()[:16]


def write(folder: Path, manifest: Manifest) -> None:
    """The last file; durable when it returns."""
    disk.write(folder / NAME, manifest.model_dump_json(indent=1).encode() + b"\n")
    disk.sync(folder)


def read(folder: Path) -> Manifest:
    """Raises NotWhole."""
    try:
        return Manifest.model_validate_json((folder / NAME).read_bytes())
    except FileNotFoundError:
        raise NotWhole(f"{folder} has no {NAME}: it is no backup, or one that was cut off.") from None
    except ValidationError:
        raise NotWhole(
            f"{folder / NAME} cannot be read by this version; use the intake-daemon that wrote it."
        ) from None


def measured(folder: Path, names: Iterable[str]) -> dict[str, File]:
    """Files of the copy as they are."""
    found = {}
    for name in names:
        digest, length = hashlib.sha256(), 0
        with (folder / name).open("rb") as file:
            while block := file.read(_BLOCK):
                digest.update(block)
                length += len(block)
        found[name] = File(sha256=digest.hexdigest(), bytes=length)
    return found


def check(folder: Path, manifest: Manifest) -> None:
    """Raises NotWhole when a file is missing or is not as it was written."""
    for name, file in manifest.files.items():
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise NotWhole(f"The manifest of {folder} names a file outside of it.")
        try:
            if measured(folder, [name])[name] == file:
                continue
        except OSError:
            pass
        raise NotWhole(
            f"{folder / name} is missing or damaged: its SHA-256 is not the manifest's. Take another backup."
        )
