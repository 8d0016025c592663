"""No text raises, and none takes longer than its length allows."""

from __future__ import annotations

import random
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.recognise import Context, recognise
from router.sounds import LOOKED_AT
from tests.recognise.reading import LANGUAGES, phrases, words

_PIECES = st.sampled_from(
    [
        *"abжşūł .,!?;:-'*@#\n\t\u0301\u202e\ud800\x00ﷺ🙂",
        "not ",
        "withdraw ",
        "my complaint ",
        "15. ",
        "WLZ-4T7K-Q9MX-2RH0",
    ]
)
_TEXTS = st.one_of(st.text(max_size=300), st.lists(_PIECES, max_size=120).map("".join))
_CONTEXTS = st.builds(
    Context,
    asked=st.frozensets(st.sampled_from(["description", "customer.name"])),
    case=st.booleans(),
    answered=st.booleans(),
    files=st.integers(0, 3),
)


@settings(max_examples=150, deadline=None)
@given(text=_TEXTS, languages=st.lists(st.sampled_from([*LANGUAGES, "und", "ka"]), max_size=3), context=_CONTEXTS)
def test_no_text_raises(text: str, languages: list[str], context: Context) -> None:
    """And each kind and detail is found once at most, always the same way."""
    findings = recognise(text, languages, context, words())
    named = [(one.kind, one.detail) for one in findings]
    assert len(named) == len(set(named))
    assert findings == recognise(text, languages, context, words())


@settings(max_examples=60, deadline=None)
@given(
    language=st.sampled_from(LANGUAGES),
    before=st.text(max_size=80),
    after=st.text(max_size=80),
    data=st.data(),
)
def test_nothing_around_a_complaint_sets_it_aside(language: str, before: str, after: str, data: st.DataObject) -> None:
    """Whatever stands before and after it, in its own paragraph."""
    complaint = data.draw(st.sampled_from(phrases(language, "fitted")["complaints"]))
    text = f"{before}\n\n{complaint}\n\n{after}"
    aside = {"withdrawal", "thanks", "ordinary"}
    assert not [one for one in recognise(text, [language], Context(), words()) if one.kind in aside]


@pytest.mark.parametrize(
    "piece",
    [
        "a",
        "a ",
        "not want to withdraw my complaint ",
        "1,",
        "1" * 50 + "x",
        "a@",
        "\n ",
        ". ",
        "WLZ-",
        "http://",
        "a'",
        "é\u0301",
        "?",
    ],
)
def test_a_megabyte_takes_no_longer_than_what_is_looked_at(piece: str) -> None:
    """Bounded by LOOKED_AT, in all languages: seconds would let one mail hold up the desk."""
    text = piece * (1_000_000 // len(piece))
    context = Context(asked=frozenset({"description"}), case=True, answered=True)
    began = time.process_time()
    found = recognise(text, LANGUAGES, context, words())
    assert time.process_time() - began < 5
    assert found == recognise(text[:LOOKED_AT], LANGUAGES, context, words())


def test_random_words_take_no_longer() -> None:
    """Nothing is remembered of them, everything must be heard anew."""
    chance = random.Random(3)  # noqa: S311 -- the same words every time
    text = " ".join("".join(chance.choices("abcdefghijklmnop", k=chance.randint(1, 12))) for _ in range(6_000))
    began = time.process_time()
    recognise(text, LANGUAGES, Context(), words())
    assert time.process_time() - began < 5
