"""Who the customer is and how we know; the common message of a call."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from connectors.calls.call import Call, Party, Said
from connectors.calls.details import Details, details
from connectors.calls.drafting import Surroundings, draft
from connectors.calls.greetings import greeting_in
from connectors.calls.phones import e164
from connectors.calls.reading.roles import role_of
from connectors.calls.speakers import Known
from intake_daemon.contract import Draft

TWO = (
    Said("Hi.", 0, 1, "A", 1),
    Said("It broke.", 1, 2, "B", 2),
    Said("Twice.", 2, 3, "B", 2),
    Said("Oh.", 3, 4, "A", 1),
)


def made(call: Call | None = None, told: dict[str, Any] | None = None, **known: Any) -> Draft:  # noqa: ANN401 -- settings
    """The common message, with what was told beside the call."""
    around = Surroundings(Known(**known))
    return draft(call or Call("x", TWO), details(json.dumps(told or {})), around)


def speakers(found: Draft) -> str:
    """A letter for each turn: c, a, u."""
    assert found.transcript is not None
    return "".join(turn.speaker[0] for turn in found.transcript.turns)


def test_the_text_is_a_dialogue() -> None:
    """One line a turn, neighbours of one speaker joined; the customer's words are marked, in code points; the turns
    stay as they were."""
    found = made(told={"customer_speaker": "b"})
    assert found.text == "Agent: Hi.\nCustomer: It broke. Twice.\nAgent: Oh."
    assert [found.text[start:end] for start, end in found.new_text] == ["It broke. Twice."]
    assert speakers(found) == "acca"
    wide = made(Call("x", (Said("🙁🙁 нет", 0, 1, "Agent"), Said("🙁 да", 1, 2, "Клиент"))))
    assert [wide.text[start:end] for start, end in wide.new_text] == ["🙁 да"]


def test_nobody_is_known() -> None:
    """Then all of it may be the customer's, it is said so, and voices are numbered; a name is kept."""
    found = made()
    assert found.text == "Speaker 1: Hi.\nSpeaker 2: It broke. Twice.\nSpeaker 1: Oh."
    assert found.new_text == ((0, len(found.text)),)
    assert (speakers(found), found.remarks) == ("uuuu", ("speakers_unknown",))
    named = made(Call("x", (Said("Hi.", voice="Ann"), Said("Hello.", voice="spk_1"))))
    assert named.text == "Ann: Hi.\nSpeaker 1: Hello."
    assert made(Call("x", (Said("Only me."),))).text == "Only me."
    assert made(Call("x")).new_text == ()


OUTBOUND = {"from": "+442079460958", "to": "+447700900123", "direction": "outbound"}


def named(first: str, second: str) -> Call:
    """The same two under other names, on one channel."""
    return Call("x", tuple(Said(said.text, voice=first if said.voice == "A" else second, channel=1) for said in TWO))


PARTIES = (Party("A", "Bob", "+442079460958"), Party("B", "Ann", "+447700900123"))


@pytest.mark.parametrize(
    ("call", "told", "known", "how", "letters"),
    [
        (None, {"customer_channel": 2}, {"customer_channel": 1}, "metadata", "acca"),
        (None, {"customer": {"channel": "right"}}, {}, "metadata", "acca"),
        (None, {"agent_speaker": "A"}, {}, "metadata", "acca"),
        (Call("x", TWO, parties=PARTIES), {"customer_speaker": "Ann"}, {}, "metadata", "acca"),
        (named("Agent", "2"), {}, {}, "role", "acca"),
        (Call("x", TWO, parties=(Party("B", role="customer"),)), {}, {}, "role", "acca"),
        (named("Bob", "2"), {"agent": "bob"}, {}, "name", "acca"),
        (Call("x", TWO, parties=PARTIES), {}, {"ours": frozenset({"+442079460958"})}, "number", "acca"),
        (Call("x", TWO, parties=PARTIES), {"from": "07700 900123"}, {"country": "GB"}, "number", "acca"),
        (Call("x", TWO, parties=PARTIES), OUTBOUND, {}, "number", "acca"),
        (None, {}, {"customer_channel": 2}, "channel", "acca"),
        (None, {}, {"customer_channel": 1}, "channel", "caac"),
        (named("A", "B"), {}, {"customer_channel": 1}, "unknown", "uuuu"),
        (named("A", "B"), {}, {"greetings": ("Hi!",)}, "words", "acca"),
        (Call("x", TWO, parties=PARTIES, originator=1), {}, {}, "originator", "acca"),
        (Call("x", TWO, parties=PARTIES, originator=0), {"direction": "outbound"}, {}, "originator", "acca"),
        (Call("x", (*TWO, Said("Me too.", voice="C"))), {"customer_speaker": "B"}, {}, "metadata", "accaa"),
        (Call("x", (*TWO, Said("Me too.", voice="C"))), {"agent_speaker": "A"}, {}, "metadata", "auuau"),
        (Call("x", (*TWO, Said("Me too."))), {"customer_speaker": "B"}, {}, "metadata", "accau"),
    ],
    ids=range(19),
)  # fmt: skip
def test_who_is_the_customer(
    call: Call | None, told: dict[str, Any], known: dict[str, Any], how: str, letters: str
) -> None:
    """By metadata, role, name, number, channel, words, or who began; how it was settled is in the message."""
    found = made(call, told, **known)
    assert speakers(found) == letters
    assert found.remarks[0] == ("speakers_unknown" if how == "unknown" else f"speakers_by_{how}")
    assert found.fields["speakers"].endswith(".")


GREETINGS = {
    "en": "Good morning, thank you for calling Welzo. Calls are recorded. My name is Bob, how can I help?",
    "pt": "Bom dia, obrigada por ligar para a log.oscon. Fala a Rita, em que posso ajudar?",
    "lv": "Labdien! Paldies, ka zvanāt, mani sauc Ilze, kā varu palīdzēt?",
    "pl": "Dzień dobry, dziękujemy za telefon, w czym mogę pomóc?",
    "ru": "Здравствуйте! Спасибо за звонок, чем могу помочь?",
    "az": "Salam, zəng etdiyiniz üçün təşəkkür edirik. Sizə necə kömək edə bilərəm?",
}


@pytest.mark.parametrize("language", GREETINGS)
def test_who_greets_works_there(language: str) -> None:
    """In each language that our customers speak; whichever voice comes first."""
    greeting = Said(GREETINGS[language], 0, 1, "0")
    other = Said("It is broken. / Не работает. / Nie działa.", 1, 2, "1")
    for order, letters in (((greeting, other), "ac"), ((other, greeting), "ca")):
        found = made(Call("x", order))
        assert (speakers(found), found.remarks) == (letters, ("speakers_by_words",))


def test_what_is_no_greeting() -> None:
    """Who thanks for being called back is the customer; two who greet tell nothing; nor does one voice alone."""
    assert not greeting_in("Thank you for calling me back.")
    assert greeting_in("THANKS for calling, Welzo here")
    both = (Said("How can I help?", voice="0"), Said("How can I help?", voice="1"))
    assert speakers(made(Call("x", both))) == "uu"
    assert speakers(made(Call("x", (Said("Thank you for calling. It is broken."),)))) == "u"
    later = (
        Said("Yes?", voice="0"),
        Said("It broke", voice="1"),
        Said("Is there anything else I can help with?", voice="0"),
    )
    assert speakers(made(Call("x", later))) == "aca"


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("AGENT", "agent"),
        ("Customer 1", "customer"),
        ("human_agent", "agent"),
        ("end-user", "customer"),
        ("Ann", None),
        ("Клиент", "customer"),
        ("Klientu speciālists", "agent"),
        ("Müştəri", "customer"),
        ("spk_0", None),
        ("0", None),
    ],
)
def test_names_that_say_who(name: str, role: str | None) -> None:
    """In several languages, numbered or not; a person's name says nothing."""
    assert role_of(name) == role


@pytest.mark.parametrize(
    ("written", "country", "number"),
    [
        ("+44 20 7946 0958", "", "+442079460958"),
        ("020 7946 0958", "GB", "+442079460958"),
        ("tel:+44-20-7946-0958;ext=3", "", "+442079460958"),
        ("sip:+447700900123@pbx.example", "", "+447700900123"),
        ("00371 6123 4567", "", "+37161234567"),
        ("012 345 67 89", "AZ", "+994123456789"),
        ("020 7946 0958", "", "02079460958"),
        ("anonymous", "GB", ""),
        ("sip:anonymous@anonymous.invalid", "", ""),
        ("Withheld", "", ""),
        ("1042", "GB", ""),
        ("*6060", "AZ", ""),
        ("", "", ""),
        ("bob", "GB", ""),
    ],
)
def test_numbers(written: str, country: str, number: str) -> None:
    """As everybody writes them; an extension, and who withholds theirs, have none."""
    assert e164(written, country) == number


def test_who_called() -> None:
    """The caller is who is answered: number first, then the e-mail address; our number is the recipient."""
    found = made(
        told={"from": "07700 900123", "to": "+442079460958", "customer": {"name": "Ann", "email": "Ann@Mail.Example"}},
        country="GB",
    )
    assert found.sender.name == "Ann"
    assert [(each.kind, each.value) for each in found.sender.addresses] == [
        ("phone", "+447700900123"),
        ("email", "Ann@mail.example"),
    ]
    assert found.reply_address == found.sender.addresses[0]
    assert [each.value for each in found.recipients] == ["+442079460958"]
    withheld = made(told={"from": "anonymous", "email": "a@b.example"})
    assert withheld.reply_address == withheld.sender.addresses[0]
    assert "number_withheld" in withheld.remarks
    assert made(told={"from": "anonymous"}).reply_address is None
    assert "number_without_country" in made(told={"from": "020 7946 0958"}).remarks


def test_when_it_began() -> None:
    """In UTC; a time that does not say where is local to the company."""
    at = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
    for written in ("2026-11-20T09:30:00Z", "2026-11-20 11:30:00+02:00", 1795167000, "1795167000000"):
        assert made(told={"start_time": written}).sent_at == at, written
    local = draft(
        Call("x", TWO), details('{"started_at": "2026-11-20 11:30"}'), Surroundings(tz=ZoneInfo("Europe/Riga"))
    )
    assert local.sent_at == at
    for nonsense in ("yesterday", "9999-99-99", -5, 3, True, "0001-01-01T00:00:00+14:00"):
        assert made(told={"started_at": nonsense}).sent_at is None


def test_the_same_call_is_one_contact() -> None:
    """By its words and its id, however it was written down; with an id other words of it are a part of it."""
    first = made(told={"call_id": "17"})
    again = made(Call("y", tuple(Said(s.text, s.start + 1, s.end + 1) for s in TWO)), told={"callId": 17, "from": "x"})
    assert first.identity == again.identity
    later = made(Call("x", (*TWO, Said("Bye."))), told={"call_id": "17"})
    assert later.identity != first.identity
    assert later.external_id == first.external_id == "17"
    assert later.part_of == first.part_of
    assert later.thread.conversation == first.thread.conversation == "call:17"
    other = made(told={"call_id": "18"})
    assert other.identity != first.identity
    bare = made()
    assert (bare.part_of, bare.thread.conversation, len(bare.external_id)) == (None, None, 32)


def test_what_was_told_beside() -> None:
    """All of it is kept in the fields, whatever its words; what cannot be read is nothing."""
    found = made(told={"call_id": "17", "queue": "returns", "tags": ["a"], "recording_url": "https://x.example/1"})
    assert {"call_id": "17", "queue": "returns", "tags": '["a"]'}.items() <= found.fields.items()
    assert found.transcript is not None
    assert found.transcript.recording == "https://x.example/1"
    for broken in ("", "[1]", "{", "null", '"x"'):
        assert details(broken) == Details()
    assert details('{"metadata": {"ANI": "+44"}, "Direction": "OUT"}').caller == "+44"


def test_who_called_by_the_sources_own_convention() -> None:
    """Twilio puts the caller on channel 1: the last that is believed, after words, and turned round when we called."""
    two = (Said("Yes?", voice="", channel=2), Said("It broke.", voice="", channel=1))
    assert speakers(made(Call("x", two, caller_channel=1))) == "ac"
    assert speakers(made(Call("x", two, caller_channel=1), told={"direction": "outbound"})) == "ca"
    assert speakers(made(Call("x", two, caller_channel=1), customer_channel=2)) == "ca"
    assert speakers(made(Call("x", two[:1], caller_channel=1))) == "u"


def test_two_channels_are_two_sides() -> None:
    """However many voices are on each: who holds the agent's channel is ours, the others are the customer's."""
    said = (
        Said("Thank you for calling", voice="1A", channel=1),
        Said("It broke", voice="2A", channel=2),
        Said("My husband's too", voice="2B", channel=2),
        Said("I am the supervisor", voice="1B", channel=1),
    )
    assert speakers(made(Call("x", said))) == "acca"
    assert speakers(made(Call("x", said), told={"customer_speaker": "2A"})) == "acca"


def test_a_crowd() -> None:
    """Thousands of voices and turns cost no more than their number."""
    many = tuple(Said(f"Thank you for calling {place}", place, place + 1, f"voice {place}") for place in range(5000))
    assert speakers(made(Call("x", many))) == "u" * 5000


def test_two_people_may_say_the_same() -> None:
    """Without an id, who called and when tell two calls apart; the same ones are one call, whatever the settings."""
    ann, ben = {"from": "+442079460001", "started_at": "2026-11-20T09:00:00Z"}, {"from": "+442079460002"}
    assert made(told=ann).identity == made(told=ann, country="GB").identity
    later = {**ann, "started_at": "2026-11-21T09:00:00Z"}
    assert len({made(told=told).identity for told in (ann, ben, later, {})}) == 4


@pytest.mark.parametrize("inner", [{"first": "Ann"}, ["Ann"]])
def test_details_of_any_shape(inner: object) -> None:
    """A list or an object where a single value should stand is not known, and stops nothing."""
    for beside in ({"customer": {"name": inner}}, {"call": {"id": inner}}, {"agent": {"phone": inner}}):
        found = details(json.dumps({**beside, "from": "+442079460001"}))
        assert (found.customer_name, found.call_id, found.caller) == ("", "", "+442079460001")
