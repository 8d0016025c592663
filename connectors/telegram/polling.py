"""Long polling, by our own hand: the next offset is asked for only when everything before it is held.

Rules
-----
1. Asking with an offset is what confirms all before it (TG-01). An empty answer confirms that it was heard, so the next
   question names no offset: after a quiet week numbers begin anew, perhaps lower (TG-08).
2. What cannot be held keeps the offset back; what was held beyond it is not taken twice from the same answer.
3. A few failures in a row are Telegram's daily life; more of them are told by the supervisor.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Protocol

from connectors.telegram.content import number
from connectors.telegram.finding import ALLOWED, body_of
from connectors.telegram.receiving import Receiving
from intake_daemon.contract import Door, Now
from intake_daemon.errors import Temporary, Unknown

_KEPT = timedelta(hours=24)
"""How long Telegram keeps an update that nobody asks for (TG-02)."""
_NOTED = timedelta(minutes=10)
_LONGEST_PAUSE = 60.0
_FAILURES = 3
_OURS = frozenset(("telegram_login", "telegram_conflict"))
"""Failures that waiting does not mend."""


class Asks(Protocol):
    """Who asks Telegram."""

    async def updates(self, offset: int | None, wait: int, allowed: Sequence[str]) -> list[dict[str, Any]]:
        """What is not confirmed yet. Raises Temporary, Unknown."""


class Polling:
    """One life of asking."""

    def __init__(
        self, asks: Asks, receiving: Receiving, door: Door, now: Now, seconds: int, answered: Callable[[], None]
    ) -> None:
        self._asks = asks
        self._receiving = receiving
        self._door = door
        self._now = now
        self._seconds = seconds
        self._answered = answered
        self._offset: int | None = None
        self._ahead: set[int] = set()
        self._pause = 1.0

    async def run(self) -> None:
        """Until cancelled. Raises Temporary."""
        noted = await self._how_long_away()
        failures = 0
        while True:
            try:
                updates = await self._asks.updates(self._offset, self._seconds, ALLOWED)
            except (Temporary, Unknown) as error:
                failures += 1
                if failures == _FAILURES or error.code in _OURS:
                    raise Temporary(error.code) from None
                after = error.after if isinstance(error, Temporary) else None
                await asyncio.sleep(min(after or failures, _LONGEST_PAUSE))
                continue
            failures = 0
            self._answered()
            if self._now() - noted > _NOTED:
                noted = await self._note()
            await self._take(updates)

    async def _take(self, updates: Sequence[dict[str, Any]]) -> None:
        numbers = [number(each.get("update_id")) or 0 for each in updates]
        fresh = [place for place, each in enumerate(numbers) if each not in self._ahead]
        taken = [updates[place] for place in fresh]
        missed = await self._receiving.take_all(taken, [body_of(each) for each in taken])
        unheld = {numbers[fresh[place]] for place in missed}
        if unheld:
            self._ahead |= set(numbers) - unheld
            self._offset = min(unheld)
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, _LONGEST_PAUSE)
        else:
            self._offset = max(numbers) + 1 if numbers else None
            self._ahead, self._pause = set(), 1.0

    async def _how_long_away(self) -> datetime:
        """Counts an absence that was longer than Telegram waits."""
        with contextlib.suppress(Temporary):
            kept = await self._door.cursor.load("asked")
            if kept and self._now() - datetime.fromisoformat(str(kept["at"])) > _KEPT:
                self._door.refused("telegram_away_too_long")
        return await self._note()

    async def _note(self) -> datetime:
        now = self._now()
        with contextlib.suppress(Temporary):  # without a database we go on accepting
            await self._door.cursor.save("asked", {"at": now.isoformat()})
        return now
