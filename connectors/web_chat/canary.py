"""A canary by the chat: a visitor by plain requests, who says one line, waits for ours, and shows it."""

from __future__ import annotations

import asyncio
import time

from connectors import knocking
from intake_daemon.contract import Canary
from intake_daemon.errors import Temporary

_WAIT = 10
"""Seconds that one question for news stays open."""
_PAUSE = 0.2


async def visit(canary: Canary, path: str) -> None:
    """`path`: of the brand's chat. Raises Temporary: `unanswered` when no line of ours came in time."""
    chat, until = f"{canary.web}{path}", time.monotonic() + canary.seconds
    seconds = _WAIT + canary.seconds
    session = (await knocking.post(f"{chat}/session", say={}, seconds=seconds) or {}).get("session")
    line = {"session": session, "id": canary.id.replace("-", ""), "text": canary.text}
    held = await knocking.post(f"{chat}/lines", say=line, seconds=seconds) or {}
    if held.get("t") != "held":
        raise Temporary("not_held")
    while time.monotonic() < until:
        news = (
            await knocking.post(f"{chat}/news", say={"session": session, "after": 0, "wait": _WAIT}, seconds=seconds)
            or {}
        )
        ours = [each["n"] for each in news.get("lines", ()) if each.get("ours")]
        if ours:
            await knocking.post(
                f"{chat}/news", say={"session": session, "after": 0, "seen": max(ours)}, seconds=seconds
            )
            return
        await asyncio.sleep(_PAUSE)
    raise Temporary("unanswered")
