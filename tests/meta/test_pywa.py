"""A second client of WhatsApp's (pywa) beside ours: it reads our recorded payloads as we do, takes the fake's signature
for Meta's, and the fake for the Graph API."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx
import pytest
from pywa.client import WhatsApp
from pywa.errors import ReEngagementMessage, WhatsAppError
from pywa.types.templates import BodyText, TemplateLanguage

from connectors.meta import parse
from connectors.meta.signature import verify
from intake_daemon.contract import Draft, Raw
from tests.fakes.meta import FakeApp, posted, signed
from tests.meta.payloads import THEIRS, text, value, whatsapp
from tests.promises import PNG

RECORDED = Path(__file__).parent / "recorded"
MESSAGES = (
    "text image video voice document sticker location contacts order quoted forwarded referral unsupported"
    " button button_reply list_reply edit hidden_number"
).split()


class Elsewhere(httpx.HTTPTransport):
    """Finds the Graph API at the fake's address."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = httpx.URL(url)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """The same request, there."""
        if request.url.host == "graph.facebook.com":
            there = {"scheme": "http", "host": self.url.host, "port": self.url.port}
            request.url = request.url.copy_with(**there)
            request.headers["host"] = f"{self.url.host}:{self.url.port}"
        return super().handle_request(request)


def client(**said: Any) -> WhatsApp:  # noqa: ANN401 -- the library's
    """The library, without a server."""
    plain = {"phone_id": "1", "token": "t", "server": None, "verify_token": "v", "filter_updates": False}
    return WhatsApp(**{**plain, "app_secret": "hush", "skip_duplicate_updates": False, **said})


def read(body: bytes) -> list[Any]:
    """What the library hands to a bot."""
    found: list[Any] = []
    bot: Any = client()

    def take(_: WhatsApp, update: Any) -> None:  # noqa: ANN401 -- the library's
        found.append(update)

    for on in (bot.on_message, bot.on_edited_message, bot.on_callback_button, bot.on_callback_selection):
        on()(take)
    bot.webhook_update_handler(body)
    return found


@pytest.mark.parametrize("name", MESSAGES)
def test_it_reads_a_recording_as_we_do(name: str) -> None:
    """The same id, the same moment, the same words, the same person, the same answered message."""
    body = (RECORDED / f"whatsapp_{name}.json").read_bytes()
    (theirs,) = read(body)
    (ours,) = parse(Raw(body, "welzo", "application/json"))
    assert theirs.id == ours.external_id
    assert theirs.timestamp == ours.sent_at
    assert theirs.from_user.name == ours.sender.name
    known = {theirs.from_user.bsuid, f"+{theirs.from_user.wa_id}"}
    assert known & {each.value for each in ours.sender.addresses}
    words = getattr(theirs, "text", None) or getattr(theirs, "caption", None) or getattr(theirs, "title", None)
    if words:
        assert ours.text.startswith(words)
    answered = getattr(theirs, "reply_to_message", None)
    if answered is not None and answered.id:
        assert ours.thread.in_reply_to[0].endswith(answered.id)


def test_it_takes_the_fake_s_signature() -> None:
    """What the fake signs, the library and we take for Meta's; and neither takes another."""
    body = posted(whatsapp(value(text(body="äöå 🙁"))))
    for signature, holds in ((signed("hush", body), True), (signed("other", body), False), ("", False)):
        assert (client().webhook_update_validator(body, signature) is None) is holds
        assert (verify(["hush"], signature, body) is None) is holds


@pytest.fixture
def bot(app: FakeApp) -> WhatsApp:
    """The library, logged in at the fake."""
    session = httpx.Client(transport=Elsewhere(app.meta.url))
    return client(phone_id=app.phone, token=app.token, session=session)


def test_it_sends_by_the_fake(app: FakeApp, bot: WhatsApp) -> None:
    """Words, answering something, and a template; what the fake keeps is what ours asks for as well."""
    params: Any = BodyText.params
    sent = bot.send_message(to=THEIRS, text="Received.", reply_to_message_id="wamid.1", tracker="n 1/1")
    bot.send_template(to=THEIRS, name="news", language=TemplateLanguage.ENGLISH, params=[params("WLZ-1", "Welzo")])
    first, second = app.seen()["sent"]
    assert (first["id"], first["text"]["body"]) == (sent.id, "Received.")
    assert first["context"] == {"message_id": "wamid.1"}
    assert first["biz_opaque_callback_data"] == "n 1/1"
    (body,) = second["template"]["components"]
    assert [each["text"] for each in body["parameters"]] == ["WLZ-1", "Welzo"]


def test_it_is_refused_by_the_fake(app: FakeApp, bot: WhatsApp) -> None:
    """With Meta's own codes."""
    app.fail("POST messages", {"status": 400, "code": 131047})
    with pytest.raises(ReEngagementMessage):
        bot.send_message(to=THEIRS, text="Received.")
    stranger = client(phone_id=app.phone, session=httpx.Client(transport=Elsewhere(app.meta.url)))
    with pytest.raises(WhatsAppError) as refused:
        stranger.send_message(to=THEIRS, text="Received.")
    assert refused.value.code == 190


def test_it_fetches_from_the_fake(app: FakeApp, bot: WhatsApp) -> None:
    """A file by its id: where it lies, and what it is."""
    app.keep("77", PNG, "image/png")
    told = bot.get_media_url("77")
    assert (told.mime_type, told.file_size) == ("image/png", len(PNG))


def test_every_message_is_read_by_somebody() -> None:
    """The recordings above are single messages that people wrote: nothing is compared with nothing."""
    for name in MESSAGES:
        body = (RECORDED / f"whatsapp_{name}.json").read_bytes()
        assert [type(each) for each in parse(Raw(body, "welzo", "application/json"))] == [Draft]
        assert json.loads(body)["entry"]
