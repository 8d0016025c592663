"""A line is heard: slowed when there are very many, its files looked at, held, and kept in the conversation.

What comes by socket, by post and from the plain page all goes through here. The visitor is told "received" only for
what `accept` has returned. That the memory is away costs nobody their complaint: the line is held without a
number, and only its place in the window is missing.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from connectors.browser.files import Refused, UploadLimits, sort
from connectors.browser.pace import Pace
from connectors.browser.typed import email_address
from connectors.web_chat.lines import Said, canonical, envelope, message_of, parse
from connectors.web_chat.switchboard import Switchboard
from intake_daemon.contract import ChatLine, Door, Now, Raw
from intake_daemon.errors import Temporary

_AT_ONCE = 60
"""Lines in ten minutes of one peer that are taken without waiting; people write short lines."""


@dataclass(frozen=True)
class Heard:
    """What became of a line. `held` False: there was nothing in it that could be held."""

    held: bool
    number: int = 0
    """Its place in the conversation; 0 while the memory is away."""
    refused: Refused = ()
    slow: bool = False
    """It had to wait, since very many came from there."""


class Hearing:
    """All ways by which a visitor speaks."""

    def __init__(self, door: Door, limits: UploadLimits, switchboard: Switchboard, now: Now) -> None:
        self._door = door
        self._limits = limits
        self._switchboard = switchboard
        self._now = now
        self._pace = Pace(_AT_ONCE)

    async def hear(self, brand: str, said: Said, peer: str) -> Heard:
        """Hold it. Raises Temporary: it is not ours, and the visitor's window keeps it."""
        slow = await self._pace.wait(peer)
        files, refused = await asyncio.to_thread(sort, said.uploads, self._limits)
        if not said.text and not files:
            return Heard(held=False, refused=refused, slow=slow)
        raw = Raw(
            content=canonical(said, refused),
            brand=brand,
            media_type="application/json",
            envelope=envelope(said, slow=slow),
            files=files,
        )
        held = await self._door.accept(raw, parse)
        line = ChatLine(
            id=said.id,
            text=said.text,
            at=self._now(),
            files=tuple(file.name for file in files),
            message=held[0].id if held else message_of(brand, said),
        )
        number = await self._keep(said, line)
        return Heard(held=True, number=number, refused=refused, slow=slow)

    async def _keep(self, said: Said, line: ChatLine) -> int:
        chats = self._door.chats
        if chats is None:
            return 0
        try:
            number = await chats.add(said.conversation, line, reachable=email_address(said.mail) is not None)
        except Temporary:
            return 0
        self._switchboard.wake(said.conversation)
        return number
