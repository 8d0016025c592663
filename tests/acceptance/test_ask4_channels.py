"""ASK4's rows: channels on which it takes no complaints. Their connectors are not configured here, so these rows run at
the level of the common message; what goes back is rendered as it would leave."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.message import Address, Message, Person, ReplyTo, Thread
from router.case import Case
from router.ledger import tables
from tests.acceptance.office import Office
from tests.acceptance.test_ask4 import WORDS
from tests.desk.letters import letter

PHONE = "+447700900123"


def said(office: Office, text: str, **changes: Any) -> Message:  # noqa: ANN401 -- fields of Message
    """What somebody says on another channel, now."""
    now = office.clock.now
    plain = letter(text, brand="ask4", sender=None, message=changes.pop("message", "call-1"))
    return plain.model_copy(update={"received_at": now, "contact_at": now, **changes})


def call(office: Office, text: str, message: str = "call-1") -> Message:
    """A call's transcript."""
    number = Address(kind="phone", value=PHONE)
    return said(
        office,
        text,
        message=message,
        channel="phone",
        kind="calls",
        connector="calls",
        sender=Person(name="Ann", addresses=(number,)),
        reply_to=ReplyTo(connector="calls", address=number),
    )


def line(office: Office, text: str, message: str, channel: str = "chat") -> Message:
    """A line of a chat, or of a conversation on a network."""
    window = Address(kind="chat" if channel == "chat" else "telegram", value="c-1")
    return said(
        office,
        text,
        message=message,
        channel=channel,
        kind="web_chat" if channel == "chat" else "telegram",
        connector=channel,
        sender=Person(name="Ann", addresses=(window,)),
        reply_to=ReplyTo(connector=channel, address=window, thread="c-1"),
        thread=Thread(message_id=message, conversation="c-1"),
    )


async def purposes(office: Office, case: Case) -> list[str]:
    """What is owed to the customer."""
    t = tables.notices
    query = sa.select(t.c.purpose).where(t.c.case_id == case.id, t.c.staff.is_(None)).order_by(t.c.created_at)
    return list(await office.house.store.read(lambda connection: connection.execute(query).scalars().all()))


@pytest.mark.row("AT-A15", level="message")
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("You passed my personal data to my neighbour.", "data_protection"),
        ("I am blind and cannot write. The wifi in my room is down.", "cannot_write"),
        ("The router in my room is burning, there is smoke.", "safety"),
    ],
)
async def test_taken_by_telephone_all_the_same(office: Office, text: str, reason: str) -> None:
    """AT-A15: misuse of personal data, somebody who cannot write, safety: a complaint like any other, and the reason
    stands in the record."""
    case = await office.case(await office.given(call(office, text)))
    types = await office.types(case)
    assert "complaint.received" in types
    assert "contact.redirected" not in types
    received = next(each for each in await office.events(case) if each.type == "complaint.received")
    assert received.data["unless"] == reason
    assert case.handler


@pytest.mark.row("AT-A17", level="message")
async def test_a_call_about_an_open_case(office: Office) -> None:
    """AT-A17: the customer of a form calls and quotes its reference: the transcript is joined to the case; nobody is
    sent to the form, and there is no second complaint."""
    await office.form("ask4", description=WORDS, email="ann@customer.example", phone=PHONE)
    (case,) = await office.cases()
    outcome = await office.given(call(office, f"About {case.reference}: it was down again on Tuesday night."))
    assert (outcome.disposition, outcome.case) == ("joined", case.id)
    joined = next(each for each in await office.events(case) if each.type == "contact.joined")
    assert (joined.data["channel"], joined.data["verified"]) == ("phone", True)
    assert len(await office.cases()) == 1
    assert "redirect" not in await purposes(office, case)


@pytest.mark.parametrize("channel", ["chat", "social"])
async def test_once_in_a_conversation(office: Office, channel: str) -> None:
    """Of AT-A13: what else is said in a conversation that was sent to the form is kept with it, and not answered again;
    no complaint, no clock."""
    first = await office.given(line(office, WORDS, "line-1", channel))
    second = await office.given(line(office, "Hello? It is still dropping.", "line-2", channel))
    assert second.case == first.case
    case = await office.case(first)
    types = await office.types(case)
    assert types.count("contact.redirected") == 1
    assert "complaint.received" not in types
    assert case.clocks == ()


@pytest.mark.row("AT-A14", level="message")
async def test_the_form_after_the_call(office: Office) -> None:
    """AT-A14: who was sent to the form, and sends it with the reference that they were given: one case, with the call
    in it; its clocks run from the form."""
    called = await office.case(await office.given(call(office, WORDS)))
    assert (called.state, called.clocks) == ("redirected", ())
    office.clock.now += timedelta(days=1)
    await office.form("ask4", description=f"{called.reference}: {WORDS}", email="ann@customer.example", phone=PHONE)
    (case,) = await office.cases()
    assert case.id == called.id
    types = await office.types(case)
    assert types[:2] == ["contact.stored", "contact.redirected"]
    assert types.count("complaint.received") == 1
    assert case.received_at == office.clock.now
    assert (await office.clocks(case, "started"))["ack"] == ["2026-11-21 12:00:00"]
    (told,) = office.told()
    assert case.reference in told["Subject"]
