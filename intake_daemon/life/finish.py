"""What is under way when we are told to stop is brought to its end: a clean stop leaves no letter in doubt."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

T = TypeVar("T")

LAST = 4.0
"""Seconds for it; less than the house waits for its loops. What takes longer is cut, as in a crash."""


async def finish(work: Coroutine[Any, Any, T]) -> T:
    """Awaits `work`. When we are cancelled meanwhile it goes on to its end, and only then are we cancelled."""
    task = asyncio.ensure_future(work)
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=LAST)
        if not task.cancel() and not task.cancelled():
            task.exception()  # nobody else asks for it any more
        raise
