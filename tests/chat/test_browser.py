"""The chat's window in a real Chromium, on our page and on a company's with a strict policy of its own.

Screenshots are written into the test's temporary folder, to be looked at: `pytest --basetemp=FOLDER tests/chat`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import BrowserContext, FilePayload, Locator, Page, expect
from playwright.async_api import Route as Fetched
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from intake_daemon.contract import ChatLine
from intake_daemon.store import Store
from intake_daemon.web.guard import Limits
from intake_daemon.web.listener import Listen, Server, bind
from tests.chat.conftest import Chat, chatting
from tests.promises import a_notice, until
from tests.services.chromium import Chromium

JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"\0" * 64
EVIDENCE: list[FilePayload] = [
    {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": JPEG},
    {"name": "setup.exe", "mimeType": "image/jpeg", "buffer": b"MZ\x90\0" + b"\0" * 64},
]
LETTER = """Hörmətli müştəri,

Müraciətiniz üçün təşəkkür edirik. Şikayətinizi aldıq və qeydə
aldıq.

Nömrə:  KON-4T7K-Q9MX-2RH0"""


def texts(chat: Chat) -> list[str]:
    """What was held, in order, once each."""
    return [held.message.text for held in chat.door.held.values()]


def conversation(chat: Chat) -> str:
    """The conversation of whoever spoke last."""
    return chat.door.drafts[-1].thread.conversation or ""


async def answer(chat: Chat, number: int, text: str) -> str:
    """A notice into the conversation; what its receipt says."""
    notice = a_notice("chat", conversation(chat), id=f"notice-{number}", text=text, automatic="no")
    return (await chat.connector.reply(notice)).outcome


async def say(page: Page, words: str) -> Locator:
    """Write a line and send it by the keyboard; the line."""
    await page.get_by_label("Mesajınız").fill(words)
    await page.keyboard.press("Enter")
    return page.locator(".mine", has_text=words)


async def sideways(page: Page) -> int:
    """By how many pixels the page is wider than the window."""
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize("width", [360, pytest.param(1280, marks=pytest.mark.proof)])
async def test_a_conversation_on_our_page(chat: Chat, chromium: Chromium, tmp_path: Path, width: int) -> None:
    """A line is marked as received only when it is held; the answer comes into the same window and is then `sent`; a
    file, a refused file, an e-mail address, a new complaint; a reload shows all of it once and says nothing again."""
    async with chromium.page(width=width, height=740, language="az") as page:
        wrong: list[str] = []
        page.on("console", lambda told: wrong.append(told.text))
        page.on("pageerror", lambda error: wrong.append(str(error)))
        await page.goto(f"{chat.url}/chat/kontakt")
        chat.door.gate = asyncio.Event()
        line = await say(page, "Soyuducu işləmir.")
        await expect(line).to_contain_text("Göndərilir…")
        await until(lambda: chat.door.waiting, "it is being held")
        assert "Alındı" not in await line.inner_text()
        chat.door.gate.set()
        await expect(line).to_contain_text("Alındı")
        await expect(page.get_by_label("Mesajınız")).to_be_focused()

        assert await answer(chat, 1, LETTER) == "sent"
        letter = page.locator(".ours")
        await expect(letter).to_contain_text("qeydə aldıq")
        await expect(letter.locator(".reference")).to_have_text("KON-4T7K-Q9MX-2RH0")
        await page.screenshot(path=tmp_path / f"answer-{width}.png")
        await page.locator("input[type=file]").set_input_files(EVIDENCE)
        await expect(page.locator(".mine", has_text="photo.jpg")).to_contain_text("Alındı")
        await expect(page.locator(".note")).to_contain_text("setup.exe: bu növ faylları")
        await expect(page.locator(".mine", has_text="setup.exe")).to_have_count(0)

        await page.get_by_text("Seçimlər").click()
        await page.get_by_label("E-poçt ünvanı").fill("leyla@")
        await page.get_by_role("button", name="Yadda saxla").click()
        await expect(page.get_by_label("E-poçt ünvanı")).to_be_focused()
        await expect(page.locator("#mail")).to_have_attribute("aria-invalid", "true")
        await page.get_by_label("E-poçt ünvanı").fill("leyla@example.com")
        await expect(page.locator("#mail")).not_to_have_attribute("aria-invalid", "true")
        await page.screenshot(path=tmp_path / f"options-{width}.png")
        await page.get_by_role("button", name="Yadda saxla").click()
        await expect(page.locator(".mine", has_text="leyla@example.com")).to_contain_text("Alındı")
        await page.get_by_text("Seçimlər").click()
        await page.get_by_role("button", name="Yeni şikayət").click()
        await expect(await say(page, "Paltaryuyan da xarabdır.")).to_contain_text("Alındı")
        assert (await sideways(page), wrong) == (0, [])

        await page.get_by_label("Mesajınız").fill("Bir də")
        await page.reload()
        await expect(page.locator(".mine")).to_have_count(4)
        await expect(page.locator(".ours")).to_have_count(1)
        await expect(page.get_by_label("Mesajınız")).to_have_value("Bir də")
        assert await page.locator("[role=log]").get_attribute("aria-live") == "polite"
        await page.screenshot(path=tmp_path / f"reload-{width}.png")
    first, file, mail, new = chat.door.drafts
    assert (first.text, first.channel, first.language.client) == ("Soyuducu işləmir.", "chat", "az")
    assert [(each.name, each.media_type) for each in file.files] == [("photo.jpg", "image/jpeg")]
    assert [each.value for each in mail.sender.addresses][1:] == ["leyla@example.com"]
    assert [each.fields.get("command") for each in chat.door.drafts] == [None, None, None, "new"]
    assert len(new.sender.addresses) == 2


async def test_cut_in_the_middle_of_typing_sending_and_waiting(chat: Chat, chromium: Chromium, tmp_path: Path) -> None:
    """Whatever is cut: what was typed stays, each line is held once, the answer that came meanwhile is shown; what
    cannot be held says so and is sent again by itself."""
    async with chromium.page(width=360, height=740, language="az") as page:
        await page.goto(f"{chat.url}/chat/kontakt")
        await expect(await say(page, "Birinci")).to_contain_text("Alındı")

        await page.get_by_label("Mesajınız").fill("İkin")  # cut while typing
        await page.context.set_offline(True)
        await cut(chat, page)
        await expect(page.get_by_role("status")).to_contain_text("Bağlantı yoxdur")
        await page.get_by_label("Mesajınız").press_sequentially("ci")
        await page.keyboard.press("Enter")
        second = page.locator(".mine", has_text="İkinci")
        await expect(second).to_contain_text("Hələ alınmayıb")
        await page.screenshot(path=tmp_path / "offline.png")
        await page.context.set_offline(False)
        await expect(second).to_contain_text("Alındı")
        await expect(page.get_by_role("status")).to_be_hidden()

        await until(lambda: len(chat.connector._switchboard), "it listens again")
        chat.door.gate = asyncio.Event()  # cut while sending: held, but the window does not hear of it
        third = await say(page, "Üçüncü")
        await until(lambda: chat.door.waiting, "it is being held")
        await cut(chat, page)
        chat.door.gate.set()
        await expect(third).to_contain_text("Alındı")

        await page.context.set_offline(True)  # cut while waiting for an answer
        await cut(chat, page)
        told = asyncio.create_task(answer(chat, 1, "Baxırıq."))
        await page.context.set_offline(False)
        await expect(page.locator(".ours", has_text="Baxırıq.")).to_be_visible()
        assert await told == "sent"

        chat.door.away = True
        fourth = await say(page, "Dördüncü")
        await expect(fourth).to_contain_text("Hələ alınmayıb")
        await page.reload()
        await expect(fourth).to_contain_text("Hələ alınmayıb")
        chat.door.away = False
        await expect(fourth).to_contain_text("Alındı", timeout=20_000)
        await expect(page.locator(".mine")).to_have_count(4)

        chat.door.away = True  # no browser keeps a file for us
        await page.locator("input[type=file]").set_input_files(EVIDENCE[:1])
        await expect(page.locator(".mine", has_text="photo.jpg")).to_contain_text("Hələ alınmayıb")
        await page.reload()
        await expect(page.locator(".note")).to_contain_text("photo.jpg: bu fayl alınmayıb")
        await expect(page.locator(".mine")).to_have_count(4)
    assert texts(chat) == ["Birinci", "İkinci", "Üçüncü", "Dördüncü"]


async def cut(chat: Chat, page: Page) -> None:
    """The connection breaks, as a train in a tunnel does it: setting a browser offline keeps open sockets open."""
    del page
    for server, _ in chat.web._running:
        for connection in list(server.server_state.connections):
            connection.transport.abort()


async def test_two_tabs_are_one_conversation(chat: Chat, chromium: Chromium) -> None:
    """What is said in one tab is seen in both, in one order; one secret, nothing twice; one look makes it `sent`."""
    async with chromium.page(language="az") as one:
        await one.goto(f"{chat.url}/chat/kontakt")
        two = await tab(one.context, f"{chat.url}/chat/kontakt")
        await expect(await say(one, "Birinci")).to_contain_text("Alındı")
        await expect(two.locator(".mine", has_text="Birinci")).to_contain_text("Alındı")
        await expect(await say(two, "İkinci")).to_contain_text("Alındı")
        await expect(one.locator(".mine", has_text="İkinci")).to_contain_text("Alındı")
        assert await answer(chat, 1, "Baxırıq.") == "sent"
        for page in (one, two):
            await expect(page.locator(".ours", has_text="Baxırıq.")).to_be_visible()
            assert await page.locator(".mine .text, .ours .text").all_inner_texts() == ["Birinci", "İkinci", "Baxırıq."]
    assert texts(chat) == ["Birinci", "İkinci"]
    assert len({draft.thread.conversation for draft in chat.door.drafts}) == 1


async def tab(context: BrowserContext, url: str) -> Page:
    """One more tab of the same browser."""
    page = await context.new_page()
    await page.goto(url)
    return page


@asynccontextmanager
async def shop(script: str, origins: str) -> AsyncIterator[str]:
    """A company's page with the widget in it, under a policy that allows no inline script or style."""
    policy = f"default-src 'none'; script-src {origins}; connect-src {origins} {origins.replace('http', 'ws')}"

    async def page(_request: Request) -> Response:
        head = '<!doctype html><html lang="ru-RU"><title>Shop</title><h1>Shop</h1>'
        body = f'{head}<script src="{script}" defer></script>'
        return HTMLResponse(body, HTTPStatus.OK, {"content-security-policy": policy})

    listening = bind("public", Listen("127.0.0.1", 0))
    server = Server(Starlette(routes=[Route("/", page)]), Limits(), "127.0.0.1")
    task = asyncio.create_task(server.serve(sockets=[listening]))
    await server.up(task)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


@pytest.mark.parametrize("width", [360, 1280])
async def test_on_a_companys_page_under_a_strict_policy(
    store: Store, chromium: Chromium, tmp_path: Path, width: int
) -> None:
    """One tag: a button in the page's language, opened and closed by the keyboard, focus where it belongs, an answer
    while it is closed is counted on the button and `sent` only when it is looked at. No violation of the policy."""
    async with chatting(store, shown_seconds=0) as chat, shop(f"{chat.url}/chat/kontakt/widget.js", chat.url) as url:
        allow(chat, url)
        async with chromium.page(width=width, height=740) as page:
            wrong: list[str] = []
            page.on("console", lambda told: wrong.append(told.text))
            await page.goto(url)
            button = page.get_by_role("button", name="Чат для жалоб")
            await expect(button).to_be_visible()
            await page.screenshot(path=tmp_path / f"closed-{width}.png")
            await page.keyboard.press("Tab")
            await expect(button).to_be_focused()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("dialog", name="Kontakt: чат для жалоб")).to_be_visible()
            await expect(page.get_by_label("Ваше сообщение")).to_be_focused()
            await page.keyboard.type("Холодильник не работает.")
            await page.keyboard.press("Shift+Enter")
            await page.keyboard.type("Деньги не возвращают.")
            await page.keyboard.press("Enter")
            await expect(page.locator(".mine")).to_contain_text("Получено")
            await page.screenshot(path=tmp_path / f"open-{width}.png")
            await page.keyboard.press("Escape")
            await expect(page.get_by_role("dialog")).to_be_hidden()
            await expect(button).to_be_focused()
            assert await answer(chat, 1, "Мы разбираемся.") == "deferred"
            await expect(page.get_by_role("button", name="новые ответы: 1")).to_be_visible()
            await page.screenshot(path=tmp_path / f"unread-{width}.png")
            assert not chat.door.receipts
            await page.keyboard.press("Enter")
            await expect(page.locator(".ours")).to_be_visible()
            await until(lambda: chat.door.receipts, "the window has told that it was shown")
            assert wrong == []
    (sent,) = chat.door.receipts
    assert (sent.notice, sent.outcome) == ("notice-1", "sent")
    assert texts(chat) == ["Холодильник не работает.\nДеньги не возвращают."]


async def test_a_page_that_may_not_is_told_where_to_write(store: Store, chromium: Chromium) -> None:
    """On a page that is not the brand's the window keeps the line and shows our own page's address."""
    async with chatting(store) as chat, shop(f"{chat.url}/chat/kontakt/widget.js", chat.url) as url:
        async with chromium.page() as page:
            await page.goto(url)
            await page.get_by_role("button", name="Чат для жалоб").click()
            await page.get_by_label("Ваше сообщение").fill("Холодильник не работает.")
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("link", name=f"{chat.url}/chat/kontakt")).to_be_visible()
            await expect(page.locator(".mine")).to_contain_text("Ещё не получено")
        assert not chat.door.raws


def allow(chat: Chat, origin: str) -> None:
    """The brand's `sites`."""
    brands = dict(chat.connector._world.brands)
    brand: Any = brands["kontakt"]
    brands["kontakt"] = type(brand)(**{**brand.__dict__, "sites": (origin,)})
    object.__setattr__(chat.connector._world, "brands", brands)


async def test_without_a_socket_it_goes_by_plain_requests(store: Store, chromium: Chromium) -> None:
    """Where no socket opens, lines and answers go by post, with nothing lost or doubled."""
    async with chatting(store, shown_seconds=30, max_sockets=0) as chat, chromium.page(language="az") as page:
        await page.goto(f"{chat.url}/chat/kontakt")
        await expect(await say(page, "Birinci")).to_contain_text("Alındı")
        assert await answer(chat, 1, "Baxırıq.") == "sent"
        await expect(page.locator(".ours")).to_contain_text("Baxırıq.")
        await expect(await say(page, "İkinci")).to_contain_text("Alındı")
    assert texts(chat) == ["Birinci", "İkinci"]


FULL = "Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); };"


async def test_a_browser_that_has_no_room_for_us(chat: Chat, chromium: Chromium) -> None:
    """The company's own page has filled the browser's store, or the browser keeps none: what is said is held."""
    async with chromium.page(width=400, height=700, language="az") as page:
        await page.add_init_script(FULL)
        await page.goto(f"{chat.url}/chat/kontakt")
        for words in ("Soyuducu işləmir.", "Pulumu qaytarın."):
            await expect(await say(page, words)).to_contain_text("Alındı")
        assert texts(chat) == ["Soyuducu işləmir.", "Pulumu qaytarın."]
        assert len({each.thread.conversation for each in chat.door.drafts}) == 1


async def test_who_types_before_the_script_has_come_goes_on(chat: Chat, chromium: Chromium) -> None:
    """The page is a form until the window's words are there; what was typed into it by then stands in the window, with
    the cursor in it, and a chosen file is asked for again."""
    come = asyncio.Event()

    async def late(route: Fetched) -> None:
        await come.wait()
        await route.continue_()

    async with chromium.page(language="ru") as page:
        await page.route("**/words.ru.json", late)
        await page.goto(f"{chat.url}/chat/kontakt?lang=ru")
        await page.get_by_label("Прикрепить файлы").set_input_files(EVIDENCE)
        await page.get_by_label("Адрес электронной почты").fill("leyla@example.com")
        await page.get_by_label("Ваше сообщение").fill("Холодильник")
        come.set()
        await expect(page.get_by_role("log")).to_contain_text("photo.jpg")
        address = page.get_by_label("Адрес электронной почты")
        await expect(address).to_be_visible()
        await expect(address).to_have_value("leyla@example.com")
        await expect(page.get_by_label("Ваше сообщение")).to_be_focused()
        await page.keyboard.type(" не работает.")
        await page.keyboard.press("Enter")
        await expect(page.locator(".mine")).to_contain_text("Получено")
    assert texts(chat) == ["Холодильник не работает."]


async def test_without_javascript_the_page_is_a_form(chat: Chat, chromium: Chromium, tmp_path: Path) -> None:
    """A line with a file, the answer after a look, nothing twice by a reload; what is not held comes back."""
    photo = tmp_path / "photo.jpg"
    photo.write_bytes(JPEG)
    async with chromium.page(javascript=False, width=360, height=740) as page:
        await page.goto(f"{chat.url}/chat/kontakt?lang=ru")
        await page.get_by_label("Ваше сообщение").fill("Холодильник не работает.")
        await page.get_by_label("Прикрепить файлы").set_input_files(photo)
        await page.get_by_label("Адрес электронной почты").fill("leyla@example.com")
        await page.get_by_role("button", name="Отправить").click()
        await expect(page.get_by_role("status")).to_contain_text("Мы получили ваше сообщение.")
        await expect(page.locator(".mine")).to_contain_text("photo.jpg")
        await chat.chats.add(conversation(chat), ChatLine("n", "Мы разбираемся.", chat.clock(), ours=True))
        await page.reload()
        await expect(page.locator(".mine")).to_have_count(1)
        await expect(page.locator(".ours")).to_contain_text("Мы разбираемся.")
        await page.screenshot(path=tmp_path / "plain.png", full_page=True)
        assert await sideways(page) == 0

        chat.door.away = True
        await page.get_by_label("Ваше сообщение").fill("И ещё одно.")
        await page.get_by_role("button", name="Отправить").click()
        await expect(page.get_by_label("Ваше сообщение")).to_have_value("И ещё одно.")
        chat.door.away = False
        await page.get_by_role("button", name="Отправить").click()
        await expect(page.locator(".mine")).to_have_count(2)
        assert "session" not in page.url
    assert texts(chat) == ["Холодильник не работает.", "И ещё одно."]
    assert [file.name for file in chat.door.drafts[0].files] == ["photo.jpg"]
    assert chat.door.drafts[0].language.chosen == "ru" or chat.door.drafts[0].language.client == "ru"
