"""Wrong tokens, counted per address: a few may be typing errors, more are answered 429 until the address is quiet.

Rules
-----
1. Only wrong tokens are counted and only they are refused: who shows a right one from the same address (one proxy, one
   office) is never locked out. There is nothing to guess in 256 bits; this bounds noise and names it in `/metrics`.
2. Bounded: of more than `_ADDRESSES` the one that was heard of longest ago is forgotten. No address is ever logged.
3. An IPv6 customer has a whole /64: it counts as one address.
"""

from __future__ import annotations

import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from typing import NamedTuple

FREE = 10
"""Wrong tokens in a row that are answered 401."""
EVERY = 6.0
"""Seconds after which one more is."""
_ADDRESSES = 4096
_NETWORK = 64


class Wait(NamedTuple):
    """`seconds` until the next may be tried; `told`: the journal has this address's line already."""

    seconds: int
    told: bool


@dataclass
class Strangers:
    """Addresses from which wrong tokens came. `clock`: seconds, monotonic."""

    clock: Callable[[], float] = time.monotonic
    _spent: OrderedDict[str, tuple[float, bool]] = field(default_factory=OrderedDict)
    """Per address the moment at which its last wrong token will be forgiven, and whether it went too far before."""

    def wrong(self, address: str) -> Wait | None:
        """One more from there: None while it may be a mistake."""
        now, key = self.clock(), _network(address)
        until, told = self._spent.pop(key, (now, False))
        until = max(until, now) + EVERY
        over = until - now - FREE * EVERY
        self._spent[key] = (min(until, now + FREE * EVERY), over > 0)
        if len(self._spent) > _ADDRESSES:
            self._spent.popitem(last=False)
        return Wait(math.ceil(over), told) if over > 0 else None


def _network(address: str) -> str:
    try:
        known = ip_address(address)
    except ValueError:
        return ""
    if isinstance(known, IPv6Address) and known.ipv4_mapped is None:
        return str(int(known) >> (128 - _NETWORK))
    return str(known)
