"""WhatsApp, Messenger and Instagram: a Meta of our own posts its webhooks, and keeps what it was asked to send."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from tests.acceptance.ways import Place
from tests.fakes.meta import FakeApp, FakeMeta
from tests.meta.payloads import Json, instagram, messenger, typed, value, whatsapp
from tests.meta.payloads import direct as spoken
from tests.meta.payloads import text as written

On = Literal["whatsapp", "messenger", "instagram"]


def settings(meta: FakeMeta, apps: Mapping[str, FakeApp]) -> dict[str, Any]:
    """One connector for the apps of all brands."""
    first, *others = apps.values()
    tokens = {of: app.token for app in apps.values() for of in (app.phone, app.page, app.instagram)}
    return {
        "kind": "meta",
        "app_secret": first.secret,
        "more_secrets": tuple(each.secret for each in others),
        "verify_token": "typed-there",
        "tokens": tokens,
        "whatsapp": {app.phone: brand for brand, app in apps.items()},
        "pages": {app.page: brand for brand, app in apps.items()},
        "instagram": {app.instagram: brand for brand, app in apps.items()},
        "api_url": meta.url,
    }


@dataclass
class SocialWay:
    """Everybody who writes by one of the three."""

    place: Place
    apps: Mapping[str, FakeApp]
    door: str = "meta"
    told: int = 200
    """What Meta is answered."""
    _numbers: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def says(
        self, words: str, *, on: On = "whatsapp", who: str = "994501234567", brand: str = "kontakt", name: str = "Айгюн"
    ) -> None:
        """A message: `who` is a number without its plus, or the network's id of a person."""
        app, number, at = self.apps[brand], next(self._numbers), self.place.clock.now
        if on == "whatsapp":
            said = written(f"wamid.{number}", words, who, int(at.timestamp()))
            body = whatsapp(value(said, phone=app.phone, name=name))
        else:
            account = app.page if on == "messenger" else app.instagram
            event = spoken(f"m_{number}", words, who, account) | {"timestamp": int(at.timestamp() * 1000)}
            body = messenger(event, page=account) if on == "messenger" else instagram(event, account=account)
        await self.post(body, brand)

    async def sends(
        self, file: bytes, *, who: str = "994501234567", brand: str = "kontakt", name: str = "Айгюн"
    ) -> None:
        """A photo by WhatsApp, without a word."""
        app, number = self.apps[brand], next(self._numbers)
        app.keep(f"photo-{number}", file, "image/jpeg")
        said = typed("image", {"id": f"photo-{number}", "mime_type": "image/jpeg"}, f"wamid.{number}")
        said |= {"from": who, "timestamp": str(int(self.place.clock.now.timestamp()))}
        await self.post(whatsapp(value(said, phone=app.phone, name=name)), brand)

    async def post(self, body: Json, brand: str = "kontakt") -> None:
        """Any webhook of an app."""
        url = f"{self.place.url()}/hooks/{self.door}"
        assert await asyncio.to_thread(self.apps[brand].deliver, url, body) == [self.told]
        await self.place.settled()

    def answers(self, who: str = "994501234567", brand: str = "kontakt") -> list[str]:
        """What that person was sent, oldest first."""
        sent = self.apps[brand].seen()["sent"]
        mine = [each for each in sent if who in {each.get("to"), each.get("recipient", {}).get("id")}]
        return [str(each["text"]["body"] if "text" in each else each["message"]["text"]) for each in mine]
