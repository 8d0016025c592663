"""calls keeps what every connector promises (tests/promises): by upload over the wire, and by folder."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from connectors.calls import Calls, parse
from connectors.calls.signature import signature
from intake_daemon.contract import Draft, Handler, Raw
from intake_daemon.web import Listen, Web
from tests import promises
from tests.doors import Recorder, brand, world
from tests.promises import Item, Told, Way, stop, until

SECRET = "hush-hush-hush-hush"
CALLER = "+447700900123"
_tries = itertools.count()


class Doorway(Recorder):
    """The recording Door, whose routes hang on a real listener."""

    def __init__(self, web: Web) -> None:
        super().__init__(name="line")
        self.web = web

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """As the real door does it."""
        self.web.http(path, handler, methods=methods, owner=self.name)


def recorded(item: Item) -> dict[str, Any]:
    """Its transcript."""
    return {
        "id": f"call-{item.name}-{item.conversation}",
        "segments": [{"speaker": "Customer", "start": 0.5, "end": 3.0, "text": item.text}],
    }


def beside(item: Item) -> dict[str, Any]:
    """What is told beside it."""
    number = CALLER if item.conversation == "a" else f"{CALLER[:-1]}4"
    return {"from": number, "started_at": item.at.isoformat(), "customer_name": "Marmaduke"}


class Uploads(Way):
    """A telephone system that posts."""

    planted = (CALLER, CALLER[1:], "Marmaduke")

    def __init__(self, door: Doorway, connector: Calls, running: asyncio.Task[None], url: str) -> None:
        self.door = door
        self.connector = connector
        self.running = running
        self.client = httpx2.AsyncClient(base_url=url, timeout=60)

    def carried(self, item: Item) -> str:
        """Words: spaces and line ends are a transcriber's."""
        return " ".join(item.text.split())

    def original(self, item: Item) -> bytes:
        """As JSON writes it."""
        return json.dumps(item.text).encode()[1:-1]

    async def deliver(self, item: Item) -> Told:
        """200 is held, 503 is again."""
        return await self.send(item)

    async def forge(self, item: Item, how: str) -> Told:
        """Without a signature; a wrong one; too old, too new; of another delivery; the very same twice."""
        return await self.send(item, how=how)

    async def send(self, item: Item, how: str = "") -> Told:
        """Sign and post; each try has a second of its own, as a sender's has."""
        parts = {
            "metadata": (None, json.dumps(beside(item))),
            "transcript": ("call.json", json.dumps(recorded(item)), "application/json"),
        }
        files = list(parts.items())
        files += [("recording", (file.name, file.content, file.media_type)) for file in item.files]  # type: ignore[misc]
        request = self.client.build_request("POST", "/hooks/line", files=files)  # type: ignore[arg-type]
        body = await request.aread()
        shift = {"stale": -301, "early": 330}.get(how, next(_tries) % 200)
        at = str(int(time.time()) - 240 + shift if how not in {"stale", "early"} else int(time.time()) + shift)
        signed = signature(SECRET, "msg_1", at, body)
        headers = {"webhook-id": "msg_1", "webhook-timestamp": at, "webhook-signature": f"v1,{signed}"}
        headers |= {"content-type": request.headers["content-type"]}
        if how == "missing":
            del headers["webhook-signature"]
        elif how == "bad":
            headers["webhook-signature"] = "v1,AAAA"
        elif how == "not ascii":
            headers["webhook-signature"] = "v1,é".encode()  # type: ignore[assignment]
        elif how == "other id":
            headers["webhook-id"] = "msg_2"
        elif how == "other body":
            body += b"\r\n"
        answer = await self.client.post("/hooks/line", content=body, headers=headers)
        if how == "twice":
            assert answer.status_code == 200
            answer = await self.client.post("/hooks/line", content=body, headers=headers)
        self.answer = answer
        return {200: "held", 202: "held", 401: "refused", 409: "refused", 503: "again"}[answer.status_code]  # type: ignore[return-value]

    async def post(self, body: bytes, content_type: str = "application/json") -> httpx2.Response:
        """Any body, signed."""
        name, at = f"msg_{next(_tries)}", str(int(time.time()))
        headers = {"webhook-id": name, "webhook-timestamp": at, "content-type": content_type}
        headers["webhook-signature"] = f"v1,{signature(SECRET, name, at, body)}"
        return await self.client.post("/hooks/line", content=body, headers=headers)


def settings(**said: Any) -> dict[str, Any]:  # noqa: ANN401 -- settings
    """Settings of an upload."""
    return {"kind": "calls", "brand": "welzo", "secrets": [SECRET], **said}


@asynccontextmanager
async def listening(**said: Any) -> AsyncIterator[Uploads]:  # noqa: ANN401 -- settings
    """The connector, behind a listener of its own."""
    web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
    door = Doorway(web)
    there = world(brand("welzo", tz="Europe/London"), brand("ask4"))
    connector = Calls("line", Calls.Settings.model_validate(settings(**said)), there)  # type: ignore[arg-type]
    running = asyncio.create_task(connector.run(door))
    await asyncio.sleep(0)
    await web.start()
    way = Uploads(door, connector, running, web.url("public"))
    try:
        yield way
    finally:
        await way.client.aclose()
        await stop(running)
        await web.stop()


class TestUpload(promises.Brings, promises.Files, promises.Orders, promises.Signed):
    """By signed upload."""

    kind = Calls
    settings: ClassVar[dict[str, Any]] = settings()
    secrets = (SECRET,)
    forgeries = ("missing", "bad", "not ascii", "stale", "early", "other id", "other body")
    provider_time = True

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self) -> AsyncIterator[Way]:
        """A telephone system."""
        async with listening() as found:
            yield found

    async def test_one_conversation_stays_in_order(self, way: Way) -> None:
        """Each call is a conversation of its own; what comes later of the same call names it too."""
        assert await way.deliver(Item("1", "It broke.")) == "held"
        assert await way.deliver(Item("1", "It broke. Twice.")) == "held"
        assert await way.deliver(Item("2", "It broke.")) == "held"
        told = [held.message.thread.conversation for held in way.door.held.values()]
        assert told == ["call:call-1-a", "call:call-1-a", "call:call-2-a"]


class FolderWay(Way):
    """A telephone system that writes files."""

    planted = (CALLER, "Marmaduke")

    def __init__(self, door: Recorder, connector: Calls, running: asyncio.Task[None], folder: Path) -> None:
        self.door = door
        self.connector = connector
        self.running = running
        self.folder = folder

    def carried(self, item: Item) -> str:
        """Words."""
        return " ".join(item.text.split())

    def original(self, item: Item) -> bytes:
        """As JSON writes it."""
        return json.dumps(item.text).encode()[1:-1]

    async def deliver(self, item: Item) -> Told:
        """Gone from the folder is held; still there, when the door was away, is again."""
        name = f"call-{item.name}.json"
        for file in item.files:
            (self.folder / f"call-{item.name}{Path(file.name).suffix}").write_bytes(file.content)
        (self.folder / f"call-{item.name}.meta.json").write_text(json.dumps(beside(item)), encoding="utf-8")
        (self.folder / f"{name}.part").write_text(json.dumps(recorded(item)), encoding="utf-8")
        (self.folder / f"{name}.part").rename(self.folder / name)
        turned_away = self.door.turned_away
        await until(
            lambda: not (self.folder / name).exists() or self.door.turned_away > turned_away or self.running.done(),
            "it is taken",
        )
        if self.running.done():
            raise ConnectionError
        return "again" if (self.folder / name).exists() else "held"


@asynccontextmanager
async def watching(folder: Path, **said: Any) -> AsyncIterator[FolderWay]:  # noqa: ANN401 -- settings
    """The connector, watching a folder."""
    door = Recorder(name="line")
    made = settings(secrets=[], folder=folder, settle_seconds=0, look_seconds=0.01, **said)
    connector = Calls("line", Calls.Settings.model_validate(made), world(brand("welzo"), brand("ask4")))  # type: ignore[arg-type]
    running = asyncio.create_task(connector.run(door))
    try:
        yield FolderWay(door, connector, running, folder)
    finally:
        await stop(running)


class TestFolder(promises.Brings):
    """By watched folder."""

    kind = Calls
    settings: ClassVar[dict[str, Any]] = {"kind": "calls", "brand": "welzo", "folder": "calls"}
    provider_time = True

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, tmp_path: Path) -> AsyncIterator[Way]:
        """A folder."""
        async with watching(tmp_path) as found:
            yield found
