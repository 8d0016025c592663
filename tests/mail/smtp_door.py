"""The smtp connector, listening, and clients that talk to it; shared by the tests of that door."""

from __future__ import annotations

import asyncio
import smtplib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from connectors.smtp import Smtp
from tests.doors import Recorder, brand, world

MAIL = b"From: Ann <ann@shop.example>\r\nSubject: Broken\r\nMessage-ID: <1@shop.example>\r\n\r\nIt is broken.\r\n"


@asynccontextmanager
async def serving(door: Recorder, **said: Any) -> AsyncIterator[tuple[Smtp, int]]:  # noqa: ANN401 -- settings
    """The connector, listening, and its port."""
    settings = Smtp.Settings.model_validate({"kind": "smtp", "listen": "127.0.0.1:0"} | said)
    connector = Smtp("smtp-in", settings, world(brand("welzo"), brand("kontakt")))
    task = asyncio.create_task(connector.run(door), name="smtp-in")
    try:
        while connector.bound is None:
            assert not task.done(), task
            await asyncio.sleep(0.005)
        yield connector, connector.bound[1]
    finally:
        task.cancel()
        await asyncio.wait([task], timeout=10)
        assert task.cancelled()


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


def send(port: int, *to: str, mail: bytes = MAIL, mail_from: str = "ann@shop.example") -> tuple[int, bytes]:
    """Send by SMTP; the answer to the final dot, or to the refused command."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("shop.example")
        client.mail(mail_from)
        for address in to:
            code, said = client.rcpt(address)
            if code != 250:
                return code, said
        return client.data(mail)


async def talk(port: int, *steps: bytes) -> list[bytes]:
    """Write each step after the answers to the one before; all lines that were answered until the server closed."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    lines: list[bytes] = []
    try:
        lines.append(await reader.readline())
        for step in steps:
            writer.write(step)
            await writer.drain()
            if step.endswith(b"QUIT\r\n"):
                break
            while not (line := await reader.readline())[3:4].isspace():
                lines.append(line)
            lines.append(line)
        while line := await reader.readline():
            lines.append(line)
    except ConnectionError:
        pass
    finally:
        writer.close()
    return lines


def envelope(*to: str, hello: bytes = b"EHLO shop.example") -> bytes:
    """The commands before a mail's content, in one write (RFC 2920)."""
    rcpt = b"".join(b"RCPT TO:<%s>\r\n" % address.encode() for address in to)
    return hello + b"\r\nMAIL FROM:<ann@shop.example>\r\n" + rcpt + b"DATA\r\n"
