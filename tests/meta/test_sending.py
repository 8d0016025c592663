"""Notices: in their own words while the window is open, by template or another way when it is over, in parts when they
are long; a comment once, and in private."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.meta.lengths import ROOM, octets, parts, units
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from tests.fakes.meta import FakeApp
from tests.meta.conftest import Line, answering
from tests.meta.payloads import THEIRS, changed, comment, direct, instagram, messenger, text, value, whatsapp
from tests.promises import a_notice

RUSSIAN = "Мы получили вашу жалобу и ответим вам в срок. " * 40


def thread(of: str, account: str, hours: float = 20, **more: str) -> str:
    """As a contact tells it whose window has so many hours left."""
    until = (datetime.now(UTC) + timedelta(hours=hours)).isoformat()
    return urlencode({"of": of, "account": account, "until": until, **more})


def to_phone(line: Line, hours: float = 20, **more: Any) -> Notice:  # noqa: ANN401 -- any field
    """A notice to a WhatsApp number."""
    told = {"thread": thread("whatsapp", line.app.phone, hours, message="wamid.theirs")} | more
    return a_notice("whatsapp", f"+{THEIRS}", **told)


def to_page(line: Line, hours: float = 20, **more: Any) -> Notice:  # noqa: ANN401 -- any field
    """A notice to somebody on the page."""
    return a_notice("facebook", "4242", **({"thread": thread("messenger", line.app.page, hours)} | more))


async def refused(line: Line, notice: Notice) -> str:
    """The word of a Permanent."""
    with pytest.raises(Permanent) as caught:
        await line.connector.reply(notice)
    return caught.value.code


async def test_whatsapp_in_its_own_words(line: Line) -> None:
    """To the number, quoting what it answers, without a preview, with our mark."""
    notice = to_phone(line)
    receipt = await line.connector.reply(notice)
    (sent,) = line.app.seen()["sent"]
    assert (receipt.outcome, receipt.provider_id) == ("sent", sent.pop("id"))
    assert sent == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": THEIRS,
        "type": "text",
        "text": {"body": notice.text, "preview_url": False},
        "context": {"message_id": "wamid.theirs"},
        "biz_opaque_callback_data": f"{notice.id} 1/1",
    }
    (asked,) = line.app.seen()["asked"]
    assert asked["path"] == f"/v25.0/{line.app.phone}/messages"


async def test_messenger_and_instagram(line: Line) -> None:
    """A RESPONSE, never with a tag; Instagram in parts of a thousand bytes."""
    await line.connector.reply(to_page(line))
    (sent,) = line.app.seen()["sent"]
    assert (sent["messaging_type"], sent["recipient"], "tag" in sent) == ("RESPONSE", {"id": "4242"}, False)
    assert sent["message"]["metadata"].endswith(" 1/1")
    where = thread("instagram", line.app.instagram)
    await line.connector.reply(a_notice("instagram", "ig4242", thread=where, brand="kontakt", text=RUSSIAN))
    texts = [each["message"]["text"] for each in line.app.seen()["sent"][1:]]
    assert len(texts) == 4
    assert all(len(each.encode()) <= 1000 for each in texts)
    assert " ".join(texts) == RUSSIAN.strip()


async def test_who_hides_their_number(line: Line) -> None:
    """They are answered by the id that stands for them at this business."""
    await line.connector.reply(a_notice("whatsapp", "US.134912", thread=thread("whatsapp", line.app.phone)))
    (sent,) = line.app.seen()["sent"]
    assert (sent["recipient"], "to" in sent) == ("US.134912", False)


async def test_a_long_one_in_parts(line: Line) -> None:
    """All of it, in order, marked; the first part quotes. Later parts are insisted on, and then it is in doubt."""
    line.app.fail("POST messages", {}, {"status": 429, "retry_after": 0})
    await line.connector.reply(to_phone(line, text=RUSSIAN * 3))
    sent = line.app.seen()["sent"]
    assert [each["biz_opaque_callback_data"][-3:] for each in sent] == ["1/2", "2/2"]
    assert ["context" in each for each in sent] == [True, False]
    line.app.fail("POST messages", {}, {"status": 400, "code": 131009})
    with pytest.raises(Unknown, match="partly_sent"):
        await line.connector.reply(to_phone(line, text=RUSSIAN * 3))
    assert await refused(line, to_phone(line, text=RUSSIAN * 30)) == "too_long"


TEMPLATES = {"acknowledgement.pt": "we_have_it:pt_BR", "acknowledgement": "we_have_it", "*": "news"}


@pytest.mark.parametrize(
    ("purpose", "language", "name", "code"),
    [
        ("acknowledgement", "pt", "we_have_it", "pt_BR"),
        ("progress", "pt", "news", "pt_PT"),
        ("acknowledgement", "lv", "we_have_it", "lv"),
        ("progress", "az", "news", "az"),
    ],
)
async def test_after_a_day_by_template(app: FakeApp, purpose: str, language: str, name: str, code: str) -> None:
    """The approved template for purpose and language, with the reference and the brand's name (MT-06)."""
    async with answering(app, templates=TEMPLATES) as line:
        notice = to_phone(line, hours=-1, purpose=purpose, language=language)
        await line.connector.reply(notice)
    (sent,) = app.seen()["sent"]
    assert sent["template"]["name"] == name
    assert sent["template"]["language"] == {"code": code}
    (body,) = sent["template"]["components"]
    assert [each["text"] for each in body["parameters"]] == [notice.reference, "Welzo"]
    assert sent["biz_opaque_callback_data"] == f"{notice.id} 1/1"


async def test_where_meta_counts_otherwise(app: FakeApp) -> None:
    """By our clock the window is open: refused at once (131047), the notice goes by template; told so afterwards, it is
    handed over once more for that; without a template it is refused, and the next address is tried."""
    async with answering(app, templates=TEMPLATES) as line:
        app.fail("POST messages", {"status": 400, "code": 131047})
        await line.connector.reply(to_phone(line))
        await line.connector.reply(to_phone(line, window_closed=True))
    assert [each["template"]["name"] for each in app.seen()["sent"]] == ["we_have_it"] * 2
    async with answering(app) as line:
        assert await refused(line, to_phone(line, window_closed=True)) == "window_closed"
        app.fail("POST messages", {"status": 400, "code": 131047})
        assert await refused(line, to_phone(line)) == "window_closed"


async def test_after_a_day_without_one(line: Line) -> None:
    """Told at once that it will not arrive; nothing is asked of Meta. So it is for who never wrote by this way."""
    assert await refused(line, to_phone(line, hours=-1)) == "window_closed"
    assert await refused(line, to_page(line, hours=-1)) == "window_closed"
    assert await refused(line, to_phone(line, thread=None)) == "window_closed"
    assert not line.app.seen()["sent"]


async def test_a_later_message_opens_it_again(line: Line) -> None:
    """The window is counted from the customer's last message, whichever notice it is (MT-06)."""
    now = int(datetime.now(UTC).timestamp())
    assert await refused(line, to_phone(line, hours=-1)) == "window_closed"
    await line.post(whatsapp(value(text("w9", "And?", at=now - 60), phone=line.app.phone)))
    assert (await line.connector.reply(to_phone(line, hours=-1))).outcome == "sent"
    said = direct("m9", "And?", account=line.app.page) | {"timestamp": (now - 90_000) * 1000}
    await line.post(messenger(said, page=line.app.page))
    assert await refused(line, to_page(line, hours=-1)) == "window_closed"
    await line.post(
        messenger(direct("m10", "Well?", account=line.app.page) | {"timestamp": now * 1000}, page=line.app.page)
    )
    assert (await line.connector.reply(to_page(line, hours=-1))).outcome == "sent"
    assert all(THEIRS not in key and "4242" not in key for key in line.door.cursors.places)


async def test_human_agent(app: FakeApp) -> None:
    """Only what a person wrote, for seven days, and where the app has the permission; never an automatic notice."""
    async with answering(app, human_agent=True) as line:
        assert await refused(line, to_page(line, hours=-1)) == "window_closed"
        assert await refused(line, to_page(line, hours=-150, automatic="no")) == "window_closed"
        await line.connector.reply(to_page(line, hours=-100, automatic="no"))
    (sent,) = app.seen()["sent"]
    assert (sent["messaging_type"], sent["tag"]) == ("MESSAGE_TAG", "HUMAN_AGENT")
    async with answering(app) as line:
        assert await refused(line, to_page(line, hours=-100, automatic="no")) == "window_closed"


async def test_a_comment_once_and_in_private(line: Line) -> None:
    """One private answer (MT-07); a second notice is refused by us, without asking; nothing is ever posted."""
    app = line.app
    now = int(datetime.now(UTC).timestamp())
    await line.post(changed("page", app.page, "feed", comment(created_time=now)))
    (held,) = line.door.held.values()
    reply = held.message.reply_to
    assert reply
    assert reply.address
    notice = a_notice(reply.address.kind, reply.address.value, thread=reply.thread)
    receipt = await line.connector.reply(notice)
    assert receipt.outcome == "sent"
    (sent,) = app.seen()["sent"]
    assert (sent["recipient"], sent["message"]["text"]) == ({"comment_id": "44_55"}, notice.text)
    assert await refused(line, notice) == "answered_once"
    assert [each["path"] for each in app.seen()["asked"]] == ["/v25.0/me/messages"]
    line.door.cursors.places.clear()  # even if we forgot, Meta does not
    assert await refused(line, notice) == "answered_once"


async def test_a_comment_too_late_or_too_long(line: Line) -> None:
    """After seven days nothing; what does not fit into one message is a short word with the reference."""
    where = thread("instagram", line.app.instagram, comment="c1")
    late = thread("instagram", line.app.instagram, hours=-1, comment="c1")
    plain = {"brand": "kontakt", "sender_name": "Kontakt", "text": RUSSIAN, "language": "ru"}
    assert await refused(line, a_notice("instagram", "ig4242", thread=late, **plain)) == "window_closed"
    await line.connector.reply(a_notice("instagram", "ig4242", thread=where, **plain))
    (sent,) = line.app.seen()["sent"]
    assert "WEL-4T7K-Q9MX-2RH0" in sent["message"]["text"]
    assert "Kontakt" in sent["message"]["text"]
    assert len(sent["message"]["text"].encode()) <= 1000
    odd = plain | {"language": "xx", "thread": thread("instagram", line.app.instagram, comment="c2")}
    assert await refused(line, a_notice("instagram", "ig4242", **odd)) == "too_long"


async def test_where_it_cannot_go(line: Line) -> None:
    """An address of another kind, a brand without an account; another account's thread is not used."""
    assert await refused(line, a_notice("email", "ann@shop.example")) == "bad_address"
    assert await refused(line, a_notice("whatsapp", " ")) == "bad_address"
    assert await refused(line, a_notice("whatsapp", "+1", brand="kontakt")) == "no_account"
    foreign = a_notice("whatsapp", "+1", thread=thread("whatsapp", "999"))
    assert await refused(line, foreign) == "window_closed"


async def test_who_has_blocked_us(line: Line) -> None:
    """By WhatsApp and by Messenger: they cannot be reached there any more, and asking again would not help."""
    line.app.block(THEIRS)
    line.app.block("4242")
    assert await refused(line, to_phone(line)) == "undeliverable"
    assert await refused(line, to_page(line)) == "undeliverable"


async def test_tokens(app: FakeApp) -> None:
    """An account's own token is used for it; none ever stands in an address."""
    async with answering(app, token="general", tokens={app.page: app.token}) as line:
        await line.connector.reply(to_page(line))
        with pytest.raises(Temporary, match="meta_login"):
            await line.connector.reply(to_phone(line))
        assert not [each for each in app.seen()["asked"] if app.token in each["path"]]


async def test_sent_though_it_could_not_be_written_down(line: Line) -> None:
    """Our memory fails just after Meta said yes: sent is sent."""
    line.door.cursors.places["meta-sent:x"] = {}
    real = line.door.cursors.save

    async def failing(name: str, place: Any, *, days: int | None = None) -> None:  # noqa: ANN401 -- as the cursor has it
        if name.startswith("meta-sent"):
            assert days, "one a letter: not for ever"
            raise Temporary("memory_away")
        await real(name, place, days=days)

    line.door.cursors.save = failing  # type: ignore[method-assign]
    assert (await line.connector.reply(to_page(line))).outcome == "sent"


@given(words=st.text(max_size=400), repeats=st.integers(1, 20), of=st.sampled_from(sorted(ROOM)))
def test_parts_fit_and_lose_nothing(words: str, repeats: int, of: str) -> None:
    """Any text: each part fits, none is blank, and together they are the text but for white space."""
    whole = " ".join([words] * repeats)
    found = list(parts(whole, ROOM[of]))
    assert all(ROOM[of].fits(each) and each.strip() for each in found)
    assert "".join("".join(found).split()) == ("".join(whole.split()) or "…")


def test_how_lengths_are_counted() -> None:
    """UTF-16 units where they count letters, bytes where they count bytes."""
    assert (units("a🙁"), octets("aé🙁")) == (3, 7)


async def test_instagram_api_of_its_own(app: FakeApp) -> None:
    """Where Instagram's own login is used its messages go to its own API."""
    async with answering(app, api_url="http://127.0.0.1:9", instagram_api_url=app.meta.url) as line:
        where = thread("instagram", app.instagram)
        await line.connector.reply(a_notice("instagram", "ig4242", thread=where, brand="kontakt"))
        with pytest.raises(Temporary, match="not_connected"):
            await line.connector.reply(to_page(line))
        assert await line.post(instagram(direct("i1", account=app.instagram), account=app.instagram)) == [200]
