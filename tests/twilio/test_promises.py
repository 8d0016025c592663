"""twilio_text keeps what every connector promises (tests/promises), over the wire; calls do so in test_voice.py."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any, ClassVar
from urllib.parse import quote_plus

import pytest
from twilio.request_validator import RequestValidator

from connectors.twilio import TwilioText, parse
from intake_daemon.contract import Draft, Raw
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from tests import promises
from tests.fakes.twilio import FakeAccount
from tests.promises import Item, Row, Told, Way, a_notice
from tests.twilio.conftest import PUBLIC, Line, answering
from tests.twilio.payloads import ACCOUNT, OURS, THEIRS, sms

ANSWERS: dict[str, dict[str, Any]] = {
    "429": {"status": 429, "retry_after": 7},
    "429 without a word": {"status": 429},
    "503 with Retry-After": {"status": 503, "retry_after": 9},
    "503": {"status": 503},
    "500": {"status": 500},
    "queue full": {"status": 400, "code": 21611},
    "wrong token": {"status": 401, "code": 20003},
    "no such account": {"status": 404, "code": 20404},
    "drop": {"drop": "before"},
    "drop after": {"drop": "after"},
    "hang": {"slow": 30},
    "nonsense": {"status": 200},
    "elsewhere": {"status": 302},
    "opted out": {"status": 400, "code": 21610},
    "window": {"status": 400, "code": 63016},
    "landline": {"status": 400, "code": 21614},
    "invalid": {"status": 400, "code": 21211},
    "not permitted": {"status": 403, "code": 21408},
    "refused": {"status": 410},
}
TABLE = (
    Row("nobody", Temporary, "not_connected"),
    Row("429", Temporary, "http_429", after=7),
    Row("429 without a word", Temporary, "http_429"),
    Row("503 with Retry-After", Temporary, "http_503", after=9),
    Row("queue full", Temporary, "twilio_21611", after=60),
    Row("wrong token", Temporary, "twilio_login"),
    Row("no such account", Temporary, "twilio_login"),
    Row("503", Unknown, "http_503"),
    Row("500", Unknown, "http_500"),
    Row("drop", Unknown, "connection_lost"),
    Row("drop after", Unknown, "connection_lost"),
    Row("hang", Unknown, "no_answer"),
    Row("nonsense", Unknown, "bad_answer"),
    Row("elsewhere", Unknown, "http_302"),
    Row("opted out", Permanent, "opted_out"),
    Row("window", Permanent, "window_closed"),
    Row("landline", Permanent, "no_mobile"),
    Row("invalid", Permanent, "twilio_21211"),
    Row("not permitted", Permanent, "twilio_21408"),
    Row("refused", Permanent, "http_410"),
)
SETTINGS: dict[str, Any] = {
    "account_sid": ACCOUNT,
    "auth_token": "hush-hush",
    "api_key": "SK1",
    "api_secret": "more-hush",
    "numbers": {OURS: "welzo"},
}


class TwilioWay(Way):
    """Somebody with a telephone."""

    planted = (THEIRS, THEIRS[1:])

    def __init__(self, line: Line) -> None:
        self.line = line
        self.door = line.door
        self.connector = line.connector
        self.running = line.running
        self._what = ""

    async def deliver(self, item: Item) -> Told:
        """200 is held, 503 is again, 403 is refused."""
        return await self._post(item)

    def original(self, item: Item) -> bytes:
        """As a form writes it."""
        return quote_plus(item.text).encode()

    async def forge(self, item: Item, how: str) -> Told:
        """Without a signature; with nobody's; with the one of another text."""
        good = RequestValidator(self.line.account.token)
        signature = {
            "missing": "",
            "bad": "AAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "not ascii": "é",
            "other text": good.compute_signature(f"{PUBLIC}/hooks/sms", sms(body="Something else.")),
        }
        return await self._post(item, signature=signature[how])

    def trouble(self, what: str) -> None:
        """What is wrong with files from now on."""
        self._what = what

    def answers(self, what: str) -> None:
        """What is wrong with sending from now on."""
        account = self.line.account
        root = f"{account.twilio.url if what != 'nobody' else 'http://127.0.0.1:9'}/2010-04-01/Accounts/{account.sid}"
        self.connector._account._root = root
        if what in ANSWERS:
            account.fail("POST Messages.json", ANSWERS[what])

    def notice(self) -> Notice:
        """An SMS."""
        return a_notice("phone", THEIRS, thread=OURS)

    async def _post(self, item: Item, *, signature: str | None = None) -> Told:
        form = sms(f"SM{item.name}", item.text, From=f"{THEIRS}{'' if item.conversation == 'a' else '4'}")
        form["NumMedia"] = str(len(item.files))
        for number, file in enumerate(item.files):
            form[f"MediaUrl{number}"] = self._link(f"Messages/{form['MessageSid']}/Media/ME{number}", file.content)
            form[f"MediaContentType{number}"] = file.media_type
        (answer,) = await self.line.post(form, signature=signature)
        return _told(answer["status"])

    def _link(self, path: str, content: bytes) -> str:
        account, what = self.line.account, self._what
        link = account.keep("elsewhere" if what == "gone" else path, content, "image/png").replace("elsewhere", path)
        faults: dict[str, list[dict[str, Any]]] = {
            "too_large": [{"size": 2_000_000}],
            "wrong_type": [{"type": "text/html"}],
            "redirect": [{"redirect": "https://files.elsewhere.example/1"}],
            "hangs": [{"slow": 30}],
            "fails": [{"status": 500}] * 3,
            "fails_once": [{"drop": "before"}],
        }
        account.fail(path, *faults.get(what, []))
        return "http://127.0.0.1:9/inner" if what == "private" else link


def _told(status: int) -> Told:
    if status == 200:
        return "held"
    return "refused" if status in {400, 403, 413} else "again"


class TestText(promises.Brings, promises.Fetches, promises.Orders, promises.Replies, promises.Signed):
    """SMS, MMS, WhatsApp."""

    kind = TwilioText
    settings: ClassVar[dict[str, Any]] = {"kind": "twilio_text", "from": "now", **SETTINGS}
    secrets = ("hush-hush", "more-hush")
    table = TABLE
    forgeries = ("missing", "bad", "not ascii", "other text")
    media_type = "application/x-www-form-urlencoded"
    huge = 1500

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, account: FakeAccount) -> AsyncIterator[Way]:
        """A number."""
        async with answering(account, max_file_bytes=1_000_000, media_seconds=1, timeout=1) as line:
            yield TwilioWay(line)
