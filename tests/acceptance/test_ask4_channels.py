"""ASK4's rows: channels on which it takes no complaints. Their connectors are not configured here, so these rows run at
the level of the common message; what goes back is rendered as it would leave."""

from __future__ import annotations

import re
from datetime import timedelta
from http import HTTPStatus
from typing import Any

import pytest
import sqlalchemy as sa
from selectolax.lexbor import LexborHTMLParser

from intake_daemon.message import Address, Message, Notice, Person, ReplyTo, Thread
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


def shown(office: Office, name: str) -> list[Notice]:
    """What was answered in a window."""
    window: Any = office.house.connectors[name]
    return list(window.shown)


def link_in(notice: Notice) -> str:
    """The form's address in it."""
    (found,) = re.findall(r"https?://\S+/forms/ask4\S*", notice.text)
    return str(found)


async def filled(office: Office, link: str) -> dict[str, str]:
    """What the form shows that a link opens."""
    status, page = await office.page(link)
    assert status == HTTPStatus.OK
    tree = LexborHTMLParser(page)
    found = {str(node.attributes["name"]): node.attributes.get("value") or "" for node in tree.css("form input[name]")}
    return found | {str(node.attributes["name"]): node.text().strip() for node in tree.css("form textarea")}


SENT_ELSEWHERE = ["contact.stored", "contact.redirected"]


@pytest.mark.row("AT-A12", level="message")
async def test_a_call_is_sent_to_the_form(open_windows: Office) -> None:
    """AT-A12: a complaint by telephone: no complaint and no clock, but an answer there with the postal address and a
    link; nothing of the caller is in the link, and the form that it opens has their words and their number."""
    office = open_windows
    case = await office.case(await office.given(call(office, WORDS)))
    types = [each for each in await office.types(case) if not each.startswith("notice.")]
    assert types == SENT_ELSEWHERE
    assert case.clocks == ()
    (told,) = shown(office, "calls")
    assert told.to.value == PHONE
    assert "1 Example Street, Sheffield" in told.text
    link = link_in(told)
    assert not any(word in link for word in (PHONE.lstrip("+"), "Ann", case.reference, case.id))
    form = await filled(office, link)
    assert (form["description"], form["phone"]) == (WORDS, PHONE)


async def test_a_link_that_opens_nothing(open_windows: Office) -> None:
    """Of AT-A12: a link that somebody changed, another brand's form, one that has ended, one whose words are erased:
    the empty form, the same for all."""
    office = open_windows
    case = await office.case(await office.given(call(office, WORDS)))
    link = link_in(shown(office, "calls")[0])
    assert WORDS in (await office.page(link))[1]
    wrong = link[:-3] + ("AAA" if not link.endswith("AAA") else "BBB")
    assert (await filled(office, wrong))["description"] == ""
    assert (await filled(office, link.replace("/forms/ask4", "/forms/welzo")))["description"] == ""
    now = office.clock.now
    office.clock.now = now + timedelta(days=31)
    assert (await filled(office, link))["description"] == ""
    office.clock.now = now
    assert (await office.do(case, "erase", "ops")).disposition == "done"
    assert (await filled(office, link))["description"] == ""


@pytest.mark.row("AT-A13", level="message")
@pytest.mark.parametrize("channel", ["chat", "social"])
async def test_once_in_a_conversation(open_windows: Office, channel: str) -> None:
    """AT-A13: a complaint in a chat or on a network is answered there, once in a conversation, with the form and the
    address; what else is said there is kept with it and stands in the form, too; no complaint, no clock."""
    office = open_windows
    first = await office.given(line(office, WORDS, "line-1", channel))
    second = await office.given(line(office, "Hello? It is still dropping.", "line-2", channel))
    assert second.case == first.case
    await office.pause()
    case = await office.case(first)
    types = await office.types(case)
    assert types.count("contact.redirected") == 1
    assert "complaint.received" not in types
    assert case.clocks == ()
    (told,) = shown(office, channel)
    assert (told.thread, told.to.value) == ("c-1", "c-1")
    assert "1 Example Street, Sheffield" in told.text
    form = await filled(office, link_in(told))
    assert form["description"] == f"{WORDS}\n\nHello? It is still dropping."
    assert (form["email"], form["phone"]) == ("", "")


@pytest.mark.row("AT-A14", level="message")
@pytest.mark.parametrize("channel", ["calls", "chat"])
async def test_the_form_after_the_link(open_windows: Office, channel: str) -> None:
    """AT-A14: who follows the link and sends the form, from an address that nobody knows: one case with the first
    contact in it, the complaint and its clocks from the form; the acknowledgement goes to the address of the form. The
    link shows nothing more then."""
    office = open_windows
    said_then = call(office, WORDS) if channel == "calls" else line(office, WORDS, "line-1")
    called = await office.case(await office.given(said_then))
    await office.pause()
    link = link_in(shown(office, channel)[0])
    office.clock.now = called.opened_at + timedelta(days=1)
    form = await filled(office, link)
    answers = {name: value for name, value in form.items() if name not in {"files", "danger"}}
    status, _ = await office.posted("/forms/ask4", **answers | {"email": "ann@customer.example"})
    assert status == HTTPStatus.OK
    (case,) = await office.cases()
    assert case.id == called.id
    types = [each for each in await office.types(case) if each in {*SENT_ELSEWHERE, "complaint.received"}]
    assert types == [*SENT_ELSEWHERE, "complaint.received"]
    assert case.received_at == office.clock.now
    assert (await office.clocks(case, "started"))["ack"] == ["2026-11-21 12:00:00"]
    (told,) = office.told()
    assert case.reference in told["Subject"]
    assert (await filled(office, link))["description"] == ""


async def test_the_form_after_the_call(office: Office) -> None:
    """Of AT-A14: who was sent to the form, and sends it with the reference that they were given: one case, with the
    call in it; its clocks run from the form."""
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
