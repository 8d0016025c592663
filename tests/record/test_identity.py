"""One person on several channels: addresses are linked with evidence, never merged; letters go where one has asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

import pytest

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Address, Command, Message, Notice, Person, ReplyTo, Thread
from intake_daemon.store import Store
from router.desk import ComplaintsDesk
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, letter, rules
from tests.record.doing import history, leave, notices, sent, the_case

PHONE = Address(kind="phone", value="+994501112233")
MAIL = Address(kind="email", value="aygun@customer.example")
TELEGRAM = Address(kind="telegram", value="551")
CHAT = Address(kind="chat", value="c" * 32)
WORDS = "Купил у вас телефон, через неделю экран погас, а в магазине отказались вернуть деньги."
STATUS = "Что с моей жалобой?"


class Desk:
    """A router, and what leaves it."""

    def __init__(self, store: Store) -> None:
        self.store = store
        known = replace(rules(), replying=frozenset({"sms", "bot", "chat"}))
        self.ledger = StoredLedger(store, ComplaintsDesk(known), key=KEY, installation="test")
        self.now = NOON

    async def take(self, message: Message) -> tuple[Outcome, list[Notice]]:
        """What becomes of it, and the customer's letters, half an hour later."""
        self.now += timedelta(minutes=30)
        message = message.model_copy(update={"received_at": self.now, "contact_at": self.now})
        (outcome,) = await self.ledger.decide([Input(message, self.now)], self.now)
        self.now += timedelta(seconds=20)
        await self.ledger.due(self.now, 100)
        left = notices(await leave(self.ledger))
        for each in left:
            await self.ledger.decide([Input(sent(each), self.now)], self.now)
        return outcome, [each for each in left if each.to.value not in _staff()]

    async def form(self) -> str:
        """A complaint by the form, with an address and a number; its reference."""
        who = Person(name="Айгюн", addresses=(MAIL, PHONE))
        reply = ReplyTo(connector="form", address=MAIL)
        told = {"channel": "web_form", "kind": "web_form", "connector": "form", "sender": who, "reply_to": reply}
        made = letter(WORDS, brand="kontakt", message="form").model_copy(update={**told, "thread": Thread()})
        outcome, (told_by_mail,) = await self.take(made)
        assert told_by_mail.to == MAIL
        return (await the_case(self.store, outcome)).reference


def _staff() -> set[str]:
    return {each.address for each in rules().staff.handlers.values()}


def line(
    text: str, *addresses: Address, channel: str, connector: str, name: str = "1", vouched: bool = False
) -> Message:
    """A line from the first of these addresses, which is answered."""
    first = addresses[0]
    changes = {
        "channel": channel,
        "kind": connector,
        "connector": connector,
        "subject": "",
        "sender": Person(name="Айгюн", addresses=addresses, verified="signature" if vouched else "none"),
        "thread": Thread(message_id=f"{first.value}:{name}", conversation=first.value),
        "reply_to": ReplyTo(connector=connector, address=first),
    }
    return letter(text, brand="kontakt", message=f"{first.value}:{name}").model_copy(update=changes)


@pytest.fixture
async def desk(url: str) -> AsyncIterator[Desk]:
    """A router on each database."""
    store = Store(url)
    await store.migrate()
    yield Desk(store)
    await store.close()


async def test_a_number_that_a_form_gave(desk: Desk) -> None:
    """A form gave a number; an SMS from it that quotes the reference is joined, and what it asks is told there, not by
    mail."""
    reference = await desk.form()
    outcome, told = await desk.take(line(f"{reference} {STATUS}", PHONE, channel="sms", connector="sms"))
    assert outcome.disposition == "joined"
    assert (await the_case(desk.store, outcome)).reference == reference
    ((purpose, to),) = [(each.purpose, each.to) for each in told]
    assert (purpose, to) == ("status_answer", PHONE)
    assert reference in told[0].text


async def test_a_contact_shared_in_telegram(desk: Desk) -> None:
    """Somebody on Telegram who quotes the reference is a stranger: a case of their own, a link for a person, and no
    word of the other case. Who shares the number that the case knows as their own is known, and is told."""
    reference = await desk.form()
    words = f"{reference}: {STATUS}"
    stranger = line(words, Address(kind="telegram", value="666"), channel="social", connector="bot", vouched=True)
    outcome, told = await desk.take(stranger)
    assert outcome.disposition == "case"
    assert [each.purpose for each in told] == ["status_answer"]
    assert reference not in told[0].text
    assert await linked(desk, outcome) == [(reference, "quoted_by_a_stranger")]
    outcome, told = await desk.take(line(words, TELEGRAM, PHONE, channel="social", connector="bot", vouched=True))
    assert (outcome.disposition, outcome.reference) == ("joined", reference)
    assert [(each.purpose, each.to, reference in each.text) for each in told] == [("status_answer", TELEGRAM, True)]
    later, told = await desk.take(line(STATUS, TELEGRAM, channel="social", connector="bot", name="2", vouched=True))
    assert (later.case, [each.to for each in told]) == (outcome.case, [TELEGRAM])


@pytest.mark.parametrize("quoting", [True, False])
async def test_an_address_that_is_only_typed_opens_nothing(desk: Desk, *, quoting: bool) -> None:
    """In a chat anybody can type somebody's address: with or without the reference they learn nothing of that case."""
    reference = await desk.form()
    words = f"{reference}: {STATUS}" if quoting else STATUS
    outcome, told = await desk.take(line(words, CHAT, MAIL, channel="chat", connector="chat"))
    assert (await the_case(desk.store, outcome)).reference != reference
    assert not any(reference in each.text for each in told)
    assert {each.to for each in told} <= {CHAT}
    assert [each for each, _ in await linked(desk, outcome)] == ([reference] if quoting else [])


async def test_two_people_are_never_one(desk: Desk) -> None:
    """Two customers with a telephone in common keep their cases and their letters."""
    first = await desk.form()
    other = line(WORDS, Address(kind="telegram", value="9"), PHONE, channel="social", connector="bot", vouched=True)
    outcome, told = await desk.take(other)
    assert outcome.disposition == "case"
    assert [each.to.value for each in told] == ["9"]
    assert first not in told[0].text


async def linked(desk: Desk, outcome: Outcome) -> list[tuple[str, str]]:
    """The cases that this one may belong to."""
    events = (await history(desk.store))[outcome.case or ""]
    return [(each.data["reference"], each.data["reason"]) for each in events if each.type == "case.linked"]


async def test_a_reference_quoted_in_a_talk_of_its_own(desk: Desk) -> None:
    """Somebody who has a case in this conversation quotes another's reference: it stays in theirs, and a person sees
    the other one."""
    other = await desk.form()
    mine, _ = await desk.take(line(WORDS, TELEGRAM, channel="social", connector="bot", vouched=True))
    words = f"Это то же самое, что {other}."
    said, told = await desk.take(line(words, TELEGRAM, channel="social", connector="bot", name="2", vouched=True))
    assert (said.disposition, said.case) == ("joined", mine.case)
    assert told == []
    assert (other, "quoted_by_a_stranger") in await linked(desk, mine)


async def test_a_conversation_follows_its_customer(desk: Desk) -> None:
    """A person has made sure that who wrote in a chat is the customer of another case: that line joins it, so do
    the next ones of the conversation; nobody is acknowledged again."""
    reference = await desk.form()
    begun, _ = await desk.take(line(f"{reference}: ну что?", TELEGRAM, channel="social", connector="bot", vouched=True))
    case = await the_case(desk.store, begun)
    assert case.reference != reference
    verify = Command(
        id="1",
        reference=case.reference,
        command="verify_sender",
        actor=case.handler or "",
        data={"reference": reference},
    )
    (done,) = await desk.ledger.decide([Input(verify, desk.now)], desk.now)
    assert done.disposition == "done", done
    later, told = await desk.take(
        line("Жду ещё и компенсацию.", TELEGRAM, channel="social", connector="bot", name="2", vouched=True)
    )
    assert (later.disposition, later.reference) == ("joined", reference)
    assert told == []
