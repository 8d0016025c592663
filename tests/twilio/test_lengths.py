"""How a text fits into SMS."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.twilio.lengths import is_gsm, parts, plain, segments


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 1),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("€" * 80, 1),
        ("€" * 81, 2),
        ("я" * 70, 1),
        ("я" * 71, 2),
        ("я" * 134, 2),
        ("я" * 135, 3),
        ("🙁" * 35, 1),
        ("🙁" * 36, 2),
        ("ç" * 160, 3),
    ],
)
def test_segments(text: str, count: int) -> None:
    """160 or 153 of GSM-7, 70 or 67 of UCS-2; the euro and an emoji count twice, a small ç is not in it."""
    assert segments(text) == count


def test_curly_quotes_do_not_double_the_price() -> None:
    """Quotes, dashes and hard blanks of typographers become plain where that makes the whole message GSM-7."""
    assert (
        plain("We have “your” complaint – it’s safe…\u00a0Thanks") == 'We have "your" complaint - it\'s safe... Thanks'
    )
    assert is_gsm(plain("‘a’ — «b»"))


def test_letters_of_a_language_are_never_changed() -> None:
    """A Latvian, Polish or Azerbaijani letter needs UCS-2, and then nothing is made plain: it costs nothing more."""
    for text in ("Jūsu “sūdzība” – saņemta", "Państwa „reklamacja” – przyjęta", "Şikayətiniz – “qəbul” edildi"):
        assert plain(text) == text


def test_a_short_text_is_one_message_without_a_number() -> None:
    """What the network puts together again by itself is not numbered."""
    assert parts("It is received.\r\n\r\n\r\n\r\nGoodbye. \n", most_segments=10) == ["It is received.\n\nGoodbye."]


def test_a_letter_is_not_wrapped_for_a_telephone() -> None:
    """Wrapped lines are joined, columns closed; lists, short lines and paragraphs stay."""
    letter = (
        "Dear customer,\n\nthank you for writing to us. Your complaint has reached us and has been\n"
        "entered.\n\nReference:   WLZ-4T7K\nReceived:    22 November 2026, 07:02\n             by telephone\n\n"
        "We also need a few things from you, so that we can look into it well:\n- your name\n- a day\n\n"
        "Regards,\nWelzo\n"
    )
    assert plain(letter) == (
        "Dear customer,\n\nthank you for writing to us. Your complaint has reached us and has been entered.\n\n"
        "Reference: WLZ-4T7K\nReceived: 22 November 2026, 07:02\nby telephone\n\n"
        "We also need a few things from you, so that we can look into it well:\n- your name\n- a day\n\nRegards,\nWelzo"
    )


def test_a_long_text_is_cut_between_paragraphs() -> None:
    """Numbered, each within the limit, cut where a reader would."""
    text = "\n\n".join(f"Paragraph {number}. " + "It goes on and on. " * 20 for number in range(5))
    found = parts(text, most_segments=5)
    assert [part[:6] for part in found] == [f"({number}/{len(found)}) " for number in range(1, len(found) + 1)]
    assert all(segments(part) <= 5 for part in found)
    assert all(part[6:].startswith("Paragraph") for part in found)


@given(st.text(max_size=4000), st.sampled_from([1, 3, 10, None]))
def test_no_word_is_lost(text: str, most: int | None) -> None:
    """Any text, in whatever parts: each fits, and together they say the same, blanks aside."""
    found = parts(text, most_segments=most)
    assert all(len(part.encode("utf-16-le", "replace")) <= 3200 for part in found)
    if most is not None:
        assert all(segments(part) <= most for part in found)
    if len(found) > 1:
        found = [re.sub(r"^\(\d+/\d+\) ", "", part) for part in found]
    assert "".join("".join(found).split()) == "".join(plain(text).split())
