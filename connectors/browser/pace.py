"""Against floods: who posts very often is answered more slowly, and the message says so. Nobody is refused.

The wait comes before the body is read, so a flood costs its sender time and us no memory. Counts are per peer address,
kept in memory only, and the oldest are forgotten when there are many.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

_WINDOW = 600.0
_FREE = 20
_STEP = 0.25
_LONGEST = 3.0
_PEERS = 10_000


class Pace:
    """Times in seconds of the loop's clock."""

    def __init__(self, free: int = _FREE) -> None:
        """`free`: how many in ten minutes are taken at once."""
        self._free = free
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    async def wait(self, peer: str) -> bool:
        """Counts one post of `peer`; True when it had to wait (3 seconds at most)."""
        now = asyncio.get_running_loop().time()
        posts = self._seen.setdefault(peer, deque(maxlen=self._free + int(_LONGEST / _STEP)))
        self._seen.move_to_end(peer)
        if len(self._seen) > _PEERS:
            self._seen.popitem(last=False)
        while posts and posts[0] < now - _WINDOW:
            posts.popleft()
        posts.append(now)
        over = len(posts) - self._free
        if over <= 0:
            return False
        await asyncio.sleep(min(over * _STEP, _LONGEST))
        return True
