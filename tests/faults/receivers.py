"""The customers' mail server: it takes letters, and is as unkind as it is told to be.

    kind       takes each letter
    busy       451 for the next few, then kind
    refuses    550 for the next few
    cuts       takes the letter and is gone before it has answered: the sender cannot know
    slow       takes it, answers two seconds late
    lies       takes it, and says 451 all the same: it will come once more, under the same Message-ID

What it took is kept outside the daemon, by Message-ID.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any, Literal

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.services.place import free_port

Mood = Literal["kind", "busy", "refuses", "cuts", "slow", "lies"]
_LATE = 2.0


class Receiver:
    """A mail server in a thread of the rig."""

    def __init__(self) -> None:
        self.port = free_port()
        self.mails: list[bytes] = []
        self.told: Counter[str] = Counter()
        """How often it was what."""
        self.lied: list[bytes] = []
        """What it took and said that it had not."""
        self._moods: list[Mood] = []
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)

    def start(self) -> None:
        """Listens."""
        self._controller.start()

    def end(self) -> None:
        """Listens no more, if it ever did."""
        self._controller.stop(no_assert=True)

    def be(self, mood: Mood, times: int) -> None:
        """So to the next letters, then kind again."""
        self._moods = [mood] * times

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """One letter."""
        mood: Mood = self._moods.pop() if self._moods else "kind"
        self.told[mood] += 1
        if mood == "busy":
            return "451 4.3.0 not now"
        if mood == "refuses":
            return "550 5.7.1 not here"
        content: Any = envelope.content
        self.mails.append(content)
        if mood == "lies":
            self.lied.append(content)
            return "451 4.3.0 not now, it says"
        if mood == "cuts":
            transport: Any = server.transport
            transport.abort()
        if mood == "slow":
            await asyncio.sleep(_LATE)
        return "250 2.0.0 taken"
