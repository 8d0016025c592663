"""twilio_voice on the wire: what a caller hears, and what comes of a call, however late and in whatever order."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from itertools import permutations
from typing import Any, ClassVar
from urllib.parse import urlencode

import pytest
from selectolax.lexbor import LexborHTMLParser

from connectors.twilio import TwilioVoice, parse
from connectors.twilio.spoken import Speech
from connectors.twilio.voice import TwilioVoiceSettings
from intake_daemon.contract import Draft, Raw
from intake_daemon.message import Message, Turn
from tests import promises
from tests.doors import brand
from tests.fakes.twilio import FakeAccount
from tests.promises import Item, Told, Way, a_notice
from tests.twilio import payloads
from tests.twilio.conftest import PUBLIC, Line, answering
from tests.twilio.payloads import ACCOUNT, OURS, THEIRS, call, recorded, recording, sentence, transcript, words
from tests.twilio.test_promises import ANSWERS, SETTINGS, TABLE, TwilioWay
from tests.web.conftest import shipped

MP3 = b"ID3" + b"\0" * 64


@pytest.fixture
async def phone(account: FakeAccount) -> AsyncIterator[Line]:
    """A number that is answered; Twilio knows the call and has its recording."""
    async with answering(account, "twilio_voice") as line:
        account.know("Calls/CA1.json", {"sid": "CA1", "account_sid": account.sid, "from": THEIRS, "to": OURS})
        account.know("Recordings/RE1.json", {"sid": "RE1", "call_sid": "CA1"})
        account.keep("Recordings/RE1.mp3", MP3, "audio/mpeg")
        yield line


def heard(answer: dict[str, Any]) -> list[str]:
    """What a caller hears of an answer, in order."""
    return [node.text() for node in LexborHTMLParser(answer["body"]).css("say")]


def verbs(answer: dict[str, Any]) -> list[str]:
    """The verbs of an answer, in order."""
    return re.findall(r"<(\w+)", answer["body"].partition("<Response>")[2])


def messages(line: Line) -> list[Message]:
    """What was held, in order."""
    return [held.message for held in line.door.held.values()]


def recording_url(line: Line) -> str:
    """As Twilio writes it: without an ending."""
    return f"{line.account.twilio.url}/2010-04-01/Accounts/{line.account.sid}/Recordings/RE1"


class TestTheCall:
    """What a caller hears."""

    async def test_it_says_that_it_is_recorded_and_records(self, phone: Line) -> None:
        """Greeting first, then <Record> with the addresses for what comes; silence is asked once more, then ended."""
        (answer,) = await phone.post(call())
        assert verbs(answer) == ["Say", "Record", "Say", "Record", "Redirect"]
        assert "Welcome to Welzo. This call is recorded." in heard(answer)[0]
        node = LexborHTMLParser(answer["body"]).css_first("record")
        assert node
        record = node.attributes
        assert record["action"] == f"{PUBLIC}/hooks/sms/recorded"
        assert record["recordingstatuscallback"] == f"{PUBLIC}/hooks/sms/recording?to=%2B442079460001#rc=5&rp=all"
        assert not phone.door.raws, "a call that only rings is no contact yet"

    async def test_the_reference_is_said_slowly_and_twice(self, phone: Line) -> None:
        """After it is held: every character on its own, pauses between the groups, twice, and a word about the SMS."""
        (answer,) = await phone.post(recorded(), "/recorded")
        (message,) = messages(phone)
        said = heard(answer)
        group = ", ".join(message.reference.split("-")[1]) + "."
        assert said.count(group) == 2
        assert any("text message" in sentence for sentence in said)
        assert verbs(answer).count("Pause") >= 8
        assert verbs(answer)[-1] == "Hangup"
        assert (message.channel, message.text) == ("phone", "")
        assert message.part_of is not None
        assert (message.part_of.group, message.part_of.last) == ("CA1", False)
        assert message.reply_to is not None
        assert message.reply_to.address is not None
        assert message.reply_to.address.value == THEIRS
        assert message.language.client == "en", "answered in the language that they heard"

    async def test_what_cannot_be_held_is_not_confirmed(self, phone: Line) -> None:
        """No reference is said; the caller is asked to ring again, in words and not by Twilio's error."""
        phone.door.away = True
        (answer,) = await phone.post(recorded(), "/recorded")
        assert answer["status"] == 200
        assert "Please call again" in heard(answer)[0]
        assert len(heard(answer)) == 1

    async def test_a_withheld_number(self, phone: Line) -> None:
        """Nobody can be answered, and no SMS is promised."""
        (answer,) = await phone.post(recorded() | {"From": "anonymous", "Caller": "anonymous"}, "/recorded")
        assert not any("text message" in sentence for sentence in heard(answer))
        (message,) = messages(phone)
        assert message.reply_to is not None
        assert message.reply_to.address is None

    async def test_who_says_nothing_is_kept(self, phone: Line) -> None:
        """The call is a contact with its remark, and form and address are said."""
        (answer,) = await phone.post(call(CallStatus="in-progress"), "/silent")
        assert messages(phone)[0].remarks == ("nothing_said",)
        assert any("complaints@welzo.example" in sentence for sentence in heard(answer))

    async def test_ask4_takes_none_by_telephone(self, phone: Line) -> None:
        """A-12: the caller hears form and address instead; nothing is recorded; the contact is kept all the same."""
        (answer,) = await phone.post(call(To="+442079460009", Called="+442079460009"))
        assert "cannot take complaints by telephone" in heard(answer)[0]
        assert any("form on our website" in sentence for sentence in heard(answer))
        assert any("complaints@ask4.example" in sentence for sentence in heard(answer))
        assert "Record" not in verbs(answer)
        (message,) = messages(phone)
        assert message.brand == "ask4"
        assert message.remarks == ("phone_not_accepted",)

    async def test_an_unknown_number(self, phone: Line) -> None:
        """A number that the settings forgot is not answered, and a person hears of it."""
        (answer,) = await phone.post(call(To="+15005550006", Called="+15005550006"))
        assert verbs(answer) == ["Reject"]
        assert [reason for _, reason in phone.door.parked] == ["unknown_number"]

    @pytest.mark.parametrize("path", ["", "/recorded", "/silent", "/recording", "/words", "/sentences", "/status"])
    async def test_nobody_but_twilio(self, phone: Line, path: str) -> None:
        """Every address is signed."""
        (answer,) = await phone.post(recorded(), path, signature="AAAA")
        assert answer["status"] == 403
        assert not phone.door.raws

    def test_every_language_has_its_words(self) -> None:
        """What is said to a caller is there in all six languages, in a voice of that language where there is one."""
        there = shipped()
        for language in ("en", "pt", "lv", "pl", "ru", "az"):
            settings = TwilioVoiceSettings.model_validate({"kind": "twilio_voice", **SETTINGS})
            connector = TwilioVoice("v", settings, there)
            speech = Speech(
                there.pages, brand("kontakt"), language, voices=connector._voices, sounds={"az": "https://s"}
            )
            for word in ("greeting", "nothing", "thanks", "text", "goodbye", "later", "not_here", "form"):
                speech.say(f"voice_{word}")
            said = LexborHTMLParser(speech.say("voice_mail", field="a@b").reference("KON-4T7K").twiml())
            spoken = said.css("play") if language == "az" else said.css(f'say[language^="{language}-"]')
            assert len(spoken) > 10

    def test_a_language_without_a_voice(self) -> None:
        """Azerbaijani has no voice at Twilio: the brand's next language speaks, unless there are sound files."""
        kontakt = brand("kontakt", languages=("az", "ru", "en"))
        speech = Speech(
            shipped().pages, kontakt, "az", voices=TwilioVoice("v", _SETTINGS, shipped())._voices, sounds={}
        )
        assert speech.language == "ru"


_SETTINGS = TwilioVoiceSettings.model_validate({"kind": "twilio_voice", **SETTINGS})


class TestAfterwards:
    """What comes of a call."""

    async def test_in_whatever_order(self, phone: Line) -> None:
        """The call, its recording and its words are three parts of one contact, each once, in every order, thrice."""
        posts = [
            (recorded(), "/recorded"),
            (recording(url=recording_url(phone)), "/recording?to=%2B442079460001"),
            (words(), "/words"),
        ]
        for order in list(permutations(posts))[::2]:
            phone.door.held.clear()
            for form, path in order:
                answers = await phone.post(form, path, copies=2, at_once=True)
                assert [answer["status"] for answer in answers] == [200, 200]
            found = messages(phone)
            assert len(found) == 3
            assert {message.part_of.group for message in found if message.part_of} == {"CA1"}
            assert {message.sender.address("phone") for message in found} == {THEIRS}
            assert [message.text for message in found if message.text] == ["The heater is broken."]

    async def test_the_recording_is_a_file(self, phone: Line) -> None:
        """Fetched with credentials, named after itself; who called is asked of Twilio, which does not say it here."""
        await phone.post(recording(url=recording_url(phone)), "/recording?to=%2B442079460001")
        (file,) = phone.door.files()
        assert (file.name, file.media_type, file.content) == ("RE1.mp3", "audio/mpeg", MP3)
        (message,) = messages(phone)
        assert message.sender.address("phone") == THEIRS

    async def test_a_recording_that_is_not_there_yet(self, phone: Line) -> None:
        """Kept with its remark and 503, so that Twilio tells of it again; then the file comes, under its own name."""
        path = "/recording?to=%2B442079460001"
        phone.account.fail("RE1.mp3", *[{"status": 404}] * 3)
        (answer,) = await phone.post(recording(url=recording_url(phone)), path)
        assert answer["status"] == 503
        (answer,) = await phone.post(recording(url=recording_url(phone)), path)
        assert answer["status"] == 200
        assert [message.remarks for message in messages(phone)] == [("file_gone",), ()]
        assert len(phone.door.files()) == 1

    async def test_a_silent_recording(self, phone: Line) -> None:
        """`absent`: there is none, and a person sees that."""
        await phone.post(recording(status="absent"), "/recording?to=%2B442079460001")
        assert messages(phone)[0].remarks == ("recording_absent",)

    async def test_sentences_are_fetched(self, phone: Line) -> None:
        """Voice Intelligence only says that there is a transcript: it is fetched, with the call that it belongs to."""
        rows = [sentence(1, 2, "I am sorry."), sentence(0, 1, "The heater is broken.")]
        phone.account.know("/v2/Transcripts/GT1", transcript())
        phone.account.know("/v2/Transcripts/GT1/Sentences", {"sentences": rows, "meta": {"next_page_url": None}})
        (answer,) = await phone.post(payloads.finished(), "/sentences", json_body=True)
        assert answer["status"] == 200
        (message,) = messages(phone)
        assert message.text == "Customer: The heater is broken.\nAgent: I am sorry."
        assert message.new_words == "The heater is broken."
        assert message.part_of is not None
        assert (message.part_of.group, message.part_of.last) == ("CA1", True)
        assert message.transcript is not None
        assert (message.transcript.language, message.transcript.recording) == ("en-GB", "RE1")

    async def test_a_transcript_that_cannot_be_fetched_now(self, phone: Line) -> None:
        """503, and Twilio tells of it again where the service is told to; one that is not there is for a person."""
        phone.account.fail("/v2/Transcripts/GT1", {"status": 500})
        (answer,) = await phone.post(payloads.finished(), "/sentences", json_body=True)
        assert answer["status"] == 503
        (answer,) = await phone.post(payloads.finished(transcript="GT7"), "/sentences", json_body=True)
        assert answer["status"] == 200
        assert [reason for _, reason in phone.door.parked] == ["unknown_number"]

    async def test_posts_that_overtake_each_other(self, phone: Line) -> None:
        """What was heard first is read first, by Twilio's clock, in whatever order the posts come (TW-13)."""
        for number in (2, 1):
            form = payloads.spoken(number, f"Part {number}.") | {"Timestamp": f"2026-11-20T09:30:0{number}.000000Z"}
            await phone.post(form, "/words")
        first, second = messages(phone)
        assert (first.text, second.text) == ("Part 2.", "Part 1.")
        assert second.contact_at < first.contact_at

    async def test_words_as_they_are_spoken(self, phone: Line) -> None:
        """Only what is final is held; each piece once, in whatever order; guesses and ends are not."""
        await phone.post(payloads.spoken(2, "It is cold."), "/words")
        await phone.post(payloads.spoken(1, "The hea", final=False), "/words")
        await phone.post(payloads.spoken(1, "The heater is broken."), "/words", copies=3)
        await phone.post(payloads.spoken(3, "") | {"TranscriptionEvent": "transcription-stopped"}, "/words")
        assert [message.text for message in messages(phone)] == ["It is cold.", "The heater is broken."]

    async def test_the_sms_with_the_reference(self, phone: Line) -> None:
        """The acknowledgement of a call goes as SMS from the number that was called, with news of its own."""
        await phone.connector.reply(a_notice("phone", THEIRS, thread=OURS))
        (form,) = phone.account.seen()["sent"]
        assert (form["From"], form["To"]) == (OURS, THEIRS)
        told = await asyncio.to_thread(phone.account.news, form["sid"], "delivered", PUBLIC, phone.url)
        assert told == 200
        assert [receipt.outcome for receipt in phone.door.receipts] == ["delivered"]


async def test_another_number_sends_the_sms(account: FakeAccount) -> None:
    """Where the called number cannot send SMS, the brand's `text_from` does."""
    async with answering(account, "twilio_voice", text_from={"welzo": "+447700900001"}) as line:
        await line.connector.reply(a_notice("phone", THEIRS, thread=OURS))
        assert account.seen()["sent"][0]["From"] == "+447700900001"


def turns(rows: list[dict[str, Any]], roles: list[dict[str, Any]] | None = None, **of: Any) -> tuple[Turn, ...]:  # noqa: ANN401
    """The turns of a transcript."""
    there = {"sid": "CA1", "account_sid": ACCOUNT, "from": THEIRS, "to": OURS} | of
    body = {"transcript": transcript(roles), "sentences": rows, "call": there}
    (draft,) = parse(Raw(json.dumps(body).encode(), "welzo", "application/json"))
    assert draft.transcript
    return draft.transcript.turns


class TestWhoSpeaks:
    """Channels and speakers (TW-12)."""

    ROWS: ClassVar[list[dict[str, Any]]] = [sentence(0, 1, "one"), sentence(1, 2, "two")]

    def test_an_ordinary_call(self) -> None:
        """Channel 1 is the caller."""
        assert [turn.speaker for turn in turns(self.ROWS)] == ["customer", "agent"]

    def test_a_sip_trunk(self) -> None:
        """It is the other way round."""
        assert [turn.speaker for turn in turns(self.ROWS, trunk_sid="TK1")] == ["agent", "customer"]
        sip = turns(self.ROWS, None, **{"from": "sip:+447700900123@pbx.example"})
        assert [turn.speaker for turn in sip] == ["agent", "customer"]

    def test_the_transcript_knows_better(self) -> None:
        """What it says of its participants counts more than the channel."""
        roles = [{"channel_participant": 1, "role": "Agent"}, {"channel_participant": 2, "role": "Customer"}]
        assert [turn.speaker for turn in turns(self.ROWS, roles)] == ["agent", "customer"]

    def test_one_channel_is_the_caller(self) -> None:
        """A recording of <Record> has nobody else on it."""
        assert [turn.speaker for turn in turns([sentence(0, 2, "one")])] == ["customer"]

    def test_a_third_channel(self) -> None:
        """Nobody knows who that is."""
        assert turns([*self.ROWS, sentence(2, 3, "x")])[-1].speaker == "unknown"

    def test_sip_addresses_are_numbers(self) -> None:
        """A caller over SIP is answered at the number in the address."""
        (draft,) = parse(Raw(urlencode(recorded() | {"From": "sip:+447700900123@pbx.example"}).encode(), "welzo", ""))
        assert draft.sender.address("phone") == THEIRS


class VoiceWay(TwilioWay):
    """Somebody who rings and speaks; their words come with the transcription."""

    async def _post(self, item: Item, *, signature: str | None = None) -> Told:
        form = words(item.text, f"CA{item.name}") | {"TranscriptionSid": f"TR{item.name}"}
        (answer,) = await self.line.post(form, "/words", signature=signature)
        return "held" if answer["status"] == 200 else "refused" if answer["status"] in {400, 403, 413} else "again"

    def answers(self, what: str) -> None:
        """As for messages."""
        super().answers(what)
        assert what in {"", "nobody", *ANSWERS}


class TestVoice(promises.Brings, promises.Replies, promises.Signed):
    """Calls."""

    kind = TwilioVoice
    settings: ClassVar[dict[str, Any]] = {"kind": "twilio_voice", **SETTINGS}
    secrets = ("hush-hush", "more-hush")
    table = tuple(row for row in TABLE if row.answer in {"429", "500", "opted out"})  # the rest is the same code
    media_type = "application/json"
    huge = 100_000

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, account: FakeAccount) -> AsyncIterator[Way]:
        """A number."""
        async with answering(account, "twilio_voice", timeout=1) as line:
            yield VoiceWay(line)
