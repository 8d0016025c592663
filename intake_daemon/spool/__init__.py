"""The spool: complaints held on disk while the broker is away, and nothing else.

    FolderSpool   a folder of this process below the spool's folder
    NoSpool       `spool: none`: no disk outlives the process, so nothing is held and the form answers 503

    var/spool/<id>/lock                held by its process (flock) for as long as it lives
    var/spool/<id>/<time>-<n>.letters  one call of `hold`, n letters; its form: spool/letters.py
    var/spool/<id>/<time>-<n>.broken   what cannot be read any more; kept for a person, told once

Rules
- Held means: the file and then its name in the folder are fsynced. A file is deleted only after its letters are
  confirmed, so a crash in between publishes them twice; their ids make that one.
- A folder whose lock is free belongs to nobody: its process died. Whoever finds it adopts it and replays it with its
  own, oldest first, beside the live traffic; an emptied folder goes.
- One file that cannot be published (nobody has its queue) does not stop the others.
- Files are never read or written on the loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import os
import re
import shutil
import time
import uuid
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from intake_daemon import disk, journal
from intake_daemon.contract import Letter
from intake_daemon.errors import Temporary
from intake_daemon.spool import letters as form

T = TypeVar("T")
Publish = Callable[[Sequence[Letter]], Awaitable[None]]

_LETTERS = ".letters"
_NAME = re.compile(r"(\d{20})-(\d+)\.letters")
_PART = ".part"
_BROKEN = ".broken"

LOOK_AGAIN = 15.0
"""Seconds after which the spool looks for folders that became free."""
PATIENCE = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds to wait after one failing round after another; the last holds on."""


class NoSpool:
    """A `contract.Spool` that holds nothing."""

    async def hold(self, letters: Sequence[Letter]) -> None:  # noqa: ARG002 -- the contract's
        """Always Temporary: `spool_none`."""
        raise Temporary("spool_none")

    def waiting(self) -> int:
        """Nothing."""
        return 0

    async def close(self) -> None:
        """Nothing to give free."""

    async def drain(self, publish: Publish) -> None:  # noqa: ARG002 -- the contract's
        """Has nothing to do, for ever."""
        await asyncio.Event().wait()


@dataclass
class _Folder:
    """A folder whose lock is ours. `files`: the size in bytes of each file that waits."""

    path: Path
    lock: int
    files: dict[str, int] = field(default_factory=dict)


class FolderSpool:
    """A `contract.Spool` in `folder`, which must outlive the process. `limit`: bytes that this process keeps there."""

    def __init__(self, folder: Path, limit: int) -> None:
        self._root = folder
        self._limit = limit
        self._own: _Folder | None = None
        self._adopted: list[_Folder] = []
        self._bytes = 0
        self._letters = 0
        self._last = 0
        self._arrived = asyncio.Event()
        # one thread: all that touches the folders happens there, one thing after another
        self._thread = ThreadPoolExecutor(1, "spool")

    async def hold(self, letters: Sequence[Letter]) -> None:
        """Fsynced when it returns. Raises Temporary: `spool_full` (the limit, or little room), `spool_away`."""
        if letters:
            await self._do(self._hold, list(letters))
            self._arrived.set()

    def waiting(self) -> int:
        """Letters in the folders of this process: its own, and those that it adopted."""
        return self._letters

    async def drain(self, publish: Publish) -> None:
        """Runs until cancelled. `publish` raises Temporary: everything stays, and is tried again."""
        failures = 0
        while True:
            self._arrived.clear()
            try:
                await self._do(self._adopt)
                well = await self._round(publish)
            except Temporary:
                well = False
            if well:
                failures = 0
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(LOOK_AGAIN):
                        await self._arrived.wait()
            else:
                await asyncio.sleep(PATIENCE[min(failures, len(PATIENCE) - 1)])
                failures += 1

    async def close(self) -> None:
        """Lets go of the folders; what waits in them is adopted by whoever comes next."""
        await self._do(self._close)
        self._thread.shutdown(wait=False)

    async def _do(self, work: Callable[..., T], *values: object) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work, *values)

    async def _round(self, publish: Publish) -> bool:
        """Everything that lies here, once, oldest first. False when something stays."""
        well = True
        for folder, name in await self._do(self._oldest_first):
            letters = await self._do(self._read, folder, name)
            if letters is None:
                continue
            try:
                await publish(letters)
            except Temporary as error:
                if error.code != "no_route":
                    return False
                well = False  # nobody has its queue; those of others may go
            except Exception as error:  # noqa: BLE001 -- a fault of ours in one letter must not hold up the others
                journal.failed("spool", error)
                well = False
            else:
                await self._do(self._delete, folder, name)
        return well

    # --- in the thread --------------------------------------------------------------------------------------------

    def _hold(self, letters: list[Letter]) -> None:
        content = form.written(letters)
        if self._bytes + len(content) > self._limit or not disk.room(self._root.parent):
            raise Temporary("spool_full")
        try:
            own = self._own or self._found()
            # names order the files, so they must not go back when the clock does
            self._last = max(self._last + 1, time.time_ns())
            name = f"{self._last:020d}-{len(letters)}{_LETTERS}"
            part = own.path / (name + _PART)
            try:
                disk.write(part, content)
                part.replace(own.path / name)
            finally:
                part.unlink(missing_ok=True)
            disk.sync(own.path)
        except OSError as error:
            raise disk.temporary("spool", error) from error
        self._counted(own, name, len(content))

    def _found(self) -> _Folder:
        """Makes our own folder: locked before anybody can see it under its name."""
        self._root.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = str(uuid.uuid4())
        hidden = self._root / f".{name}"
        hidden.mkdir(mode=0o700)
        lock = os.open(hidden / "lock", os.O_RDWR | os.O_CREAT, 0o600)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        hidden.rename(self._root / name)
        for folder in (self._root, self._root.parent):
            disk.sync(folder)
        self._own = _Folder(self._root / name, lock)
        return self._own

    def _adopt(self) -> None:
        """Takes over every folder whose process is gone, and lets go of adopted ones that are empty."""
        self._adopted = [folder for folder in self._adopted if folder.files or not _removed(folder)]
        known = {folder.path for folder in self._folders()}
        try:
            for path in sorted(self._root.iterdir()) if self._root.is_dir() else []:
                if path not in known and not path.name.startswith(".") and (found := _taken(path)):
                    self._adopted.append(found)
                    for file in path.iterdir():
                        if _NAME.fullmatch(file.name):
                            self._counted(found, file.name, file.stat().st_size)
        except OSError as error:
            raise disk.temporary("spool", error) from error

    def _folders(self) -> list[_Folder]:
        return [*([self._own] if self._own else []), *self._adopted]

    def _oldest_first(self) -> list[tuple[_Folder, str]]:
        files = [(folder, name) for folder in self._folders() for name in folder.files]
        return sorted(files, key=lambda found: found[1])

    def _read(self, folder: _Folder, name: str) -> list[Letter] | None:
        path = folder.path / name
        try:
            try:
                return form.read(path.read_bytes())
            except (ValueError, KeyError, TypeError):
                path.rename(path.with_suffix(_BROKEN))
                disk.sync(folder.path)
        except OSError as error:
            raise disk.temporary("spool", error) from error
        self._forgotten(folder, name)
        journal.parked("spool", "unreadable", 1, path.stem)
        return None

    def _delete(self, folder: _Folder, name: str) -> None:
        try:
            (folder.path / name).unlink(missing_ok=True)
            disk.sync(folder.path)
        except OSError as error:
            raise disk.temporary("spool", error) from error
        self._forgotten(folder, name)

    def _counted(self, folder: _Folder, name: str, size: int) -> None:
        folder.files[name] = size
        self._bytes += size
        self._letters += _letters(name)

    def _forgotten(self, folder: _Folder, name: str) -> None:
        self._bytes -= folder.files.pop(name)
        self._letters -= _letters(name)

    def _close(self) -> None:
        for folder in self._folders():
            if folder.files or not _removed(folder):
                os.close(folder.lock)
        self._own, self._adopted, self._bytes, self._letters = None, [], 0, 0


def _taken(path: Path) -> _Folder | None:
    """The folder with its lock, or None while somebody lives in it."""
    try:
        lock = os.open(path / "lock", os.O_RDWR)
    except OSError:
        return None  # gone meanwhile
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        # nothing of a half-written file was ever promised to anybody
        for part in path.glob(f"*{_PART}"):
            part.unlink()
    except OSError:
        os.close(lock)
        return None
    return _Folder(path, lock)


def _removed(folder: _Folder) -> bool:
    """Whether the folder, in which nothing waits, could be deleted; one with something broken in it stays."""
    if list(folder.path.glob(f"*{_BROKEN}")):
        return False
    with contextlib.suppress(OSError):
        shutil.rmtree(folder.path)
    os.close(folder.lock)
    return True


def _letters(name: str) -> int:
    """How many letters a file holds; its name says so."""
    found = _NAME.fullmatch(name)
    return int(found[2]) if found else 0
