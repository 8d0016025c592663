"""Edits of what a customer wrote: what can be seen of them is a revision, what cannot is nothing."""

from __future__ import annotations

import pytest

from tests.record.doing import history
from tests.record.talking import BROKEN, Chat


@pytest.mark.parametrize("after", [5, 3600], ids=["in the same go", "later"])
async def test_an_edit_of_which_nothing_is_seen(chat: Chat, after: float) -> None:
    """Networks tell of edits that change nothing that we get (a preview, a sign): kept, no revision, and nobody is
    written to; one that changes a word is a revision, and the handler hears of it."""
    line = chat.line(BROKEN)
    (opened,) = await chat.put(line)
    if after > 60:
        await chat.later(30)
    for words, revised in ((BROKEN, 0), (f"{BROKEN} Чек есть.", 1)):
        edit = chat.line(words, after=after, revision_of=line.id)
        assert (await chat.put(edit))[0].case == opened.case
        events = (await history(chat.store))[opened.case or ""]
        assert sum(each.type == "contact.revised" for each in events) == revised
        before = len(chat.left)
        await chat.later(30)
        left = [each.purpose for each in chat.left[before:]]
        assert left.count("addition") == revised


async def test_an_unseen_edit_asks_for_nothing_again(chat: Chat) -> None:
    """The words stand there as before: what they asked for was done when they came."""
    (opened,) = await chat.put(chat.line(BROKEN))
    await chat.later(30)
    question = chat.line("Что с моей жалобой?", after=3600)
    await chat.put(question)
    assert [each.purpose for each in await chat.later(30)] == ["status_answer"]
    await chat.put(chat.line("Что с моей жалобой?", after=3600, revision_of=question.id))
    before = len(chat.left)
    await chat.later(30)
    assert [each.purpose for each in chat.left[before:]] == []
    events = (await history(chat.store))[opened.case or ""]
    assert sum(each.type == "status.asked" for each in events) == 1
