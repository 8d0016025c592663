"""Whose each message at Twilio is: one message settles one notice, and one part of it, for ever.

Two notices may say the same to the same number. Twilio's list knows them by number and words only; so whoever learns
of a message first, by Twilio's answer, by its news or in its list, writes down whose it is, for all processes.
"""

from __future__ import annotations

import asyncio
from typing import Any

from intake_daemon.contract import Cursor
from intake_daemon.errors import Temporary

_DAYS = 90
"""For longer nobody looks whether a letter was sent."""
_AGAIN = 1.0
"""Seconds."""


async def claimed(cursor: Cursor, sid: str, notice: str, part: int) -> bool:
    """Whether this message is that part of the notice, from now on or since before. Raises Temporary."""
    return await whose(cursor, sid, notice, part) == {"notice": notice, "part": part}


async def whose(cursor: Cursor, sid: str, notice: str, part: int) -> dict[str, Any]:
    """Which `part` of which `notice` this message is: from now on that one, unless it was another's. Raises
    Temporary."""
    return await cursor.claim(f"twilio-message:{sid}", {"notice": notice, "part": part}, days=_DAYS)


async def surely_claimed(cursor: Cursor, sid: str, notice: str, part: int) -> bool:
    """The same, of what was just sent: that it was is known to nobody but us, so without a memory we wait for it."""
    while True:
        try:
            return await claimed(cursor, sid, notice, part)
        except Temporary:
            await asyncio.sleep(_AGAIN)
