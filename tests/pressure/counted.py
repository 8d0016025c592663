"""A small disk where none may be mounted: the daemon is told how much of it is left by what its files come to.

Such a disk is never full for who writes to it; but what does not fit on it keeps the doors closed for ever.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

_BLOCK = 4096
_FRESH = 0.02
"""Seconds for which a count counts: a door looks at each of its mails."""


def small(folder: str, size: str) -> None:
    """In the child, before the command: everything on `folder` is on a disk of so many megabytes (`64m`)."""
    real, blocks, home = os.statvfs, int(size.removesuffix("m")) * (1 << 20) // _BLOCK, Path(folder).resolve()
    free, until = 0, 0.0

    def counted(path: int | str | os.PathLike[str]) -> os.statvfs_result:
        nonlocal free, until
        found = real(path)
        if isinstance(path, int) or not Path(path).resolve().is_relative_to(home):
            return found
        if time.monotonic() >= until:
            free, until = max(0, blocks - _used(home)), time.monotonic() + _FRESH
        return os.statvfs_result((_BLOCK, _BLOCK, blocks, free, free, *tuple(found)[5:]))

    os.statvfs = counted  # type: ignore[assignment]


def _used(folder: Path) -> int:
    """Blocks of its files; one that goes meanwhile has none."""
    used = 0
    for place, _, names in os.walk(folder):
        for name in names:
            try:
                used += -(-Path(place, name).lstat().st_size // _BLOCK)
            except FileNotFoundError:
                continue
    return used
