"""meta keeps what every connector promises (tests/promises), over the wire: by WhatsApp, and what differs by
Messenger."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

import pytest

from connectors.meta import Meta, parse
from intake_daemon.contract import Draft, File, Raw
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from tests import promises
from tests.fakes.meta import FakeApp, posted, signed
from tests.meta.conftest import Line, answering
from tests.meta.payloads import (
    INSTAGRAM,
    PAGE,
    PHONE,
    THEIRS,
    Json,
    direct,
    event,
    messenger,
    text,
    typed,
    value,
    whatsapp,
)
from tests.promises import Item, Row, Told, Way, a_notice

ANSWERS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 7},
    "429 without a word": {"status": 429},
    "throughput": {"status": 400, "code": 130429},
    "pair": {"status": 400, "code": 131056},
    "account limit": {"status": 400, "code": 80007, "retry_after": 40},
    "app limit": {"status": 403, "code": 4},
    "503 with Retry-After": {"status": 503, "retry_after": 9},
    "expired token": {"status": 401, "code": 190},
    "no permission": {"status": 403, "code": 10},
    "no such number": {"status": 400, "code": 100, "subcode": 33},
    "bare 401": {"status": 401},
    "another app": {"status": 403, "code": 10, "subcode": 2018300},
    "503": {"status": 503},
    "500": {"status": 500, "code": 131000},
    "meta says 2": {"status": 400, "code": 2},
    "drop": {"drop": "before"},
    "drop after": {"drop": "after"},
    "hang": {"slow": 30},
    "nonsense": {"status": 200},
    "no id": {"body": {"messages": []}},
    "elsewhere": {"status": 302},
    "window": {"status": 400, "code": 131047},
    "page window": {"status": 400, "code": 10, "subcode": 2018278},
    "undeliverable": {"status": 400, "code": 131026},
    "blocked": {"status": 400, "code": 551},
    "nobody there": {"status": 400, "code": 100, "subcode": 2018001},
    "invalid": {"status": 400, "code": 131009},
    "refused": {"status": 410},
}
TABLE = (
    Row("nobody", Temporary, "not_connected"),
    Row("429", Temporary, "http_429", after=7),
    Row("429 without a word", Temporary, "http_429"),
    Row("throughput", Temporary, "meta_130429"),
    Row("pair", Temporary, "meta_131056", after=10),
    Row("account limit", Temporary, "meta_80007", after=40),
    Row("app limit", Temporary, "meta_4"),
    Row("503 with Retry-After", Temporary, "http_503", after=9),
    Row("expired token", Temporary, "meta_login"),
    Row("no permission", Temporary, "meta_login"),
    Row("no such number", Temporary, "meta_login"),
    Row("bare 401", Temporary, "meta_login"),
    Row("another app", Temporary, "thread_elsewhere", after=1800),
    Row("503", Unknown, "http_503"),
    Row("500", Unknown, "http_500"),
    Row("meta says 2", Unknown, "http_400"),
    Row("drop", Unknown, "connection_lost"),
    Row("drop after", Unknown, "connection_lost"),
    Row("hang", Unknown, "no_answer"),
    Row("nonsense", Unknown, "bad_answer"),
    Row("no id", Unknown, "bad_answer"),
    Row("elsewhere", Unknown, "http_302"),
    Row("window", Permanent, "window_closed"),
    Row("page window", Permanent, "window_closed"),
    Row("undeliverable", Permanent, "undeliverable"),
    Row("blocked", Permanent, "undeliverable"),
    Row("nobody there", Permanent, "undeliverable"),
    Row("invalid", Permanent, "meta_131009"),
    Row("refused", Permanent, "http_410"),
)
SETTINGS: dict[str, Any] = {
    "kind": "meta",
    "app_secret": "hush-hush",
    "more_secrets": ["older-hush"],
    "verify_token": "verify-hush",
    "token": "token-hush",
    "tokens": {PAGE: "page-hush"},
    "whatsapp": {PHONE: "welzo"},
    "pages": {PAGE: "welzo"},
    "instagram": {INSTAGRAM: "welzo"},
}
SECRETS = ("hush-hush", "older-hush", "verify-hush", "token-hush", "page-hush")


class MetaWay(Way):
    """Somebody with a telephone."""

    planted: tuple[str, ...] = (THEIRS, "Wombatova")

    def __init__(self, line: Line) -> None:
        self.line = line
        self.door = line.door
        self.connector = line.connector
        self.running = line.running
        self.what = ""

    def body(self, items: Sequence[Item]) -> Json:
        """All of them, each in a change of its own."""
        return whatsapp(*(value(self._message(each), phone=self.line.app.phone, name="Wombatova") for each in items))

    def _message(self, item: Item) -> Json:
        said = {
            "from": THEIRS + ("" if item.conversation == "a" else "4"),
            "id": f"wamid.{item.name}",
            "timestamp": str(int(item.at.timestamp())),
        }
        if not item.files:
            return {**said, "type": "text", "text": {"body": item.text}}
        (file,) = item.files
        media = {
            "id": self.kept(f"7{item.name}", file),
            "mime_type": file.media_type,
            "sha256": "x",
            "caption": item.text,
        }
        if self.what == "private":
            media = {"link": "http://127.0.0.1:9/inner", "caption": item.text}
        return {**said, "type": "image", "image": media}

    def kept(self, name: str, file: File) -> str:
        """Under which id Meta has the file; what is wrong with it."""
        app = self.line.app
        if self.what != "gone":
            app.keep(name, file.content, file.media_type)
        faults: dict[str, list[dict[str, Any]]] = {
            "too_large": [{"size": 2_000_000}],
            "wrong_type": [{"type": "text/html"}],
            "redirect": [{"redirect": "https://files.elsewhere.example/1"}],
            "hangs": [{"slow": 30}],
            "fails": [{"status": 500}] * 3,
            "fails_once": [{"drop": "before"}],
        }
        app.fail(f"files/{app.token}/{name}", *faults.get(self.what, []))
        return name

    async def deliver(self, item: Item) -> Told:
        """200 is held, 503 is again, 403 is refused."""
        return await self.bring(self.body([item]))

    async def bring(self, body: Json, signature: str | None = None) -> Told:
        """A post."""
        (answer,) = await self.line.post(body, signature=signature)
        return "held" if answer == 200 else "refused" if answer in {400, 401, 403, 413} else "again"

    def original(self, item: Item) -> bytes:
        """As Meta writes it."""
        return item.text.encode()

    async def forge(self, item: Item, how: str) -> Told:
        """Without a signature; with nobody's; of another body; SHA-1; the right digits without their name."""
        body = self.body([item])
        good = signed(self.line.app.secret, posted(body))
        signature = {
            "missing": "",
            "bad": "sha256=" + "0" * 64,
            "not ascii": "sha256=é",
            "other body": signed(self.line.app.secret, posted(self.body([Item("9")]))),
            "other secret": signed("guessed", posted(body)),
            "no name": good.removeprefix("sha256="),
            "upper": good.upper(),
        }
        return await self.bring(body, signature[how])

    async def batch(self, items: Sequence[Item]) -> Told:
        """One post."""
        return await self.bring(self.body(items))

    async def edit(self, item: Item, text: str) -> Told:
        """As WhatsApp tells of an edit."""
        inner = {"original_message_id": f"wamid.{item.name}", "message": {"type": "text", "text": {"body": text}}}
        return await self.bring(whatsapp(value(typed("edit", inner, "wamid.edit"), phone=self.line.app.phone)))

    def trouble(self, what: str) -> None:
        """What is wrong with files from now on."""
        self.what = what

    def answers(self, what: str) -> None:
        """What is wrong with sending from now on."""
        root = f"{self.line.app.meta.url if what != 'nobody' else 'http://127.0.0.1:9'}/v25.0"
        for graph in self.connector._graphs.values():
            graph.root = root
        if what in ANSWERS:
            self.line.app.fail("POST messages", ANSWERS[what])

    def notice(self) -> Notice:
        """An acknowledgement, well within the window."""
        return a_notice("whatsapp", f"+{THEIRS}", thread=self.thread("whatsapp", self.line.app.phone))

    @staticmethod
    def thread(of: str, account: str, **more: str) -> str:
        """What a contact of just now says of how it is answered."""
        until = (datetime.now(UTC) + timedelta(hours=20)).isoformat().replace("+", "%2B")
        return f"of={of}&account={account}&until={until}" + "".join(f"&{key}={value}" for key, value in more.items())


class MessengerWay(MetaWay):
    """Somebody on a page."""

    planted = ("4242",)

    def body(self, items: Sequence[Item]) -> Json:
        """All of them in one entry."""
        return messenger(*(self._event(each) for each in items), page=self.line.app.page)

    def _event(self, item: Item) -> Json:
        app = self.line.app
        said = direct(f"m_{item.name}", item.text, "4242" if item.conversation == "a" else "5252", account=app.page)
        said["timestamp"] = int(item.at.timestamp() * 1000)
        if item.files:
            links = [self._link(f"{item.name}{place}", file) for place, file in enumerate(item.files)]
            said["message"]["attachments"] = [{"type": "image", "payload": {"url": link}} for link in links]
        return said

    def _link(self, name: str, file: File) -> str:
        link = f"{self.line.app.meta.url}/files/{self.line.app.token}/{self.kept(name, file)}"
        return "http://127.0.0.1:9/inner" if self.what == "private" else link

    async def edit(self, item: Item, text: str) -> Told:
        """As Messenger tells of an edit."""
        edit = {"mid": f"m_{item.name}", "text": text, "num_edit": 1}
        return await self.bring(messenger(event(self.line.app.page, message_edit=edit), page=self.line.app.page))

    def notice(self) -> Notice:
        """An acknowledgement, well within the window."""
        return a_notice("facebook", "4242", thread=self.thread("messenger", self.line.app.page))


class TestWhatsApp(
    promises.Brings,
    promises.Fetches,
    promises.Batches,
    promises.Edits,
    promises.Orders,
    promises.Replies,
    promises.Signed,
):
    """By WhatsApp: all of them."""

    kind = Meta
    settings: ClassVar[dict[str, Any]] = SETTINGS
    secrets = SECRETS
    table = TABLE
    forgeries = ("missing", "bad", "not ascii", "other body", "other secret", "no name", "upper")
    provider_time = True
    many = 1

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, app: FakeApp) -> AsyncIterator[Way]:
        """A number."""
        async with answering(app, max_file_bytes=1_000_000, media_seconds=1, timeout=1) as line:
            yield MetaWay(line)


class TestMessenger(promises.Fetches, promises.Batches, promises.Edits, promises.Orders):
    """By Messenger: links instead of ids, edits and batches of another form."""

    kind = Meta
    settings: ClassVar[dict[str, Any]] = SETTINGS
    secrets = SECRETS
    troubles = ("gone", "redirect", "private")

    @pytest.fixture
    async def way(self, app: FakeApp) -> AsyncIterator[Way]:
        """A page."""
        async with answering(app, max_file_bytes=1_000_000, media_seconds=1, timeout=1) as line:
            yield MessengerWay(line)


async def test_a_text(app: FakeApp) -> None:
    """What `text` makes is what the way makes: the builders agree."""
    async with answering(app) as line:
        assert await line.post(whatsapp(value(text(), phone=app.phone))) == [200]
        (held,) = line.door.held.values()
        assert (held.message.text, held.message.brand) == ("It is broken.", "welzo")
