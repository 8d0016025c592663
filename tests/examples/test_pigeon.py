"""examples/pigeon, the connector that docs/adding-a-connector.md shows: it keeps the promises, and adding it touched
its file, this test, and one line of a pyproject.toml."""

from __future__ import annotations

import ast
import asyncio
import hashlib
import hmac
import json
import re
import sys
import time
import tomllib
from collections.abc import AsyncIterator, Iterator, Sequence
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest
from prometheus_client import CollectorRegistry

from examples.pigeon.pigeon import Pigeon, PigeonSettings, parse
from intake_daemon.command import configuration
from intake_daemon.contract import Draft, Handler, Raw
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from intake_daemon.web import Listen, Web
from tests import promises
from tests.command.conftest import intake
from tests.doors import Recorder, brand, world
from tests.promises import Item, Row, Told, Way, a_notice, stop

HERE = Path(__file__).parents[2]
PIGEON = HERE / "examples" / "pigeon"
TOKEN = "coo-coo"


class Loft:
    """The loft's service: takes flights, or answers as a test wants it."""

    def __init__(self) -> None:
        self.port = 0
        self.answer = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        head = await reader.readuntil(b"\r\n\r\n")
        await reader.readexactly(int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]))
        if self.answer == b"drop":
            writer.close()
            return
        writer.write(self.answer or said(201, b'{"flight": 7}'))
        await writer.drain()
        writer.close()


def said(status: int, body: bytes = b"{}", more: str = "") -> bytes:
    """An answer."""
    return f"HTTP/1.1 {status} Said\r\nconnection: close\r\ncontent-length: {len(body)}\r\n{more}\r\n".encode() + body


ANSWERS = {
    "429": said(429, more="retry-after: 7\r\n"),
    "wrong token": said(401),
    "nobody there": said(404),
    "refused": said(422),
    "broken": said(500),
    "lost": b"drop",
    "nonsense": said(200, b"[]"),
}


class PigeonWay(Way):
    """A loft that brings notes."""

    planted = ("ring-5550123",)

    def __init__(self, connector: Pigeon, door: Recorder, client: httpx2.AsyncClient, loft: Loft) -> None:
        self.connector = connector
        self.door = door
        self.client = client
        self.loft = loft

    async def deliver(self, item: Item) -> Told:
        """One note."""
        return await self.batch([item])

    async def batch(self, items: Sequence[Item]) -> Told:
        """Several in one post."""
        return await self._post(items, int(time.time()), TOKEN)

    async def forge(self, item: Item, how: str) -> Told:
        """Signed by somebody else, ten minutes ago, or not at all."""
        at = int(time.time()) - (600 if how == "stale" else 0)
        return await self._post([item], at, "" if how == "missing" else "other" if how == "bad" else TOKEN)

    def original(self, item: Item) -> bytes:
        """As JSON writes it."""
        return json.dumps(item.text, ensure_ascii=False)[1:-1].encode()

    def answers(self, what: str) -> None:
        """What the loft does with flights from now on."""
        port = 9 if what == "away" else self.loft.port
        settings = self.connector._settings.model_copy(update={"loft": f"http://127.0.0.1:{port}"})
        self.connector._settings = settings
        self.loft.answer = ANSWERS.get(what, b"")

    def notice(self) -> Notice:
        """For a pigeon."""
        return a_notice("pigeon", "ring-1")

    async def _post(self, items: Sequence[Item], at: int, secret: str) -> Told:
        notes = [
            {
                "ring": f"ring-5550123-{item.conversation}",
                "number": item.name,
                "words": item.text,
                "landed": item.at.isoformat(),
            }
            for item in items
        ]
        body = json.dumps({"notes": notes}, ensure_ascii=False).encode()
        signature = hmac.new(secret.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest() if secret else ""
        try:
            headers = {"x-loft-time": str(at), "x-loft-signature": signature}
            answer = await self.client.post("/hooks/loft", content=body, headers=headers)
        except httpx2.HTTPError:
            return "again"
        return "held" if answer.status_code == 200 else "refused" if answer.status_code == 401 else "again"


class TestPigeon(promises.Brings, promises.Signed, promises.Batches, promises.Orders, promises.Replies):
    """All that applies to it: notes come signed, several at a time, in conversations, and are answered."""

    kind = Pigeon
    settings: ClassVar[dict[str, Any]] = {"kind": "pigeon", "brand": "welzo", "loft": "http://loft", "token": TOKEN}
    secrets = (TOKEN,)
    provider_time = True
    forgeries = ("missing", "bad", "stale")
    table = (
        Row("away", Temporary, "not_connected"),
        Row("429", Temporary, "http_429", after=7),
        Row("wrong token", Temporary, "pigeon_login"),
        Row("nobody there", Permanent, "no_such_pigeon"),
        Row("refused", Permanent, "http_422"),
        Row("broken", Unknown, "http_500"),
        Row("lost", Unknown, "no_answer"),
        Row("nonsense", Unknown, "bad_answer"),
    )

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self) -> AsyncIterator[Way]:
        """The connector behind a real listener, and a loft."""
        loft = Loft()
        server = await asyncio.start_server(loft.serve, "127.0.0.1", 0)
        loft.port = server.sockets[0].getsockname()[1]
        web = Web(ready=dict, registry=CollectorRegistry(), public=Listen("127.0.0.1", 0))
        door = Recorder(name="loft")
        routes: dict[str, Handler] = door.routes
        made = PigeonSettings.model_validate({**self.settings, "loft": f"http://127.0.0.1:{loft.port}"})
        connector = Pigeon("loft", made, world(brand("welzo")))
        running = asyncio.create_task(connector.run(door))
        await asyncio.sleep(0)
        for path, handler in routes.items():
            web.http(path, handler)
        await web.start()
        try:
            async with httpx2.AsyncClient(base_url=web.url("public"), timeout=30) as client:
                way = PigeonWay(connector, door, client, loft)
                way.running = running
                yield way
        finally:
            await stop(running)
            await web.stop()
            server.close()


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The package as `pip install` leaves it: its file on the path, its entry point in its metadata."""
    project = tomllib.loads((PIGEON / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    metadata = tmp_path / "site" / f"intake_pigeon-{project['version']}.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n"
    )
    lines = [
        line
        for group, points in project["entry-points"].items()
        for line in (f"[{group}]", *(f"{name} = {value}" for name, value in points.items()))
    ]
    (metadata / "entry_points.txt").write_text("\n".join(lines) + "\n")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    monkeypatch.syspath_prepend(str(PIGEON))
    monkeypatch.delitem(sys.modules, "pigeon", raising=False)
    configuration.installed.cache_clear()
    yield
    configuration.installed.cache_clear()


@pytest.mark.usefixtures("installed")
def test_installed_it_is_a_kind_like_any_other(tmp_path: Path) -> None:
    """A configuration may name it, `check` checks its settings with file and line, and `parse` reads its posts: nothing
    else of the house knows its name."""
    assert "pigeon" in configuration.kinds()
    (point,) = entry_points(group=configuration.GROUP, name="pigeon")
    assert point.value == "pigeon:Pigeon"
    assert configuration.settings_class("pigeon").__name__ == "PigeonSettings"
    body = {"notes": [{"ring": "r1", "number": "1", "words": "It rained in.", "landed": "2026-11-20T09:30:00Z"}]}
    (tmp_path / "post.json").write_text(json.dumps(body), encoding="utf-8")
    (line,) = intake("parse", "--kind", "pigeon", "--brand", "welzo", tmp_path / "post.json").lines
    assert (line["message"]["text"], line["message"]["contact_at"]) == ("It rained in.", "2026-11-20T09:30:00Z")
    known = intake("parse", "--kind", "dove", tmp_path / "post.json")
    assert (known.status, "There is no kind 'dove'" in known.err) == (1, True)


def test_of_ours_it_imports_only_what_connectors_may() -> None:
    """Contract, message, errors and settings; and it needs no line anywhere else: no other file names it."""
    tree = ast.parse((PIGEON / "pigeon.py").read_text(encoding="utf-8"))
    modules = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module}
    ours = {module for module in modules if module.partition(".")[0] in {"intake_daemon", "router", "connectors"}}
    assert ours <= {"intake_daemon.contract", "intake_daemon.message", "intake_daemon.errors", "intake_daemon.settings"}
    for package in ("intake_daemon", "connectors", "router", "config"):
        naming = [path for path in (HERE / package).rglob("*.*") if path.suffix in {".py", ".yaml", ".txt"}]
        assert not [path for path in naming if "pigeon" in path.read_text(encoding="utf-8")]


def test_the_page_shows_what_is_here() -> None:
    """docs/adding-a-connector.md quotes this example as it stands."""
    page = (HERE / "docs" / "adding-a-connector.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```(?:python|text)\n(.*?)```", page, re.DOTALL)
    here = (PIGEON / "pigeon.py").read_text(encoding="utf-8") + Path(__file__).read_text(encoding="utf-8")
    lines = {line.strip() for line in here.splitlines()}
    assert len(blocks) >= 5
    assert not [line for block in blocks for line in block.splitlines() if line.strip() not in lines]
    assert (PIGEON / "pyproject.toml").read_text(encoding="utf-8").partition("[project.entry-points")[2].split("\n\n")[
        0
    ] in page
