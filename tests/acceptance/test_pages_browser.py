"""The status page in a real Chromium, without JavaScript and 360 pixels wide: from the reference to how it stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import expect

from router.pages import status
from tests.acceptance.office import Office
from tests.services.chromium import Chromium


async def test_a_customer_sees_how_it_stands(
    office: Office, chromium: Chromium, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In Latvian: the reference is typed, a wrong code is told, the right one from the letter opens the page; nothing
    is wider than the window, and nothing is fetched from elsewhere."""
    monkeypatch.setattr(status, "FLOOR", 0.05)
    case = await office.mail("Sūtījums nav pienācis, un neviens neatbild. Lūdzu, atdodiet naudu.")
    assert case is not None
    assert office.house.web is not None
    url = office.house.web.url("public")
    async with chromium.page(javascript=False, width=360, height=740) as page:
        foreign: list[str] = []
        page.on("request", lambda asked: None if asked.url.startswith((url, "data:")) else foreign.append(asked.url))
        await page.goto(f"{url}/status")
        await page.get_by_role("link", name="Latviešu").click()
        await page.get_by_label("Sūdzības atsauces numurs").fill(case.reference.lower())
        await page.get_by_role("button", name="Nosūtīt man kodu").click()
        await page.get_by_label("Kods no mūsu ziņas").fill("1")
        await page.get_by_role("button", name="Parādīt, kā tā virzās").click()
        await expect(page.get_by_role("alert")).to_be_focused()
        await office.settled()
        (code,) = re.findall(r"^ {4}(\d{3} \d{3})$", office.told()[-1].get_content(), re.MULTILINE)
        await page.get_by_label("Kods no mūsu ziņas").fill(code)
        await page.screenshot(path=tmp_path / "code.png", full_page=True)
        await page.get_by_role("button", name="Parādīt, kā tā virzās").click()
        await expect(page.get_by_text(case.reference)).to_be_visible()
        await expect(page.get_by_text("Sazināsimies ar Jums līdz")).to_be_visible()
        await page.screenshot(path=tmp_path / "told.png", full_page=True)
        wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert int(await page.evaluate(wide)) == 0
        assert foreign == []
