"""twilio_text on the wire: what comes twice, what came while we were away, who wants nothing more, and what we send."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from intake_daemon.errors import BadSettings, Permanent, Temporary, Unknown
from intake_daemon.message import Notice
from tests.fakes.twilio import FakeAccount
from tests.promises import PNG, a_notice, until
from tests.twilio.conftest import PUBLIC, Line, answering
from tests.twilio.payloads import OURS, THEIRS, sms, whatsapp


def to_phone(**said: Any) -> Notice:  # noqa: ANN401 -- any field
    """An SMS that is owed."""
    return a_notice("phone", THEIRS, **({"thread": OURS} | said))


def to_whatsapp(until_: datetime | None, **said: Any) -> Notice:  # noqa: ANN401 -- any field
    """A WhatsApp message that is owed; free words until then."""
    thread = f"whatsapp:{OURS}" + (f" {until_.isoformat()}" if until_ else "")
    return a_notice("whatsapp", THEIRS, thread=thread, **said)


def sent(line: Line) -> list[dict[str, str]]:
    """What Twilio was given to send."""
    found: list[dict[str, str]] = line.account.seen()["sent"]
    return found


def ago(**time: int) -> str:
    """A moment before this one, as Twilio's list writes it."""
    return format_datetime(datetime.now(UTC) - timedelta(**time))


class TestComing:
    """The webhook."""

    async def test_three_times_side_by_side(self, line: Line) -> None:
        """One webhook delivered three times at once is one contact, and all three are told yes, with empty TwiML."""
        answers = await line.post(sms(), copies=3, at_once=True)
        assert [answer["status"] for answer in answers] == [200] * 3
        assert all("<Response></Response>" in answer["body"] for answer in answers)
        assert len(line.door.held) == 1

    async def test_a_repeat_with_the_same_token_costs_nothing(self, line: Line) -> None:
        """The idempotency token spares the second try: it is not held again, its files are not fetched again."""
        link = line.account.keep("Messages/SM1/Media/ME1", PNG, "image/png")
        await line.post(sms(NumMedia="1", MediaUrl0=link), copies=3)
        assert len(line.door.raws) == 1
        assert [each["path"][-3:] for each in line.account.seen()["asked"]].count("ME1") == 1

    async def test_a_token_counts_only_once_it_was_held(self, line: Line) -> None:
        """A try that could not be held is no reason to say yes to the next one."""
        line.door.away = True
        answers = await line.post(sms(), copies=2)
        assert [answer["status"] for answer in answers] == [503, 503]

    async def test_mms_names_and_types(self, line: Line) -> None:
        """Files are named by us after the message, typed by what Twilio serves, and asked for with our credentials."""
        link = line.account.keep("Messages/SM1/Media/ME1", PNG, "image/png")
        await line.post(sms(body="", NumMedia="1", MediaUrl0=link, MediaContentType0="image/jpeg"))
        (file,) = line.door.files()
        assert (file.name, file.media_type, file.content) == ("SM1-1.png", "image/png", PNG)
        assert [each["login"] for each in line.account.seen()["asked"]][-1] is True

    async def test_an_unknown_number_is_kept(self, line: Line) -> None:
        """A message to a number that the settings forgot is parked with its reason, not lost."""
        (answer,) = await line.post(sms(To="+15005550006"))
        assert answer["status"] == 200
        assert [reason for _, reason in line.door.parked] == ["unknown_number"]

    async def test_signed_but_no_message(self, line: Line) -> None:
        """Something of Twilio's that we do not know is for a person to see."""
        (answer,) = await line.post({"SomethingNew": "1"})
        assert answer["status"] == 200
        assert [reason for _, reason in line.door.parked] == ["not_a_message"]

    async def test_a_brand_that_there_is_not(self, account: FakeAccount) -> None:
        """A number for an unknown brand stops the start."""
        with pytest.raises(BadSettings, match="no brand 'weltzo'"):
            async with answering(account, numbers={OURS: "weltzo"}):
                pass


class TestList:
    """What came while we could not be reached."""

    async def test_what_was_missed_is_fetched(self, account: FakeAccount) -> None:
        """Oldest first over days and pages, with Twilio's times and files; what we sent is not ours to take."""
        for number in range(8):
            account.arrived(sms(f"SM{number}", f"Thing {number}.", AccountSid=account.sid), at=ago(hours=30 - number))
        account.arrived(sms("SM9", "Photo", NumMedia="1", AccountSid=account.sid), at=ago(minutes=5))
        account.keep("Messages/SM9/Media/ME1", PNG, "image/png")
        day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
        async with answering(account, **{"from": day}) as line:
            await until(lambda: len(line.door.held) == 9, "all are held", line.running)
            messages = [held.message for held in line.door.held.values()]
        assert [message.text for message in messages] == [*(f"Thing {number}." for number in range(8)), "Photo"]
        assert all(message.sent_at == message.contact_at for message in messages)
        assert [file.name for file in line.door.files()] == ["SM9-1.png"]

    async def test_a_message_whose_files_are_gone_stops_nothing(self, account: FakeAccount) -> None:
        """Twilio has the row and nothing more of it: held with its remark, and the next one after it."""
        account.arrived(sms("SM1", "Photo", NumMedia="1", AccountSid=account.sid), at=ago(minutes=9))
        account.arrived(sms("SM2", "Words", AccountSid=account.sid), at=ago(minutes=8))
        account.fail("SM1/Media.json", {"status": 404, "code": 20404})
        day = (datetime.now(UTC) - timedelta(days=1)).date().isoformat()
        async with answering(account, **{"from": day}) as line:
            await until(lambda: len(line.door.held) == 2, "both are held", line.running)
        assert [held.message.remarks for held in line.door.held.values()] == [("file_gone",), ()]

    async def test_what_came_by_webhook_is_not_taken_again(self, account: FakeAccount) -> None:
        """The list has it too; this process knows, another one finds it under the same identity."""
        async with answering(account, look_seconds=0.05) as line:
            await line.post(sms())
            account.arrived(sms(AccountSid=account.sid), at=ago(seconds=-2))
            asked = len(account.seen()["asked"])
            await until(lambda: len(account.seen()["asked"]) > asked + 1, "it has looked again", line.running)
            assert len(line.door.raws) == 1
            line.connector._listing._known.clear()
            await until(lambda: len(line.door.raws) > 1, "another process looks", line.running)
            assert len(line.door.held) == 1

    async def test_from_now_means_the_first_start(self, account: FakeAccount) -> None:
        """What was there before is passed over, what came in the meantime is not, also at a later start."""
        account.arrived(sms("SM1", AccountSid=account.sid), at=ago(minutes=10))
        async with answering(account, look_seconds=0.05) as first:
            place = first.door.cursors
            account.arrived(sms("SM2", AccountSid=account.sid), at=ago(seconds=-2))
            await until(lambda: first.door.held, "it is found", first.running)
        assert [held.message.external_id for held in first.door.held.values()] == ["SM2"]
        assert place.places

    async def test_the_place_stays_behind_what_is_not_held(self, account: FakeAccount) -> None:
        """While nothing can be held the place does not move, and the supervisor hears of it."""
        account.arrived(sms("SM1", AccountSid=account.sid), at=ago(hours=30))
        day = (datetime.now(UTC) - timedelta(days=3)).date().isoformat()
        async with answering(account, look_seconds=0.05, **{"from": day}) as line:
            await until(lambda: line.door.held, "it is held", line.running)
            line.door.away = True
            account.arrived(sms("SM2", AccountSid=account.sid), at=ago(seconds=0))
            await asyncio.wait([line.running], timeout=30)
            assert isinstance(line.running.exception(), Temporary)
            line.running = asyncio.create_task(asyncio.sleep(0))
            (place,) = line.door.cursors.places.values()
            assert datetime.fromisoformat(place["since"]) <= datetime.now(UTC)


class TestWishes:
    """STOP and START."""

    async def test_stop_is_kept_and_obeyed_until_start(self, line: Line) -> None:
        """After STOP nothing is sent to that number from that one; the word itself is kept, as no complaint."""
        await line.post(sms("SM1", "STOP"))
        (held,) = line.door.held.values()
        assert held.message.automatic.evidence == ("opt_out",)
        with pytest.raises(Permanent, match="opted_out"):
            await line.connector.reply(to_phone())
        assert not sent(line)
        await line.connector.reply(
            to_phone(to=held.message.recipients[0].model_copy(update={"value": "+447700900999"}))
        )
        await line.post(sms("SM2", "start"))
        await line.connector.reply(to_phone())
        assert len(sent(line)) == 2

    async def test_an_older_wish_does_not_count(self, account: FakeAccount) -> None:
        """A STOP that the list brings late does not undo the START after it."""
        async with answering(account, look_seconds=0.05) as line:
            await line.post(sms("SM2", "START"))
            account.arrived(sms("SM1", "STOP", AccountSid=account.sid), at=ago(seconds=1))
            line.connector._listing._start = datetime.now(UTC).date()
            await until(lambda: len(line.door.held) == 2, "the list has brought it", line.running)
            await line.connector.reply(to_phone())

    async def test_without_memory_nothing_is_sent(self, line: Line) -> None:
        """Who cannot look whether somebody wants it does not send."""
        line.door.cursors.away = True
        with pytest.raises(Temporary, match="memory_away"):
            await line.connector.reply(to_phone())
        assert not sent(line)


class TestSending:
    """Notices."""

    async def test_from_the_number_to_which_they_wrote(self, line: Line) -> None:
        """One request, from that number, with an address for the news."""
        receipt = await line.connector.reply(to_phone())
        (form,) = sent(line)
        assert (form["From"], form["To"], form["Body"]) == (OURS, THEIRS, a_notice().text)
        assert form["StatusCallback"] == f"{PUBLIC}/hooks/sms/status?notice={receipt.notice}&part=1&of=1"
        assert receipt.provider_id == form["sid"]

    async def test_who_did_not_write_here_is_sent_to_from_a_number_of_the_brand(self, line: Line) -> None:
        """A telephone number from a form: the brand's first number; a brand without one cannot."""
        await line.connector.reply(to_phone(thread=None))
        assert sent(line)[0]["From"] == OURS
        with pytest.raises(Permanent, match="no_number"):
            await line.connector.reply(to_phone(thread=None, brand="elsewhere"))
        with pytest.raises(Permanent, match="bad_address"):
            await line.connector.reply(a_notice())

    async def test_a_long_notice_in_numbered_parts(self, line: Line) -> None:
        """In order, each with news of its own; the receipt has the last one's name."""
        receipt = await line.connector.reply(to_phone(text="Слово за словом. " * 100))
        forms = sent(line)
        assert [form["Body"][:6] for form in forms] == ["(1/3) ", "(2/3) ", "(3/3) "]
        assert forms[1]["StatusCallback"].endswith("&part=2&of=3")
        assert receipt.provider_id == forms[-1]["sid"]

    async def test_half_sent_is_in_doubt(self, line: Line) -> None:
        """A later part that Twilio refuses leaves the notice in doubt; one that it only delays is sent in a while."""
        line.account.fail("POST Messages.json", {"slow": 0}, {"status": 429, "retry_after": 0})
        await line.connector.reply(to_phone(text="word " * 500))
        assert len(sent(line)) == 2
        line.account.fail("POST Messages.json", {"slow": 0}, {"status": 400, "code": 30007})
        with pytest.raises(Unknown, match="partly_sent"):
            await line.connector.reply(to_phone(text="word " * 500))

    async def test_a_novel_is_not_sent(self, line: Line) -> None:
        """What would be more than six messages goes to a person."""
        with pytest.raises(Permanent, match="too_long"):
            await line.connector.reply(to_phone(text="word " * 3000))
        assert not sent(line)

    async def test_whatsapp_within_the_day_and_after(self, account: FakeAccount) -> None:
        """In our own words for 24 hours, then by the template of the purpose and language, with the reference."""
        templates = {"acknowledgement": "HX1", "acknowledgement.ru": "HX2", "*": "HX9"}
        async with answering(account, templates=templates) as line:
            now = datetime.now(UTC)
            await line.connector.reply(to_whatsapp(now + timedelta(hours=1)))
            await line.connector.reply(to_whatsapp(now - timedelta(hours=1)))
            await line.connector.reply(to_whatsapp(now - timedelta(hours=1), language="ru"))
            await line.connector.reply(to_whatsapp(now - timedelta(hours=1), purpose="progress"))
            forms = sent(line)
        assert forms[0]["Body"] == a_notice().text
        assert forms[0]["From"] == f"whatsapp:{OURS}"
        assert [form.get("ContentSid") for form in forms] == [None, "HX1", "HX2", "HX9"]
        assert "Body" not in forms[1]
        assert forms[1]["ContentVariables"] == '{"1": "WEL-4T7K-Q9MX-2RH0", "2": "Welzo"}'

    async def test_whatsapp_without_a_template(self, line: Line) -> None:
        """Without one it is tried all the same: a later message may have opened the window; else Twilio says no."""
        past = datetime.now(UTC) - timedelta(hours=1)
        await line.connector.reply(to_whatsapp(past))
        line.account.fail("POST Messages.json", {"status": 400, "code": 63016})
        with pytest.raises(Permanent, match="window_closed"):
            await line.connector.reply(to_whatsapp(past))

    async def test_a_messaging_service(self, account: FakeAccount) -> None:
        """Where the brand has one, it sends."""
        async with answering(account, messaging_services={"welzo": "MG1"}) as line:
            await line.connector.reply(to_phone())
            assert sent(line)[0]["MessagingServiceSid"] == "MG1"


class TestNews:
    """Status callbacks."""

    async def test_what_became_of_it(self, line: Line) -> None:
        """Sent, delivered and failed are told, with Twilio's code; queued and sending are no news."""
        receipt = await line.connector.reply(to_phone())
        sid = receipt.provider_id
        for status, code in (("queued", 0), ("sending", 0), ("sent", 0), ("delivered", 0), ("undelivered", 30003)):
            told = await asyncio.to_thread(line.account.news, sid, status, PUBLIC, line.url, code)
            assert told == 200
        told_of = [(each.notice, each.outcome, each.code) for each in line.door.receipts]
        assert told_of == [
            (receipt.notice, "sent", "sent"),
            (receipt.notice, "delivered", "delivered"),
            (receipt.notice, "failed", "twilio_30003"),
        ]

    async def test_of_several_parts(self, line: Line) -> None:
        """Delivered is what the last part says; failed is said by any."""
        await line.connector.reply(to_phone(text="word " * 500))
        first, second = (form["sid"] for form in sent(line))
        for sid, status in ((first, "delivered"), (first, "failed"), (second, "delivered")):
            await asyncio.to_thread(line.account.news, sid, status, PUBLIC, line.url)
        assert [each.outcome for each in line.door.receipts] == ["failed", "delivered"]

    async def test_nobody_else_can_tell_it(self, line: Line) -> None:
        """News are signed with the notice's id in them; for another id the signature does not hold."""
        receipt = await line.connector.reply(to_phone())
        form = {"MessageSid": receipt.provider_id, "MessageStatus": "delivered", "AccountSid": line.account.sid}
        to = "/hooks/sms/status?notice=another&part=1&of=1"
        deliver = line.account.deliver
        (answer,) = await asyncio.to_thread(deliver, line.url + to, PUBLIC + to, form, signature="AAAA")
        assert answer["status"] == 403
        assert not line.door.receipts

    async def test_not_taken_is_told_again(self, line: Line) -> None:
        """While the news cannot be passed on, Twilio hears 503."""
        receipt = await line.connector.reply(to_phone())
        line.door.away = True
        told = await asyncio.to_thread(line.account.news, receipt.provider_id, "delivered", PUBLIC, line.url)
        assert told == 503


async def test_whatsapp_comes_by_the_same_door(line: Line) -> None:
    """And is answered freely for a day from when we got it."""
    await line.post(whatsapp())
    (held,) = line.door.held.values()
    assert held.message.channel == "social"
    assert held.message.reply_to is not None
    assert held.message.reply_to.until is not None
    assert held.message.reply_to.until > datetime.now(UTC) + timedelta(hours=23)
