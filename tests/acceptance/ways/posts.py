"""Other systems that post to us, signed as Standard Webhooks are: complaints book, fax gateway, form service."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.acceptance.ways import Place

MAPPING = Path(__file__).parent / "posts.yaml"
CHANNELS = {"book": "livro", "fax": "other", "service": "web_form"}
"""By the name of its connector."""
KEY = b"a key of thirty-two random bytes"
SECRET = "whsec_" + base64.b64encode(KEY).decode()


def settings() -> dict[str, dict[str, Any]]:
    """One hook for each."""
    plain = {"kind": "hook", "brand": "kontakt", "mapping": str(MAPPING), "secret": SECRET}
    return {name: {**plain, "channel": channel, "source": name} for name, channel in CHANNELS.items()}


@dataclass
class PostWay:
    """All of them."""

    place: Place
    told: int = 200
    """What the sender is answered."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(self, words: str, *, door: str = "service", brand: str = "kontakt", **said: str) -> str:
        """A complaint that such a system took; its reference. `said`: `name`, `email`, `country` and the like."""
        number = next(self._numbers)
        body = json.dumps({"number": f"{number}", "brand": brand, "text": words, **said}, ensure_ascii=False).encode()
        at = str(int(self.place.clock.now.timestamp()))
        mark = hmac.new(KEY, f"msg_{number}.{at}.".encode() + body, hashlib.sha256).digest()
        headers = {"webhook-id": f"msg_{number}", "webhook-timestamp": at, "content-type": "application/json"}
        headers["webhook-signature"] = f"v1,{base64.b64encode(mark).decode()}"
        status, answer = await self.place.request("POST", f"/hooks/{door}", body, headers)
        assert status == self.told, answer
        await self.place.settled()
        return "".join(each["reference"] for each in json.loads(answer).get("contacts", []))
