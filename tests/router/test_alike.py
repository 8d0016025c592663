"""Which contacts are recognised as perhaps one matter, and how likely: pure."""

from __future__ import annotations

from typing import Any

import pytest

from intake_daemon.message import Message, Thread
from router.alike import Suggested, signs, suggested
from router.turn import Sign
from tests.desk.letters import KEY, letter

PAN = (
    "I ordered a copper pan from you three weeks ago and paid for it at once by card, and the parcel that came "
    "on Monday was empty but for some paper. Your shop tells me to ask the carrier, the carrier tells me to ask "
    "the shop."
)


def likened(earlier: Message, later: Message, senders: tuple[str, str] = ("a", "a")) -> list[Suggested]:
    """What the later of two contacts suggests; `senders`: the keys of their addresses."""
    one = signs(earlier, KEY, senders[:1])
    mine = signs(later, KEY, senders[1:])
    found = [Sign(sign, earlier.id, earlier.reference, one.words) for sign in one.named if sign in mine.named]
    return list(suggested(mine, found))


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"text": PAN}, "same_words"),
        ({"text": PAN.upper().replace(",", " –")}, "same_words"),
        ({"text": PAN.replace("three weeks", "four weeks")}, "similar_words"),
        ({"text": "Nothing has happened with order 4711-0815 yet, why?"}, ""),
        ({"text": PAN, "message": "first@customer.example"}, "same_message_id"),
    ],
)
def test_words_of_one_sender(changes: dict[str, Any], reason: str) -> None:
    """A letter that comes again from the same address is recognised by its words, also when a word was changed."""
    found = likened(letter(PAN), letter(**{"message": "second@x", **changes}))
    assert [one.reason for one in found] == ([reason] if reason else [])
    assert all(one.score >= 50 for one in found)


def test_the_same_words_of_a_stranger_are_no_sign() -> None:
    """A text that goes round among customers says nothing of who they are."""
    assert likened(letter(PAN), letter(PAN, sender="bo@x.example", message="b@x"), ("a", "b")) == []


def test_a_number_from_elsewhere() -> None:
    """The order's number ties a wife's letter to her husband's, however it is written; dates and amounts are none."""
    his = letter("Order ZX-88127 came broken, on 12/11/2026, for 12.345,00 EUR.")
    hers = letter("My husband wrote about zx88127.", sender="b@x", name="Eve", message="b@x")
    assert [one.reason for one in likened(his, hers, ("a", "b"))] == ["same_order"]
    other = letter("It came on 12/11/2026 and cost 12.345,00 EUR.", sender="b@x", name="Eve", message="b@x")
    assert likened(his, other, ("a", "b")) == []


def test_a_name_in_another_script() -> None:
    """Who wrote by Telegram in Cyrillic letters and now writes by mail in Latin ones may be the same person."""
    first, second = letter("Сломано.", name="Рашад Алиев"), letter("It is broken.", name="Rashad Aliev", message="b@x")
    (found,) = likened(first, second, ("a", "b"))
    assert found.reason == "same_name"
    assert found.score < 75
    assert likened(letter(name="Ann"), letter("Else.", name="Ann", message="b@x"), ("a", "b")) == []


def test_what_is_kept_names_nobody() -> None:
    """Under another key the same contact bears nothing in common: without the key it cannot be guessed."""
    message = letter(PAN, name="Ann Lee", thread=Thread(message_id="m@x"))
    one, other = signs(message, KEY, ("a",)), signs(message, b"o" * 32, ("a",))
    assert not one.named.keys() & other.named.keys()
    assert one.words != other.words
    assert signs(letter(PAN, brand="ask4"), KEY, ("a",)).named.keys().isdisjoint(one.named)
