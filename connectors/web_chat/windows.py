"""What a visitor's window hears: the same JSON by socket and by post.

to the window      {"t": "line", "n", "id", "ours", "person", "text", "at", "files"}   a line of the conversation
                   {"t": "held", "id", "n", "slow"}              the line is ours
                   {"t": "empty", "id", "refused"}               nothing of it could be taken, and why
                   {"t": "not_held", "id", "after"}              keep it, and send it again after so many seconds
from the window    {"t": "line", "id", "text", "command", "mail", "lang", "chosen"}
                   {"t": "seen", "n"}                            everything up to here was shown
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connectors.web_chat.hearing import Heard
from connectors.web_chat.switchboard import Switchboard
from connectors.web_chat.telling import receipt
from intake_daemon.contract import ChatLine, Door
from intake_daemon.errors import Temporary

AFTER = 5.0
"""Seconds after which a window sends again what we could not hold."""


def shown(line: ChatLine) -> dict[str, Any]:
    """A line as the window gets it."""
    return {
        "t": "line",
        "n": line.number,
        "id": line.id,
        "ours": line.ours,
        "person": line.person,
        "text": line.text,
        "at": line.at.isoformat(),
        "files": list(line.files),
    }


def heard(line: str, told: Heard) -> dict[str, Any]:
    """What became of the window's line."""
    refused = [{"name": name, "why": why} for name, why in told.refused]
    if not told.held:
        return {"t": "empty", "id": line, "refused": refused}
    return {"t": "held", "id": line, "n": told.number, "slow": told.slow, "refused": refused}


def not_held(line: str, error: Temporary) -> dict[str, Any]:
    """It stays with the window."""
    return {"t": "not_held", "id": line, "after": AFTER if error.after is None else error.after}


async def seen(door: Door, switchboard: Switchboard, connector: str, conversation: str, number: int) -> None:
    """The window has shown everything up to here. What nobody waits for any more is reported late; when that fails the
    router asks again, and finds that it was seen. Raises Temporary."""
    if door.chats is None or number < 1:
        return
    late: Sequence[tuple[str, Any]] = await door.chats.seen(conversation, number)
    switchboard.seen(conversation)
    for notice, at in late:
        await door.report(receipt(notice, connector, at))
