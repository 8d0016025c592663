"""HTTP/1.1 as a provider's fake speaks it: small enough that it can also be cut off wherever a test wants it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any


@dataclass(frozen=True)
class Answer:
    """What is said on the wire."""

    status: int
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)


Answering = Callable[[str, str, dict[str, str], bytes], Awaitable[Answer | None]]
"""Method, target, headers in lower case, body. None: the connection ends."""


def document(status: int, said: Any, **headers: str) -> Answer:  # noqa: ANN401 -- JSON
    """A JSON answer."""
    return Answer(status, json.dumps(said).encode(), {"content-type": "application/json; charset=UTF-8", **headers})


async def serve(answering: Answering, port: int) -> None:
    """Until the process ends: one request a connection."""

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            first, *lines = head.split("\r\n")
            parted = (line.partition(":") for line in lines)
            headers = {name.lower(): value.strip() for name, _, value in parted if name}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, target, _ = first.split(" ")
            answer = await answering(method, target, headers, body)
            if answer is not None:
                said = {"connection": "close", "content-length": str(len(answer.body)), **answer.headers}
                told = "".join(f"{name}: {value}\r\n" for name, value in said.items())
                phrase = HTTPStatus(answer.status).phrase
                writer.write(f"HTTP/1.1 {answer.status} {phrase}\r\n{told}\r\n".encode() + answer.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(one, "127.0.0.1", port)
    await server.serve_forever()
