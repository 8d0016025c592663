"""What chats do: a message is edited, an album comes in parts. As Telegram's connector hands them on; its own tests
(tests/telegram) show that it does."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from intake_daemon.message import Address, Message, Person, ReplyTo, Thread, message_id
from router.ledger.lookup import waiting
from tests.acceptance.office import Office
from tests.desk.letters import letter

FIRST = "Noutbuk bir həftəyə sındı, mağaza isə pulu qaytarmır."
MAIL = Address(kind="email", value="chat@customer.example")
CHAT = Address(kind="telegram", value="551182001")


def named(number: int, edit: str = "") -> str:
    """The id of a message of the chat, or of an edit of it."""
    return message_id(f"telegram:7000000001:551182001:{number}{edit}")


def written(office: Office, text: str, number: int, edit: str = "", **more: Any) -> Message:  # noqa: ANN401 -- fields
    """A message in one chat with the bot, which can be answered there; or an edit of it."""
    now = office.clock.now
    told = {
        "id": named(number, edit),
        "kind": "telegram",
        "channel": "social",
        "received_at": now,
        "contact_at": now,
        "sender": Person(name="Məryəm Əliyeva", addresses=(CHAT, MAIL), verified="signature"),
        "thread": Thread(conversation="551182001"),
        "reply_to": ReplyTo(connector="mail", address=MAIL),
        "revision_of": named(number) if edit else None,
    }
    return letter(text, brand="kontakt", message=f"{number}{edit}").model_copy(update={**told, **more})


@pytest.mark.row("AT-X09", level="message")
async def test_an_edited_message(office: Office) -> None:
    """AT-X09: the edit is a revision in the case, its first text is kept beside it; no second acknowledgement, nor a
    receipt, also when it comes days later; the handler reads it."""
    outcome = await office.given(written(office, FIRST, 20))
    await office.pause()
    case = await office.case(outcome)
    assert len(office.told("chat@customer.example")) == 1
    for days, text in ((0, f"{FIRST} Çek var."), (3, f"{FIRST} Çek və qutu var.")):
        await office.at(office.clock.now + timedelta(days=days, minutes=5))
        letters, staff = len(office.told("chat@customer.example")), len(office.to_staff())
        edited = await office.given(written(office, text, 20, f":{days}"))
        assert (edited.disposition, edited.case) == ("joined", case.id)
        await office.pause()
        assert len(office.told("chat@customer.example")) == letters
        assert any(text in mail.get_content() for mail in office.to_staff()[staff:])
    revised = [event.data for event in await office.events(case) if event.type == "contact.revised"]
    assert [each["revision_of"] for each in revised] == [named(20)] * 2
    kept = await office.house.store.read(lambda connection: waiting.words(connection, [named(20)]))
    assert FIRST in str(kept)
    assert len(await office.cases()) == 1
