"""Lines of a conversation that come in another order than they were written in: by the times that the channel gives,
one contact is one contact, however late a line of it comes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from intake_daemon.message import Message
from tests.record.doing import the_case
from tests.record.talking import BROKEN, Chat

CHARGED = "И ещё с меня сняли деньги за доставку, которую я не заказывала."


def written(chat: Chat, text: str, at: float) -> Message:
    """A line that was written so many seconds after the first one; it comes now."""
    return chat.line(text).model_copy(update={"contact_at": chat.now + timedelta(seconds=at)})


async def test_a_late_line_between_two_makes_them_one(chat: Chat) -> None:
    """Three lines, 15 s apart; the middle one comes last: one contact, and its acknowledgement is about all of them."""
    first, middle, last = written(chat, BROKEN, 0), written(chat, "Чек у меня есть.", 15), written(chat, CHARGED, 30)
    (opened,) = await chat.put(first)
    (joined,) = await chat.put(last)
    assert (await the_case(chat.store, opened)).contacts == 2, "nobody can know yet"
    (late,) = await chat.put(middle)
    case = await the_case(chat.store, opened)
    assert {joined.case, late.case} == {opened.case}
    assert case.contacts == 1
    (notice,) = await chat.later(40)
    assert notice.purpose == "acknowledgement"


async def test_a_late_line_belongs_to_what_was_said_then(chat: Chat) -> None:
    """Two lines, 100 s apart; then one comes that was written right after the first: it is a part of that, and what is
    written on after the last one is a part of the last."""
    begun = chat.now
    (opened,) = await chat.put(chat.line(BROKEN))
    await chat.later(60)
    second = chat.line(CHARGED, after=40)
    await chat.put(second)
    late = chat.line("Чек у меня есть.").model_copy(update={"contact_at": begun + timedelta(seconds=12)})
    await chat.put(late)
    await chat.put(chat.line("Верните их.", after=10))
    case = await the_case(chat.store, opened)
    assert case.contacts == 2
    assert case.received_at == begun


async def test_a_late_line_draws_a_greeting_in(chat: Chat) -> None:
    """A greeting, the complaint 30 s later, and late the line between them: the complaint began with it."""
    begun = chat.now
    greeting, between, complaint = (
        written(chat, "salam", 0),
        written(chat, "У меня беда.", 15),
        written(chat, BROKEN, 30),
    )
    (aside,) = await chat.put(greeting)
    assert aside.disposition == "aside"
    (opened,) = await chat.put(complaint)
    await chat.put(between)
    case = await the_case(chat.store, opened)
    assert case.contacts == 1
    assert case.received_at == begun
    balance = await chat.balance()
    assert (balance["cases"], balance["joined"], balance["aside"]) == (1, 2, 0)
    assert [each.purpose for each in await chat.later(40)] == ["acknowledgement"]


async def test_what_was_written_before_the_button_is_not_new(chat: Chat) -> None:
    """A line that was written before 'New complaint' was pressed and comes after it belongs to the case before; the
    next one opens the new case."""
    (opened,) = await chat.put(chat.line(BROKEN))
    await chat.later(40)
    late = chat.line("Чек у меня есть.")
    await chat.say("", after=10, fields={"command": "new"})
    (joined,) = await chat.put(late)
    assert joined.case == opened.case
    assert (await chat.say(CHARGED, after=10)).disposition == "case"


async def test_two_cases_stay_two(chat: Chat) -> None:
    """What was said before the button and after it is never made one, however late a line comes between them."""
    (opened,) = await chat.put(chat.line(BROKEN))
    await chat.say("", after=5, fields={"command": "new"})
    second = await chat.say(CHARGED, after=5)
    between = chat.line("Чек у меня есть.").model_copy(update={"contact_at": chat.now - timedelta(seconds=7)})
    (late,) = await chat.put(between)
    assert second.case != opened.case
    assert late.case == opened.case
    assert (await the_case(chat.store, opened)).contacts == (await the_case(chat.store, second)).contacts == 1


@pytest.mark.parametrize("words", [False, True], ids=["pressed", "typed with words"])
async def test_a_late_line_belongs_to_its_side_of_the_button(chat: Chat, words: bool) -> None:  # noqa: FBT001 -- a parameter
    """Also where what was said after the button is nearer in time than what was said before it, and it was pressed
    again since."""
    (opened,) = await chat.put(chat.line(BROKEN))
    late = chat.line("Чек у меня есть.", after=8)
    if words:
        second = await chat.say(CHARGED, after=4, fields={"command": "new"})
    else:
        await chat.say("", after=2, fields={"command": "new"})
        second = await chat.say(CHARGED, after=2)
    await chat.say("", after=2, fields={"command": "new"})
    (joined,) = await chat.put(late)
    assert second.case != opened.case
    assert joined.case == opened.case


async def test_a_late_photo_of_an_album_forgets_nothing(chat: Chat) -> None:
    """A photo with words, a line, and late the album's second photo: what is written next is still said in one go."""
    (opened,) = await chat.put(chat.line(BROKEN, files=1, album="1"))
    second = chat.line("", files=1, album="1", after=2)
    await chat.put(chat.line("Чек у меня есть.", after=8))
    await chat.put(second)
    await chat.put(chat.line(CHARGED, after=18))
    case = await the_case(chat.store, opened)
    assert (case.contacts, case.attachments) == (1, 2)
