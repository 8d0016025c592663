"""What we say by SMS and in chats is short; of an acknowledgement everything that the policy says of one is in it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from itertools import product
from typing import Any

import pytest

from connectors.twilio.lengths import is_gsm, parts, plain
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
    return _said(_case(brand, language, topic, message), message, "acknowledgement")


def _said(case: Case, message: Message, purpose: str, said: dict[str, Any] | None = None, **data: bool) -> Words:
    """A letter of the case, to whom it began with."""
    intent = Intent(
        id="5f0d2f6e-7b0b-5a52-9f6b-2a51d5a0c9aa",
        purpose=purpose,
        cause=message.id,
        contact=message.id,
        connector="sms",
        recipient="",
        language=case.language,
        sends="acknowledgement.sent" if purpose == "acknowledgement" else "",
        data=data,
    )
    words = render(case, intent, message, said, known(), NOON + timedelta(seconds=20))
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


def _message(brand: str, to: Address) -> Message:
    changes = {"connector": "sms", "sender": Person(addresses=(to,)), "reply_to": ReplyTo(connector="sms", address=to)}
    return letter("", brand=brand).model_copy(update={"channel": "sms", "subject": "", **changes})


def _manners(language: str) -> str:
    """With what a letter begins."""
    return known().notices.sources[language, "status_code", ""].text.splitlines()[2]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_code_is_a_short_message(language: str) -> None:
    """The code stands first; two segments, and the manners of a letter in none."""
    for to in (PHONE, Address(kind="telegram", value="551")):
        message = _message("kontakt", to)
        case = _case("kontakt", language, "product", message)
        sent = plain(_said(case, message, "status_code", {"code": "481 516", "minutes": "15"}).text)
        assert sent.startswith("481 516")
        assert case.reference in sent
        assert _manners(language) not in sent
        assert as_sent(sent) <= MOST - 1, sent
        assert as_sent(sent) == 1 or language != "en"


@pytest.mark.parametrize("brand", ["logoscon", "welzo", "ask4", "kontakt"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_how_it_stands_is_a_short_message(brand: str, language: str) -> None:
    """In every state, and to somebody unknown: three segments in one message, and a page where all of it stands."""
    message = _message(brand, PHONE)
    for state, verified in product(known().notices.words()[language]["states"], (True, False)):
        case = _case(brand, language, "product", message).model_copy(update={"state": state, "steps": ("consult",)})
        words = _said(case, message, "status_answer", verified=verified)
        sent = plain(words.text)
        assert as_sent(sent) <= MOST, sent
        assert (case.reference in sent) is verified
        assert STATUS in sent or (verified and known().notices.say(language)("next_steps", state) in sent)
        assert _manners(language) not in sent
        for day in words.printed.values():
            assert f"{day:%d/%m/%Y}" in sent or f"{day:%d.%m.%Y}" in sent


@pytest.mark.parametrize("language", LANGUAGES)
def test_where_to_complain_is_a_short_message(language: str) -> None:
    """The form that holds what they have told, the reference, and that who cannot write need not (A-12)."""
    message = _message("ask4", PHONE)
    case = _case("ask4", language, "service", message)
    words = _said(case, message, "redirect")
    sent = plain(words.text)
    assert as_sent(sent) <= MOST, sent
    assert f"{STATUS.removesuffix('/status')}/forms/ask4?lang={language}&start=" in sent
    assert case.reference in sent
    assert _manners(language) not in sent
    assert is_gsm(sent) is (language in {"en", "pl"})
    where = Address(kind="telegram", value="551")
    assert "1 Example Street" in _said(case, _message("ask4", where), "redirect").text, "a chat has room for all"


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


def test_without_a_short_form_the_letter_goes() -> None:
    """A company that has written none loses nothing: the customer gets the letter, in their language."""
    sources = {key: source for key, source in known().notices.sources.items() if key[:2] != ("ru", "status_code_short")}
    rules_ = replace(known(), notices=replace(known().notices, sources=sources))
    message = _message("kontakt", PHONE)
    case = _case("kontakt", "ru", "product", message)
    intent = Intent(
        id="1", purpose="status_code", cause="", contact=message.id, connector="sms", recipient="", language="ru"
    )
    words = render(case, intent, message, {"code": "481 516", "minutes": "15"}, rules_, NOON)
    assert words is not None
    assert _manners("ru") in words.text
