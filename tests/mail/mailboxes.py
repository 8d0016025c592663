"""The imap connector at work on a mailbox of Dovecot; shared by its tests."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from connectors.imap import Imap
from tests.doors import Recorder, brand, world
from tests.services.dovecot import PASSWORD, Dovecot

WORLD = world(brand("welzo"))


def a_mail(number: int, *, message_id: bool = True, size: int = 0) -> bytes:
    """A small complaint; `number` makes it another one."""
    name = f"Message-ID: <{number}@shop.example>\r\n" if message_id else ""
    return (
        f"Return-Path: <ann{number}@shop.example>\r\n"
        f"Delivered-To: complaints@welzo.example\r\n"
        f"From: Ann <ann{number}@shop.example>\r\nTo: complaints@welzo.example\r\nSubject: Complaint {number}\r\n"
        f"Date: Sat, 21 Nov 2026 10:00:00 +0000\r\n{name}\r\nIt is broken, number {number}.\r\n{'x' * size}\r\n"
    ).encode()


def imap(dovecot: Dovecot, user: str, **said: Any) -> Imap:  # noqa: ANN401 -- settings
    """The connector for a user's INBOX."""
    plain = {
        "kind": "imap",
        "host": dovecot.host,
        "port": dovecot.port,
        "tls": "none",
        "user": user,
        "password": PASSWORD,
        "brand": "welzo",
        "from": "all",
    }
    return Imap("mailbox", Imap.Settings.model_validate(plain | said), WORLD)


@asynccontextmanager
async def reading(connector: Imap, door: Recorder) -> AsyncIterator[asyncio.Task[None]]:
    """The connector at work; at the end it is cancelled and must be gone within a second."""
    task = asyncio.create_task(connector.run(door))
    try:
        yield task
    finally:
        began = time.monotonic()
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert time.monotonic() - began < 20  # a second, on a machine of its own
        assert task.done()


async def until(true: Callable[[], object], what: str, task: asyncio.Task[None] | None = None) -> None:
    """Wait for a condition, a minute at most; a connector that ended meanwhile tells why."""
    end = time.monotonic() + 60
    while not true():
        if task and task.done():
            await task
        assert time.monotonic() < end, what
        await asyncio.sleep(0.02)


def subjects(door: Recorder) -> list[str]:
    """The subjects of all that was accepted, in order, repeats included."""
    return [
        next(line for line in raw.content.decode().split("\r\n") if line.startswith("Subject"))[9:] for raw in door.raws
    ]
