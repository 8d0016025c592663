"""connectors/web_form keeps what every connector promises (tests/promises), over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import httpx2
import pytest

from connectors.web_form import WebForm, parse
from intake_daemon.contract import Draft, Raw
from tests import promises
from tests.promises import Item, Told, Way
from tests.web.conftest import Forms, serving


class FormWay(Way):
    """A browser with the form in it."""

    planted = ("wombat@shop.example",)

    def __init__(self, forms: Forms, running: asyncio.Task[None]) -> None:
        self.forms = forms
        self.door = forms.door
        self.running = running

    async def deliver(self, item: Item) -> Told:
        """The page with the reference is held; 503, everything typed in it, is again."""
        answers = {"description": item.text, "email": "wombat@shop.example", "key": f"key-of-{item.name:0>16}"}
        files = [("files", (file.name, file.content, file.media_type)) for file in item.files]
        try:
            page = await self.forms.client.post("/forms/welzo", data=answers, files=files or None)
        except httpx2.HTTPError:
            return "again"
        return "held" if page.status_code == 200 else "again" if page.status_code == 503 else "refused"


class TestForm(promises.Brings, promises.Files):
    """The form on a page."""

    kind = WebForm
    settings: ClassVar[dict[str, Any]] = {"kind": "web_form"}
    huge = 60_000

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self) -> AsyncIterator[Way]:
        """The forms, served."""
        async with serving() as forms:
            (running,) = (task for task in asyncio.all_tasks() if task.get_name() == "forms")
            yield FormWay(forms, running)
