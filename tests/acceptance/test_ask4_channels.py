"""ASK4's rows: channels on which it takes no complaints. Calls come as its telephone system delivers them, and are
answered by text; chats and networks are answered where they were written."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from http import HTTPStatus

import pytest
from selectolax.lexbor import LexborHTMLParser

from router.case import Case
from tests.acceptance.office import Office
from tests.acceptance.test_ask4 import WORDS
from tests.acceptance.town import Town

PHONE = "+447700900123"
SENT_ELSEWHERE = ["contact.stored", "contact.redirected"]


async def called(town: Town, words: str = WORDS) -> Case:
    """Somebody calls ASK4; the case that it is now."""
    (reference,) = await town.calls.says(words, who=PHONE, brand="ask4")
    return next(each for each in await town.cases() if each.reference == reference)


def link_in(words: str) -> str:
    """The form's address in it."""
    (found,) = re.findall(r"https?://\S+/forms/ask4\S*", words)
    return str(found)


async def filled(office: Office, link: str) -> dict[str, str]:
    """What the form shows that a link opens."""
    status, page = await office.page(link)
    assert status == HTTPStatus.OK
    tree = LexborHTMLParser(page)
    found = {str(node.attributes["name"]): node.attributes.get("value") or "" for node in tree.css("form input[name]")}
    return found | {str(node.attributes["name"]): node.text().strip() for node in tree.css("form textarea")}


@pytest.mark.row("AT-A15")
async def test_taken_by_telephone_all_the_same(town: Town) -> None:
    """AT-A15: misuse of personal data, somebody who cannot write, safety: a complaint like any other, and the reason
    stands in the record."""
    for text, reason in (
        ("You passed my personal data to my neighbour.", "data_protection"),
        ("I am blind and cannot write. The wifi in my room is down.", "cannot_write"),
        ("The router in my room is burning, there is smoke.", "safety"),
    ):
        number = f"+44770090012{len(reason) % 10}"
        (reference,) = await town.calls.says(text, who=number, brand="ask4")
        case = next(each for each in await town.cases() if each.reference == reference)
        types = await town.types(case)
        assert "complaint.received" in types, reason
        assert "contact.redirected" not in types, reason
        received = next(each for each in await town.events(case) if each.type == "complaint.received")
        assert (received.data["channel"], received.data["unless"]) == ("phone", reason)
        assert case.handler
        (told,) = town.texts.answers(number)
        assert reference in told


@pytest.mark.row("AT-A17")
async def test_a_call_about_an_open_case(town: Town) -> None:
    """AT-A17: the customer of a form calls and quotes its reference: the transcript is joined to the case; nobody is
    sent to the form, and there is no second complaint."""
    await town.form("ask4", description=WORDS, email="ann@customer.example", phone=PHONE)
    (case,) = await town.cases()
    await town.calls.says(f"About {case.reference}: it was down again on Tuesday night.", who=PHONE, brand="ask4")
    joined = next(each for each in await town.events(case) if each.type == "contact.joined")
    assert (joined.data["channel"], joined.data["verified"]) == ("phone", True)
    assert len(await town.cases()) == 1
    assert not any("/forms/ask4" in each for each in town.texts.answers(PHONE))
    assert len(town.told()) == 1


@pytest.mark.row("AT-A12")
async def test_a_call_is_sent_to_the_form(town: Town) -> None:
    """AT-A12: a complaint by telephone: no complaint and no clock, but an answer there with the postal address and a
    link; nothing of the caller is in the link, and the form that it opens has their words and their number."""
    case = await called(town)
    types = [each for each in await town.types(case) if not each.startswith("notice.")]
    assert types == SENT_ELSEWHERE
    assert case.clocks == ()
    (told,) = town.texts.answers(PHONE)
    assert "1 Example Street, Sheffield" in told
    link = link_in(told)
    assert not any(word in link for word in (PHONE.lstrip("+"), case.reference, case.id))
    form = await filled(town, link)
    assert (form["description"], form["phone"]) == (WORDS, PHONE)


async def test_a_link_that_opens_nothing(town: Town) -> None:
    """Of AT-A12: a link that somebody changed, another brand's form, one that has ended, one whose words are erased:
    the empty form, the same for all."""
    case = await called(town)
    link = link_in(town.texts.answers(PHONE)[0])
    assert WORDS in (await town.page(link))[1]
    wrong = link[:-3] + ("AAA" if not link.endswith("AAA") else "BBB")
    assert (await filled(town, wrong))["description"] == ""
    assert (await filled(town, link.replace("/forms/ask4", "/forms/welzo")))["description"] == ""
    now = town.clock.now
    town.clock.now = now + timedelta(days=31)
    assert (await filled(town, link))["description"] == ""
    town.clock.now = now
    assert (await town.do(case, "erase", "ops")).disposition == "done"
    assert (await filled(town, link))["description"] == ""


@pytest.mark.row("AT-A13")
@pytest.mark.parametrize("way", ["chat", "social"])
async def test_once_in_a_conversation(town: Town, way: str) -> None:
    """AT-A13: a complaint in a chat or on a network is answered there, once in a conversation, with the form and the
    address; what else is said there is kept with it and stands in the form, too; no complaint, no clock."""
    says: Callable[..., Awaitable[None]] = getattr(town, way).says
    await says(WORDS, who="447700900123", brand="ask4")
    await says("Hello? It is still dropping.", who="447700900123", brand="ask4")
    await town.pause()
    (case,) = await town.cases()
    types = await town.types(case)
    assert types.count("contact.redirected") == 1
    assert "complaint.received" not in types
    assert (case.channel, case.clocks) == (way, ())
    (told,) = getattr(town, way).answers("447700900123", "ask4")
    assert "1 Example Street, Sheffield" in told
    form = await filled(town, link_in(told))
    assert form["description"] == f"{WORDS}\n\nHello? It is still dropping."
    assert form["email"] == ""
    assert form["phone"] == ("+447700900123" if way == "social" else ""), "a network's own number is its sender's"


@pytest.mark.row("AT-A14")
@pytest.mark.parametrize("way", ["calls", "chat"])
async def test_the_form_after_the_link(town: Town, way: str) -> None:
    """AT-A14: who follows the link and sends the form, from an address that nobody knows: one case with the first
    contact in it, the complaint and its clocks from the form; the acknowledgement goes to the address of the form. The
    link shows nothing more then."""
    if way == "calls":
        first = await called(town)
        (told,) = town.texts.answers(PHONE)
    else:
        await town.chat.says(WORDS, brand="ask4")
        await town.pause()
        (first,) = await town.cases()
        (told,) = town.chat.answers(brand="ask4")
    link = link_in(told)
    town.clock.now = first.opened_at + timedelta(days=1)
    form = await filled(town, link)
    answers = {name: value for name, value in form.items() if name not in {"files", "danger"}}
    status, _ = await town.posted("/forms/ask4", **answers | {"email": "ann@customer.example"})
    assert status == HTTPStatus.OK
    (case,) = await town.cases()
    assert case.id == first.id
    types = [each for each in await town.types(case) if each in {*SENT_ELSEWHERE, "complaint.received"}]
    assert types == [*SENT_ELSEWHERE, "complaint.received"]
    assert case.received_at == town.clock.now
    assert (await town.clocks(case, "started"))["ack"] == ["2026-11-21 12:00:00"]
    (acknowledged,) = town.told()
    assert case.reference in acknowledged["Subject"]
    assert (await filled(town, link))["description"] == ""


async def test_the_form_after_the_call(town: Town) -> None:
    """Of AT-A14: who was sent to the form, and sends it with the reference that they were given: one case, with the
    call in it; its clocks run from the form."""
    first = await called(town)
    assert (first.state, first.clocks) == ("redirected", ())
    town.clock.now += timedelta(days=1)
    await town.form("ask4", description=f"{first.reference}: {WORDS}", email="ann@customer.example", phone=PHONE)
    (case,) = await town.cases()
    assert case.id == first.id
    types = await town.types(case)
    assert types[:2] == SENT_ELSEWHERE
    assert types.count("complaint.received") == 1
    assert case.received_at == town.clock.now
    assert (await town.clocks(case, "started"))["ack"] == ["2026-11-21 12:00:00"]
    (told,) = town.told()
    assert case.reference in told["Subject"]
