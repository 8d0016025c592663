"""What recorded updates become; and that other libraries take the recordings for true ones."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import telegram
from hypothesis import given
from hypothesis import strategies as st

from connectors.telegram import Reading, parse, payload
from connectors.telegram.finding import Other
from intake_daemon.contract import Draft, File, Raw
from intake_daemon.message import Address, message_id
from tests.telegram.updates import command, message, written

RECORDED = Path(__file__).parent / "recorded"
BOT = Reading(7000000001, "kontakt_sikayet_bot")


def recorded(name: str, reading: Reading = BOT) -> list[Draft]:
    """The contacts of a recording."""
    return parse(Raw((RECORDED / f"{name}.json").read_bytes(), "kontakt", "application/json"), reading)


def the(name: str) -> Draft:
    """Its only one."""
    (draft,) = recorded(name)
    return draft


def said(update: dict[str, Any], **envelope: str) -> list[Draft]:
    """Of an update that a test made."""
    return parse(Raw(json.dumps(update).encode(), "kontakt", "application/json", envelope=envelope), BOT)


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.json")), ids=lambda file: file.stem)
def test_other_libraries_take_the_recordings_for_true(file: Path) -> None:
    """Aiogram's strict models and python-telegram-bot's read each of them: they are written as the Bot API has them."""
    import aiogram.types  # seconds, which no other worker need spend

    held = json.loads(file.read_bytes())
    for update in held.get("result", [held]):
        read = aiogram.types.Update.model_validate(update)
        other = telegram.Update.de_json(update, None)
        kind = next(name for name in update if name != "update_id")
        assert getattr(read, kind) is not None
        assert getattr(other, kind) is not None
        if kind.endswith("message"):
            assert getattr(other, kind).message_id == getattr(read, kind).message_id


def test_a_text() -> None:
    """Words, who, where to answer, when, in whose language; everything from Telegram, nothing from our settings."""
    draft = the("text")
    assert draft.text == "Salam. Soyuducu üç gündür işləmir, usta gəlmədi."
    assert draft.new_text == ((0, len(draft.text)),)
    assert draft.identity == "telegram:7000000001:551182001:11"
    assert draft.external_id == "551182001:11"
    assert draft.channel == "social"
    assert draft.sender.name == "Leyla Quliyeva"
    assert draft.sender.address("telegram") == "551182001"
    assert draft.sender.verified == "signature"
    assert draft.reply_address == draft.sender.addresses[0]
    assert draft.reply_thread == "message=11"
    assert draft.sent_at == datetime(2026, 11, 1, 12, 0, 11, tzinfo=UTC)
    assert draft.language.client == "az"
    assert draft.language.chosen is None
    assert draft.thread.conversation == "telegram:7000000001:551182001"
    assert draft.thread.message_id == draft.identity
    assert not draft.remarks
    assert draft.automatic.kind == "no"


@pytest.mark.parametrize(
    ("name", "text", "file", "media_type"),
    [
        ("photo", "Qapının küncü əzilib", "AgACAgIAAxkBAAIB3", "photo.jpg"),
        ("document", "Qəbz", "BQACAgIAAxkBAAIC1", "qəbz 2026.pdf"),
        ("voice", "", "AwACAgIAAxkBAAID1", "voice.ogg"),
        ("video", "Belə səs çıxarır", "BAACAgIAAxkBAAIE1", "VID_01.mp4"),
        ("animation", "", "CgACAgIAAxkBAAIF1", "loop.mp4"),
    ],
)
def test_a_file(name: str, text: str, file: str, media_type: str) -> None:
    """Its caption is the text; one that nobody has fetched is missed by name, once, the photo's largest size."""
    draft = the(name)
    assert draft.text == text
    assert draft.fields["files_missing"] == [{"name": media_type, "file_id": file, "why": "file_not_fetched"}]
    assert draft.remarks == ("file_not_fetched",)


def test_a_fetched_file_is_not_missed() -> None:
    """What was fetched is the message's own."""
    raw = Raw((RECORDED / "photo.json").read_bytes(), "kontakt", "application/json")
    fetched = File("photo.jpg", "image/jpeg", b"\xff\xd8\xff")
    (draft,) = parse(Raw(raw.content, raw.brand, raw.media_type, files=(fetched,)), BOT)
    assert draft.files == (fetched,)
    assert not draft.remarks
    assert "files_missing" not in draft.fields


OPTIONS = ["Pis", "Çox pis"]


@pytest.mark.parametrize(
    ("name", "text", "field", "told"),
    [
        ("location", "geo:40.37767,49.89201", "location", {"latitude": 40.37767, "longitude": 49.89201}),
        (
            "venue",
            "Kontakt Nizami, Nizami 12\ngeo:40.4,49.8",
            "venue",
            {"title": "Kontakt Nizami", "address": "Nizami 12"},
        ),
        (
            "poll",
            "Xidmət necədir?\n- Pis\n- Çox pis",
            "poll",
            {"question": "Xidmət necədir?", "options": ["Pis", "Çox pis"]},
        ),
        ("hidden_link", "bax burada", "links", ["https://example.com/sifaris/44"]),
        ("sticker", "😡", "username", "leyla_q"),
    ],
)
def test_things(name: str, text: str, field: str, told: object) -> None:
    """A place, a poll, a link behind words: readable in the text, whole in the fields."""
    draft = the(name)
    assert draft.text == text
    assert draft.fields[field] == told


def test_a_shared_contact() -> None:
    """A telephone number is told, and whether it is the sender's own: then it is an address of theirs, by Telegram's
    word. Somebody else's is none."""
    draft = the("contact")
    assert draft.text == "Leyla Quliyeva 994500000001"
    assert draft.fields["contact"]["own"] is True
    assert draft.sender.address("phone") == "+994500000001"
    told = json.loads((RECORDED / "contact.json").read_text())
    told["message"]["contact"]["user_id"] = 5
    (other,) = parse(Raw(json.dumps(told).encode(), "kontakt", "application/json"), Reading(7000000001))
    assert other.sender.address("phone") is None


def test_an_album_is_one_contact_of_several_parts() -> None:
    """Every part is held by itself and names the same group (TG-05)."""
    parts = recorded("album")
    assert [part.identity for part in parts] == [f"telegram:7000000001:551182001:{number}" for number in (20, 21, 22)]
    assert {part.part_of.group if part.part_of else "" for part in parts} == {
        "telegram:7000000001:551182001:album:13760000000000001"
    }
    assert [part.text for part in parts] == ["Üç şəkil, hamısı bu gün", "", ""]


@pytest.mark.parametrize(("first", "edited"), [("text", "edited"), ("business", "business_edited")])
def test_an_edit_is_a_revision(first: str, edited: str) -> None:
    """It has an id of its own, the moment of the edit, and names the first one's id (TG-04)."""
    before, after = the(first), the(edited)
    assert after.identity.startswith(f"{before.identity}:1793")
    assert after.revision_of == message_id(before.identity)
    assert after.sent_at
    assert before.sent_at
    assert after.sent_at > before.sent_at
    assert after.thread == before.thread


def test_a_forward() -> None:
    """Whoever passes words on brings them as evidence; whose they were is told."""
    draft = the("forwarded")
    assert draft.sender.name == "Leyla Quliyeva"
    assert draft.text == "Usta sabah gələcək, söz veririk."
    assert draft.fields["forwarded"] == {"from": "hidden_user", "name": "Usta Rauf", "date": 1793000000}


def test_an_answer_quotes_what_it_answers() -> None:
    """Our letter, with its reference, is in the text but not among the new words."""
    draft = the("reply")
    assert draft.text == "Hələ gəlməyib\n\n> Müraciət nömrəniz: KON-4T7K-Q9MX-2RH0\n> Cavab verəcəyik."
    assert [draft.text[start:end] for start, end in draft.new_text] == ["Hələ gəlməyib"]
    assert draft.thread.in_reply_to == ("telegram:7000000001:551182001:23",)


def test_commands() -> None:
    """A command is a hint to the router; its words are the customer's, the command itself is not."""
    new, status = the("command_new"), the("command_status")
    assert new.fields["command"] == "new"
    assert new.text == "/new Televizor da xarabdır"
    assert [new.text[start:end] for start, end in new.new_text] == ["Televizor da xarabdır"]
    assert status.fields["command"] == "status"
    assert status.text == "/status"
    assert recorded("command_start") == []
    assert said(command("/start ref_2024-a")) == []
    assert said(command("/help")) == []
    (word,) = said(command("/help xarabdır"))
    assert word.text == "/help xarabdır"
    assert said(command("/help broken"))
    (words,) = said(command("/start mənə kömək edin"))
    assert words.text == "/start mənə kömək edin"
    (named,) = said(command("/NEW@kontakt_sikayet_bot yox"))
    assert named.fields["command"] == "new"
    (word,) = said(written("/newspaper gəlmədi"))
    assert "command" not in word.fields


def test_in_a_group() -> None:
    """Only what is said to the bot counts; the answer goes to the person, not to those who read along."""
    mention, reply = the("group_mention"), the("group_reply")
    assert mention.text.startswith("😤 @kontakt")
    assert mention.reply_address
    assert mention.reply_address.value == "551182001"
    assert mention.reply_thread is None
    assert mention.thread.conversation == "telegram:7000000001:-1001900000001:551182001"
    assert reply.text.startswith("Nə vaxt?")
    assert recorded("group_talk") == []
    assert recorded("group_mention", Reading(7000000001, "another_bot")) == []
    (part,) = parse(Raw((RECORDED / "group_talk.json").read_bytes(), "", "", envelope={"addressed": "yes"}), BOT)
    assert part.text == "Kim bazara gedir?"


def test_a_business_account() -> None:
    """Its chats are apart from the bot's own; it can be answered through the connection, for a day."""
    draft = the("business")
    assert draft.identity == "telegram:7000000001:bXk9hYh3yEkBAAAA/551182001:77"
    assert draft.reply_thread == "message=77&business=bXk9hYh3yEkBAAAA"
    assert draft.sent_at
    assert draft.reply_until == draft.sent_at + timedelta(hours=24)


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("own", "own"),
        ("business_own", "own"),
        ("group_joined", "service"),
        ("business_deleted", "deleted_business_messages"),
        ("button", "callback_query"),
        ("reaction", "message_reaction"),
        ("blocked", "my_chat_member"),
        ("command_start", "start"),
    ],
)
def test_what_is_no_contact(name: str, what: str) -> None:
    """Statuses, our own words, service messages: told as such."""
    assert recorded(name) == []
    body = (RECORDED / f"{name}.json").read_bytes()
    if name != "own":  # whose bot it is, a recording alone does not tell
        assert [each.what for each in payload(body, None) if isinstance(each, Other)] == [what]


def test_the_button_says_what_the_command_says() -> None:
    """The button "New complaint" under our letter, pressed: held once as the command, in the same conversation."""
    draft = the("button_new")
    assert draft.identity == "telegram:7000000001:551182001:pressed:2367000000000000002"
    assert draft.fields["command"] == "new"
    assert [draft.text[start:end] for start, end in draft.new_text] == [""]
    assert draft.thread.conversation == "telegram:7000000001:551182001"
    assert draft.reply_address == Address(kind="telegram", value="551182001")
    assert draft.sent_at is None


def test_what_nobody_knows_yet_is_held() -> None:
    """A kind of message that Telegram invents tomorrow is a contact, with a remark."""
    draft = the("from_the_future")
    assert draft.text == ""
    assert draft.remarks == ("unknown_content",)


def test_another_bot_is_a_machine() -> None:
    """And whoever writes as a channel is not."""
    bot = {"id": 136817688, "is_bot": True, "first_name": "Channel"}
    (machine,) = said({"message": {**message(text="ok"), "from": bot}})
    assert machine.automatic.kind == "auto_reply"
    behind = {"id": -100, "title": "Kanal", "type": "channel"}
    (channel,) = said({"message": {**message(text="ok"), "from": bot, "sender_chat": behind}})
    assert channel.automatic.kind == "no"
    assert channel.sender.name == "Kanal"


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
FIELDS = """message_id from chat date edit_date text caption entities photo document venue location contact poll sticker
    reply_to_message quote forward_origin media_group_id sender_chat business_connection_id checklist rich_message dice
    is_topic_message message_thread_id type id user_id file_id file_name sizes offset length first_name""".split()


@given(
    kind=st.sampled_from(["message", "edited_message", "business_message", "edited_business_message", "other"]),
    fields=st.dictionaries(
        st.sampled_from(FIELDS), JSON | st.dictionaries(st.sampled_from(FIELDS), JSON, max_size=4), max_size=8
    ),
)
def test_any_json_can_be_read(kind: str, fields: dict[str, Any]) -> None:
    """Whatever stands in the fields, it reads something, the same each time, and a message with words is never lost."""
    raw = Raw(json.dumps({"update_id": 1, kind: fields}).encode(), "kontakt", "application/json")
    drafts = parse(raw, BOT)
    assert drafts == parse(raw, BOT)
    whole = {**message(), "text": "It is broken."} | {
        name: fields[name] for name in fields if name not in {"text", "chat", "from"}
    }
    drafts = said({"message": whole})
    assert "It is broken." in drafts[0].text
