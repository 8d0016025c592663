"""Files that survive a power cut, for spool and vault, and the room that is left for them.

A file counts only when its bytes, and then its name in its folder, have been fsynced. A failing disk is `Temporary`:
whoever wanted to hold something must not say that it is held.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path

from intake_daemon.errors import Temporary

RESERVE = 256 * 1024 * 1024
"""Bytes that are kept free, of a small disk a twentieth: what was taken must be decided, which needs room."""
_SHARE = 20


def room(folder: Path, owed: int = 0, *, reserves: int = 1) -> bool:
    """Whether anything new may be taken on the disk of `folder`: so many reserves are free, and beside them the bytes
    that are `owed` to what was taken and is not decided yet. What cannot be looked at is found out by writing."""
    try:
        found = os.statvfs(folder)
    except OSError:
        return True
    reserve = min(RESERVE, found.f_blocks * found.f_frsize // _SHARE)
    return found.f_bavail * found.f_frsize >= reserves * reserve + owed


def write(path: Path, content: bytes) -> None:
    """A new file of 0600, its bytes fsynced; its name is not durable before `sync` of its folder."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def sync(folder: Path) -> None:
    """The names in this folder are durable when it returns."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def temporary(part: str, error: OSError) -> Temporary:
    """`<part>_full` when there is no room, else `<part>_away`."""
    full = error.errno in {errno.ENOSPC, errno.EDQUOT}
    return Temporary(f"{part}_full" if full else f"{part}_away")
