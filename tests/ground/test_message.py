"""Identities, references and tokens: derived, readable aloud, not guessable."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake_daemon.message import Message, message_id
from intake_daemon.reference import find_references, link, read_link, read_reference, read_token, reference, token
from tests.desk.letters import letter

KEY = b"k" * 32
SYMBOLS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
CYRILLIC = str.maketrans("ABEKMHPCTXY", "АВЕКМНРСТХУ")


@given(st.text())
def test_same_identity_same_id_and_reference(identity: str) -> None:
    """Whoever derives them, whenever: the same identity has the same id and the same reference."""
    first, second = message_id(identity), message_id(identity)
    assert first == second
    assert reference("WLZ", KEY, first) == reference("WLZ", KEY, second)
    assert uuid.UUID(first).version == 5


@given(st.uuids().map(str), st.sampled_from(["WLZ", "KON", "LOG", "AB", "IOZ"]))
def test_reference_is_read_back_however_it_is_typed(message: str, prefix: str) -> None:
    """Lower case, spaces, O for 0, I and L for 1, Cyrillic letters: it is the same reference (AT-X26)."""
    told = reference(prefix, KEY, message)
    body = told.removeprefix(f"{prefix}-")
    variants = [
        told.lower(),
        told.replace("-", " "),
        f"{prefix}{body.replace('-', '')}",
        f"{prefix}-{body.replace('0', 'O').replace('1', 'l')}",
        told.translate(CYRILLIC),
    ]
    assert [read_reference(prefix, typed) for typed in variants] == [told] * len(variants)
    for typed in variants:
        assert find_references((prefix,), f"Re: your letter ({typed}), thank you") == (told,)


@given(st.uuids().map(str), st.integers(0, 11), st.sampled_from(SYMBOLS))
def test_one_wrong_symbol_is_noticed(message: str, place: int, wrong: str) -> None:
    """The check symbol finds every single wrong symbol."""
    body = list(reference("WLZ", KEY, message).removeprefix("WLZ-").replace("-", ""))
    if body[place] == wrong:
        return
    body[place] = wrong
    assert read_reference("WLZ", f"WLZ-{''.join(body)}") is None


@given(st.text(max_size=200))
def test_any_text_can_be_searched(text: str) -> None:
    """No text stops the search, and what is found is a reference."""
    for found in find_references(("WLZ", "KON"), text):
        assert read_reference(found[:3], found) == found


@given(st.uuids().map(str))
def test_token_names_its_notice_and_nobody_else_can_make_one(notice: str) -> None:
    """A token is read back, in any case; under another key, or changed, it is not ours."""
    made = token(KEY, notice)
    assert read_token(KEY, made) == notice
    assert read_token(KEY, made.upper()) == notice
    assert read_token(b"x" * 32, made) is None
    assert read_token(KEY, ("b" if made[0] != "b" else "c") + made[1:]) is None


@given(st.text(max_size=60))
def test_any_word_can_be_tried_as_a_token(word: str) -> None:
    """What is no token is None, never an error."""
    assert read_token(KEY, word) is None


@given(st.uuids().map(str))
def test_a_link_opens_one_page_until_it_ends(notice: str) -> None:
    """A link is read back by the page that it is for until its end; not under another key, for another page, changed,
    or as the token of a mail."""
    until = datetime(2026, 12, 24, 12, 0, tzinfo=UTC)
    before, after = until - timedelta(seconds=1), until + timedelta(seconds=1)
    made = link(KEY, "form", notice, until)
    assert read_link(KEY, "form", made, before) == notice
    assert read_link(KEY, "form", made, after) is None
    assert read_link(KEY, "survey", made, before) is None
    assert read_link(b"x" * 32, "form", made, before) is None
    assert read_link(KEY, "form", ("b" if made[0] != "b" else "c") + made[1:], before) is None
    assert read_token(KEY, made) is None


@given(st.text(max_size=60))
def test_any_word_can_be_tried_as_a_link(word: str) -> None:
    """What is no link is None, never an error."""
    assert read_link(KEY, "form", word, datetime(2026, 12, 24, tzinfo=UTC)) is None


def test_message_survives_its_json() -> None:
    """What is read is what was written, and fields of a newer process are ignored."""
    message = letter()
    assert Message.model_validate_json(message.to_json()) == message
    newer = message.to_json().replace(b'"brand":', b'"invented_later":1,"brand":', 1)
    assert Message.model_validate_json(newer) == message


def test_new_words_are_the_spans() -> None:
    """`new_words` joins the spans; without any it is the whole text."""
    message = letter("old new older newer").model_copy(update={"new_text": ((4, 7), (14, 19))})
    assert message.new_words == "new\nnewer"
    assert letter("all of it").new_words == "all of it"


@pytest.mark.parametrize("typed", ["", "WLZ", "WLZ-", "WLZ-1234", "KON-4T7K-Q9MX-2RH0", "WLZ-4T7K-Q9MX-2RHU-1"])
def test_what_cannot_be_a_reference_is_none(typed: str) -> None:
    """Too short, too long, another brand's: none."""
    assert read_reference("WLZ", typed) is None
