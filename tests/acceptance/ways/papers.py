"""Letters and shop forms, as a colleague of the brand types them on the staff page."""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from intake_daemon.store import Store
from router.ledger import tokens
from tests.acceptance.ways import Place

DOOR = {"kind": "paper"}
CLERKS = {"logoscon": "teresa", "welzo": "margaret", "ask4": "hannah", "kontakt": "elnur"}


@dataclass
class PaperWay:
    """The page, and who types there."""

    place: Place
    store: Store
    _signed_in: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Per brand the clerk's cookie and the page's own mark."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(
        self, words: str, *, brand: str = "welzo", channel: str = "letter", arrived: str = "", **said: str
    ) -> str:
        """A paper that arrived on that day (today unless it says otherwise), typed now; the reference to write on it.
        `said`: `name`, `address`, `email`, `phone` …, as far as they stand on it."""
        cookie, check = await self._clerk(brand)
        plain = {"brand": brand, "channel": channel, "arrived": arrived or f"{self.place.clock.now:%Y-%m-%d}"}
        form = {**plain, "check": check, "key": f"{next(self._numbers)}", "text": words, **said}
        headers = {"cookie": cookie, "content-type": "application/x-www-form-urlencoded"}
        status, page = await self.place.request("POST", "/paper", urlencode(form).encode(), headers, "internal")
        assert status == 200, page.decode()
        await self.place.settled()
        return str(re.findall(r"[A-Z]{3}(?:-[0-9A-Z]{4}){3}", page.decode())[0])

    async def _clerk(self, brand: str) -> tuple[str, str]:
        if brand not in self._signed_in:
            who, now = CLERKS[brand], self.place.clock.now
            made = await self.store.write(lambda connection: tokens.create(connection, who, "test", now, 400))
            cookie = f"intake_staff={made.token}"
            _, page = await self.place.request("GET", "/paper", headers={"cookie": cookie}, door="internal")
            self._signed_in[brand] = cookie, re.findall(r'name="check" value="(\w+)"', page.decode())[0]
        return self._signed_in[brand]
