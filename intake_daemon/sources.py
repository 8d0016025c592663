"""When each source that we ask last answered: a mailbox, a bot, a list, a folder. At such a door nobody can knock from
outside; that it was asked, and answered, is what can be known of it.

Rules
-----
1. By whichever process: it is kept in the memory that all share, so a restart, or another process that takes over,
   begins no new patience.
2. A source that has never answered counts from when somebody first was to ask it.
3. It is written down every half minute at most, and a database that is away costs no source its turn.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import datetime

from intake_daemon.contract import Cursor, Now

EVERY = 30.0
"""Seconds."""


class Sources:
    """Those that this process asks, or waits to ask. Raises nothing but what `look` says."""

    def __init__(self, memory: Cursor, now: Now) -> None:
        self._memory = memory
        self._now = now
        self._ours: set[str] = set()
        self._fresh: dict[str, datetime] = {}
        self._seen: dict[str, datetime] = {}
        self._next = float("-inf")

    def asks(self, name: str) -> None:
        """A connector asks its source, or waits until it may."""
        self._ours.add(name)

    def answered(self, name: str) -> None:
        """Its source has answered just now."""
        self._fresh[name] = self._now()

    def seen(self) -> Mapping[str, datetime]:
        """When each answered last, as far as anybody had written down."""
        return dict(self._seen)

    async def look(self) -> None:
        """Write down what is new, and read what others have written. Raises Temporary."""
        if time.monotonic() < self._next:
            return
        for name in sorted(self._ours):
            kept = await self._memory.load(_key(name))
            before = datetime.fromisoformat(str(kept["at"])) if kept else None
            now = self._now()
            if name in self._fresh:
                self._fresh[name] = min(now, self._fresh[name])
            # what a clock said that was ahead would hide a silence until then
            at = min(now, max(filter(None, (before, self._fresh.get(name))), default=now))
            if at != before:
                await self._memory.save(_key(name), {"at": at.isoformat()})
            self._seen[name] = at
        self._next = time.monotonic() + EVERY


def _key(name: str) -> str:
    return f"{name}/answered"
