"""A notice that may have been sent is looked for in Twilio's list; what WhatsApp refuses later goes by template."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connectors.twilio.looking import SETTLE
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from tests.doors import Cursors
from tests.fakes.twilio import FakeAccount
from tests.promises import a_notice, until
from tests.twilio.conftest import PUBLIC, Line, answering
from tests.twilio.payloads import THEIRS
from tests.twilio.test_text import sent, to_phone, to_whatsapp

TEMPLATES = {"*": "HX1"}


def doubtful(notice: Notice, **changes: Any) -> Notice:  # noqa: ANN401 -- fields
    """The notice as life hands it over again; it was written just now."""
    return notice.model_copy(update={"in_doubt": True, "created_at": datetime.now(UTC), **changes})


def settled(line: Line) -> None:
    """Twilio's list has had its time."""
    looking = line.connector._texting._looking
    looking._since.update({each: at - timedelta(seconds=SETTLE) for each, at in looking._since.items()})


async def lost(line: Line, notice: Notice, times: int = 1) -> None:
    """It is sent, and the answer gets lost, after so many parts."""
    slow = [{"slow": 0} for _ in range(times - 1)]
    line.account.fail("POST Messages.json", *slow, {"drop": "after"})
    with pytest.raises(Unknown):
        await line.connector.reply(notice)


async def test_what_was_sent_is_found(line: Line) -> None:
    """By its number and words: its receipt names it, and nothing is sent again."""
    await lost(line, to_phone())
    (form,) = sent(line)
    receipt = await line.connector.reply(doubtful(to_phone()))
    assert (receipt.outcome, receipt.provider_id) == ("sent", form["sid"])
    assert len(sent(line)) == 1


async def test_what_was_not_sent_is_sent_once_the_list_has_settled(line: Line) -> None:
    """Nothing in the list at first means nothing: it stays in doubt for half a minute, and is sent then."""
    line.account.fail("POST Messages.json", {"status": 500})
    with pytest.raises(Unknown):
        await line.connector.reply(to_phone())
    for _ in range(2):
        with pytest.raises(Unknown, match="not_in_the_list"):
            await line.connector.reply(doubtful(to_phone()))
    assert not sent(line)
    settled(line)
    receipt = await line.connector.reply(doubtful(to_phone()))
    assert [form["sid"] for form in sent(line)] == [receipt.provider_id]


async def test_the_rest_of_what_was_half_sent(line: Line) -> None:
    """Of several parts only those that are not in the list are sent, in their order."""
    long = to_phone(text=" ".join(f"word{number}" for number in range(500)))
    line.account.fail("POST Messages.json", {"slow": 0}, {"status": 400, "code": 30007})
    with pytest.raises(Unknown, match="partly_sent"):
        await line.connector.reply(long)
    with pytest.raises(Unknown):
        await line.connector.reply(doubtful(long))
    settled(line)
    await line.connector.reply(doubtful(long))
    bodies = [form["Body"] for form in sent(line)]
    assert [body[:3] for body in bodies] == [f"({number}/" for number in range(1, len(bodies) + 1)]


@pytest.mark.parametrize(
    "changes",
    [{"text": "Something else."}, {"created_at": datetime.now(UTC) + timedelta(hours=1)}],
    ids=["words", "time"],
)
async def test_another_message_is_not_taken_for_it(line: Line, changes: dict[str, Any]) -> None:
    """Other words to the same number, or the same words from before this notice was written."""
    await line.connector.reply(to_phone())
    with pytest.raises(Unknown, match="not_in_the_list"):
        await line.connector.reply(doubtful(to_phone(), **changes))


async def test_to_somebody_else_is_not_it(line: Line) -> None:
    """The same words to another number."""
    elsewhere = to_phone(to=to_phone().to.model_copy(update={"value": "+447700900999"}))
    assert elsewhere.to.value != THEIRS
    await line.connector.reply(elsewhere)
    with pytest.raises(Unknown, match="not_in_the_list"):
        await line.connector.reply(doubtful(to_phone()))


async def test_a_list_that_cannot_be_read(line: Line) -> None:
    """Then nobody knows, and nothing is sent."""
    await until(lambda: line.account.seen()["asked"], "it has looked for what came in", line.running)
    line.account.fail("GET Messages.json", {"status": 503}, {"status": 404})
    with pytest.raises(Temporary):
        await line.connector.reply(doubtful(to_phone()))
    with pytest.raises(Unknown, match="no_list"):
        await line.connector.reply(doubtful(to_phone()))
    assert not sent(line)


async def test_a_template_is_found_by_its_reference(account: FakeAccount) -> None:
    """Its words are WhatsApp's."""
    async with answering(account, templates=TEMPLATES) as line:
        late = to_whatsapp(datetime.now(UTC) - timedelta(hours=1))
        await lost(line, late)
        receipt = await line.connector.reply(doubtful(late))
        assert [form["sid"] for form in sent(line)] == [receipt.provider_id]


async def test_news_of_what_was_taken_for_another_are_that_ones(line: Line) -> None:
    """Two equal notices are in doubt, and the message in the list is taken for the second, which was never sent: what
    Twilio tells of it must not settle the first one, too, or the customer has one of two. The first is sent."""
    await lost(line, to_phone())
    (form,) = sent(line)
    assert (await line.connector.reply(doubtful(alike()))).provider_id == form["sid"]
    await asyncio.to_thread(line.account.news, form["sid"], "delivered", PUBLIC, line.url)
    assert [(each.notice, each.outcome) for each in line.door.receipts] == [(alike().id, "delivered")]
    with pytest.raises(Unknown, match="not_in_the_list"):
        await line.connector.reply(doubtful(to_phone()))
    settled(line)
    await line.connector.reply(doubtful(to_phone()))
    assert len(sent(line)) == 2


async def test_words_that_were_refused_are_not_the_template(account: FakeAccount) -> None:
    """The letter in our own words stands in the list as refused, with the same reference: the template that went in
    its place, and whose answer was lost, is found; it does not count as refused, which would send it elsewhere, too."""
    async with answering(account, templates=TEMPLATES) as line:
        words = to_whatsapp(datetime.now(UTC) + timedelta(hours=1))
        receipt = await line.connector.reply(words)
        await asyncio.to_thread(account.news, receipt.provider_id, "undelivered", PUBLIC, line.url, 63016)
        again = words.model_copy(update={"id": a_notice().id + "-2", "window_closed": True})
        await lost(line, again)
        receipt = await line.connector.reply(doubtful(again))
        assert [form["sid"] for form in sent(line) if "ContentSid" in form] == [receipt.provider_id]


async def test_refused_at_once_it_goes_by_template(account: FakeAccount) -> None:
    """By our clock the window was open, by WhatsApp's it was over."""
    async with answering(account, templates=TEMPLATES) as line:
        account.fail("POST Messages.json", {"status": 400, "code": 63016})
        await line.connector.reply(to_whatsapp(datetime.now(UTC) + timedelta(hours=1)))
        (form,) = sent(line)
        assert form["ContentSid"] == "HX1"


async def test_refused_afterwards_it_goes_by_template(account: FakeAccount) -> None:
    """Twilio took it and tells 63016 later: that is `window_closed`, and handed over once more the notice is the
    template; where there is none it is refused, without asking Twilio."""
    async with answering(account, templates=TEMPLATES) as line:
        open_still = to_whatsapp(datetime.now(UTC) + timedelta(hours=1))
        receipt = await line.connector.reply(open_still)
        await asyncio.to_thread(account.news, receipt.provider_id, "undelivered", PUBLIC, line.url, 63016)
        assert [(each.outcome, each.code) for each in line.door.receipts] == [("failed", "window_closed")]
        again = open_still.model_copy(update={"id": a_notice().id + "-2", "window_closed": True})
        await line.connector.reply(again)
        assert sent(line)[-1]["ContentSid"] == "HX1"
    async with answering(account) as line:
        before = len(sent(line))
        with pytest.raises(Permanent, match="window_closed"):
            await line.connector.reply(again)
        assert len(sent(line)) == before


def alike(**changes: Any) -> Notice:  # noqa: ANN401 -- fields
    """Another notice, with the same words to the same number."""
    return to_phone(id=a_notice().id + "-2", **changes)


async def test_one_message_settles_one_of_two_alike(line: Line) -> None:
    """Two notices with equal words are both in doubt, and one message is in the list: it is the first one's that asks;
    the other is sent once the list has settled. The customer has both, and none twice."""
    await lost(line, to_phone())
    line.account.fail("POST Messages.json", {"status": 500})
    with pytest.raises(Unknown):
        await line.connector.reply(alike())
    (form,) = sent(line)
    for _ in range(2):
        assert (await line.connector.reply(doubtful(to_phone()))).provider_id == form["sid"]
        with pytest.raises(Unknown, match="not_in_the_list"):
            await line.connector.reply(doubtful(alike()))
    settled(line)
    receipt = await line.connector.reply(doubtful(alike()))
    assert [each["sid"] for each in sent(line)] == [form["sid"], receipt.provider_id]


@pytest.mark.parametrize("known", ["by its answer", "by its news"])
async def test_what_is_known_as_anothers_is_not_it(line: Line, known: str) -> None:
    """An equal notice was sent, and failed later: the one in doubt was not sent, and has not failed either."""
    if known == "by its answer":
        await line.connector.reply(to_phone())
    else:
        await lost(line, to_phone())
    (form,) = sent(line)
    await asyncio.to_thread(line.account.news, form["sid"], "undelivered", PUBLIC, line.url, 30006)
    with pytest.raises(Unknown, match="not_in_the_list"):
        await line.connector.reply(doubtful(alike()))


async def test_what_is_just_sent_and_taken_for_another(line: Line) -> None:
    """Between Twilio's answer and our note of it an equal notice in doubt was settled by the message: then this one is
    in doubt, and is sent in the end."""
    noting, asked = asyncio.Event(), asyncio.Event()

    class Late(Cursors):
        """The first note is made late."""

        async def claim(self, name: str, place: Mapping[str, Any], *, days: int) -> dict[str, Any]:
            if not noting.is_set():
                noting.set()
                await asked.wait()
            return await super().claim(name, place, days=days)

    line.door.cursor = Late()
    sending = asyncio.create_task(line.connector.reply(to_phone()))
    await noting.wait()
    await line.connector.reply(doubtful(alike()))
    asked.set()
    with pytest.raises(Unknown, match="taken_for_another"):
        await sending
    with pytest.raises(Unknown, match="not_in_the_list"):
        await line.connector.reply(doubtful(to_phone()))
    settled(line)
    await line.connector.reply(doubtful(to_phone()))
    assert len(sent(line)) == 2
