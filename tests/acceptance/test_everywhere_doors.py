"""What holds at every door: once is once, what cannot be held is not said to be, what fails stops nobody else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
import smtplib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from twilio.request_validator import RequestValidator

from router.ledger import lives, tables
from tests.acceptance.office import PATIENCE, Clock, Office
from tests.acceptance.test_everywhere import contacts, written
from tests.acceptance.town import Fakes, Town, accounts, town_in
from tests.acceptance.ways import calls, posts, social, texts
from tests.promises import until

WORDS = "Купил у вас телефон, через неделю экран погас, а в магазине отказались вернуть деньги."


@pytest.mark.row("AT-X02")
async def test_delivered_three_times(var: Path, fakes: Fakes) -> None:
    """AT-X02: one MessageSid, one wamid, one webhook-id and one message of Telegram's, each delivered three times, the
    last time after a restart: a case each, acknowledged once."""
    theirs, clock = accounts(fakes, telegrams=True), Clock()
    who = {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}
    said = {"message_id": 1, "from": who, "chat": {"id": 4242, "type": "private"}}
    said |= {"date": int(clock.now.timestamp()), "text": WORDS}

    async def all_of_it(town: Town) -> None:
        """The same again: each provider counts from 1."""
        town.texts, town.social = texts.TextWay(town, theirs.texting), social.SocialWay(town, theirs.apps)
        town.posts = posts.PostWay(town)
        await town.texts.says(WORDS)
        await town.social.says(WORDS)
        await town.posts.says(WORDS, name="Айгюн", email="e@customer.example")
        bot = theirs.bots["kontakt"]
        bot.push({"message": said})
        await until(lambda: not bot.seen()["pending"], "it is taken")
        await town.settled()
        clock.now += timedelta(seconds=1)  # who tries again signs anew

    async with town_in(var, theirs, clock=clock) as town:
        await all_of_it(town)
        await all_of_it(town)
    async with town_in(var, theirs, clock=clock) as town:
        await all_of_it(town)
        await town.pause()
        cases = await town.cases()
        assert sorted(each.channel for each in cases) == ["sms", "social", "social", "web_form"]
        for each in cases:
            assert (each.contacts, (await town.types(each)).count("acknowledgement.sent")) == (1, 1)
        answers = (
            town.texts.answers(),
            town.social.answers(),
            town.telegram.answers(),
            town.told("e@customer.example"),
        )
        assert [len(each) for each in answers] == [1] * 4
        rows = await contacts(town)
        counted = {row.connector: row.seen for row in rows}
        assert counted.pop("meta") == 2, "what it has held, Meta's door knows while it runs"
        assert counted == dict.fromkeys(("sms", "service", "telegram-kontakt"), 3)


@pytest.mark.row("AT-X07")
async def test_who_cannot_sign_gets_in_nowhere(town: Town, capsys: pytest.CaptureFixture[str]) -> None:
    """AT-X07: at the doors of Twilio, Meta, a telephone system and another system: without a signature, with another
    one, with one that is too old, or with one that was used: refused before anything is read, each time a line in the
    journal, and no case. Telegram's webhook: tests/telegram."""
    bad = base64.b64encode(b"0" * 32).decode()
    form = {"content-type": "application/x-www-form-urlencoded"}
    plain = {"content-type": "application/json"}
    hook = b'{"number": "1", "brand": "kontakt", "text": "It is broken.", "email": "e@customer.example"}'
    now = int(town.clock.now.timestamp())

    def stamped(at: int, key: bytes) -> dict[str, str]:
        mark = base64.b64encode(hmac.new(key, f"msg_1.{at}.".encode() + hook, hashlib.sha256).digest()).decode()
        return {**plain, "webhook-id": "msg_1", "webhook-timestamp": f"{at}", "webhook-signature": f"v1,{mark}"}

    ours, theirs = posts.KEY, calls.KEY
    tried: list[tuple[str, bytes, dict[str, str], str]] = [
        ("sms", b"MessageSid=SM1&Body=x", form, "signature_missing"),
        ("sms", b"MessageSid=SM1&Body=x", {**form, "x-twilio-signature": bad}, "signature_bad"),
        ("meta", b'{"object": "page"', plain, "signature_missing"),
        ("meta", b'{"object": "page"', {**plain, "x-hub-signature-256": "sha256=" + "0" * 64}, "signature_bad"),
        ("service", hook, plain, "signature_missing"),
        ("service", hook, stamped(now, b"another key"), "signature_bad"),
        ("service", hook, stamped(now - 600, ours), "signature_stale"),
        ("line", hook, plain, "signature_missing"),
        ("line", hook, stamped(now, b"another key"), "signature_bad"),
        ("line", hook, stamped(now - 600, theirs), "signature_stale"),
    ]
    for door, body, headers, why in tried:
        status, _ = await town.request("POST", f"/hooks/{door}", body, headers)
        assert status in {401, 403}, (door, why)
        assert f"door={door} reason={why}" in capsys.readouterr().out
    assert await town.contacts() == 0
    assert (await town.request("POST", "/hooks/service", hook, stamped(now, ours)))[0] == 200
    await town.come(1)
    assert (await town.request("POST", "/hooks/service", hook, stamped(now, ours)))[0] == 403
    assert "door=service reason=signature_replayed" in capsys.readouterr().out
    assert await town.contacts() == len(await town.cases()) == 1


@pytest.mark.row("AT-X08")
async def test_json_that_nobody_signed(town: Town) -> None:
    """AT-X08: Twilio's JSON with another body than was signed, and without the hash of any: 403 both, and no case."""
    said = {"sid": "SM1", "direction": "inbound", "from": "+994501112233", "to": texts.OURS["kontakt"], "body": WORDS}
    body, library = json.dumps(said).encode(), RequestValidator(town.texts.account.token)
    good = "bodySHA256=" + hashlib.sha256(body).hexdigest()
    for query, content in ((good, body.replace(b"SM1", b"SM2")), ("", body)):
        path = "/hooks/sms" + (f"?{query}" if query else "")
        signature = library.compute_signature(f"{texts.PUBLIC}{path}", {})
        headers = {"content-type": "application/json", "x-twilio-signature": signature}
        status, _ = await town.request("POST", path, content, headers)
        assert status == 403
    assert await town.contacts() == 0


@pytest.mark.row("AT-X12")
async def test_the_broker_is_away(var: Path, fakes: Fakes) -> None:
    """AT-X12: for ten minutes there is no broker. Who comes again is asked to: 451, 503, an offset that stays; form,
    chat, Twilio and a telephone system are told that it is held. All of it arrives once afterwards."""
    theirs, clock = accounts(fakes, telegrams=True), Clock()
    mail = ("ann@customer.example", "", written())
    async with town_in(var, theirs, clock=clock) as town:
        await town.house.broker.close()
        town.social.told = town.posts.told = 503
        async with town.at_once(followed=False):
            with pytest.raises(smtplib.SMTPResponseException) as asked:
                await town.mails(mail)
            assert asked.value.smtp_code == 451
            await town.social.says(WORDS)
            assert await town.posts.says(WORDS, name="Айгюн", email="e@customer.example") == ""
            status, page = await town.form(description="The kit came broken.", email="bob@customer.example")
            assert status == 200
            await town.chat.says(WORDS)
            await town.texts.says(WORDS)
            (called,) = await town.calls.says(WORDS)
            bot = theirs.bots["kontakt"]
            bot.push(_update(clock))
            asking = len(bot.calls("getUpdates"))
            await until(lambda: len(bot.calls("getUpdates")) > asking, "it asks again")
            assert bot.seen()["pending"], "the offset stays"
            assert await town.contacts() == 0
    clock.now += timedelta(minutes=10)
    async with town_in(var, theirs, clock=clock) as town:
        await town.mails(mail)
        await town.social.says(WORDS)
        await town.posts.says(WORDS, name="Айгюн", email="e@customer.example")
        await town.come(8)
        await town.chat.looks()
        await town.pause()
        cases = await town.cases()
        channels = ["chat", "email", "phone", "sms", "social", "social", "web_form", "web_form"]
        assert sorted(each.channel for each in cases) == channels
        assert {each.contacts for each in cases} == {1}
        assert called in {each.reference for each in cases}
        assert any(each.reference in page for each in cases)
        assert (await town.house.store.read(lives.balance))["unaccounted"] == 0


def _update(clock: Clock) -> dict[str, object]:
    """Somebody writes to the bot."""
    who = {"id": 4242, "is_bot": False, "first_name": "Айгюн", "language_code": "ru"}
    said = {"message_id": 1, "from": who, "chat": {"id": 4242, "type": "private"}, "text": WORDS}
    return {"message": {**said, "date": int(clock.now.timestamp())}}


@pytest.mark.row("AT-X13")
async def test_a_letter_for_which_there_is_no_queue(
    var: Path, fakes: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    """AT-X13: an operator takes out the connector by which somebody wrote who is to be answered: that letter counts as
    not published, is kept, and it is said; others leave. With the connector it leaves, too, once."""
    theirs, clock = accounts(fakes), Clock()
    async with town_in(var, theirs, clock=clock) as town:
        await town.social.says(WORDS)
    clock.now += timedelta(minutes=1)
    async with town_in(var, theirs, clock=clock, without="meta") as town, town.at_once(followed=False):
        await town.mails(("ann@customer.example", "", written()))
        await until(town.told, "the other is answered")
        async with asyncio.timeout(PATIENCE):
            while not await _waits(town, "meta"):  # noqa: ASYNC110 -- a database tells nobody
                await asyncio.sleep(0.01)
        assert "no_route meta" in capsys.readouterr().out
    assert town.social.answers() == []
    async with town_in(var, theirs, clock=clock) as town:
        await town.settled()
        (case,) = [each for each in await town.cases() if each.channel == "social"]
        (told,) = town.social.answers()
        assert case.reference in told
        assert not await _waits(town, "meta")


async def _waits(town: Town, connector: str) -> bool:
    """Whether a letter for it is in the outbox, and nothing else is."""
    keys = sa.select(tables.outbox.c.key)
    return await town.house.store.read(lambda found: set(found.execute(keys).scalars())) == {connector}


@pytest.mark.row("AT-X14")
async def test_a_mail_that_always_fails(office: Office) -> None:
    """AT-X14: a fault of ours that only one brand's mails meet, each time: such a mail is parked after five attempts,
    with its reason, and the mails before and behind it are cases."""
    rules = office.house.desk.rules
    brakes = {brand: brake for brand, brake in rules.brakes.items() if brand != "kontakt"}
    office.house.desk.rules = replace(rules, brakes=brakes)
    async with office.at_once():
        for number, brand in enumerate(("welzo", "kontakt", "welzo")):
            sender = f"customer{number}@customer.example"
            raw = written(f"It is broken, number {number}.", sender=sender, Message_ID=f"<{number}@customer.example>")
            await office.mails((sender, "", raw), brand=brand)
    cases = await office.cases()
    assert [each.brand for each in cases] == ["welzo", "welzo"]
    assert len(office.told("customer0@customer.example")) == len(office.told("customer2@customer.example")) == 1
    row = await office.house.store.read(lambda connection: connection.execute(sa.select(tables.parked)).one())
    assert (row.reason, row.attempts) == ("failed_repeatedly", 5)
