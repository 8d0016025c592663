"""What comes in: the handshake, batches, retries, what is parked. What Meta tells of our messages: test_telling.py."""

from __future__ import annotations

import asyncio
import json
from http import HTTPStatus
from typing import Any

import httpx2
import pytest

from intake_daemon.errors import Temporary
from tests.fakes.meta import FakeApp, posted, signed
from tests.meta.conftest import VERIFY, Line, answering
from tests.meta.payloads import (
    AT,
    INSTAGRAM,
    THEIRS,
    Json,
    changed,
    comment,
    direct,
    event,
    instagram,
    messenger,
    status,
    text,
    typed,
    value,
    whatsapp,
)
from tests.promises import PNG, a_notice

ASKED = {"hub.mode": "subscribe", "hub.verify_token": VERIFY, "hub.challenge": "1158201444"}


async def ask(line: Line, **query: str) -> httpx2.Response:
    """Meta's question."""
    async with httpx2.AsyncClient() as client:
        return await client.get(line.url, params=ASKED | query)


async def test_the_handshake(line: Line) -> None:
    """Who knows the token gets the challenge, alone, as text; anybody else nothing (MT-01)."""
    answer = await ask(line)
    assert (answer.status_code, answer.text) == (HTTPStatus.OK, "1158201444")
    assert answer.headers["content-type"].startswith("text/plain")
    odd: list[Json] = [
        {"hub.verify_token": "guessed"},
        {"hub.verify_token": ""},
        {"hub.verify_token": "é"},
        {"hub.mode": "unsubscribe"},
        {"hub.challenge": ""},
        {"hub.challenge": "x" * 2000},
    ]
    for query in odd:
        refused = await ask(line, **query)
        assert (refused.status_code, refused.text) == (HTTPStatus.FORBIDDEN, "")
    assert line.door.refusals["bad_verify_token"] == len(odd)
    shown = await ask(line, **{"hub.challenge": "<script>"})
    assert shown.headers["content-type"].startswith("text/plain")
    assert shown.headers["x-content-type-options"] == "nosniff"


async def test_letters_beyond_ascii(line: Line) -> None:
    """Signed as Meta writes them, escaped; the same words in other bytes are not Meta's."""
    body = posted(whatsapp(value(text(body="Где мой заказ? äöå / 🙁"), phone=line.app.phone)))
    assert b"\\ud83d" in body
    assert b"\\/" in body
    assert await line.post(body) == [200]
    (held,) = line.door.held.values()
    assert held.message.text == "Где мой заказ? äöå / 🙁"
    assert line.door.raws[0].content == body
    rewritten = json.dumps(json.loads(body), ensure_ascii=False).encode()
    assert await line.post(rewritten, signature=signed(line.app.secret, body)) == [403]


async def test_two_apps(app: FakeApp) -> None:
    """Instagram's own app has another secret; both sign."""
    async with answering(app, more_secrets=["another"]) as line:
        body = posted(instagram(direct("i1", account=app.instagram), account=app.instagram))
        assert await line.post(body, signature=signed("another", body)) == [200]
        assert await line.post(body, signature=signed("a third", body)) == [403]


async def test_every_thing_of_a_batch(line: Line) -> None:
    """Three products' worth of people in one post each; several entries, changes and messages; what cannot be read is
    parked, what is for nobody's account too, and neither stops another."""
    phone = line.app.phone
    body = whatsapp(
        value(text("w1", "One.", at=AT + 2), text("w2", "Two.", sender="37120000000"), phone=phone),
        value(statuses=[status("ours", "read")], phone=phone),
        value(text("w3", "Earlier.", at=AT + 1), phone=phone),
        value(text("w4", "For somebody else."), phone="1"),
    )
    body["entry"][0]["changes"][0]["value"]["messages"].insert(0, "nonsense")
    body["entry"].append({"id": "7", "changes": [{"field": "messages", "value": None}]})
    assert await line.post(body) == [200]
    texts = [held.message.text for held in line.door.held.values()]
    assert sorted(texts) == ["Earlier.", "One.", "Two."]
    assert texts.index("Earlier.") < texts.index("One."), "Meta's time is the order of a conversation"
    assert sorted(reason for _, reason in line.door.parked) == ["meta_unreadable", "meta_unreadable", "unknown_account"]
    assert {held.message.brand for held in line.door.held.values()} == {"welzo"}
    originals = [raw.content for raw in line.door.raws]
    assert [sum(each in raw for each in (b"One.", b"Two.", b"Earlier.")) for raw in originals] == [1, 1, 1]


async def test_brands(line: Line) -> None:
    """Each number, page and account is its brand's."""
    app = line.app
    await line.post(messenger(direct(account=app.page), page=app.page))
    await line.post(instagram(direct("i1", account=app.instagram), account=app.instagram))
    assert [held.message.brand for held in line.door.held.values()] == ["welzo", "kontakt"]


async def test_an_instagram_account_of_two_ids(line: Line) -> None:
    """The entry may name the account by another id than the message does: either will do."""
    body = instagram(direct("i1", account=line.app.instagram), account="another")
    assert await line.post(body) == [200]
    (held,) = line.door.held.values()
    reply = held.message.reply_to
    assert reply
    assert f"account={line.app.instagram}" in str(reply.thread)


async def test_delivered_three_times_at_once(line: Line) -> None:
    """One contact; all three are told that it is ours."""
    body = whatsapp(value(text("w1"), text("w2", "Two."), phone=line.app.phone))
    assert await line.post(body, copies=3, at_once=True) == [200, 200, 200]
    assert len(line.door.held) == 2


async def test_what_was_held_is_not_fetched_anew(line: Line) -> None:
    """One brand's desk is away: the post comes again, and only what is missing is done."""
    app = line.app
    app.keep("77", PNG, "image/png")
    picture = typed("image", {"id": "77", "mime_type": "image/png"}, "w1")
    body = whatsapp(value(picture, phone=app.phone))
    body["entry"] += instagram(direct("i1", account=app.instagram), account=app.instagram)["entry"]
    line.door.closed = {"kontakt"}
    both = [
        {**body, "object": "whatsapp_business_account"},
        {"object": "instagram", "entry": body["entry"][1:]},
    ]
    assert await line.post(both) == [503]
    assert await line.post(both) == [503]
    line.door.closed = set()
    assert await line.post(both) == [200]
    assert [held.message.brand for held in line.door.held.values()] == ["welzo", "kontakt"]
    assert sum("/files/" in each["path"] for each in app.seen()["asked"]) == 1


async def test_what_is_not_meta_s_form(line: Line) -> None:
    """Signed, and nothing that we know: kept for a person. What is too much is refused."""
    for body in (b"[]", b"{", b"\xff\xfe", b'{"hello": 1}', b""):
        assert await line.post(body) == [200]
    assert [reason for _, reason in line.door.parked] == ["meta_unreadable"] * 5
    assert await line.post(b"{" + b" " * 9_000_000) == [413]


async def test_a_fault_of_ours_stops_nobody(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    """What fails in our own hands is parked; the next one is held."""
    good, real = value(text("w2", "Good."), phone=line.app.phone), line.door.accept

    async def failing(raw: Any, parse: Any) -> Any:  # noqa: ANN401 -- as the door has them
        if b"Bad." in raw.content:
            raise RuntimeError
        return await real(raw, parse)

    monkeypatch.setattr(line.door, "accept", failing)
    assert await line.post(whatsapp(value(text("w1", "Bad."), phone=line.app.phone), good)) == [200]
    assert [reason for _, reason in line.door.parked] == ["meta_failed"]
    assert [held.message.text for held in line.door.held.values()] == ["Good."]


async def test_comments_can_be_left_out(app: FakeApp) -> None:
    """`comments: false`: who complains in public is somebody else's business; direct messages are not."""
    async with answering(app, comments=False) as line:
        assert await line.post(changed("page", app.page, "feed", comment())) == [200]
        assert await line.post(messenger(direct(account=app.page), page=app.page)) == [200]
        assert [held.message.text for held in line.door.held.values()] == ["It is broken."]
        assert line.door.refusals["comments_not_taken"] == 1


async def test_parked_once(line: Line) -> None:
    """What nobody can read is parked once, also when its post comes again for the sake of another message."""
    body = whatsapp(value(text(), phone=line.app.phone), value(text("w2"), phone="1"))
    body["entry"].append("nonsense")
    line.door.full_after = 0
    assert await line.post(body, copies=2) == [503, 503]
    line.door.full_after = None
    assert await line.post(body) == [200]
    assert sorted(reason for _, reason in line.door.parked) == ["meta_unreadable", "unknown_account"]
    assert len(line.door.held) == 1


async def test_taken_without_a_memory(line: Line) -> None:
    """No database: complaints are held all the same."""
    line.door.cursors.away = True
    assert await line.post(whatsapp(value(text(), phone=line.app.phone))) == [200]
    assert len(line.door.held) == 1


async def test_the_words_of_a_mention(line: Line) -> None:
    """Instagram's webhook has only ids: the words are asked for; when they cannot be had, the mention is held all the
    same."""
    app = line.app
    told = {"mentioned_comment": {"text": "@kontakt my order!", "id": "2"}, "id": app.instagram}
    app.know(app.instagram, told)
    await line.post(changed("instagram", app.instagram, "mentions", {"media_id": "1", "comment_id": "2"}))
    app.fail(app.instagram, {"status": 500})
    await line.post(changed("instagram", app.instagram, "mentions", {"media_id": "1", "comment_id": "3"}))
    messages = [held.message for held in line.door.held.values()]
    assert [each.text for each in messages] == ["@kontakt my order!", ""]
    assert [each.remarks for each in messages] == [(), ("text_not_fetched",)]


async def test_nothing_of_ours_becomes_a_contact(line: Line) -> None:
    """Echoes, reads, reactions, typing, chats from before, calls: 200, and nothing is held or parked."""
    phone, page = line.app.phone, line.app.page
    bodies = [
        whatsapp(value(message_echoes=[text("e1")], phone=phone), field="smb_message_echoes"),
        whatsapp(
            value(history=[{"threads": [{"id": THEIRS, "messages": [text("h1")]}]}], phone=phone), field="history"
        ),
        whatsapp(value(typed("image", {"id": "1"}, "h2"), phone=phone), field="history"),
        whatsapp(value(typed("reaction", {"message_id": "w1", "emoji": "😡"}), phone=phone)),
        whatsapp(value(calls=[{"id": "c1", "from": THEIRS}], phone=phone), field="calls"),
        messenger(direct("m1", sender=page, account="4242", is_echo=True), page=page),
        messenger(direct("m2", sender=page, account="4242"), page=page),
        messenger(event(page, typing={"is_typing": True}), page=page),
    ]
    for body in bodies:
        assert await line.post(body) == [200]
    assert not line.door.held
    assert not line.door.parked


async def test_it_is_not_running_yet(app: FakeApp) -> None:
    """A notice that comes before the doors are open waits."""
    async with answering(app) as line:
        line.connector._door = None
        with pytest.raises(Temporary, match="not_running"):
            await line.connector.reply(a_notice("whatsapp", f"+{THEIRS}"))


async def test_cancelled_it_ends(app: FakeApp) -> None:
    """At once, with nothing half done."""
    async with answering(app) as line:
        line.running.cancel()
        await asyncio.wait([line.running], timeout=5)
        assert line.running.cancelled()
        assert INSTAGRAM not in line.url
