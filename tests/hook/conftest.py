"""A hook at work behind a listener of its own, who posts to it, and a depot of files by https."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import itertools
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connectors.hook import Hook, HookSettings
from connectors.hook.links import LinkLimits, Links
from connectors.links import Outside
from intake_daemon.contract import Handler
from intake_daemon.web import Listen, Web
from tests.doors import Recorder, brand, world
from tests.mail.tls import Certificate, make
from tests.promises import stop

KEY = b"a key of thirty-two random bytes"
SECRET = "whsec_" + base64.b64encode(KEY).decode()
OLD = "whsec_" + base64.b64encode(b"the key that was used until last month").decode()


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="tickets")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


@dataclass
class Line:
    """A hook, and who posts to it. Every post has a second of its own, as a sender's tries have."""

    connector: Hook
    door: Doorway
    client: httpx2.AsyncClient
    running: asyncio.Task[None]
    path: str = "/hooks/tickets"
    _tick: itertools.count[int] = field(default_factory=lambda: itertools.count(int(time.time()) - 200))

    async def post(
        self, body: bytes, *, headers: Mapping[str, str] | None = None, path: str = "", name: str = "m1"
    ) -> Any:  # noqa: ANN401 -- an answer
        """With the signature of Standard Webhooks, or with these headers in its place."""
        given = signed(body, name, next(self._tick)) if headers is None else headers
        return await self.client.post(path or self.path, content=body, headers=dict(given))


def signed(body: bytes, name: str = "m1", at: int | None = None, key: bytes = KEY) -> dict[str, str]:
    """The headers of Standard Webhooks, written out from its specification."""
    stamp = str(int(time.time()) if at is None else at)
    digest = hmac.new(key, f"{name}.{stamp}.".encode() + body, hashlib.sha256).digest()
    signature = f"v1,{base64.b64encode(digest).decode()}"
    return {
        "content-type": "application/json",
        "webhook-id": name,
        "webhook-timestamp": stamp,
        "webhook-signature": signature,
    }


def settings(**said: Any) -> dict[str, Any]:  # noqa: ANN401 -- settings
    """Those of a plain hook."""
    plain = {"kind": "hook", "mapping": "plain", "brand": "welzo", "secret": SECRET, "old_secret": OLD}
    return plain | said


@asynccontextmanager
async def answering(
    trust: Certificate | None = None,
    name: str = "tickets",
    /,
    **said: Any,  # noqa: ANN401 -- settings
) -> AsyncIterator[Line]:
    """The hook, running. `trust`: 127.0.0.1 counts as public, and its certificate is believed."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
    door = Doorway(web)
    made = HookSettings.model_validate(settings(**said))
    connector = Hook(name, made, world(brand("welzo"), brand("kontakt", tz="Asia/Baku")))
    if trust:
        limits = LinkLimits(made.max_file_bytes, made.max_files, made.hosts, made.file_token)
        inside = ("10.0.0.1",)
        outside = Outside(limits.hosts, public=lambda address: address not in inside, trust=trust.client())
        connector._links = Links(limits, outside=outside)
    running = asyncio.create_task(connector.run(door))
    await web.start()
    try:
        async with httpx2.AsyncClient(base_url=web.url("public"), timeout=30) as client:
            yield Line(connector, door, client, running, made.path or f"/hooks/{name}")
    finally:
        await stop(running)
        await web.stop()


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1."""
    return make(tmp_path_factory.mktemp("hook-tls"))


@dataclass
class Depot:
    """Where the files lie. `answers`: for a path, what is sent in order; the last one stays. None: nothing at all."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answers: dict[str, list[bytes | None]] = field(default_factory=dict)

    def keep(self, path: str, *answers: bytes | None) -> str:
        """The link to it."""
        self.answers[path] = list(answers)
        return f"https://127.0.0.1:{self.port}{path}"

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(head)
        left = self.answers.get(head.split(" ")[1], [served(b"", status="404 Not Found")])
        answer = left.pop(0) if len(left) > 1 else left[0]
        if answer is None:
            await reader.read()
        else:
            writer.write(answer)
        writer.close()


def served(content: bytes, media_type: str = "image/png", status: str = "200 OK", more: str = "") -> bytes:
    """An answer."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {len(content)}\r\n{more}"
    return f"{head}connection: close\r\n\r\n".encode() + content


@pytest.fixture
async def depot(certificate: Certificate) -> AsyncIterator[Depot]:
    """It runs for the length of a test."""
    found = Depot()
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=certificate.server())
    found.port = server.sockets[0].getsockname()[1]
    yield found
    server.close()
