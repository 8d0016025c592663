"""The chat's doors: who may come in, what a window hears, and that it does not matter which process has its socket."""

from __future__ import annotations

import asyncio
import json
from datetime import timedelta

import pytest
from selectolax.lexbor import LexborHTMLParser
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from connectors.web_chat import posts
from connectors.web_chat.lines import parse
from connectors.web_chat.telling import unwrapped
from intake_daemon.contract import ChatLine, Raw
from intake_daemon.errors import Permanent
from intake_daemon.store import Store
from intake_daemon.web import Limits
from tests.chat.conftest import HERE, SESSION, Chat, chatting
from tests.promises import until
from tests.web.conftest import SITE, shipped


def socket(chat: Chat, origin: str | None = None) -> connect:
    """A window's socket."""
    return connect(f"{chat.url.replace('http', 'ws')}/chat/kontakt/socket", origin=origin, proxy=None)  # type: ignore[arg-type]


async def greeted(window: ClientConnection, after: int = 0) -> None:
    """Its first message."""
    await window.send(json.dumps({"session": SESSION, "after": after}))


class TestTheWidget:
    """One script."""

    async def test_every_brand_has_it_in_every_language_under_30_kb(self, chat: Chat) -> None:
        """As it is served, uncompressed; no word is missing in any language, and nothing comes from elsewhere."""
        for brand in shipped().brands.values():
            script = await chat.client.get(f"/chat/{brand.id}/widget.js")
            if brand.id == "ask4":  # it takes no chat
                assert script.status_code == 404
                continue
            assert len(script.content) < 30_000
            assert "http" not in script.text.replace("https?:", "").replace('"http', "").replace("/^http", "")
            asked = set(chat.connector._pages.said(brand, "en"))
            for language in brand.languages:
                words = (await chat.client.get(f"/chat/{brand.id}/words.{language}.json")).json()
                assert set(words) == asked
                assert all(words.values())
                assert brand.name in words["title"]
        assert (await chat.client.get("/chat/kontakt/words.xx.json")).status_code == 404

    async def test_the_page_speaks_every_language_and_asks_nobody_else(self, chat: Chat) -> None:
        """All that it loads is ours; each page has its plain form, whose secret is new each time."""
        secrets = set()
        for language in ("az", "ru", "en"):
            page = await chat.client.get(f"/chat/kontakt?lang={language}")
            tree = LexborHTMLParser(page.text)
            root = tree.css_first("html")
            assert root
            assert root.attributes["lang"] == language
            for node in tree.css("[src], link[href]"):
                where = node.attributes.get("src") or node.attributes.get("href") or ""
                assert where.startswith(("/chat/kontakt/", "data:"))
                if where.startswith("/"):
                    assert (await chat.client.get(where)).status_code == 200
            hidden = tree.css_first("input[name=session]")
            assert hidden
            secrets.add(hidden.attributes["value"])
        assert len(secrets) == 3


class TestWhoMay:
    """Origin."""

    @pytest.mark.parametrize("name", ["session", "lines", "news"])
    async def test_our_own_page_and_the_brands_sites(self, chat: Chat, name: str) -> None:
        """A site of the brand may ask, and read the answer; another hears 403, also that it may read."""
        path = f"/chat/kontakt/{name}"
        frame = {"session": SESSION, "id": "line-0001", "text": "x"}
        for origin, status in ((None, 200), (chat.url, 200), (SITE, 200), ("https://evil.example", 403), ("null", 403)):
            headers = {"origin": origin} if origin else {}
            told = await chat.client.post(path, json=frame, headers=headers)
            assert told.status_code == status, origin
            assert told.headers.get("access-control-allow-origin") == origin
            assert told.headers["cache-control"] == "no-store" if status == 200 else True
        before = await chat.client.options(path, headers={"origin": SITE})
        assert (before.status_code, before.headers["access-control-allow-headers"]) == (204, "content-type")
        assert chat.door.refusals == {"foreign_origin": 2}

    async def test_a_foreign_page_gets_no_socket(self, chat: Chat) -> None:
        """It is refused before it opens; a site of the brand gets one."""
        with pytest.raises(InvalidStatus, match="403"):
            await socket(chat, "https://evil.example").__aenter__()
        async with socket(chat, SITE) as window:
            await greeted(window)
            await window.send(json.dumps({"t": "line", "id": "line-0001", "text": "x"}))
            assert json.loads(await window.recv())["id"] == "line-0001"

    async def test_what_is_not_served_is_not_there(self, store: Store) -> None:
        """Neither another brand's chat nor that of a brand that takes none."""
        async with chatting(store, brands=["kontakt"]) as chat:
            assert (await chat.client.get("/chat/kontakt")).status_code == 200
            for path in ("/chat/welzo", "/chat/ask4", "/chat/nobody/widget.js", "/chat/kontakt/other"):
                assert (await chat.client.get(path)).status_code == 404
            with pytest.raises(InvalidStatus, match="403"):
                await connect(f"{chat.url.replace('http', 'ws')}/chat/welzo/socket", proxy=None).__aenter__()

    async def test_a_brand_that_takes_no_chats_may_have_one(self, store: Store) -> None:
        """Who names it wants its customers told there where to write (A-12)."""
        async with chatting(store, brands=["ask4"]) as chat:
            assert (await chat.client.get("/chat/ask4")).status_code == 200

    async def test_a_secret_of_ones_own_making_opens_nothing(self, chat: Chat) -> None:
        """What cannot be a secret of ours is 400, or closes the socket; another's is another conversation."""
        assert (await chat.say("x", session="short")).status_code == 400
        assert (await chat.say("x", line="!")).status_code == 400
        assert (await chat.client.post("/chat/kontakt/lines", content=b"[1]")).status_code == 400
        assert (await chat.client.post("/chat/kontakt/news", json={"session": 5})).status_code == 400
        await chat.say("mine")
        assert await chat.news(session="T" * 43) == []
        async with socket(chat) as window:
            await window.send("not json")
            await window.send(json.dumps({"session": "short"}))
            with pytest.raises(ConnectionClosed):
                await window.recv()


class TestLines:
    """What is said."""

    async def test_a_line_is_there_for_every_window(self, chat: Chat) -> None:
        """Said by post, heard by socket; said again it is the same line."""
        async with socket(chat) as window:
            await greeted(window)
            await until(lambda: len(chat.connector._switchboard), "it listens")
            assert (await chat.say("Hello")).json() == {
                "t": "held",
                "id": "line-0001",
                "n": 1,
                "slow": False,
                "refused": [],
            }
            heard = json.loads(await window.recv())
            assert (heard["t"], heard["n"], heard["text"], heard["ours"]) == ("line", 1, "Hello", False)
            assert (await chat.say("Hello")).json()["n"] == 1
        assert len(chat.door.held) == 1

    async def test_a_socket_outlives_the_time_that_a_request_has(self, store: Store) -> None:
        """Who only connects is cut after its time; a socket that was opened before is not."""
        async with chatting(store, limits=Limits(head_seconds=0.2, linger_seconds=0.1)) as chat, socket(chat) as window:
            await greeted(window)
            host, port = chat.web.address("public")
            reading, writing = await asyncio.open_connection(host, port)
            assert await reading.read() == b""
            writing.close()
            await window.send(json.dumps({"t": "line", "id": "line-0001", "text": "x"}))
            assert json.loads(await window.recv())["id"] == "line-0001"

    async def test_a_message_that_is_too_large_closes_the_socket_and_goes_by_post(self, store: Store) -> None:
        """The window sends it again, another way."""
        async with chatting(store, limits=Limits(socket_bytes=1000)) as chat:
            async with socket(chat) as window:
                await greeted(window)
                await window.send(json.dumps({"t": "line", "id": "line-0001", "text": "x" * 2000}))
                with pytest.raises(ConnectionClosed):
                    await window.recv()
            assert (await chat.say("x" * 2000)).json()["t"] == "held"

    async def test_without_memory_a_line_is_held_all_the_same(self, chat: Chat) -> None:
        """The complaint is what counts; its place in the window comes when it is said again."""
        chat.door.chats = None
        assert (await chat.say("Hello")).json()["n"] == 0
        assert len(chat.door.held) == 1

    async def test_nothing_is_no_line(self, chat: Chat) -> None:
        """No words and no file that is taken: nothing is held, and the window hears why."""
        assert (await chat.say("  ")).json()["t"] == "empty"
        said = {"session": SESSION, "id": "line-0002"}
        files = [("files", ("run.exe", b"MZ\x90\0" + b"\0" * 64, "image/png"))]
        told = await chat.client.post("/chat/kontakt/lines", data=said, files=files)
        assert told.json() == {"t": "empty", "id": "line-0002", "refused": [{"name": "run.exe", "why": "kind"}]}
        assert not chat.door.raws

    async def test_a_line_may_say_anything_in_any_place(self, chat: Chat) -> None:
        """What no window of ours would send costs neither the line nor the socket."""
        assert (await chat.say("One", chosen=[])).json()["t"] == "held"
        async with socket(chat) as window:
            await greeted(window, after=1)
            await window.send(json.dumps({"t": "line", "id": "line-0002", "text": "Two", "chosen": {}}))
            assert json.loads(await window.recv())["id"] == "line-0002"

    async def test_a_plain_form_without_an_id_is_a_line_all_the_same(self, chat: Chat) -> None:
        """A company's own form, say: what was typed is held, and the answer says so."""
        told = await chat.client.post("/chat/kontakt", data={"text": "It broke."}, files={"files": ("", b"")})
        assert told.status_code == 200
        assert [draft.text for draft in chat.door.drafts] == ["It broke."]

    async def test_who_writes_very_much_is_slowed_and_told(self, chat: Chat) -> None:
        """Nobody is refused: the line is held, and marked."""
        chat.connector._switchboard.wake("nobody")
        hearing = [await chat.say(f"{n}", f"line-{n:04}") for n in range(61)]
        assert [told.json()["slow"] for told in hearing] == [False] * 60 + [True]
        assert len(chat.door.held) == 61
        assert chat.door.drafts[-1].remarks == ("fast_sender",)

    def test_what_the_message_says(self) -> None:
        """Conversation, answer's address, e-mail behind it, the language that was chosen, and the command."""
        line = {"id": "line-0001", "text": "Hello", "command": "new", "mail": "Ann@Shop.Example", "refused": []}
        told = {"conversation": HERE, "language": "ru", "client_language": "ru"}
        (draft,) = parse(Raw(json.dumps(line).encode(), "kontakt", "application/json", envelope=told))
        assert draft.identity == f"chat:kontakt:{HERE}:line-0001"
        assert draft.thread.conversation == HERE
        assert [(each.kind, each.value) for each in draft.sender.addresses] == [
            ("chat", HERE),
            ("email", "Ann@shop.example"),
        ]
        assert draft.sender.verified == "none"
        assert draft.reply_address == draft.sender.addresses[0]
        assert (draft.language.chosen, draft.fields["command"]) == ("ru", "new")

    @pytest.mark.parametrize(
        ("text", "command", "words"),
        [
            ("/new The washing machine, too", "new", "The washing machine, too"),
            ("/STATUS", "status", ""),
            ("/newspaper", None, "/newspaper"),
            ("I said /new", None, "I said /new"),
        ],
    )
    def test_a_command_that_is_typed(self, text: str, command: str | None, words: str) -> None:
        """As in other chats; what stands behind it is what was said."""
        line = {"id": "line-0001", "text": text, "command": "", "mail": "", "refused": []}
        (draft,) = parse(Raw(json.dumps(line).encode(), "kontakt", "application/json", envelope={"conversation": HERE}))
        ((start, end),) = draft.new_text
        assert (draft.fields.get("command"), draft.text[start:end]) == (command, words)

    async def test_whatever_comes_by_socket_the_next_line_is_held(self, chat: Chat) -> None:
        """What cannot be a message is passed over, and stops nothing."""
        odd = [f'{{"t": "seen", "n": {10**50}}}']
        odd += [
            "",
            "[]",
            "null",
            "{",
            '{"t": 5}',
            '{"t": "line"}',
            '{"t": "line", "id": 7, "text": []}',
            '{"t": "seen"}',
        ]
        odd += ['{"t": "seen", "n": -1}', '{"t": "seen", "n": 1e400}', '{"t": "seen", "n": true}', "[" * 100_000]
        async with socket(chat) as window:
            await greeted(window)
            for frame in odd:
                await window.send(frame)
            await window.send(b"\xff\xfe")
            await window.send(json.dumps({"t": "line", "id": "line-0001", "text": "Hello \ud800"}))
            assert json.loads(await window.recv())["id"] == "line-0001"
        assert len(chat.door.held) == 1


class TestAnswers:
    """Notices."""

    async def test_another_process_has_the_socket(self, store: Store) -> None:
        """A notice handed to one process is shown by the other, and is `sent` once it was."""
        async with chatting(store, shown_seconds=60) as one, chatting(store) as other:
            await one.say("Hello")
            async with socket(other) as window:
                await greeted(window, after=1)
                telling = asyncio.create_task(one.connector.reply(one.notice(text="We are looking.")))
                line = json.loads(await window.recv())
                assert (line["text"], line["ours"]) == ("We are looking.", True)
                assert not telling.done()
                await window.send(json.dumps({"t": "seen", "n": line["n"]}))
                assert (await telling).outcome == "sent"
            assert not [*one.door.receipts, *other.door.receipts]

    async def test_what_nobody_looks_at_waits_and_then_goes_elsewhere(self, store: Store) -> None:
        """Put off until the visitor's time is over; looked at meanwhile it is `sent` late, once; else it has failed,
        and what follows is not waited for anew. Without another address the time is longer."""
        async with chatting(store, shown_seconds=0, unseen_minutes=30, unseen_without_mail_minutes=60) as chat:
            await chat.say("Hello", mail="ann@shop.example")
            await chat.connector.reply(chat.notice())
            put_off = await chat.connector.reply(chat.notice())  # handed over again it is the same line
            assert (put_off.outcome, put_off.code) == ("deferred", "unseen")
            assert put_off.until is not None
            assert timedelta(minutes=29) < put_off.until - chat.clock() <= timedelta(minutes=30)
            assert [line["text"] for line in await chat.news(after=1)] == ["We have your complaint."]
            await chat.news(after=2, seen=2)
            await chat.news(after=2, seen=2)
            (late,) = chat.door.receipts
            assert (late.notice, late.outcome) == ("notice-1", "sent")
            assert (await chat.connector.reply(chat.notice())).outcome == "sent"

            assert (await chat.connector.reply(chat.notice(2))).outcome == "deferred"
            chat.clock.ahead += timedelta(minutes=31)
            for number in (2, 3):
                with pytest.raises(Permanent, match="unseen"):
                    await chat.connector.reply(chat.notice(number))
            await chat.say("No mail, please", "line-0002", mail="")
            chat.clock.ahead += timedelta(minutes=1)
            assert (await chat.connector.reply(chat.notice(2))).outcome == "deferred"

    async def test_there_are_more_windows_than_sockets(self, store: Store) -> None:
        """The next one gets none, and looks for news now and then; it is told how often."""
        async with chatting(store, max_sockets=1) as chat, socket(chat) as first:
            await greeted(first)
            await until(lambda: len(chat.connector._switchboard), "it listens")
            with pytest.raises(InvalidStatus, match="403"):
                await socket(chat).__aenter__()
            asked = {"session": SESSION, "after": 0, "wait": 25}
            assert (await chat.client.post("/chat/kontakt/news", json=asked)).json() == {"lines": [], "again": 10}

    async def test_a_question_for_news_ends_when_we_stop(self, chat: Chat) -> None:
        """Nobody is kept waiting by a process that goes."""
        asking = asyncio.create_task(chat.news(wait=25))
        async with socket(chat) as window:
            await greeted(window)
            await until(lambda: len(chat.connector._switchboard) == 2, "both listen")
            chat.running.cancel()
            assert await asking == []
            with pytest.raises(ConnectionClosed):
                await window.recv()

    async def test_one_address_does_not_take_all_ears(self, chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
        """Who keeps very many questions open is told to look now and then; an ear that is free again is given."""
        monkeypatch.setattr(posts, "PEER", 1)
        for asks in ("S", "T"):
            waiting = asyncio.create_task(chat.news(wait=25, session=asks * 43))
            await until(lambda: len(chat.connector._switchboard), "it listens")
            asked = {"session": "U" * 43, "after": 0, "wait": 25}
            assert (await chat.client.post("/chat/kontakt/news", json=asked)).json() == {"lines": [], "again": 10}
            await chat.say("Hello", session=asks * 43)
            assert len(await waiting) == 1

    async def test_old_conversations_go(self, store: Store) -> None:
        """What nobody said or read for `keep_days` is no longer shown."""
        async with chatting(store, keep_days=1) as chat:
            await chat.chats.add("old", ChatLine("l", "x", chat.clock() - timedelta(days=2)))
        async with chatting(store, keep_days=1) as chat:
            for _ in range(1000):
                if not await chat.chats.since("old", 0):
                    break
                await asyncio.sleep(0.01)
            assert not await chat.chats.since("old", 0)

    def test_a_letters_lines_end_where_the_window_does(self) -> None:
        """Line ends that only the letter's width made go; lists, tables and paragraphs stay."""
        letter = (
            "Dear customer,\n\nThank you for telling us. We have received your complaint and\nrecorded it.\n\n"
            "Reference:  KON-1\nReceived:   today\n            by chat\n\n- one\n- two\n\nWith kind regards,\nKontakt\n"
        )
        assert unwrapped(letter) == (
            "Dear customer,\n\nThank you for telling us. We have received your complaint and recorded it.\n\n"
            "Reference:  KON-1\nReceived:   today\n            by chat\n\n- one\n- two\n\nWith kind regards,\nKontakt"
        )
