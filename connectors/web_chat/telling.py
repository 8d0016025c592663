"""A notice becomes a line of ours, and is `sent` when the visitor's window has told that it was shown.

The line is put into the shared memory first, under the notice's id, so that however often it is handed over it is one
line. Then we wait a moment for the window, wherever its socket is. When nobody looks the notice is put off until the
visitor's time is over (`unseen_minutes`); who comes back meanwhile makes it `sent` at once, by a late receipt. When the
time is over it has failed, `unseen`, and the router goes on to the next address. The time runs from the first line that
the visitor has not seen: who has gone is not waited for with each letter anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

from connectors.web_chat.lines import KIND, is_conversation
from connectors.web_chat.switchboard import Switchboard
from intake_daemon.contract import ChatLine, Chats, Now
from intake_daemon.errors import Permanent
from intake_daemon.message import Notice, Receipt

_LOOK = 0.5
"""Seconds between two looks for what another process was told."""
_WIDTH = 72
_LONG = 48
"""A line longer than this that ends within a sentence was ended by the width, too: templates are wrapped by hand."""
"""Letters are wrapped at this width; in a window a line ends where the window does."""


async def tell(
    notice: Notice,
    chats: Chats,
    switchboard: Switchboard,
    *,
    connector: str,
    now: Now,
    patience: Callable[[bool], timedelta],
    seconds: float,
) -> Receipt:
    """Its receipt: sent, or deferred. Raises Permanent `bad_address`, `erased`, `unseen`; Temporary without memory."""
    conversation = notice.to.value
    if notice.to.kind != KIND or not is_conversation(conversation):
        raise Permanent("bad_address")
    line = ChatLine(id=notice.id, text=unwrapped(notice.text), at=now(), ours=True, person=notice.automatic == "no")
    await chats.add(conversation, line)
    switchboard.wake(conversation)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        shown = await chats.shown(conversation, notice.id)
        if shown is None:
            raise Permanent("erased")
        if shown.seen_at is not None:
            return receipt(notice.id, connector, shown.seen_at)
        until = shown.since + patience(shown.reachable)
        if now() >= until:
            raise Permanent("unseen")
        left = end - loop.time()
        if left <= 0 and await chats.leave(conversation, notice.id):
            return Receipt(
                notice=notice.id, connector=connector, outcome="deferred", at=now(), until=until, code="unseen"
            )
        await switchboard.until_seen(conversation, max(0.0, min(left, _LOOK)))


def receipt(notice: str, connector: str, at: datetime) -> Receipt:
    """The visitor's window has shown it."""
    return Receipt(
        notice=notice, connector=connector, outcome="sent", at=at, provider_id=f"chat:{notice}", code="shown"
    )


def unwrapped(text: str) -> str:
    """The same words without the line ends that only the letter's width made; lists and tables stay."""
    lines: list[str] = []
    before = ""
    for line in text.strip().splitlines():
        joins = bool(lines and before.strip() and line.strip()) and not line.startswith((" ", "- ", "* "))
        full = joins and len(before) + 1 + len(line.split(maxsplit=1)[0]) > _WIDTH
        if full or (joins and len(before) > _LONG and before[-1] not in ".!?:;"):
            lines[-1] += f" {line}"
        else:
            lines.append(line)
        before = line
    return "\n".join(lines)
