"""How often one place may try: counted per peer, in this process, the oldest forgotten when there are many."""

from __future__ import annotations

import asyncio
from collections import OrderedDict, deque

_WINDOW = 600.0
_MOST = 30
_PEERS = 10_000


class Limits:
    """Times in seconds of the loop's clock."""

    def __init__(self) -> None:
        self._seen: OrderedDict[str, deque[float]] = OrderedDict()

    def too_many(self, peer: str) -> bool:
        """Counts one attempt of `peer`; True when there were more than 30 within ten minutes."""
        now = asyncio.get_running_loop().time()
        tries = self._seen.setdefault(peer, deque(maxlen=_MOST + 1))
        self._seen.move_to_end(peer)
        if len(self._seen) > _PEERS:
            self._seen.popitem(last=False)
        tries.append(now)
        return len(tries) > _MOST and tries[0] > now - _WINDOW
