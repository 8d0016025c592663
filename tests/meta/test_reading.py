"""Recorded payloads in, drafts out. What is in a body is found whole, whoever else it speaks of."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connectors.meta import parse, payload
from connectors.meta.finding import find
from connectors.meta.reading import Other
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Address, message_id
from tests.meta.payloads import (
    AT,
    INSTAGRAM,
    PAGE,
    PHONE,
    THEIRS,
    changed,
    comment,
    direct,
    event,
    instagram,
    messenger,
    text,
    typed,
    value,
    whatsapp,
)
from tests.meta.recordings import FOUND, RECORDED

WHEN = datetime.fromtimestamp(AT, UTC)


def read(body: Any) -> list[Draft]:  # noqa: ANN401 -- JSON
    """The contacts of a body."""
    return parse(Raw(json.dumps(body).encode(), "welzo", "application/json"))


def recorded(name: str) -> Draft:
    """The one contact of a recording."""
    (found,) = parse(Raw((RECORDED / f"{name}.json").read_bytes(), "welzo", "application/json"))
    return found


@pytest.mark.parametrize("file", sorted(RECORDED.iterdir()), ids=lambda file: file.stem)
def test_what_a_recording_holds(file: Path) -> None:
    """Every thing in it, in its order; what is no message says what it is, and why in a sentence."""
    found = list(payload(file.read_bytes(), None))
    assert [each.text if isinstance(each, Draft) else f"<{each.what}>" for each in found] == FOUND[file.stem]
    for each in found:
        if isinstance(each, Draft):
            assert each.channel == "social"
            assert each.sent_at
            assert each.new_text == (((0, len(each.text)),) if each.text else ())
        else:
            assert " " in each.why


def test_a_whatsapp_message() -> None:
    """Who, when, where, how to answer."""
    found = recorded("whatsapp_text")
    assert found.identity == f"whatsapp:{PHONE}:wamid.1"
    assert found.external_id == "wamid.1"
    assert found.sender.name == "Anna Bērziņa"
    assert found.sender.verified == "signature"
    scoped = Address(kind="whatsapp", value="US.13491208655302741918")
    known = tuple(Address(kind=kind, value=f"+{THEIRS}") for kind in ("whatsapp", "phone"))
    assert found.sender.addresses == (*known, scoped)
    assert found.recipients == (Address(kind="whatsapp", value="+15550783881"),)
    assert found.sent_at == WHEN
    assert found.reply_address == Address(kind="whatsapp", value=f"+{THEIRS}")
    assert found.reply_until == WHEN + timedelta(hours=24)
    assert found.thread.conversation == f"whatsapp:{PHONE}:{THEIRS}"


def test_messenger_and_instagram_messages() -> None:
    """Milliseconds, not seconds; scoped ids; conversations of their own."""
    page, account = recorded("messenger_text"), recorded("instagram_text")
    assert (page.identity, account.identity) == (f"messenger:{PAGE}:m_1", f"instagram:{INSTAGRAM}:aWdf1")
    assert page.sent_at == account.sent_at == WHEN + timedelta(milliseconds=250)
    assert page.sender.addresses == (Address(kind="facebook", value="4242"),)
    assert account.sender.addresses == (Address(kind="instagram", value="ig4242"),)
    assert page.language.client == "pl"
    assert page.thread.conversation != account.thread.conversation
    assert recorded("messenger_standby").fields["standby"] is True


def test_seconds_milliseconds_and_words() -> None:
    """The console's test button writes seconds as words, where all else has milliseconds."""
    assert recorded("instagram_test_button").sent_at == datetime(2018, 5, 27, 22, 23, 44, tzinfo=UTC)
    for told in (AT, str(AT), AT * 1000, str(AT * 1000)):
        assert read(whatsapp(value(text() | {"timestamp": told})))[0].sent_at == WHEN
    none: tuple[object, ...] = (None, "", "soon", -5, 10**30, True, [], "9" * 40)
    for odd in none:
        assert read(whatsapp(value(text() | {"timestamp": odd})))[0].sent_at is None


def test_an_edit_is_a_revision() -> None:
    """Of WhatsApp, Messenger and a comment: another id, the first one's named; edited twice, two ids."""
    assert recorded("whatsapp_edit").revision_of == message_id(f"whatsapp:{PHONE}:wamid.1")
    assert recorded("whatsapp_edit").thread.in_reply_to == (f"whatsapp:{PHONE}:wamid.0",)
    edits = [read(messenger(event(message_edit={"mid": "m_1", "text": "x", "num_edit": n})))[0] for n in (1, 2)]
    assert len({each.identity for each in edits}) == 2
    assert {each.revision_of for each in edits} == {message_id(f"messenger:{PAGE}:m_1")}
    edits = [read(changed("page", PAGE, "feed", comment("edited", words)))[0] for words in ("A", "B", "A")]
    assert len({each.identity for each in edits}) == 2
    first, second = recorded("page_comment"), recorded("page_comment_edited")
    assert second.revision_of == message_id(first.identity)
    assert second.identity != first.identity


def test_what_it_answers() -> None:
    """A quoted message, a pressed button, a story."""
    assert recorded("whatsapp_quoted").thread.in_reply_to == (f"whatsapp:{PHONE}:wamid.ours",)
    assert recorded("whatsapp_button").thread.in_reply_to == (f"whatsapp:{PHONE}:wamid.ours",)
    assert recorded("messenger_reply").thread.in_reply_to == (f"messenger:{PAGE}:m_ours",)
    assert recorded("instagram_story_reply").fields["story"]["answers"] == "17890000000000000"


def test_what_stands_beside_the_words() -> None:
    """Buttons, forms, orders, places, advertisements, forwards: in `fields`."""
    fields = {name: recorded(name).fields for name in FOUND if len(parse_file(name)) == 1}
    assert fields["whatsapp_button"]["button"] == "NOT_SOLVED"
    assert fields["whatsapp_button_reply"]["button"] == "new"
    assert fields["messenger_quick_reply"]["button"] == "NOT_SOLVED"
    assert fields["messenger_postback"]["button"] == "COMPLAIN"
    assert fields["whatsapp_form"]["form"] == {"what": "Boiler leaks", "when": "2026-11-18", "again": ["yes"]}
    assert fields["whatsapp_order"]["order"]["items"][0]["quantity"] == 2
    assert fields["whatsapp_location"]["location"]["latitude"] == 40.3777
    assert fields["whatsapp_referral"]["referral"]["source_type"] == "ad"
    assert fields["whatsapp_forwarded"]["forwarded"] is True
    assert fields["whatsapp_quoted"]["product"] == "di9"
    assert fields["page_review"]["rating"] == "NEGATIVE"
    assert fields["whatsapp_contacts"]["contacts"][0]["reach"] == ["+48 600 000 000", "jan@kurier.example"]


def parse_file(name: str) -> list[Draft]:
    """Its contacts."""
    return parse(Raw((RECORDED / f"{name}.json").read_bytes(), "welzo", "application/json"))


def test_files_are_named_and_missing_when_nobody_fetched_them() -> None:
    """A recording has no files: each is told with the id by which it can still be had, and the remark says so."""
    image, document = recorded("whatsapp_image"), recorded("whatsapp_document")
    assert image.remarks == document.remarks == ("file_not_fetched",)
    assert image.fields["files_missing"] == [{"name": "image.jpg", "id": "1003383421387256", "why": "file_not_fetched"}]
    assert document.fields["files_missing"][0]["name"] == "recibo 2026.pdf"
    assert recorded("whatsapp_voice").fields["voice"] is True
    names = [each["name"] for each in recorded("messenger_files").fields["files_missing"]]
    assert names == ["image.jpg", "recibo.pdf", "a.mp4"]


def test_files_in_a_form() -> None:
    """What was put into a flow is fetched as well; its line in the words is its name."""
    photo = {"id": "790", "mime_type": "image/jpeg", "sha256": "x", "file_name": "leak.jpg"}
    reply = {"name": "flow", "body": "Sent", "response_json": json.dumps({"what": "It leaks", "photos": [photo]})}
    (found,) = read(whatsapp(value(typed("interactive", {"type": "nfm_reply", "nfm_reply": reply}))))
    assert found.text == "what: It leaks\nphotos: leak.jpg"
    assert found.fields["files_missing"] == [{"name": "leak.jpg", "id": "790", "why": "file_not_fetched"}]


def test_who_hides_their_number() -> None:
    """The business-scoped id is their address, and they can be answered by it; there is no telephone."""
    found = recorded("whatsapp_hidden_number")
    assert found.sender.addresses == (Address(kind="whatsapp", value="US.13491208655302741918"),)
    assert found.reply_address == found.sender.addresses[0]
    assert found.fields["username"] == "@ann"
    both = value(text(from_user_id="US.1"))
    both["contacts"][0]["user_id"] = "US.1"
    (known,) = read(whatsapp(both))
    assert [each.value for each in known.sender.addresses] == [f"+{THEIRS}", f"+{THEIRS}", "US.1"]


def test_profiles_are_matched() -> None:
    """Several people in one change: each has their own name; a `wa_id` that differs from `from` is an address too."""
    several = value(text("wamid.1", "One."), text("wamid.2", "Two.", sender="37120000000"))
    several["contacts"][1]["profile"]["name"] = "Jānis"
    assert [each.sender.name for each in read(whatsapp(several))] == ["Anna Bērziņa", "Jānis"]
    brazil = value(text(sender="5511987654321"))
    brazil["contacts"][0]["wa_id"] = "551187654321"
    (found,) = read(whatsapp(brazil))
    assert found.sender.name == "Anna Bērziņa"
    assert found.reply_address == Address(kind="whatsapp", value="+5511987654321")
    assert Address(kind="whatsapp", value="+551187654321") in found.sender.addresses


def test_each_of_a_batch_has_an_original_of_its_own() -> None:
    """In it nobody else's words or name stand, and read again it is the same contact."""
    several = value(text("wamid.1", "Mine."), text("wamid.2", "Theirs.", sender="37120000000"))
    several["contacts"][1]["profile"]["name"] = "Jānis"
    body = whatsapp(several, value(statuses=[{"id": "wamid.3", "status": "read"}]))
    whole = read(body)
    for place, found in enumerate(find(json.dumps(body).encode())[:2]):
        alone = found.body()
        assert parse(Raw(alone, "welzo", "application/json")) == [whole[place]]
        assert (b"Mine." in alone) is (place == 0)
        assert ("Jānis".encode() in alone) is (place == 1)
    comments = changed("page", PAGE, "feed", comment())
    (one,) = find(json.dumps(comments).encode())
    assert json.loads(one.body()) == comments


def test_public_things() -> None:
    """They can be answered in private for seven days; a review cannot; two of one author under one post are one
    conversation."""
    found = recorded("page_comment")
    assert found.reply_until == WHEN + timedelta(days=7)
    assert found.fields["public"] == "comment"
    assert found.fields["link"].startswith("https://www.facebook.com/")
    (again,) = read(changed("page", PAGE, "feed", comment(comment_id="44_56", parent_id="44_55")))
    assert again.thread.conversation == found.thread.conversation
    assert again.thread.in_reply_to == (f"messenger:{PAGE}:comment:44_55",)
    assert recorded("page_review").reply_address is None
    assert recorded("instagram_mention").remarks == ("text_not_fetched",)
    assert recorded("instagram_comment").sender.name == "anna.b"


@pytest.mark.parametrize(
    ("body", "texts"),
    [
        (value(text()), ["It is broken."]),
        ({"field": "messages", "value": value(text())}, ["It is broken."]),
        ([whatsapp(value(text())), whatsapp(value(text("wamid.2", "Two.")))], ["It is broken.", "Two."]),
        ({"one": whatsapp(value(text())), "two": messenger(direct())}, ["It is broken.", "It is broken."]),
        ({"entry": whatsapp(value(text()))["entry"]}, ["It is broken."]),
        ({"entry": instagram(direct())["entry"]}, ["It is broken."]),
        (whatsapp(value(text())) | {"object": "something_new"}, ["It is broken."]),
        (messenger(direct())["entry"][0], ["It is broken."]),
        (direct(), ["It is broken."]),
        (whatsapp(value(text(type=None))), ["It is broken."]),
        (whatsapp(value(typed("text", "bare words"))), ["bare words"]),
        (messenger(direct(words=None, attachments=[{"type": "brand_new", "title": "A thing"}])), ["A thing"]),
        (messenger(direct(text={"body": "odd"}, words=None)), ["odd"]),
        (changed("instagram", INSTAGRAM, "messages", direct(account=INSTAGRAM)), ["It is broken."]),
        (changed("page", PAGE, "feed", comment(item="comment", verb="")), ["It came broken."]),
        (whatsapp(value(text(type="unsupported", errors=[{"code": 131051}]))), ["It is broken."]),
        (
            whatsapp(value(typed("interactive", {"type": "nfm_reply", "nfm_reply": {"response_json": '["a", "b"]'}}))),
            ["a, b"],
        ),
        (messenger(direct(words=None, attachments=[{"type": "like_heart"}])), ["❤"]),
        (
            instagram(event(INSTAGRAM, postback={"title": "Where is my order?", "payload": "get_started"})),
            ["Where is my order?"],
        ),
        (instagram(direct(account=INSTAGRAM) | {"timestamp": "2021-09-08T06:34:04+0000"}), ["It is broken."]),
    ],
    ids=range(20),
)
def test_read_all_the_same(body: Any, texts: list[str]) -> None:  # noqa: ANN401 -- JSON
    """However it was recorded, and whatever is new in it."""
    assert [each.text for each in read(body)] == texts


def test_who_cannot_be_told() -> None:
    """A message without any id of its sender is held; it belongs to no conversation, and nobody is answered."""
    nobody = value(text())
    del nobody["contacts"][0]["wa_id"], nobody["messages"][0]["from"]
    (found,) = read(whatsapp(nobody))
    assert (found.text, found.sender.addresses, found.thread.conversation) == ("It is broken.", (), None)
    assert found.reply_address is None


def test_what_has_no_id_is_named_by_what_it_holds() -> None:
    """The same thing twice is one, another is another."""
    one, same, other = (read(messenger(event(postback={"title": title})))[0] for title in ("A", "A", "B"))
    assert one.identity == same.identity != other.identity


KEYS = (
    "object entry changes value field messages contacts statuses messaging message sender id from type text body "
    "timestamp mid attachments payload url postback edit interactive image location context profile"
)
JSON_ = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS.split()), inner, max_size=5),
    max_leaves=20,
)


@settings(max_examples=60)
@given(inner=JSON_)
def test_any_json(inner: Any) -> None:  # noqa: ANN401 -- JSON
    """Whatever stands where, nothing raises, and a good message beside it comes out."""
    body = whatsapp(value(text("wamid.good", "Good.")))
    body["entry"][0]["changes"][0]["value"]["messages"].insert(0, inner)
    body["entry"].append(inner)
    body["entry"].append(messenger(direct("m_good", "Good."))["entry"][0] | {"standby": inner, "changes": inner})
    found = parse(Raw(json.dumps(body).encode(), "welzo", "application/json"))
    assert [each.text for each in found if each.external_id in {"wamid.good", "m_good"}] == ["Good.", "Good."]


def test_a_review_that_is_written_anew() -> None:
    """Is a revision of the first, not taken for it."""
    body = (RECORDED / "page_review.json").read_text()
    assert '"add"' in body
    (edited,) = parse(Raw(body.replace('"add"', '"edit"').encode(), "welzo", "application/json"))
    first = recorded("page_review")
    assert edited.identity != first.identity
    assert edited.revision_of == message_id(first.identity)
    assert edited.reply_address is None


def test_a_recorded_line_that_breaks_off() -> None:
    """Is told like any other thing; a file without one body of Meta's holds nothing."""
    line = json.dumps(json.loads((RECORDED / "page_review.json").read_text())).encode()
    assert [type(each) for each in payload(line + b"\n{broken\n\n" + line, None)] == [Draft, Other, Draft]
    assert list(payload(b"{broken\nno body", None)) == []


def test_a_product_that_somebody_sends() -> None:
    """By its name and its price."""
    product = {"elements": [{"id": "1", "title": "Red soap", "subtitle": "$16"}]}
    message = {"mid": "m", "attachments": [{"type": "template", "payload": {"product": product}}]}
    event = {"sender": {"id": "1"}, "recipient": {"id": "2"}, "timestamp": 1795167000000, "message": message}
    body = {"object": "page", "entry": [{"id": "2", "messaging": [event]}]}
    (found,) = parse(Raw(json.dumps(body).encode(), "welzo", "application/json"))
    assert (found.text, found.remarks) == ("Red soap\n$16", ())
