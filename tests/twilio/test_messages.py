"""Recorded payloads in, common messages out."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.twilio import parse
from connectors.twilio.messages import place, wish
from connectors.twilio.payload import Payload, read
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address
from tests.twilio import payloads
from tests.twilio.payloads import ACCOUNT, OURS, THEIRS, sms, whatsapp

FORM = "application/x-www-form-urlencoded"
ROW: dict[str, Any] = {
    "account_sid": ACCOUNT,
    "body": "It is broken.",
    "date_created": "Fri, 20 Nov 2026 09:30:00 +0000",
    "date_sent": "Fri, 20 Nov 2026 09:30:01 +0000",
    "direction": "inbound",
    "from": THEIRS,
    "num_media": "0",
    "sid": "SM1",
    "status": "received",
    "to": OURS,
}


def only(form: dict[str, str], **envelope: str) -> Draft:
    """The one message of a form."""
    (draft,) = parse(Raw(urlencode(form).encode(), "welzo", FORM, envelope=envelope))
    return draft


def test_an_sms() -> None:
    """Who, to whom, what, under which name; answered where it came from, from the number to which it came."""
    draft = only(sms())
    assert draft.identity == f"twilio:{ACCOUNT}:SM1"
    assert (draft.external_id, draft.channel, draft.text) == ("SM1", "sms", "It is broken.")
    assert draft.sender.addresses == (Address(kind="phone", value=THEIRS),)
    assert draft.recipients == (Address(kind="phone", value=OURS),)
    assert draft.reply_address == Address(kind="phone", value=THEIRS)
    assert (draft.reply_thread, draft.reply_until, draft.sent_at) == (OURS, None, None)
    assert draft.automatic.kind == "no"
    assert draft.new_text == ((0, 13),)


def test_a_whatsapp_line() -> None:
    """The profile's name, both kinds of address of one person, and the 24 hours in which we may answer freely."""
    draft = only(whatsapp(), at="2026-11-20T09:30:00+00:00")
    assert (draft.channel, draft.sender.name, draft.text) == ("social", "Анна", "Сломалось.")
    assert {each.kind for each in draft.sender.addresses} == {"whatsapp", "phone"}
    assert draft.reply_address == Address(kind="whatsapp", value=THEIRS)
    assert draft.reply_until == datetime(2026, 11, 21, 9, 30, tzinfo=UTC)
    assert draft.reply_thread == f"whatsapp:{OURS} 2026-11-21T09:30:00+00:00"


def test_a_row_of_the_list_is_the_same_contact() -> None:
    """From the list it has the same identity, text and conversation, and Twilio's time."""
    webhook = only(sms())
    (listed,) = parse(Raw(json.dumps(ROW).encode(), "welzo", "application/json"))
    assert listed.identity == webhook.identity
    assert (listed.text, listed.thread, listed.sender, listed.reply_thread) == (
        webhook.text,
        webhook.thread,
        webhook.sender,
        webhook.reply_thread,
    )
    assert listed.sent_at == datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


def test_a_conversation_names_nobody() -> None:
    """Two numbers are one conversation, another two another; neither number stands in its name."""
    one, two = only(sms()), only(sms("SM2", From="+447700900124"))
    assert one.thread.conversation != two.thread.conversation
    assert THEIRS[1:] not in str(one.thread.conversation)


def test_a_long_sms_as_base64() -> None:
    """Some networks hand a long SMS over as base64 (TW-08): opened; what only looks like it stays as it is."""
    text = "My order has not come, and nobody answers the telephone. " * 3
    draft = only(sms(body=base64.b64encode(text.encode()).decode()))
    assert (draft.text, draft.remarks) == (text, ("base64_text",))
    token = "A" * 64
    assert only(sms(body=token)).text == token


def test_a_button_and_a_place() -> None:
    """A pressed button says its text; a location its place, and where exactly in the fields."""
    assert only(whatsapp(body="", ButtonText="Complain", ButtonPayload="c1")).text == "Complain"
    draft = only(whatsapp(body="", Latitude="56.95", Longitude="24.1", Label="Shop"))
    assert draft.text == "56.95, 24.1, Shop"
    assert draft.fields == {"location": {"latitude": "56.95", "longitude": "24.1", "label": "Shop"}}
    assert draft.automatic.kind == "no"


@pytest.mark.parametrize("sender", ["Amazon", "88222", "12345"])
def test_machines_are_not_answered(sender: str) -> None:
    """Names and short codes are senders of machines: kept, and never answered."""
    draft = only(sms(From=sender))
    assert draft.automatic.kind == "auto_reply"
    assert draft.reply_address is None


def test_a_hidden_whatsapp_number_is_no_machine() -> None:
    """Who uses a name in WhatsApp shows a business-scoped id in place of their number: a person, with a complaint."""
    draft = only(whatsapp(From="whatsapp:US.13491208655302741918"))
    assert draft.automatic.kind == "no"
    assert [each.value for each in draft.sender.addresses] == ["US.13491208655302741918"]
    assert draft.reply_address is None, "nobody says that Twilio sends there: a person finds a way"


def test_whatsapp_vouches_for_its_number() -> None:
    """It is its sender's on every channel; the number of an SMS is what the sender says."""
    assert only(whatsapp()).sender.verified == "signature"
    assert only(sms()).sender.verified == "none"


def test_another_network_of_twilios() -> None:
    """Whoever writes by a network that we do not answer on is a person all the same, and no machine."""
    draft = only(sms(From="messenger:4711", To="messenger:4712"))
    assert (draft.automatic.kind, draft.reply_address) == ("no", None)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("STOP", "out"),
        (" stop. ", "out"),
        ("Стоп", "out"),
        ("unstop", "in"),
        ("START", "in"),
        ("Stop sending me broken kettles", ""),
        ("Please stop", ""),
        ("", ""),
        ("yes", ""),
    ],
)
def test_opting_out_is_a_message_of_one_word(text: str, said: str) -> None:
    """Only the word itself is a wish; with anything else around it, it may be a complaint."""
    assert wish(Payload("message", sms(body=text))) == said
    assert only(sms(body=text)).automatic.kind == ("no" if text and not said else "receipt")


def test_twilios_own_word_for_it_counts() -> None:
    """OptOutType tells it in whatever words the messaging service knows."""
    assert wish(Payload("message", sms(body="dość", OptOutType="STOP"))) == "out"
    assert wish(Payload("message", sms(body="stop", OptOutType="START"))) == "in"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (urlencode(sms()).encode(), "message"),
        (urlencode(sms() | {"MessageStatus": "delivered", "SmsStatus": "delivered"}).encode(), "status"),
        (urlencode(payloads.call()).encode(), "call"),
        (urlencode(payloads.recorded()).encode(), "recorded"),
        (urlencode(payloads.recording()).encode(), "recording"),
        (urlencode(payloads.words()).encode(), "transcription"),
        (urlencode(payloads.spoken(1, "x")).encode(), "transcription"),
        (json.dumps(payloads.finished()).encode(), "finished"),
        (json.dumps(ROW).encode(), "listed"),
        (json.dumps(ROW | {"direction": "outbound-api"}).encode(), "status"),
        (json.dumps({"transcript": {}, "sentences": [], "call": {}}).encode(), "sentences"),
        (b"{", "unreadable"),
        (b"\xff", "unreadable"),
        (b"hello=world", "other"),
    ],
)
def test_what_a_body_is(body: bytes, kind: str) -> None:
    """By Twilio's own words, and never an exception."""
    assert read(body).kind == kind


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=5),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
        max_leaves=8,
    ),
    st.sampled_from(["sid", "from", "to", "body", "num_media", "date_created", "call", "transcript", "sentences"]),
)
def test_any_json_in_any_field(value: object, name: str) -> None:
    """Whatever stands where a text is expected: a message or none, never an exception."""
    whole = {"transcript": payloads.transcript(), "sentences": [payloads.sentence(0, 1, "x")], "call": {}}
    for document in (ROW | {name: value}, whole | {name: value}):
        parse(Raw(json.dumps(document).encode(), "welzo", "application/json"))


def test_numbers_as_people_write_them() -> None:
    """Blanks and brackets in our settings do not matter."""
    assert place("whatsapp:+44 (20) 7946-0001") == place(f"WhatsApp:{OURS}")
