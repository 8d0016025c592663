"""The vault: originals and attachments under the SHA-256 of their bytes. Written once, never changed.

    FolderVault     a folder, for one machine
    DatabaseVault   a table of the store's database, for several machines (PostgreSQL)

Rules
- Who reads gets the very bytes that were put, or an error: the hash is checked at every reading.
- The name of a file is its hash, so putting the same bytes twice keeps them once; putting them again mends a damaged
  copy. Nothing in a name or a path comes from a customer.
- Which contact holds which bytes is the ledger's business, and so is when they are erased.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from intake_daemon import disk, journal
from intake_daemon.errors import Temporary
from intake_daemon.store import Store

_KEY = re.compile(r"[0-9a-f]{64}")
_INCOMING = "incoming"
_ABANDONED = 3600
"""Seconds after which a half-written file is surely nobody's: no `put` takes an hour."""

_PIECE = 1000
"""Keys that are listed at a time."""

metadata = sa.MetaData()
vault = sa.Table(
    "vault",
    metadata,
    sa.Column("key", sa.Text, primary_key=True),
    sa.Column("content", sa.LargeBinary, nullable=False),
    sa.Column("put_at", sa.Float),
)
"""`put_at`: seconds since 1970; nothing where nobody knows."""

_PUT = sa.text(
    "INSERT INTO vault (key, content, put_at) VALUES (:key, :content, :now) "
    "ON CONFLICT (key) DO UPDATE SET content = excluded.content WHERE vault.content <> excluded.content"
)


class FolderVault:
    """A `contract.Vault` in `folder`: `ab/cd/abcd…`, files of 0600 below folders of 0700.

    A file is written to `incoming/`, fsynced, renamed into its place, and the folders on the way are fsynced. What a
    crash left in `incoming/` is deleted by a later process.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._tidied = False
        self._made: set[Path] = set()

    async def put(self, content: bytes) -> str:
        """Durable when it returns. Raises Temporary: `vault_full`, `vault_away`."""
        return await asyncio.to_thread(self._put, content)

    async def get(self, key: str) -> bytes:
        """KeyError: not here. Temporary: `vault_damaged` (a person must restore it), `vault_away`."""
        return await asyncio.to_thread(self._get, key)

    async def erase(self, keys: Sequence[str]) -> None:
        """Gone, also after a power cut, when it returns. Raises Temporary (`vault_away`): then some may remain."""
        await asyncio.to_thread(self._erase, keys)

    async def has(self, key: str) -> bool:
        """Whether it is here; its bytes are not read."""
        path = self._path(key)
        return path is not None and await asyncio.to_thread(path.is_file)

    async def kept(self, since: datetime, until: datetime) -> AsyncGenerator[Sequence[str], None]:
        """Keys of what was put here between these moments, a folder at a time. Raises Temporary (`vault_away`)."""
        for first in range(256):
            piece = await asyncio.to_thread(self._kept, f"{first:02x}", since.timestamp(), until.timestamp())
            if piece:
                yield piece

    async def ping(self) -> None:
        """Raises Temporary (`vault_full`, `vault_away`) when nothing could be put here."""
        await asyncio.to_thread(self._ping)

    def _kept(self, first: str, since: float, until: float) -> list[str]:
        try:
            found = (self._folder / first).glob("*/*")
            return [each.name for each in found if _KEY.fullmatch(each.name) and since <= _put_at(each) < until]
        except OSError as error:
            raise disk.temporary("vault", error) from error

    def _ping(self) -> None:
        try:
            self._make(self._folder / "00" / "00")
            part = self._incoming() / f"ping-{secrets.token_hex(8)}"
            try:
                disk.write(part, b"\n" * 4096)
            finally:
                part.unlink(missing_ok=True)
        except OSError as error:
            raise disk.temporary("vault", error) from error

    def _path(self, key: str) -> Path | None:
        return self._folder / key[:2] / key[2:4] / key if _KEY.fullmatch(key) else None

    def _put(self, content: bytes) -> str:
        key = hashlib.sha256(content).hexdigest()
        path = self._folder / key[:2] / key[2:4] / key
        try:
            self._make(path.parent)
            if not _holds(path, content):
                part = self._incoming() / f"{key}-{secrets.token_hex(8)}"
                try:
                    disk.write(part, content)
                    part.replace(path)
                finally:
                    part.unlink(missing_ok=True)
            # also when the file was here: whoever wrote it may have died before this line
            disk.sync(path.parent)
        except OSError as error:
            raise disk.temporary("vault", error) from error
        return key

    def _get(self, key: str) -> bytes:
        path = self._path(key)
        if path is None:
            raise KeyError(key)
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            raise KeyError(key) from None
        except OSError as error:
            raise disk.temporary("vault", error) from error
        return _checked(key, content)

    def _erase(self, keys: Sequence[str]) -> None:
        try:
            wanted = {key: path for key in keys if (path := self._path(key)) is not None}
            for path in wanted.values():
                path.unlink(missing_ok=True)
            for folder in {path.parent for path in wanted.values()}:
                if folder.is_dir():
                    disk.sync(folder)
            incoming = self._folder / _INCOMING
            for part in incoming.iterdir() if incoming.is_dir() else ():
                if part.name.partition("-")[0] in wanted:
                    part.unlink(missing_ok=True)
        except OSError as error:
            raise disk.temporary("vault", error) from error

    def _make(self, leaf: Path) -> None:
        """The folder and those above it, their names durable: also where another process made them and then died."""
        if leaf in self._made:
            return
        for folder in (self._folder, leaf.parent, leaf):
            folder.mkdir(mode=0o700, parents=folder == self._folder, exist_ok=True)
            disk.sync(folder.parent)
        self._made.add(leaf)

    def _incoming(self) -> Path:
        incoming = self._folder / _INCOMING
        incoming.mkdir(mode=0o700, exist_ok=True)
        if not self._tidied:
            self._tidied = True
            for part in incoming.iterdir():
                try:
                    if part.stat().st_mtime < time.time() - _ABANDONED:
                        part.unlink()
                except FileNotFoundError:  # another process tidies too
                    continue
        return incoming


class DatabaseVault:
    """A `contract.Vault` in the table `vault` of the store's database; safe from any number of processes."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def put(self, content: bytes) -> str:
        """Durable when it returns. Raises Temporary when the database is away."""
        key = hashlib.sha256(content).hexdigest()
        row = {"key": key, "content": content, "now": time.time()}
        await self._store.write(lambda db: db.execute(_PUT, row).close())
        return key

    async def get(self, key: str) -> bytes:
        """KeyError: not here. Temporary: `vault_damaged`, or the database is away."""
        asked = sa.select(vault.c.content).where(vault.c.key == key)
        content = await self._store.read(lambda db: db.execute(asked).scalar_one_or_none())
        if content is None:
            raise KeyError(key)
        return _checked(key, bytes(content))

    async def erase(self, keys: Sequence[str]) -> None:
        """Gone when it returns. Raises Temporary when the database is away."""
        gone = sa.delete(vault).where(vault.c.key.in_(list(keys)))
        await self._store.write(lambda db: db.execute(gone).close())

    async def has(self, key: str) -> bool:
        """Whether it is here; its bytes are not read."""
        asked = sa.select(sa.literal(1)).where(vault.c.key == key)
        return await self._store.read(lambda db: db.execute(asked).first()) is not None

    async def kept(self, since: datetime, until: datetime) -> AsyncGenerator[Sequence[str], None]:
        """Keys of what was put here between these moments, or nobody knows when, in pieces. Raises Temporary."""
        at = vault.c.put_at
        then = at.is_(None) | ((at >= since.timestamp()) & (at < until.timestamp()))
        asked = sa.select(vault.c.key).where(then).order_by(vault.c.key).limit(_PIECE)
        last = ""
        while piece := await self._store.read(lambda db: _after(db, asked, last)):  # noqa: B023 -- read at once
            yield piece
            last = piece[-1]

    async def ping(self) -> None:
        """Raises Temporary when nothing could be put here."""
        await self._store.ping()


def _checked(key: str, content: bytes) -> bytes:
    if hashlib.sha256(content).hexdigest() != key:
        journal.damaged("vault", key)
        raise Temporary("vault_damaged")
    return content


def _after(db: sa.Connection, asked: sa.Select[Any], last: str) -> list[str]:
    return list(db.execute(asked.where(vault.c.key > last)).scalars())


def _put_at(path: Path) -> float:
    """When it was put here; nothing that was ever so for one that has just been erased."""
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return float("-inf")


def _holds(path: Path, content: bytes) -> bool:
    """Whether the file is there and undamaged."""
    try:
        return path.stat().st_size == len(content) and path.read_bytes() == content
    except FileNotFoundError:
        return False
