"""What came while we could not be reached: Twilio's own list of messages, read day by day from where we left it.

Twilio does not queue: a webhook that nobody answers is called once more at most (TW-05), and then the message is only
in the list. So the list is read at the start and every `look_seconds`.

Rules
-----
1. Oldest first. A day is read whole, then its messages are held in the order of their times, and only then the place
   moves; so what is read at one time is bounded by a day's messages, and nothing is passed over.
2. The last hour before the place is read again each time: the list may be late. What was held already has its identity.
3. `from: now` is the moment of the very first reading, for ever; it is kept beside the place (`began`), so that
   `intake reconcile` knows from when on the list was ours to take.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal

from connectors.twilio.account import Account
from connectors.twilio.messages import arrived_at
from connectors.twilio.payload import Payload
from intake_daemon.contract import Cursor, Now

From = Literal["now", "all"] | date
KEPT = timedelta(days=400)
"""How long Twilio keeps messages."""
_AGAIN = timedelta(hours=1)
_PAGE = "1000"
_PAGES = 1000
_REMEMBERED = 20_000

Hold = Callable[[dict[str, Any]], Awaitable[None]]


@dataclass(frozen=True)
class Listed:
    """A row of the list, with Twilio's time of it."""

    at: datetime
    sid: str
    row: dict[str, Any]


class Listing:
    """The list of one account, and how far it was read."""

    def __init__(self, account: Account, name: str, start: From, now: Now) -> None:
        self._account = account
        self._name = name
        self._start = start
        self._now = now
        self._known: dict[str, None] = {}

    def held(self, sid: str) -> None:
        """It came by webhook just now: the list need not bring it again."""
        self._known[sid] = None
        while len(self._known) > _REMEMBERED:
            del self._known[next(iter(self._known))]

    async def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Listed], None]:
        """What the list has since then, day by day, and no earlier than `from` says. Raises Temporary."""
        kept = await cursor.load(self._name) or {}
        began = str(kept.get("began") or kept.get("since") or self._now().isoformat())
        if self._start == "now":
            since = max(since, datetime.fromisoformat(began))
        elif self._start != "all":
            since = max(since, datetime.combine(self._start, time.min, UTC))
        day = since.date()
        while day <= self._now().date():
            yield [each for each in await self._day(day) if each.at >= since]
            day += timedelta(days=1)

    async def look(self, cursor: Cursor, hold: Hold) -> int:
        """Hold what is in the list and was not held; how many. Raises Temporary; the place is then behind it."""
        now = self._now()
        kept = await self._place(cursor, now)
        since = datetime.fromisoformat(kept["since"])
        day, count = (since - _AGAIN).date(), 0
        while day <= now.date():
            for listed in await self._day(day):
                if listed.at < since - _AGAIN or listed.sid in self._known:
                    continue
                await hold(listed.row)
                self.held(listed.sid)
                count += 1
            day += timedelta(days=1)
            reached = min(datetime.combine(day, time.min, UTC), now)
            if reached > since:
                await cursor.save(self._name, {**kept, "since": reached.isoformat()})
        return count

    async def _place(self, cursor: Cursor, now: datetime) -> dict[str, str]:
        kept = await cursor.load(self._name)
        if kept and kept.get("from") == str(self._start):
            return kept
        match self._start:
            case "now":
                since = now + _AGAIN  # nothing before this moment counts, not even the hour that is read again
            case "all":
                since = now - KEPT
            case day:
                since = datetime.combine(day, time.min, UTC) + _AGAIN
        kept = {"since": since.isoformat(), "from": str(self._start), "began": now.isoformat()}
        await cursor.save(self._name, kept)
        return kept

    async def _day(self, day: date) -> list[Listed]:
        """All that came in on a day, the oldest first."""
        found: list[Listed] = []
        page: dict[str, Any] = await self._account.get(
            "Messages.json", {"DateSent": day.isoformat(), "PageSize": _PAGE}
        )
        for _ in range(_PAGES):
            rows = page.get("messages")
            found += filter(None, map(_listed, rows if isinstance(rows, list) else []))
            onward = page.get("next_page_uri")
            if not isinstance(onward, str) or not onward:
                break
            page = await self._account.get(onward)
        return sorted(found, key=lambda listed: (listed.at, listed.sid))


def _listed(row: object) -> Listed | None:
    if not isinstance(row, Mapping) or row.get("direction") != "inbound" or not isinstance(row.get("sid"), str):
        return None
    at = arrived_at(Payload("listed", row))
    return Listed(at, row["sid"], dict(row)) if at else None
