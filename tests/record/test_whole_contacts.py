"""A contact is given to another case whole: all that was said in one go, what ties further words, and every count."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Input, Outcome
from intake_daemon.message import Command
from router.case import Case
from router.ledger import tables
from router.ledger.record import StoredLedger
from router.ledger.talks import KEPT
from tests.desk.letters import KEY, letter
from tests.record.doing import the_case
from tests.record.talking import BROKEN, Chat, known

RUDE = "Ваш сотрудник в магазине на меня кричал."
MORE = "Это было вчера вечером."


async def do(chat: Chat, on: Outcome, name: str, /, **data: Any) -> Outcome:  # noqa: ANN401 -- a command's data
    """The leader of the team acts."""
    chat.number += 1
    value = Command(
        id=str(chat.number), reference=on.reference or "", command=name, actor="elnur", data=data, at=chat.now
    )
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    return (await ledger.decide([Input(value, chat.now)], chat.now))[0]


async def elsewhere(chat: Chat) -> Outcome:
    """A case that the company has from somebody's mail."""
    mail = letter(
        "У вас кричат на покупателей.", brand="kontakt", message="1@other.example", sender="ann@other.example"
    )
    (outcome,) = await chat.put(mail.model_copy(update={"received_at": chat.now, "contact_at": chat.now}))
    return outcome


async def asks(chat: Chat, case: Outcome) -> None:
    """Its customer writes once more, and is who is answered."""
    chat.number += 1
    words = f"{case.reference}: что нового?"
    mail = letter(words, brand="kontakt", message=f"{chat.number}@other.example", sender="ann@other.example")
    await chat.put(mail.model_copy(update={"received_at": chat.now, "contact_at": chat.now}))


async def two_contacts(chat: Chat) -> tuple[Outcome, Outcome]:
    """One conversation: a complaint, and an hour later another matter in three lines, with two files."""
    first = await chat.say(BROKEN)
    await chat.later(3600)
    second = await chat.say(RUDE)
    await chat.say(MORE, after=5, files=1)
    await chat.say("Вот фотография.", after=5, files=1)
    return first, second


async def belongs(chat: Chat) -> dict[str, list[str]]:
    """What was said, by case."""
    t = tables.contacts
    query = sa.select(t.c.case_id, t.c.id).order_by(t.c.received_at, t.c.id)
    rows = await chat.store.read(lambda connection: connection.execute(query).all())
    found: dict[str, list[str]] = {}
    for case, contact in rows:
        found.setdefault(case, []).append(contact)
    return found


async def other(chat: Chat, than: Outcome) -> Case:
    """The case that began last."""
    return next(each for each in reversed(await chat.cases()) if each.id != than.case)


async def test_a_contact_goes_to_its_case_with_every_line(chat: Chat) -> None:
    """Whichever of its lines is named: all of it goes, the files are counted there, and what is written next in the
    conversation is about that case."""
    there = await elsewhere(chat)
    first, second = await two_contacts(chat)
    case = await the_case(chat.store, first)
    assert (case.contacts, case.attachments) == (2, 2)
    named = (await belongs(chat))[first.case or ""][2]
    assert (await do(chat, first, "part", message=named, reference=there.reference)).disposition == "done"
    here, gone = await the_case(chat.store, first), await the_case(chat.store, there)
    assert (here.contacts, here.attachments) == (1, 0)
    assert (gone.contacts, gone.attachments) == (2, 2)
    assert sorted(len(each) for each in (await belongs(chat)).values()) == [1, 4]
    assert second.case == first.case
    assert (await chat.say("И ещё: она не представилась.", after=5)).case == there.case
    assert (await the_case(chat.store, there)).contacts == 2, "said in the same go"
    assert (await the_case(chat.store, there)).answers_to == gone.contact, "nobody has said that this is its customer"
    assert (await chat.say("Чем всё кончилось?", after=3600)).case == there.case


async def test_a_contact_begins_a_case_with_every_line(chat: Chat) -> None:
    """The new case is about all that was said in one go; the old one is written to where it began."""
    first, _ = await two_contacts(chat)
    assert (await do(chat, first, "part")).disposition == "done", "the latest, unless named"
    new = await other(chat, first)
    here = await the_case(chat.store, first)
    assert (here.contacts, here.attachments, here.answers_to) == (1, 0, here.contact)
    assert (new.contacts, new.attachments) == (1, 2)
    assert sorted(len(each) for each in (await belongs(chat)).values()) == [1, 3]
    assert (await chat.say("И ещё: она не представилась.", after=5)).case == new.id


async def test_what_a_case_began_with_stays(chat: Chat) -> None:
    """No line of it is given away; a case of its own begins with a copy of all of it, or of the line that is named."""
    there = await elsewhere(chat)
    first = await chat.say(BROKEN)
    await chat.say(RUDE, after=5)
    named = (await belongs(chat))[first.case or ""][1]
    refused = await do(chat, first, "part", message=named, reference=there.reference)
    assert (refused.disposition, refused.reason) == ("refused", "first_contact")
    before = {each.id for each in await chat.cases()}
    assert (await do(chat, first, "part", message=named)).disposition == "done"
    (new,) = [each for each in await chat.cases() if each.id not in before]
    body = sa.select(tables.content.c.body).where(tables.content.c.id == new.contact)
    words = await chat.store.read(lambda connection: connection.execute(body).scalar_one())
    assert "кричал" in words
    assert "экран" not in words
    assert (await the_case(chat.store, first)).contacts == 1


async def test_a_verified_contact_joins_with_every_line(chat: Chat) -> None:
    """Of a case with several contacts one is somebody else's matter, verified by a person: all its lines join there."""
    there = await elsewhere(chat)
    first, second = await two_contacts(chat)
    contact = (await belongs(chat))[first.case or ""][1]
    done = await do(chat, first, "verify_sender", message=contact, reference=there.reference)
    assert done.disposition == "done"
    here, gone = await the_case(chat.store, first), await the_case(chat.store, there)
    assert (here.contacts, here.attachments, here.state) == (1, 0, "investigating")
    assert (gone.contacts, gone.attachments) == (2, 2)
    assert second.case == here.id
    assert sorted(len(each) for each in (await belongs(chat)).values()) == [1, 4]


@pytest.mark.parametrize("at_once", [False, True], ids=["later", "in one batch"])
async def test_nothing_is_given_away_twice(chat: Chat, at_once: bool) -> None:  # noqa: FBT001 -- a parameter
    """Said twice, by two people or by one who is impatient, the second word is refused, and every count stands."""
    there = await elsewhere(chat)
    first, _ = await two_contacts(chat)
    named = (await belongs(chat))[first.case or ""][2]
    asked = 0
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    said = [("part", {"message": named}), ("verify_sender", {})]
    for name, data in said:
        values = [
            Command(
                id=f"{name}{number}",
                reference=first.reference or "",
                command=name,
                actor="elnur",
                data={**data, "reference": there.reference},
                at=chat.now,
            )
            for number in range(2)
        ]
        pieces = [values] if at_once else [[value] for value in values]
        outcomes = []
        for piece in pieces:
            outcomes += await ledger.decide([Input(value, chat.now) for value in piece], chat.now)
            if not at_once:
                await asks(chat, there)
                asked += 1
        assert [each.disposition for each in outcomes] == ["done", "refused"], name
    here, gone = await the_case(chat.store, first), await the_case(chat.store, there)
    assert (here.contacts, here.state, gone.contacts) == (0, "aside", 3 + asked)
    assert [len(each) for each in (await belongs(chat)).values()] == [5 + asked]


async def test_what_filled_a_gap_goes_with_both(chat: Chat) -> None:
    """Two contacts that a late line made one are one when they are given away, too."""
    there = await elsewhere(chat)
    first = await chat.say(BROKEN)
    await chat.later(3600)
    for at in (0, 30, 15):
        line = chat.line(MORE).model_copy(update={"contact_at": chat.now + timedelta(seconds=at)})
        await chat.put(line)
    assert (await the_case(chat.store, first)).contacts == 2
    named = (await belongs(chat))[first.case or ""][2]
    await do(chat, first, "part", message=named, reference=there.reference)
    assert sorted(len(each) for each in (await belongs(chat)).values()) == [1, 4]
    assert (await the_case(chat.store, there)).contacts == 2


@pytest.mark.parametrize("after", [KEPT - timedelta(days=1), KEPT + timedelta(days=1)])
async def test_what_is_over_is_forgotten(chat: Chat, after: timedelta) -> None:
    """Half a year later nothing remembers what was said in one go; and of who only greeted, our question is gone."""
    await chat.say("salam")
    await chat.later(30)
    assert [each.purpose for each in chat.left] == ["question"]
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    await ledger.forget(chat.now + after)
    left = 0 if after > KEPT else 1
    query = [
        sa.select(sa.func.count()).select_from(tables.gatherings),
        sa.select(sa.func.count()).where(tables.notices.c.purpose == "question"),
        sa.select(sa.func.count()).where(tables.content.c.kind == "notice"),
    ]
    found = await chat.store.read(lambda connection: [connection.execute(each).scalar_one() for each in query])
    assert found == [left] * 3
