"""The next mail server, as a test wants it: says what it is told to at each step, or drops, or falls silent.

Rules
-----
1. `says` maps a step (`greeting EHLO HELO MAIL RCPT DATA content`) to what happens there: a reply's text, DROP, or
   HANG. A list is used up, one thing for each time; then it is well again.
2. Everything that arrives is kept: `commands` in order, `mails` with their envelope, `connections` counted.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

DROP = "drop"
HANG = "hang"

_WELL = {
    "greeting": "220 next.example ESMTP",
    "EHLO": "250-next.example\r\n250-8BITMIME\r\n250 PIPELINING",
    "HELO": "250 next.example",
    "MAIL": "250 2.1.0 OK",
    "RCPT": "250 2.1.5 OK",
    "DATA": "354 Go on",
    "content": "250 2.0.0 queued",
    "RSET": "250 OK",
    "QUIT": "221 Bye",
    "AUTH": "235 OK",
}


@dataclass(frozen=True)
class Arrived:
    """One mail that was taken: the arguments of MAIL and RCPT, and the content without the transport's dots."""

    mail: str
    rcpt: str
    content: bytes


class NextServer:
    """A server on a free port of 127.0.0.1."""

    def __init__(self) -> None:
        self.says: dict[str, str | list[str]] = {}
        self.commands: list[str] = []
        self.mails: list[Arrived] = []
        self.connections = 0
        self.open = 0
        self.port = 0

    def offers(self, *extensions: str) -> None:
        """What EHLO tells."""
        self.says["EHLO"] = "\r\n".join(["250-next.example", *(f"250-{one}" for one in extensions), "250 HELP"])

    def _now(self, step: str) -> str:
        said = self.says.get(step, _WELL.get(step, "500 What?"))
        if isinstance(said, str):
            return said
        return said.pop(0) if said else _WELL[step]

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self.open += 1
        try:
            await self._talk(reader, writer)
        except ConnectionError:
            pass
        finally:
            self.open -= 1
            writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        mail = rcpt = ""
        if not await self._say(writer, "greeting"):
            return
        while line := (await reader.readline()).decode():
            self.commands.append(line.strip())
            verb = line.split()[0].upper().rstrip(":")
            if verb == "MAIL":
                mail = line[10:].strip()
            if verb == "RCPT":
                rcpt = line[8:].strip()
            if not await self._say(writer, verb):
                return
            if verb == "QUIT":
                return
            if verb == "DATA" and self._now("DATA").startswith("354"):
                stuffed = await reader.readuntil(b"\r\n.\r\n")
                content = (b"\r\n" + stuffed[:-3]).replace(b"\r\n.", b"\r\n")[2:]
                self.mails.append(Arrived(mail, rcpt, content))
                if not await self._say(writer, "content"):
                    return

    async def _say(self, writer: asyncio.StreamWriter, step: str) -> bool:
        said = self._now(step)
        if said == DROP:
            return False
        if said == HANG:
            await asyncio.Event().wait()
        writer.write(said.encode() + b"\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def next_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[NextServer]:
    """A server that runs for the length of the block; with `tls` from the first byte."""
    server = NextServer()
    tasks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task
        tasks.add(task)
        try:
            await server.talk(reader, writer)
        finally:
            tasks.discard(task)

    listening = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
    server.port = listening.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listening.close()
        for task in list(tasks):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
