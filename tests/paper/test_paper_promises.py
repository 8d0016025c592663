"""connectors/paper keeps what every connector promises (tests/promises): on its page, and in its folder."""

from __future__ import annotations

import asyncio
import hashlib
import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, ClassVar

import httpx2
import pytest

from connectors.paper import PaperDesk, parse
from connectors.paper.login import COOKIE
from intake_daemon.contract import Draft, Raw
from tests import promises
from tests.paper.conftest import TOKEN, Papers, serving
from tests.promises import Item, Told, Way, until


class PaperWay(Way):
    """What both ways share."""

    planted = ("wombat@customer.example", "Wanda Wombat")

    def __init__(self, papers: Papers) -> None:
        self.papers = papers
        self.door = papers.door
        self.connector = papers.connector
        self.running = papers.running

    def original(self, item: Item) -> bytes:
        """As JSON writes it."""
        return json.dumps(item.text, ensure_ascii=False)[1:-1].encode()


class PageWay(PaperWay):
    """A colleague at the page."""

    async def deliver(self, item: Item) -> Told:
        """The reference is held; 503, everything typed in it, is again."""
        return await self._post(item)

    async def forge(self, item: Item, how: str) -> Told:
        """A stranger's cookie shows the sign-in; a page that is not ours is refused."""
        cookies = {COOKIE: "intake_000000000000_" + "y" * 43} if how == "wrong token" else None
        return await self._post(item, check="0" * 64 if how == "bad" else "", cookies=cookies)

    async def _post(self, item: Item, *, check: str | None = None, cookies: dict[str, str] | None = None) -> Told:
        import hmac

        word = hmac.new(TOKEN.encode(), b"a form of the paper page", hashlib.sha256).hexdigest()
        typed = {
            "brand": "welzo",
            "channel": "letter",
            "arrived": item.at.isoformat(),
            "text": item.text,
            "email": "wombat@customer.example",
            "name": "Wanda Wombat",
            "key": f"key-{item.name}",
            "check": word if check is None else check,
        }
        files = [("files", (file.name, file.content, file.media_type)) for file in item.files]
        try:
            answer = await self.papers.client.post("/paper", data=typed, files=files or None, cookies=cookies)
        except httpx2.HTTPError:
            return "again"
        if answer.status_code == 503:
            return "again"
        return "held" if answer.status_code == 200 and "reference" in answer.text else "refused"


class FolderWay(PaperWay):
    """A scanner, which puts all that belongs to a paper there at once."""

    async def deliver(self, item: Item) -> Told:
        """In `done` is held; left where it is after a try is again."""
        there = self.papers.folder / "welzo"
        await until(lambda: not there.exists() or not any(there.iterdir()), "the folder is empty", self.running)
        shutil.rmtree(there, ignore_errors=True)
        name = "".join(c if c.isalnum() else "-" for c in item.name)
        new = self.papers.folder / f".{name}"
        new.mkdir(parents=True, exist_ok=True)
        for number, file in enumerate(item.files):
            (new / f"{name}-{number:02}.png").write_bytes(file.content)
        said = {
            "arrived": item.at.isoformat(),
            "text": item.text,
            "sender": {"name": "Wanda Wombat", "email": "wombat@customer.example"},
            "files": [f"{name}-{number:02}.png" for number in range(len(item.files))],
        }
        (new / f"{name}.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
        before = self.door.turned_away
        new.rename(there)
        while not self.running.done():
            if not (there / f"{name}.json").exists():
                return "held"
            if self.door.turned_away > before:
                shutil.rmtree(there)
                return "again"
            await asyncio.sleep(0.005)
        return "again"


SETTINGS: dict[str, Any] = {"kind": "paper", "folder": "scans", "brand": "welzo"}


class TestPage(promises.Brings, promises.Files, promises.Signed):
    """What a colleague types."""

    kind = PaperDesk
    settings: ClassVar[dict[str, Any]] = SETTINGS
    secrets = (TOKEN,)
    provider_time = True
    huge = 60_000
    forgeries = ("bad",)

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, tmp_path: Path) -> AsyncIterator[Way]:
        """The page."""
        async with serving(tmp_path) as papers:
            yield PageWay(papers)


class TestFolder(promises.Brings, promises.Files):
    """What a scanner puts there."""

    kind = PaperDesk
    settings: ClassVar[dict[str, Any]] = SETTINGS
    provider_time = True
    huge = 60_000

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, tmp_path: Path) -> AsyncIterator[Way]:
        """The folder."""
        async with serving(tmp_path / "scans", watched=True, undescribed_minutes=0) as papers:
            yield FolderWay(papers)
