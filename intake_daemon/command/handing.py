"""Mails that are another connector's business are handed to it: a transcript that comes as an attachment is a call.

Connectors do not know each other; here both are known. A mail door's `accept` asks those who take mails, and what none
of them takes is a mail like any other. What one takes is held in its name, whole, before the mail door hears of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from intake_daemon import journal
from intake_daemon.contract import Connector, Draft, Held, Parse, Raw, TakesMail

Accept = Callable[[Raw, Parse], Awaitable[list[Held]]]


def takers(connectors: Mapping[str, Connector]) -> dict[str, TakesMail]:
    """Those among them who take mails."""
    return {name: each for name, each in connectors.items() if isinstance(each, TakesMail)}


def handing(accept: Accept, others: Mapping[str, tuple[TakesMail, Accept]]) -> Accept:
    """The same, but what one of the others takes out of a mail is held by theirs."""

    async def handed(raw: Raw, parse: Parse) -> list[Held]:
        for taker, their_accept in others.values():
            if not taker.wants(raw):
                continue
            try:
                found = await asyncio.to_thread(taker.mailed, raw, parse)
            except Exception as error:  # noqa: BLE001 -- a fault of theirs, or a mail that cannot be read: it stays a mail
                journal.failed("mail handed over", error)
                continue
            if found:
                return [held for own, draft in found for held in await their_accept(own, partial(_as_read, draft))]
        return await accept(raw, parse)

    return handed


def _as_read(draft: Draft, raw: Raw) -> list[Draft]:
    """What was made of it already."""
    del raw
    return [draft]
