"""The acknowledgement by SMS and in chats: short, and everything that the policy says of one is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product

import pytest

from connectors.twilio.lengths import parts, plain
from connectors.twilio.lengths import segments as as_sent
from intake_daemon.message import Address, Attachment, Message, Person, ReplyTo
from router.case import Case
from router.letters import render
from router.moments import Moment
from router.notices import MOST, segments
from router.rules import Rules
from router.turn import Intent, Words
from tests.desk.letters import NOON, letter, rules

LANGUAGES = ("en", "pt", "lv", "pl", "ru", "az")
PHONE = Address(kind="phone", value="+994501112233")
STATUS = "https://complaints.kontakt.example/status"


def known() -> Rules:
    """The shipped rules, reached from outside at an address as companies have them."""
    return replace(rules(), base_url=STATUS.removesuffix("/status"), replying=frozenset({"sms", "bot"}))


def told(brand: str, language: str, topic: str, *, files: int, to: Address = PHONE) -> tuple[Case, Words]:
    """The acknowledgement of a complaint that says nothing of itself, as it is sent."""
    message = letter("", brand=brand).model_copy(
        update={
            "channel": "sms",
            "subject": "",
            "connector": "sms",
            "sender": Person(addresses=(to,)),
            "reply_to": ReplyTo(connector="sms", address=to),
            "attachments": tuple(Attachment(id="0" * 64, name="a", media_type="a/b", size=1) for _ in range(files)),
        }
    )
    return _case(brand, language, topic, message), _words(brand, language, topic, message)


def _case(brand: str, language: str, topic: str, message: Message) -> Case:
    policy = known().policies.brand(brand)
    return Case(
        id=message.id,
        reference=message.reference,
        brand=brand,
        contact=message.id,
        opened_at=NOON,
        received_at=NOON,
        policy=policy.hash,
        topic=topic,
        language=language,
        missing=("description", "customer.name"),
        moments=(Moment("complaint.received", NOON, received_at=NOON),),
    )


def _words(brand: str, language: str, topic: str, message: Message) -> Words:
    case = _case(brand, language, topic, message)
    intent = Intent(
        id="1",
        purpose="acknowledgement",
        cause=message.id,
        contact=message.id,
        connector="sms",
        recipient="",
        language=language,
        sends="acknowledgement.sent",
    )
    words = render(case, intent, message, None, known(), NOON + timedelta(seconds=20))
    assert words is not None
    return words


@pytest.mark.parametrize("brand", ["logoscon", "welzo", "ask4", "kontakt"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sms_has_three_segments(brand: str, language: str) -> None:
    """Whatever is missing, whatever it is about: three segments, in one message, with the reference, when it came, and
    the date that binds where the policy has one."""
    topics = known().policies.brand(brand).topics
    for topic, files in product(topics, (0, 21)):
        case, words = told(brand, language, topic, files=files)
        if topic == "data_protection" and brand == "ask4" and language != "en":  # an outside body is named as well
            continue
        sent = plain(words.text)
        assert as_sent(sent) <= MOST, (topic, files, sent)
        assert segments(sent) == as_sent(sent)
        assert len(parts(words.text, most_segments=MOST)) == 1
        assert case.reference in sent
        assert "2026" in sent
        assert STATUS in sent or language == "en"
        promises = "due_date" in known().policies.brand(brand).acknowledge.contains
        assert bool(words.printed) == promises
        for day in words.printed.values():
            assert f"{day:%d/%m/%Y}" in sent or f"{day:%d.%m.%Y}" in sent


def test_a_chat_asks_for_what_is_missing() -> None:
    """In a chat there is room: what is missing is asked for there, and the letter is still short."""
    where = Address(kind="telegram", value="551")
    for language in LANGUAGES:
        _, words = told("kontakt", language, "product", files=1, to=where)
        said = " ".join(words.text.split())
        for field in ("description", "customer.name.parts"):
            assert " ".join(known().notices.say(language)("fields", field).split()) in said
        assert len(words.text) < 800


def test_a_mail_keeps_its_letter() -> None:
    """Who writes by mail gets the whole letter."""
    where = Address(kind="email", value="ann@customer.example")
    _, words = told("kontakt", "ru", "product", files=0, to=where)
    assert "Что будет дальше" in words.text
