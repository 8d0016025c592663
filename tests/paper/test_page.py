"""The staff page: who may open it, what it takes, what it says; in a real Chromium at two widths, without JavaScript.

Screenshots are written into the test's temporary folder, to be looked at: `pytest --basetemp=FOLDER tests/paper`.
"""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from playwright.async_api import expect

import connectors.paper.page
from connectors.paper.reading import UNDESCRIBED
from tests.paper.conftest import PDF, TOKEN, Papers
from tests.services.chromium import Chromium

WORDS: dict[str, dict[str, str]] = yaml.safe_load(
    Path(connectors.paper.page.__file__).with_name("words.yaml").read_text(encoding="utf-8")
)


def test_every_language_has_every_word() -> None:
    """Six languages, the same words, none of them empty."""
    assert set(WORDS) == {"en", "pt", "lv", "pl", "ru", "az"}
    assert len({tuple(words) for words in WORDS.values()}) == 1
    assert all(all(words.values()) for words in WORDS.values())


async def test_who_may_open_it(papers: Papers) -> None:
    """A stranger sees the sign-in, in their browser's language, and nothing else; a wrong token is counted and told; a
    right one stays in a cookie that no script reads and no other site sends, until it is signed out."""
    papers.client.cookies.clear()
    page = await papers.client.get("/paper", headers={"accept-language": "pl"})
    assert (page.status_code, "Twój kod dostępu" in page.text, "brand" in page.text) == (200, True, False)
    assert (await papers.client.post("/paper", data={"text": "x", "brand": "welzo"})).text.count("<h1>Sign in") == 1
    wrong = await papers.client.post("/paper/login", data={"token": TOKEN[:-1] + "y"})
    assert (wrong.status_code, "revoked" in wrong.text) == (403, True)
    assert papers.door.refusals == {"wrong_token": 1}
    let_in = await papers.client.post("/paper/login", data={"token": f" {TOKEN} "})
    assert (let_in.status_code, let_in.headers["location"]) == (303, "/paper")
    assert {"HttpOnly", "SameSite=strict", "Path=/paper"} <= set(let_in.headers["set-cookie"].split("; "))
    papers.client.cookies.set("intake_staff", TOKEN)
    assert "margaret" in (await papers.client.get("/paper")).text
    left = await papers.client.post("/paper/leave")
    assert "Max-Age=0" in left.headers["set-cookie"]
    assert not papers.door.raws


async def test_signed_out_in_the_middle(papers: Papers) -> None:
    """What was typed goes through the sign-in, a wrong token too, and stands in the form again."""
    papers.client.cookies.clear()
    typed = {"brand": "kontakt", "text": 'It "broke" <twice>.', "name": "Ann", "arrived": "2026-11-20"}
    page = await papers.client.post("/paper", data=typed, files={"files": ("a.pdf", PDF)})
    for token, status in ((TOKEN[:-1], 403), (TOKEN, 200)):
        kept = html.unescape(re.findall(r'name="kept" value="([^"]*)"', page.text)[0])
        page = await papers.client.post("/paper/login", data={"token": token, "kept": kept})
        assert page.status_code == status
    assert "It &#34;broke&#34; &lt;twice&gt;.</textarea>" in page.text
    assert '<option value="kontakt" selected>' in page.text
    papers.client.cookies.set("intake_staff", TOKEN)
    check = re.findall(r'name="check" value="(\w+)"', page.text)[0]
    assert (await papers.client.post("/paper", data={**typed, "check": check, "key": "k"})).status_code == 200
    assert len(papers.door.held) == 1


async def test_only_their_own_brands(papers: Papers) -> None:
    """The list has those of the colleague; another brand that was posted all the same is refused."""
    page = (await papers.client.get("/paper")).text
    assert re.findall(r'<option value="(\w+)">', page)[:2] == ["welzo", "kontakt"]
    check = re.findall(r'name="check" value="(\w+)"', page)[0]
    typed = {"brand": "ask4", "arrived": "2026-11-20", "text": "x", "check": check}
    answer = await papers.client.post("/paper", data=typed)
    assert (answer.status_code, "Choose the company." in answer.text) == (400, True)


async def test_what_is_wrong_comes_back_with_all_that_was_typed(papers: Papers) -> None:
    """Everything at once, each beside its field; nothing is held."""
    check = re.findall(r'name="check" value="(\w+)"', (await papers.client.get("/paper")).text)[0]
    tomorrow = (datetime.now(UTC) + timedelta(days=2)).date().isoformat()
    typed = {"brand": "welzo", "arrived": tomorrow, "email": "ann(at)", "phone": "12", "name": "<Ann>", "check": check}
    answer = await papers.client.post("/paper", data=typed, files={"files": ("a.exe", b"MZ")})
    assert answer.status_code == 400
    for word in ("error_arrived", "error_email", "error_phone", "error_file", "error_text", "files_again"):
        assert answer.text.count(WORDS["en"][word]) == (2 if word != "files_again" else 1), word
    assert "&lt;Ann&gt;" in answer.text
    assert not papers.door.raws


@pytest.mark.parametrize(
    ("media_type", "body"),
    [
        ("multipart/form-data; boundary=x", b"--x\r\nno head"),
        ("multipart/form-data", b"--x--"),
        ("application/json", b'{"text": "x"}'),
        ("application/x-www-form-urlencoded", b"\xff\xfe=%ZZ&&"),
    ],
)
async def test_what_no_page_sends(papers: Papers, media_type: str, body: bytes) -> None:
    """It is refused, and nothing fails."""
    answer = await papers.client.post("/paper", content=body, headers={"content-type": media_type})
    assert answer.status_code in {400, 403}
    assert not papers.door.raws


async def test_a_post_without_a_key_is_no_repetition(papers: Papers) -> None:
    """Only a page's own key tells that a post whose files came empty was held before; nobody hears another's answer."""
    check = re.findall(r'name="check" value="(\w+)"', (await papers.client.get("/paper")).text)[0]
    typed = {"brand": "welzo", "arrived": "2026-11-20", "text": "One", "check": check}
    assert (await papers.client.post("/paper", data=typed)).status_code == 200
    other = await papers.client.post("/paper", data={**typed, "text": "Two"}, files={"files": ("a.pdf", b"")})
    assert other.status_code == 400
    assert len(papers.door.held) == 1


async def test_a_scan_alone_asks_for_words(papers: Papers) -> None:
    """What a clerk only scans is taken, and a person is asked to describe it."""
    check = re.findall(r'name="check" value="(\w+)"', (await papers.client.get("/paper")).text)[0]
    typed = {"brand": "welzo", "arrived": "2026-11-20", "channel": "store", "check": check, "key": "k1"}
    answer = await papers.client.post("/paper", data=typed, files={"files": ("C:\\scans\\form.pdf", PDF)})
    assert answer.status_code == 200
    (held,) = papers.door.held.values()
    assert (held.message.channel, held.message.remarks) == ("store", (UNDESCRIBED,))
    assert held.message.fields == {"taken_by": "margaret"}
    assert WORDS["en"]["next_nobody"] in answer.text


@pytest.mark.parametrize(("language", "width"), [("en", 1280), pytest.param("ru", 360, marks=pytest.mark.proof)])
async def test_a_colleague_types_a_letter(
    papers: Papers, chromium: Chromium, tmp_path: Path, language: str, width: int
) -> None:
    """Without JavaScript: signed in, a mistake named and focused, mended, the reference told. Nothing is wider than the
    window, every field has a name that is read aloud, nothing is asked of anybody else."""
    said = WORDS[language]
    papers.door.colleagues.language = language
    scan = tmp_path / "letter.pdf"
    scan.write_bytes(PDF)
    foreign: list[str] = []
    async with chromium.page(javascript=False, width=width, height=800, language=language) as page:
        page.on(
            "request",
            lambda request: None if request.url.startswith((papers.url, "data:")) else foreign.append(request.url),
        )
        await page.goto(f"{papers.url}/paper")
        await page.screenshot(path=tmp_path / f"login-{language}-{width}.png")
        await page.get_by_label(said["token"]).fill(TOKEN)
        await page.get_by_role("button", name=said["enter"]).click()
        await page.get_by_label(said["brand"], exact=True).select_option("kontakt")
        await page.locator("#address").fill("Nizami küç. 5\nBakı")
        await page.get_by_role("button", name=said["send"]).click()
        summary = page.get_by_role("alert")
        await expect(summary.get_by_role("link", name=said["error_text"])).to_be_visible()
        await page.screenshot(path=tmp_path / f"error-{language}-{width}.png", full_page=True)
        await page.get_by_label(said["text"], exact=True).fill("Soyuducu işləmir.")
        await page.get_by_label(said["channel_store"]).check()
        await page.get_by_label(said["files"]).set_input_files(scan)
        for field in await page.locator("input:not([type=hidden]), select, textarea").all():
            assert await field.evaluate("field => field.labels.length") == 1
        assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        await page.screenshot(path=tmp_path / f"form-{language}-{width}.png", full_page=True)
        await page.get_by_role("button", name=said["send"]).click()
        await expect(page.get_by_role("heading", name=said["thanks_title"])).to_be_visible()
        (held,) = papers.door.held.values()
        await expect(page.get_by_text(held.reference)).to_be_visible()
        await expect(page.get_by_text(said["next_letter"])).to_be_visible()
        assert await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") == 0
        await page.screenshot(path=tmp_path / f"thanks-{language}-{width}.png", full_page=True)
        await page.reload()
        await expect(page.get_by_text(held.reference)).to_be_visible()
    assert foreign == []
    assert len(papers.door.held) == 1
    message = held.message
    assert (message.brand, message.channel, message.text) == ("kontakt", "store", "Soyuducu işləmir.")
    assert message.sender.address("postal") == "Nizami küç. 5\nBakı"
    assert message.reply_to is not None
    assert message.reply_to.address is None
    assert message.contact_at == message.contact_at.replace(minute=0, second=0, microsecond=0)
