"""What the daemon asks of a connector whose door it tries: bring a canary in as a stranger would."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

_NO_NUMBER = "000000000000000"
NOBODY: Mapping[str, str] = {
    "telegram": "0",
    "phone": f"+{_NO_NUMBER}",
    "whatsapp": f"+{_NO_NUMBER}",
    "facebook": _NO_NUMBER,
    "instagram": _NO_NUMBER,
}
"""Who it is where it comes as a provider would bring it, by the kind of address: no country's numbers begin with 0
(E.164), Telegram's accounts begin at 1, and an id of Meta's has no 0 before it."""


@dataclass(frozen=True)
class Canary:
    """One canary (intake_daemon/canary.py). `text` is said whole, and nothing else with it."""

    id: str
    brand: str
    subject: str
    text: str
    address: str
    """The mail address whose letter it is."""
    web: str
    """The public listener as it is reached, without a final slash; "" where there is none."""
    seconds: float
    """How long it may take."""


@runtime_checkable
class TakesCanaries(Protocol):
    """A connector whose own door can be tried, from the outside, by its own means."""

    hears_back: bool
    """Whether `bring` itself waits for the letter at the other end: then `reply` hands it over. A letter to a mail
    address of the operator's is really sent, too; any other ends before the wire."""
    leaves_traces: bool
    """Whether it puts something where somebody else may see it (a mailbox): then the operator must have allowed it."""

    def tried_for(self) -> Sequence[str]:
        """The brands for which it can be tried; none where we cannot be its sender."""

    async def bring(self, canary: Canary) -> None:
        """Bring it in through the real door: its listener, its signature, its mailbox. Returns when the door has said
        that it is held, and where the answer comes back here (a chat), when that was shown. Raises Temporary: the
        door's own code, or `not_connected`."""
