"""Telephone calls: a telephone system uploads the transcript of each, signed. What goes back goes by text or mail."""

from __future__ import annotations

import base64
import hashlib
import hmac
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.ways import Place

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
KEY = base64.b64decode(SECRET.removeprefix("whsec_"))
OURS = {"logoscon": "+351210000000", "welzo": "+442079460000", "ask4": "+441145550100", "kontakt": "+994125991919"}
GREETING = "Kontakt, salam. Zəng etdiyiniz üçün təşəkkür edirik, sizə necə kömək edə bilərəm?"


def settings() -> dict[str, Any]:
    """A number for each brand."""
    numbers = {number: brand for brand, number in OURS.items()}
    return {"kind": "calls", "brand": "kontakt", "numbers": numbers, "country": "AZ", "secrets": (SECRET,)}


@dataclass
class CallWay:
    """Everybody who calls."""

    place: Place
    door: str = "line"
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(
        self,
        words: str,
        *,
        who: str | None = "+994501234567",
        brand: str = "kontakt",
        **told: str,
    ) -> list[str]:
        """A call that has just ended, from that number or from none; the references that the upload was answered."""
        told = {"call_id": f"call-{next(self._numbers)}", "to": OURS[brand], **({"from": who} if who else {}), **told}
        told.setdefault("started_at", self.place.clock.now.isoformat())
        status, answer = await self.upload(words, told, f"msg_{told['call_id']}")
        assert status == 200, answer
        found: list[str] = answer["references"]
        return found

    async def upload(self, words: str, told: Mapping[str, Any], name: str = "msg_1") -> tuple[int, Any]:
        """A call between an agent and a customer, with what the telephone system knows of it."""
        turns = [{"speaker": "A", "start": 0, "end": 4, "text": GREETING}]
        turns += [{"speaker": "B", "start": 5, "end": 12, "text": words}]
        return await self.post({"metadata": told, "transcript": {"utterances": turns}}, name)

    async def post(self, document: object, name: str) -> tuple[int, Any]:
        """Any signed upload."""
        body = json.dumps(document).encode()
        at = str(int(self.place.clock.now.timestamp()))
        headers = {"webhook-id": name, "webhook-timestamp": at, "content-type": "application/json"}
        mark = hmac.new(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
        headers["webhook-signature"] = f"v1,{base64.b64encode(mark).decode()}"
        status, answer = await self.place.request("POST", f"/hooks/{self.door}", body, headers)
        await self.place.settled()
        return status, json.loads(answer)
