"""SMS and WhatsApp by Twilio: signed form posts, and what the account was asked to send."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import dataclass, field
from typing import Any

from tests.acceptance.ways import Place
from tests.fakes.twilio import FakeAccount, FakeTwilio

PUBLIC = "https://intake.example"
"""The address that Twilio knows; a proxy stands before ours."""
OURS = {
    "logoscon": "+351210000001",
    "welzo": "+442079460001",
    "ask4": "+441145550101",
    "kontakt": "+994125550101",
}


def settings(twilio: FakeTwilio, account: FakeAccount) -> dict[str, Any]:
    """A number for each brand."""
    numbers = {f"{way}{number}": brand for brand, number in OURS.items() for way in ("", "whatsapp:")}
    return {
        "kind": "twilio_text",
        "account_sid": account.sid,
        "auth_token": account.token,
        "numbers": numbers,
        "base_url": PUBLIC,
        "api_url": twilio.url,
        "from": "now",
    }


@dataclass
class TextWay:
    """Everybody who texts. A number by WhatsApp is `whatsapp:+…`."""

    place: Place
    account: FakeAccount
    door: str = "sms"
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(self, words: str, *, who: str = "+994501112233", brand: str = "kontakt") -> None:
        """A text."""
        way = "whatsapp:" if who.startswith("whatsapp:") else ""
        form = {
            "MessageSid": f"SM{next(self._numbers):032}",
            "AccountSid": self.account.sid,
            "From": who,
            "To": way + OURS[brand],
            "Body": words,
            "NumMedia": "0",
        }
        url, public = (f"{base}/hooks/{self.door}" for base in (self.place.url(), PUBLIC))
        (answer,) = await asyncio.to_thread(self.account.deliver, url, public, form)
        assert answer["status"] == 200, answer
        await self.place.settled()

    def answers(self, who: str = "+994501112233") -> list[str]:
        """What that number was sent, oldest first."""
        return [str(each["Body"]) for each in self.account.seen()["sent"] if each["To"] == who]
