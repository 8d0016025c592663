"""Our own letter in a customer's words: which lines are ours; pure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from router.quoted import without

LETTER = """Hello Ann,

We have received your complaint. Its number is WLZ-4T7K-Q9MX-2RH0, and
Priya looks into it. We answer by 4 December at the latest.

If you are not satisfied with our answer, you can ask for a second look.

Welzo
"""


def left(text: str, *new: tuple[int, int]) -> str:
    """The new words that stay."""
    return "|".join(text[start:end] for start, end in without(text, new or ((0, len(text)),), [LETTER]))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"It is still broken.\n\n{LETTER}", "It is still broken."),
        (f"It is still broken.\n{LETTER.replace(chr(10), ' ')}\nAnd I want my money.", ("broken.", "my money.")),
        ("\n".join(f"> {line}" for line in LETTER.splitlines()) + "\nNo.", "No."),
        ("You say: We answer by 4 December at the latest. You did not.", "You say: We answer by 4 December"),
        ("We answer by 4 December at the latest.", "We answer by 4 December"),
        (LETTER, "Hello Ann"),
        ("My number is WLZ-4T7K-Q9MX-2RH0.", "WLZ-4T7K"),
    ],
)
def test_lines_of_our_letter(text: str, words: str | tuple[str, ...]) -> None:
    """Whole lines of it go, whatever their breaks and marks; half a sentence, a short line, and what would leave
    nothing stay."""
    kept = left(text)
    for each in [words] if isinstance(words, str) else words:
        assert each in kept
    if "broken" in text or text.endswith("No."):
        assert "We have received" not in kept
        assert "not satisfied" not in kept


def test_only_what_was_new() -> None:
    """What was not new before is not new now."""
    text = f"It is broken.\n{LETTER}old words"
    assert without(text, ((0, 13),), [LETTER]) == ((0, 13),)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=300), st.text(max_size=300), st.lists(st.tuples(st.integers(0, 300), st.integers(0, 300))))
def test_any_text(text: str, letter: str, spans: list[tuple[int, int]]) -> None:
    """Spans stay inside what was new, in order, and never become none."""
    ends = sorted({min(place, len(text)) for span in spans for place in span})
    new = tuple(zip(ends[::2], ends[1::2], strict=False))
    found = without(text, new, [letter, text[:150]])
    covered = {place for start, end in new or ((0, len(text)),) for place in range(start, end)}
    assert all(place in covered for start, end in found for place in range(start, end))
    assert list(found) == sorted(found)
    assert found or not new
