"""The form in a real Chromium: with and without JavaScript, with a file, with an error first, and 360 pixels wide.

Screenshots are written into the test's temporary folder, to be looked at: `pytest --basetemp=FOLDER tests/web`.
"""

from __future__ import annotations

from itertools import product
from pathlib import Path

import pytest
from playwright.async_api import Page, expect

from connectors.web_form import parse
from tests.services.chromium import Chromium
from tests.web.conftest import Forms, serving

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"\0" * 64


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "no-script"])
async def test_a_person_sends_a_complaint_with_an_error_first_and_a_file(
    forms: Forms, chromium: Chromium, tmp_path: Path, *, javascript: bool
) -> None:
    """The error is named and focused, what was typed is kept, the second try gives the reference, a reload no other."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(JPEG)
    async with chromium.page(javascript=javascript, width=360, height=740) as page:
        foreign: list[str] = []
        page.on(
            "request",
            lambda request: None if request.url.startswith((forms.url, "data:")) else foreign.append(request.url),
        )
        await page.goto(f"{forms.url}/forms/kontakt?lang=az")
        await page.get_by_label("Soyad").fill("Məmmədova")
        await page.get_by_label("E-poçt ünvanı").fill("leyla@")
        await page.get_by_role("button", name="Şikayəti göndər").click()

        summary = page.get_by_role("alert")
        await expect(summary).to_be_focused()
        await expect(summary.get_by_role("link")).to_have_count(2)
        await expect(page.get_by_label("Soyad")).to_have_value("Məmmədova")
        await page.screenshot(path=tmp_path / "error.png", full_page=True)
        await summary.get_by_role("link").first.click()
        await page.get_by_label("Nə baş verib?").fill("Soyuducu işləmir.")
        await page.get_by_label("E-poçt ünvanı").fill("leyla@example.com")
        await page.get_by_label("Bəli, kiminsə").check()
        await page.get_by_label("Şəkillər").set_input_files(photo)
        await page.get_by_role("button", name="Şikayəti göndər").click()

        await expect(page.get_by_role("heading", name="Şikayətinizi aldıq")).to_be_visible()
        (held,) = forms.door.held.values()
        await expect(page.get_by_text(held.reference)).to_be_visible()
        await page.screenshot(path=tmp_path / "thanks.png", full_page=True)
        assert await sideways(page) == 0
        await page.reload()
        await expect(page.get_by_text(held.reference)).to_be_visible()
        assert foreign == []
    (draft,) = parse(forms.door.raws[0])
    assert len(forms.door.held) == 1
    assert draft.fields["danger"] is True
    assert draft.fields["customer.name"] == "Məmmədova"
    assert [(file.name, file.media_type) for file in draft.files] == [("photo.jpg", "image/jpeg")]


PAGES = [("welzo", "en"), ("welzo", "lv"), ("ask4", "pl"), ("logoscon", "pt"), ("kontakt", "ru"), ("kontakt", "az")]
ASKED = """questions => questions.map(e => ({
    name: e.name || e.textContent, height: e.getBoundingClientRect().height,
    labelled: e.labels.length > 0 || e.tagName === 'BUTTON'}))"""


async def test_a_page_fits_its_window(forms: Forms, chromium: Chromium, tmp_path: Path) -> None:
    """In every language, on a telephone and at a desk: nothing is wider than the window, every question has a name that
    is read aloud, every target is large enough."""
    async with chromium.page() as page:
        for width, (brand, language) in product([360, 1280], PAGES):
            shown = f"{brand}-{language}-{width}"
            await page.set_viewport_size({"width": width, "height": 800})
            await page.goto(f"{forms.url}/forms/{brand}?lang={language}")
            if width == 360:
                await page.screenshot(path=tmp_path / f"{shown}.png", full_page=True)
            assert await sideways(page) == 0, shown
            questions = page.locator("form :is(input:not([type=hidden]), textarea, select, button)")
            asked = await questions.evaluate_all(ASKED)
            assert len(asked) > 5, shown
            assert [each for each in asked if each["height"] < 22 or not each["labelled"]] == [], shown


async def test_with_javascript_a_file_too_large_is_named_before_it_is_sent(chromium: Chromium, tmp_path: Path) -> None:
    """It saves the wait; choosing another file takes the remark away, and nobody is kept from sending."""
    large, small = tmp_path / "large.jpg", tmp_path / "small.jpg"
    large.write_bytes(JPEG + b"\0" * 2_000_000)
    small.write_bytes(JPEG)
    async with serving(max_file_bytes=1024 * 1024) as forms, chromium.page() as page:
        await page.goto(f"{forms.url}/forms/welzo?lang=en")
        chosen = page.get_by_label("Photos")
        await chosen.set_input_files([large, small])
        await expect(page.get_by_role("status")).to_contain_text("large.jpg")
        await expect(page.get_by_role("status")).not_to_contain_text("small.jpg")
        await chosen.set_input_files(small)
        await expect(page.locator("#files-large")).to_be_hidden()
        await chosen.set_input_files([large, small])
        await page.get_by_label("What happened?").fill("x")
        await page.get_by_role("button", name="Send complaint").dblclick()
        await expect(page.get_by_text("We have received your complaint")).to_be_visible()
        await expect(page.get_by_role("status")).to_contain_text("large.jpg")
    assert [file.name for file in forms.door.raws[0].files] == ["small.jpg"]
    assert len(forms.door.held) == 1
