"""The web chat from end to end: a browser, the daemon, a case, and the answer in the same window.

The daemon is killed while the visitor writes; who has gone gets the answer by e-mail; an erased case leaves no line.
"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.async_api import Page, expect

from intake_daemon.memory.tables import chat_lines
from intake_daemon.reference import find_references
from intake_daemon.settings import yaml12
from tests.services.chromium import Chromium
from tests.services.place import until
from tests.walk.account import Ledger, Letter, folds, nothing_waits, read_ledger
from tests.walk.conftest import Ground
from tests.walk.daemon import Daemon

LONG = 90_000
"""Milliseconds for what waits for a daemon's start."""


def thoughtful(folder: Path) -> None:
    """Who writes line by line has two seconds for the next one, where other walks leave them none."""
    said = yaml12.load(folder / "intake.yaml")
    said["brands"]["kontakt"]["pause"] = {"silence": 2}
    with (folder / "intake.yaml").open("w", encoding="utf-8") as written:
        json.dump(said, written)


async def opened(page: Page, url: str) -> None:
    """The page, until the window has taken the plain form's place."""
    await page.goto(url)
    await expect(page.get_by_role("log")).to_be_visible(timeout=LONG)


async def say(page: Page, words: str, state: str = "Получено") -> None:
    """A line, until its mark says so."""
    await page.get_by_label("Ваше сообщение").fill(words)
    await page.keyboard.press("Enter")
    await expect(page.locator(".mine", has_text=words)).to_contain_text(state, timeout=LONG)


async def answered(page: Page) -> str:
    """The reference that the window was told."""
    await expect(page.locator(".ours .reference").first).to_be_visible(timeout=LONG)
    (told,) = find_references(("KON",), await page.locator(".ours").first.inner_text())
    return told


def lines(ground: Ground) -> str:
    """All lines of all chats."""
    with ground.place.reading().connect() as connection:
        return "\n".join(connection.execute(sa.select(chat_lines.c.text)).scalars())


async def settled(ground: Ground, daemon: Daemon, contacts: int) -> Ledger:
    """The ledger when so many contacts were decided and nothing is on its way."""
    await asyncio.to_thread(
        until,
        lambda: (
            len((ledger := read_ledger(ground.place)).contacts) == contacts
            and not [row for row in ledger.notices if row["state"] in {"owed", "released", "deferred"}]
        ),
        f"{contacts} contacts are settled",
        LONG / 1000,
        daemon.log,
    )
    return read_ledger(ground.place)


@pytest.mark.row("AT-K17")
async def test_a_complaint_by_chat(alone: Ground, chromium: Chromium) -> None:
    """Two lines are one case, acknowledged in the window, in the language of its words; a line that was written while
    the daemon was dead joins it; who asks how it stands is told at once, what a person writes is shown; the answer to
    who has gone goes to their e-mail address; erased, nothing is left."""
    alone.place.connectors = {"chat": {"kind": "web_chat", "brands": ["kontakt"], "unseen_minutes": 0.05}}
    daemon = alone.place.add()
    thoughtful(daemon.folder)
    await asyncio.to_thread(daemon.start)
    url = f"http://127.0.0.1:{daemon.public}/chat/kontakt"
    async with chromium.page(language="ru") as page:
        await opened(page, url)
        await say(page, "Холодильник сломался через неделю.")
        await say(page, "Магазин отказывается вернуть деньги.")
        reference = await answered(page)
        await asyncio.to_thread(daemon.kill)
        await say(page, "Чек у меня сохранился.", "Ещё не получено")
        await asyncio.to_thread(daemon.start)
        await expect(page.locator(".mine", has_text="Чек")).to_contain_text("Получено", timeout=LONG)
        ledger = await settled(alone, daemon, 3)
        assert {row["reference"] for row in ledger.cases} == {reference}
        assert [row["state"] for row in ledger.notices if row["purpose"] == "acknowledgement"] == ["sent"]
        before = await page.locator(".ours").count()
        await say(page, "Что с моей жалобой?")
        await expect(page.locator(".ours")).to_have_count(before + 1, timeout=LONG)
        await expect(page.locator(".ours").last).to_contain_text(reference)
        await asyncio.to_thread(
            daemon.ask, "do", reference, "progress", "--text", "Мастер придёт завтра.", "--as", "ops"
        )
        await expect(page.locator(".ours", has_text="Мастер придёт завтра.")).to_be_visible(timeout=LONG)
        await page.screenshot(path=alone.place.home / "chat.png")
        ledger = await settled(alone, daemon, 4)
        assert len(ledger.cases) == 1

        async with chromium.page(language="ru") as other:
            await other.goto(url)
            await other.get_by_text("Настройки").click()
            await other.get_by_label("Адрес электронной почты").fill("leyla@customer.example")
            await other.get_by_role("button", name="Сохранить").click()
            await say(other, "Курьер разбил телевизор и ушёл, я требую вернуть деньги.")

        def mailed() -> list[Letter]:
            return [each for each in alone.letters() if each.to == "leyla@customer.example"]

        await asyncio.to_thread(until, mailed, "the answer went by mail", LONG / 1000, daemon.log)
        ledger = await settled(alone, daemon, 5)
        (letter,) = mailed()
        assert letter.reference in {row["reference"] for row in ledger.cases} - {reference}

        await asyncio.to_thread(daemon.ask, "do", reference, "erase", "--yes", "--as", "ops")
        left = lines(alone)
        assert "телевизор" in left
        assert not [word for word in ("Холодильник", "Чек", "Мастер", reference) if word in left]
        await page.reload()
        await expect(page.get_by_label("Ваше сообщение")).to_be_visible()
        await expect(page.locator(".mine, .ours")).to_have_count(0)
    await asyncio.to_thread(daemon.stop)
    ledger = read_ledger(alone.place)
    nothing_waits(ledger)
    folds(ledger)
    assert not [word for word in ("Холодильник", "телевизор", "leyla") if word.encode() in daemon.log.read_bytes()]
