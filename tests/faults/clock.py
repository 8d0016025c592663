"""A clock that can be moved: so many seconds ahead of, or behind, the machine's, the same for every process.

The seconds stand in a file of the installation's folder; whoever maps it sees at once when they change. In a daemon's
process `put_in` puts it where the house takes its time from; nothing else of the process knows.
"""

from __future__ import annotations

import mmap
import struct
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

_NAME = "clock"
_SECONDS = struct.Struct("d")


class Clock:
    """Of the installation in this folder."""

    def __init__(self, home: Path) -> None:
        path = home / _NAME
        if not path.exists():
            path.write_bytes(_SECONDS.pack(0.0))
        with path.open("r+b") as file:
            self._map = mmap.mmap(file.fileno(), _SECONDS.size)

    @property
    def ahead(self) -> float:
        """Seconds."""
        return float(_SECONDS.unpack_from(self._map)[0])

    def move(self, seconds: float) -> None:
        """Forward, or back."""
        _SECONDS.pack_into(self._map, 0, self.ahead + seconds)

    def now(self) -> datetime:
        """The moment that it shows, UTC."""
        return datetime.now(UTC) + timedelta(seconds=self.ahead)


def put_in(home: Path) -> None:
    """From now on this process lives by the installation's clock, if it has one."""
    if not (home / _NAME).exists():
        return
    from intake_daemon.command import building
    from intake_daemon.store import ServerClock

    clock = Clock(home)
    building.utc_now = clock.now
    proper = ServerClock.__call__

    def moved(self: ServerClock) -> datetime:
        return proper(self) + timedelta(seconds=clock.ahead)

    patched: Any = ServerClock
    patched.__call__ = moved
