"""Originals and attachments, one after the other, out of either kind of vault; into a folder, or any vault.

Objects are named by the SHA-256 of their bytes and never change, so one that is brought twice is brought once, and what
is damaged is known by its name. They are read after the ledger: all that it names was put before.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path

import sqlalchemy as sa

from intake_daemon.contract import Vault
from intake_daemon.settings import Settings
from intake_daemon.vault import vault

_SOME = 500
_LENGTH = 64


class Objects:
    """The vault of a house, or of a copy of one, for reading. `engine`: where it is a table."""

    def __init__(self, folder: Path, engine: sa.Engine | None = None) -> None:
        self._folder = folder
        self._engine = engine

    def named(self, after: str = "") -> Iterator[str]:
        """In order, behind that one."""
        return self._rows(after) if self._engine is not None else self._files(after)

    def get(self, key: str) -> bytes | None:
        """None: it is not here, or damaged."""
        if self._engine is not None:
            with self._engine.connect() as connection:
                found = connection.execute(sa.select(vault.c.content).where(vault.c.key == key)).scalar_one_or_none()
            content = None if found is None else bytes(found)
        else:
            try:
                content = (self._folder / key[:2] / key[2:4] / key).read_bytes()
            except FileNotFoundError:
                content = None
        return content if content is not None and hashlib.sha256(content).hexdigest() == key else None

    def _rows(self, after: str) -> Iterator[str]:
        if self._engine is None:
            return
        while True:
            query = sa.select(vault.c.key).where(vault.c.key > after).order_by(vault.c.key).limit(_SOME)
            with self._engine.connect() as connection:
                found = list(connection.execute(query).scalars())
            yield from found
            if len(found) < _SOME:
                return
            after = found[-1]

    def _files(self, after: str) -> Iterator[str]:
        for first in _names(self._folder, 2, after[:2]):
            for second in _names(self._folder / first, 2, after[2:4] if first == after[:2] else ""):
                for key in _names(self._folder / first / second, _LENGTH, ""):
                    if key > after:
                        yield key


def _names(folder: Path, length: int, least: str) -> list[str]:
    try:
        with os.scandir(folder) as found:
            return sorted(each.name for each in found if len(each.name) == length and each.name >= least)
    except FileNotFoundError:
        return []


def of(settings: Settings, engine: sa.Engine) -> Objects:
    """The vault of a house."""
    return Objects(settings.var / "vault", engine if settings.vault == "database" else None)


def keep(folder: Path, key: str, content: bytes) -> None:
    """One object into the folder of a copy, laid out like a vault; who copies makes all of it durable at the end."""
    path = folder / key[:2] / key[2:4] / key
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


async def carry(objects: Objects, into: Vault, key: str) -> int:
    """One object into a vault, durably; its bytes, 0 when it is not there any more."""
    content = objects.get(key)
    if content is None:
        return 0
    await into.put(content)
    return len(content)
