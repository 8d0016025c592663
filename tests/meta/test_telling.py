"""What Meta tells of our own messages: receipts, matched by what we gave along or by Meta's name of the message."""

from __future__ import annotations

import pytest

from tests.meta.conftest import Line
from tests.meta.payloads import AT, event, instagram, messenger, status, value, whatsapp
from tests.promises import a_notice


@pytest.mark.parametrize(
    ("state", "mark", "code", "told"),
    [
        ("sent", "n-1 1/1", 0, ("sent", "sent")),
        ("delivered", "n-1 1/1", 0, ("delivered", "delivered")),
        ("read", "n-1 2/2", 0, ("delivered", "read")),
        ("played", "n-1 1/1", 0, ("delivered", "played")),
        ("delivered", "n-1 1/2", 0, None),
        ("failed", "n-1 1/2", 131047, ("failed", "window_closed")),
        ("failed", "n-1 1/1", 131026, ("failed", "undeliverable")),
        ("failed", "n-1 1/1", 131053, ("failed", "meta_131053")),
        ("failed", "n-1 1/1", 0, ("failed", "failed")),
        ("sent", "", 0, None),
        ("sent", "nonsense", 0, None),
        ("warning", "n-1 1/1", 0, None),
    ],
)
async def test_a_status_is_a_receipt(
    line: Line, state: str, mark: str, code: int, told: tuple[str, str] | None
) -> None:
    """Matched by what we gave along; of parts the last one's, a failure of any; with Meta's code as a word of ours."""
    body = whatsapp(value(statuses=[status("wamid.ours", state, mark, code)], phone=line.app.phone))
    assert await line.post(body) == [200]
    assert [(each.outcome, each.code) for each in line.door.receipts] == ([told] if told else [])
    assert all(each.notice == "n-1" and each.provider_id == "wamid.ours" for each in line.door.receipts)


async def test_a_status_without_our_mark(line: Line) -> None:
    """Then the message's own id tells whose it is."""
    thread = f"of=whatsapp&account={line.app.phone}&until=2999-01-01T00:00:00Z"
    sent = await line.connector.reply(a_notice("whatsapp", "+16505551234", thread=thread))
    assert await line.post(
        whatsapp(value(statuses=[status(sent.provider_id or "", "read")], phone=line.app.phone))
    ) == [200]
    assert [(each.notice, each.outcome) for each in line.door.receipts] == [(sent.notice, "delivered")]


async def test_news_come_again_when_they_cannot_be_told(line: Line) -> None:
    """503, and then the receipt."""
    body = whatsapp(value(statuses=[status("wamid.ours", "delivered", "n-1 1/1")], phone=line.app.phone))
    line.door.away = True
    assert await line.post(body) == [503]
    line.door.away = False
    assert await line.post(body) == [200]
    assert len(line.door.receipts) == 1


async def test_news_of_messenger_and_instagram(line: Line) -> None:
    """An echo brings our mark back, a delivery and a read name what was sent; other chats' are none of ours."""
    app = line.app
    thread = f"of=messenger&account={app.page}&until=2999-01-01T00:00:00Z"
    sent = await line.connector.reply(a_notice("facebook", "4242", thread=thread))
    said = app.seen()["sent"][-1]
    echo = {"mid": sent.provider_id, "is_echo": True, "metadata": said["message"]["metadata"], "text": "x"}
    ours = {**event(app.page), "message": echo}
    news = [
        ours,
        {**event(app.page), "message": {**echo, "metadata": "other"}},
        event(app.page, delivery={"mids": [sent.provider_id, "m_other"], "watermark": 1}),
        event(app.page, read={"watermark": AT * 1000}),
    ]
    assert await line.post(messenger(*news, page=app.page)) == [200]
    assert [(each.outcome, each.notice) for each in line.door.receipts] == [
        ("sent", sent.notice),
        ("delivered", sent.notice),
    ]
    assert not line.door.held
    thread = f"of=instagram&account={app.instagram}&until=2999-01-01T00:00:00Z"
    seen = await line.connector.reply(
        a_notice("instagram", "ig4242", thread=thread, brand="kontakt", id="0b7d6c5e-0000-5000-8000-000000000002")
    )
    assert await line.post(instagram(event(app.instagram, read={"mid": seen.provider_id}), account=app.instagram))
    assert line.door.receipts[-1].notice == seen.notice
