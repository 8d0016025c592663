"""Files are scanned before anybody gets them: clamd, asked over its own protocol (INSTREAM).

Rules
1. A scanner that is away costs no complaint and no time: what it did not see is `unscanned`; the journal says once that
   it is away, and it is asked again only after `_PAUSE` seconds.
2. What is infected is kept like everything else, under its hash, and marked; who hands out files asks
   `Message.quarantined` first. Nothing is deleted, nothing is refused at the door.
3. clamd looks into archives and mails itself, within the limits of its own configuration. A file above its
   `StreamMaxLength` is `unscanned`.

clamd(8), INSTREAM.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence

from intake_daemon import journal
from intake_daemon.contract import Verdict

_CHUNK = 64 * 1024
_AT_ONCE = 4
"""Files of one message that are scanned side by side."""
_PAUSE = 10.0
"""Seconds for which a scanner that was away is not asked."""


class Clamd:
    """A `contract.Scanner`. `address`: `unix:/path` or `host:port`; `seconds`: the most that one message may wait."""

    def __init__(self, address: str, seconds: float) -> None:
        self._address, self._seconds = address, seconds
        self._outage = journal.Outage("scanner")
        self._not_before = 0.0

    async def scan(self, contents: Sequence[bytes], within: float) -> list[Verdict]:
        """The verdict on each, in order. `within`: seconds; what is not known by then is `unscanned`. Never raises."""
        if not contents or time.monotonic() < self._not_before:
            return ["unscanned"] * len(contents)
        gate = asyncio.Semaphore(_AT_ONCE)
        tasks = [asyncio.create_task(self._one(content, gate)) for content in contents]
        try:
            await asyncio.wait(tasks, timeout=min(self._seconds, within))
        finally:
            slow = [task for task in tasks if task.cancel()]
            await asyncio.gather(*slow, return_exceptions=True)
        if slow:
            self._away("scanner_slow")
        elif any(task.exception() for task in tasks):
            self._away("scanner_away")
        else:
            self._outage.end(time.monotonic())
        return ["unscanned" if task.cancelled() or task.exception() is not None else task.result() for task in tasks]

    def _away(self, code: str) -> None:
        self._not_before = time.monotonic() + _PAUSE
        self._outage.begin(code, time.monotonic())

    async def _one(self, content: bytes, gate: asyncio.Semaphore) -> Verdict:
        """Raises OSError when it cannot be reached."""
        async with gate:
            reader, writer = await self._open()
            try:
                with contextlib.suppress(ConnectionError):  # it has heard enough, and says why
                    await _tell(writer, content)
                with contextlib.suppress(ConnectionError):
                    return _verdict(await reader.read(4096))
                return "unscanned"
            finally:
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

    async def _open(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if self._address.startswith("unix:"):
            return await asyncio.open_unix_connection(self._address[5:])
        host, _, port = self._address.rpartition(":")
        return await asyncio.open_connection(host.strip("[]"), int(port))


async def _tell(writer: asyncio.StreamWriter, content: bytes) -> None:
    writer.write(b"zINSTREAM\0")
    for start in range(0, len(content), _CHUNK):
        piece = content[start : start + _CHUNK]
        writer.write(len(piece).to_bytes(4, "big") + piece)
        await writer.drain()
    writer.write(b"\0\0\0\0")
    await writer.drain()


def _verdict(answer: bytes) -> Verdict:
    said = answer.rstrip(b"\0\r\n ")
    if said.endswith(b" FOUND"):
        return "infected"
    return "clean" if said.endswith(b": OK") else "unscanned"
