"""Sitting out what is away: nothing is taken from a queue until it is well, and never again and again in a circle.

A letter that is given back counts towards its queue's delivery limit, so a loop that takes and gives back while the
database is down would soon park innocents. It asks first (`ping`, which really writes), gives back once, and waits
longer after each failure; a batch that went well makes it patient anew.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

from intake_daemon import journal
from intake_daemon.errors import Temporary

_FIRST = 0.1
_LONGEST = 5.0
"""Seconds between attempts."""
_IN_A_ROW = 5
"""Letters."""


class Patience:
    """Of one loop. `part`: its name in the journal; `pings`: what must be well, else each raises Temporary."""

    def __init__(self, part: str, *pings: Callable[[], Awaitable[None]]) -> None:
        self._outage = journal.Outage(part)
        self._pings = pings
        self._failures = 0

    async def until_well(self) -> None:
        """Returns when everything answers; after a failure not at once."""
        while True:
            if self._failures:
                await asyncio.sleep(min(_FIRST * 2 ** (self._failures - 1), _LONGEST))
            try:
                for ping in self._pings:
                    await ping()
            except Temporary as error:
                self.failed(error)
            else:
                self._outage.end(time.monotonic())
                return

    def failed(self, error: Temporary) -> None:
        """Something was away in the middle of the work."""
        self._failures = min(self._failures + 1, 16)
        self._outage.begin(error.code, time.monotonic())

    def worked(self) -> None:
        """A batch went well."""
        self._failures = 0


class WayOut:
    """What is known of a connector that sends: `down` is said once, when five different letters in a row were put off,
    and `up` once, with the first that leaves. In between only a few are tried at a time, however many wait: an attempt
    of each costs the database more than routing a complaint."""

    def __init__(self, name: str) -> None:
        self._outage = journal.Outage(f"sending {name}")
        self._put_off: set[str] = set()
        self._rests = 0

    @property
    def shut(self) -> bool:
        """Whether nothing leaves by it, and that has been said."""
        return len(self._put_off) >= _IN_A_ROW

    def put_off(self, letter: str, code: str) -> None:
        """One could not leave now."""
        if not self.shut:
            self._put_off.add(letter)
        if self.shut:
            self._outage.begin(code, time.monotonic())

    async def rest(self) -> None:
        """Before more are tried."""
        if self.shut:
            await asyncio.sleep(min(_FIRST * 2**self._rests, _LONGEST))
            self._rests = min(self._rests + 1, 16)

    def answers(self) -> None:
        """The other side took one, or refused it for good."""
        self._put_off.clear()
        self._rests = 0
        self._outage.end(time.monotonic())
