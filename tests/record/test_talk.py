"""What somebody says in one go is one contact: lines of a conversation, an album, the pieces of a call."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

from intake_daemon.contract import ChatLine, Input
from intake_daemon.memory import StoredChats
from intake_daemon.message import (
    Command,
    Part,
    Thread,
)
from router.ledger.lookup import waiting
from router.ledger.record import StoredLedger
from tests.desk.letters import KEY, NOON, rules
from tests.record.doing import the_case
from tests.record.talking import BROKEN, Chat, known


async def test_a_greeting_five_lines_and_a_photo(chat: Chat) -> None:
    """AT-X30: 'salam', then five lines and a photo in 15 s: one contact, one acknowledgement, which is about all of it;
    nothing is asked, and the clock counts from the greeting."""
    begun = chat.now
    assert (await chat.say("salam")).disposition == "aside"
    lines = ["Вчера купил у вас телефон", "через час экран погас", "в магазине", "вернуть деньги отказались", "почему?"]
    outcomes = [await chat.say(text, after=2.5) for text in lines]
    outcomes.append(await chat.say("", after=2.5, files=1))
    assert [each.disposition for each in outcomes] == ["case", *["joined"] * 5]
    assert await chat.later(19) == []
    (told,) = await chat.later(1)
    (case,) = await chat.cases()
    assert (told.purpose, told.language, case.reference in told.text) == ("acknowledgement", "ru", True)
    assert "1 файл" in told.text
    assert (case.contacts, case.attachments, case.topic) == (1, 1, "product")
    assert case.received_at == begun
    (assigned,) = [each for each in chat.left if each.purpose == "assignment"]
    assert "экран погас" in assigned.text
    assert "вернуть деньги отказались" in assigned.text
    assert await chat.balance() == {
        "in": 7, "cases": 1, "joined": 6, "machine": 0, "aside": 0, "parked": 0, "unaccounted": 0, "open": 1,
    }  # fmt: skip
    assert await chat.later(600) == []


async def test_a_greeting_alone_is_asked(chat: Chat) -> None:
    """A greeting alone opens no case and is answered with a question, once; the complaint that follows later opens
    one."""
    for text in ("Здравствуйте", "Здравствуйте!!"):
        assert (await chat.say(text, after=1)).disposition == "aside"
    (asked,) = await chat.later()
    assert (asked.purpose, asked.case) == ("question", "")
    assert "что случилось" in asked.text
    assert await chat.cases() == []
    assert (await chat.balance())["unaccounted"] == 0
    assert (await chat.say(BROKEN, after=60)).disposition == "case"
    (told,) = await chat.later()
    assert told.purpose == "acknowledgement"


async def test_an_album_is_one_contact(chat: Chat) -> None:
    """AT-X10: four photos of an album, in disorder, each before another router, one of them an hour later and one the
    next day: one contact with four attachments, one acknowledgement."""
    first, *others = [chat.line(BROKEN if n == 2 else "", files=1, album="9") for n in range(4)]
    assert [each.disposition for each in await chat.put(others[2])] == ["case"]
    assert [each.reason for each in await chat.put(others[0], others[1])] == ["part", "part"]
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"]
    chat.now += timedelta(days=1)
    assert [each.reason for each in await chat.put(first)] == ["part"]
    assert await chat.later(3600) == []
    (case,) = await chat.cases()
    assert (case.contacts, case.attachments, case.language) == (1, 4, "ru")
    assert [each.purpose for each in chat.left if each.connector != "bot"] == ["assignment", "addition"]
    assert (await chat.balance())["unaccounted"] == 0


async def test_the_pieces_of_a_call_are_one_contact(chat: Chat) -> None:
    """A call is acknowledged when it is over; the recording and the words, which come later, make the complaint what it
    is: its topic, its team; no second contact, no second letter to the customer, and the handler gets the words."""
    chat.channel = "phone"
    call: dict[str, Any] = {
        "kind": "twilio_voice",
        "part_of": Part(group="CA1"),
        "thread": Thread(),
        "connector": "voice",
    }
    first = await chat.say("", **call)
    (told,) = [each for each in await chat.all() if each.connector == "voice"]
    assert told.purpose == "acknowledgement"
    before = await the_case(chat.store, first)
    assert "description" in before.missing
    await chat.say("", files=1, after=30, **call)
    last = await chat.say(BROKEN, after=300, **call)
    assert (last.disposition, last.case) == ("joined", first.case)
    case = await the_case(chat.store, last)
    assert (case.contacts, case.attachments, case.topic, case.language) == (1, 1, "product", "ru")
    assert "description" not in (*case.missing, *case.asked)
    fresh = await chat.all()
    assert [each.connector for each in fresh] == ["mail"] * len(fresh)
    assert any("экран погас" in each.text for each in fresh)


async def test_lines_that_come_together_are_heard_together(chat: Chat) -> None:
    """What waited in a queue and is decided at once is one contact all the same, by the times that the channel gives;
    what was said much later is not."""
    lines = [chat.line(text, after=15) for text in ("Вчера купил", "телефон", "и он не работает")]
    lines.append(chat.line("Ещё пропал чек", after=45))
    assert [each.reason for each in await chat.put(*lines)] == ["", "part", "part", "conversation"]
    (case,) = await chat.cases()
    assert case.contacts == 2
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"]


async def test_who_never_pauses_is_answered_after_three_minutes(chat: Chat) -> None:
    """A line every ten seconds: the acknowledgement leaves three minutes after the first; later lines belong to the
    open case, and are another contact."""
    await chat.say(BROKEN)
    for _ in range(17):
        assert (await chat.say("и ещё", after=10)).reason == "part"
        assert await chat.later(0) == []
    assert [each.purpose for each in await chat.later(10)] == ["acknowledgement"]
    assert (await chat.say("и ещё", after=5)).reason == "conversation"
    (case,) = await chat.cases()
    assert case.contacts == 2


async def test_the_language_is_heard_over_all_lines(chat: Chat) -> None:
    """The first line tells no language; the letter speaks that of all of them."""
    await chat.say("iPhone 15???")
    await chat.say("Telefonum bir həftəyə xarab oldu, pulumu qaytarmırsınız.", after=4)
    (told,) = await chat.later()
    assert told.language == "az"
    (case,) = await chat.cases()
    assert case.language == "az"


async def test_a_new_complaint_by_its_button(chat: Chat) -> None:
    """Later lines belong to the conversation's open case, until the customer says that it is a new complaint: then the
    next lines open one, and the ones after it belong to that."""
    first = await chat.say(BROKEN)
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"]
    later = await chat.say("И чек вы не вернули.", after=3600)
    assert (later.reason, later.case) == ("conversation", first.case)
    pressed = await chat.say("/new", after=60, fields={"command": "new"}, new_text=((4, 4),))
    assert (pressed.disposition, pressed.reason) == ("aside", "command")
    assert [each.purpose for each in await chat.later(0)] == ["question"]
    second = await chat.say("Доставка опоздала на неделю.", after=30)
    assert second.disposition == "case"
    more = await chat.say("Курьер не пришёл.", after=90)
    assert (more.reason, more.case) == ("conversation", second.case)
    assert len(await chat.cases()) == 2
    assert (await chat.balance())["unaccounted"] == 0


async def test_a_command_ends_what_was_said(chat: Chat) -> None:
    """`/status` right after a complaint: it is acknowledged now, and how it stands is told; no second contact is opened
    as a case."""
    first = await chat.say(BROKEN)
    asked = await chat.say("/status", after=5, fields={"command": "status"}, new_text=((7, 7),))
    assert (asked.disposition, asked.case) == ("joined", first.case)
    assert {each.purpose for each in await chat.later(0)} == {"acknowledgement", "status_answer"}


async def test_a_closed_case_takes_no_new_complaint(chat: Chat) -> None:
    """A conversation goes on for years: what is said after the case was closed opens a new one, unless it speaks of the
    old one."""
    first = await chat.say(BROKEN)
    await chat.later()
    case = await the_case(chat.store, first)
    close = Command(id="1", reference=case.reference, command="withdraw", actor=case.handler or "", data={})
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    (done,) = await ledger.decide([Input(close, chat.now)], chat.now)
    assert done.disposition == "done"
    assert (await chat.say("Спасибо!", after=3600)).case == first.case
    other = await chat.say("Новый холодильник течёт, мастер не приехал.", after=86400 * 30)
    assert (other.disposition, other.case != first.case) == ("case", True)


async def test_redirected_once_and_taken_when_it_must_be(chat: Chat) -> None:
    """Of AT-A13: lines of one go are sent to the form once; where one says that it must be taken as it is, it is
    a complaint, and nobody is sent anywhere."""
    chat.brand, chat.channel = "ask4", "chat"
    await chat.say("Hello")
    await chat.say("the wifi in my room drops every night", after=3)
    await chat.say("and nobody answers", after=3)
    assert [each.purpose for each in await chat.later()] == ["redirect"]
    chat.name = "552"
    await chat.say("the wifi in my room drops every night")
    taken = await chat.say("I am blind and cannot write letters or use a form", after=3)
    assert taken.disposition == "joined"
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"]
    assert sorted(case.state for case in await chat.cases()) == ["investigating", "redirected"]


async def test_two_routers_and_one_conversation(chat: Chat) -> None:
    """Lines of many conversations at once before two routers, in any order: one case and one letter each."""
    talks = [Chat(chat.store, name=f"9{n}") for n in range(12)]
    lines = [talk.line(text, after=2) for talk in talks for text in ("Привет", BROKEN, "верните деньги")]
    random.Random(5).shuffle(lines)  # noqa: S311 -- an order, no secret
    ledgers = [StoredLedger(chat.store, known(), key=KEY, installation="test") for _ in range(2)]
    chat.now += timedelta(seconds=6)
    await asyncio.gather(
        *(chat.put(line, ledger=ledgers[n % 2]) for n, line in enumerate(lines)),
    )
    cases = await chat.cases()
    assert len(cases) == len(talks)
    assert {case.contacts for case in cases} == {1}
    assert {case.received_at for case in cases} == {NOON + timedelta(seconds=2)}
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"] * len(talks)
    assert (await chat.balance())["unaccounted"] == 0


async def test_a_new_complaint_that_begins_with_a_greeting(chat: Chat) -> None:
    """`/new`, then 'salam', then the complaint: it is asked once what happened, and the complaint is a new one."""
    first = await chat.say(BROKEN)
    await chat.later()
    await chat.say("/new", after=60, fields={"command": "new"}, new_text=((4, 4),))
    assert [each.purpose for each in await chat.later(0)] == ["question"]
    assert (await chat.say("salam", after=30)).disposition == "aside"
    second = await chat.say("Доставка опоздала на неделю.", after=10)
    assert (second.disposition, second.case != first.case) == ("case", True)
    assert (await chat.say("Курьер нагрубил.", after=5)).case == second.case
    assert [each.purpose for each in await chat.later()] == ["acknowledgement"]
    assert (await chat.say("И ещё одно.", after=60)).case == second.case


async def test_a_button_pressed_three_times(chat: Chat) -> None:
    """`/new` pressed again before we have asked, and after it: asked once what happened, neither never nor twice; two
    days later it is asked again."""
    pressed: dict[str, Any] = {"fields": {"command": "new"}, "new_text": ((4, 4),)}
    asked = []
    await chat.say("/new", **pressed)
    for after in (1, 60, 60, 172_800):
        await chat.say("/new", after=after, **pressed)
        asked.append([each.purpose for each in await chat.later(0)])
    assert asked == [["question"], [], [], ["question"]]


async def test_a_new_complaint_with_its_words(chat: Chat) -> None:
    """`/new` with words, or the chat's button, begins the complaint itself: what was said before is answered now, and
    the new one when they have finished."""
    first = await chat.say(BROKEN)
    second = await chat.say("/new Доставка опоздала", after=5, fields={"command": "new"}, new_text=((5, 22),))
    assert (second.disposition, second.case != first.case) == ("case", True)
    assert [each.case for each in await chat.later(0)] == [first.case]
    assert (await chat.say("на неделю", after=5)).case == second.case
    assert [(each.purpose, each.case) for each in await chat.later()] == [("acknowledgement", second.case)]
    assert {case.contacts for case in await chat.cases()} == {1}


async def test_a_part_after_an_erasure_is_not_kept(chat: Chat) -> None:
    """A photo of an album whose case was erased belongs to it, and nothing of it is kept."""
    late = chat.line("", files=1, album="9")
    first = await chat.say(BROKEN, files=1, album="9")
    await chat.later()
    case = await the_case(chat.store, first)
    command = Command(id="1", reference=case.reference, command="erase", actor="ops", data={})
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    (done,) = await ledger.decide([Input(command, chat.now)], chat.now)
    assert done.disposition == "done"
    (outcome,) = await chat.put(late)
    assert (outcome.disposition, outcome.case, outcome.reason) == ("joined", first.case, "erased")
    assert await chat.store.read(lambda connection: waiting.words(connection, [late.id])) == {}
    assert len(await chat.cases()) == 1


async def test_an_erasure_takes_our_question_out_of_the_chat(chat: Chat) -> None:
    """Asked back before there was a case: the line that the visitor was shown goes with the case."""
    await chat.say("salam")
    (asked,) = await chat.later()
    first = await chat.say(BROKEN)
    chats = StoredChats(chat.store, lambda: chat.now)
    for notice in (asked, *await chat.later()):
        await chats.add("c", ChatLine(id=notice.id, ours=True, text=notice.text, at=chat.now))
    assert len(await chats.since("c", 0)) == 2
    case = await the_case(chat.store, first)
    command = Command(id="1", reference=case.reference, command="erase", actor="ops", data={})
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    await ledger.decide([Input(command, chat.now)], chat.now)
    assert await chats.since("c", 0) == []


async def test_a_contact_joins_with_all_its_lines(chat: Chat) -> None:
    """Somebody has made sure that a conversation is about a case: all its lines go there, and an erasure takes them."""
    other = Chat(chat.store, name="7")
    (first,) = await other.put(other.line(BROKEN))
    lines = [chat.line(text, after=2) for text in ("Телефон сломан.", "Деньги не вернули.", "Уже неделю жду.")]
    (begun, *_) = [outcome for line in lines for outcome in await chat.put(line)]
    assert begun.case != first.case
    ledger = StoredLedger(chat.store, known(), key=KEY, installation="test")
    joins = {
        "id": "1",
        "reference": begun.reference,
        "command": "verify_sender",
        "data": {"reference": first.reference},
    }
    erase: dict[str, Any] = {"id": "2", "reference": first.reference, "command": "erase", "data": {}}
    for value, actor in ((joins, "elnur"), (erase, "ops")):
        (done,) = await ledger.decide([Input(Command(**value, actor=actor), chat.now)], chat.now)
        assert done.disposition == "done", done
    assert await chat.store.read(lambda connection: waiting.words(connection, [each.id for each in lines])) == {}


async def test_a_later_line_names_who_has_it(chat: Chat) -> None:
    """The second line names the colleague to whom the first one gave the case: it goes to another before anybody was
    told, and only that one is (K-22)."""
    first = await the_case(chat.store, await chat.say(BROKEN))
    named = first.handler or ""
    await chat.say(f"Нагрубил мне сотрудник {rules().staff.handlers[named].name}.", after=3)
    (case,) = await chat.cases()
    assert named in case.staff_named
    assert case.handler not in {named, None}
    await chat.later()
    told = {each.to.value for each in chat.left if each.purpose == "assignment"}
    assert rules().staff_address(case.handler or "") in told
    assert rules().staff_address(named) not in told
