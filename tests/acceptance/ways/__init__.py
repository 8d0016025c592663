"""The ways by which people reach a company, each driven as its provider drives it: the payload on the wire, signed
where the channel signs, into the connector's own door; and what left for a person, as it arrived there.

chat       the widget's WebSocket, one window for each visitor, which shows what comes
social     WhatsApp, Messenger and Instagram: Meta's webhooks and Graph API (tests/fakes/meta)
texts      SMS and WhatsApp by Twilio (tests/fakes/twilio)
telegram   a bot for each brand (tests/fakes/telegram)
calls      a telephone system's signed uploads of transcripts
papers     letters and shop forms, typed by a colleague on the staff page
posts      any other system's signed posts: the complaints book, a fax gateway, a form service

Rules
1. A way knows nothing of the desk: it says, and it shows what arrived. What comes of it the office tells (office.py).
2. The provider's times come from the office's clock, so a row may move it.
3. What was said is held when `says` returns, and decided; letters of a conversation wait for its pause.
"""

from __future__ import annotations

from typing import Any, Protocol


class Place(Protocol):
    """What a way needs of the office that it leads to."""

    clock: Any

    async def settled(self) -> None:
        """Until everything that follows has followed."""

    async def contacts(self) -> int:
        """How many have come."""

    async def come(self, many: int) -> None:
        """Until so many have come, and are decided."""

    def url(self, door: str = "public") -> str:
        """Where a listener is."""

    async def request(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        headers: dict[str, str] | None = None,
        door: str = "public",
    ) -> tuple[int, bytes]:
        """One request: status and body."""
