"""How words sound, how texts fall into sentences, and the small language of patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from intake_daemon.errors import BadSettings
from router.sounds import BadPatternError, Patterns, folded, one_apart, sentences, skeleton
from router.words import load_words


def _found(pattern: str, text: str, language: str = "en", **sets: tuple[str, ...]) -> bool:
    patterns = Patterns(language, sets)
    patterns.add("it", pattern)
    return any(hits for sentence in sentences(text) for hits in patterns.find(patterns.hear(sentence)))


@pytest.mark.parametrize(
    ("language", "ways"),
    [
        ("ru", ("жалоба", "zhaloba", "jaloba", "жалаба", "ЖАЛОБА")),
        ("ru", ("хочу", "hochu", "xo4u", "хачу")),
        ("az", ("şikayət", "shikayet", "wikayet", "sikayet", "ŞİKAYƏT")),
        ("lv", ("sūdzība", "suudziiba", "sudziba")),
        ("pl", ("żądam", "zadam", "rzadam")),
    ],
)
def test_one_word_sounds_alike_however_it_is_typed(language: str, ways: tuple[str, ...]) -> None:
    """Romanisations, chat spellings, missing diacritics and capitals are one sound."""
    assert len({folded(way, language) for way in ways}) == 1


def test_small_words_are_heard_more_exactly() -> None:
    """`но` (but) and `на` (on) are two words, though `а` and `о` are one sound elsewhere."""
    assert folded("но", "ru", whole=True) != folded("на", "ru", whole=True)


def test_names_sound_alike_in_both_alphabets() -> None:
    """Skeletons are for names only."""
    assert skeleton("Rəşad") == skeleton("Рашад") == skeleton("Rashad")
    assert skeleton("Məmmədli") == skeleton("Мамедли")


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        ("complain", "complan", True),
        ("complain", "compplain", True),
        ("complain", "comlpain", True),
        ("complain", "comploin", True),
        ("complain", "complain", True),
        ("complain", "comloin", False),
        ("complain", "comp", False),
    ],
)
def test_one_letter_apart(one: str, other: str, *, apart: bool) -> None:
    """Missing, additional, swapped or wrong: one, and not two."""
    assert one_apart(one, other) is one_apart(other, one) is apart


@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("withdraw", "withdrawing", True),
        ("=withdraw", "withdrawing", False),
        ("withdraw .. complaint", "withdraw one two three four complaint", True),
        ("withdraw .. complaint", "withdraw one two three four five complaint", False),
        ("withdraw complaint", "withdraw my complaint", False),
        ("withdraw .. complaint", "withdraw. Complaint", False),
        ("drop|cancel it", "please cancel it", True),
        ("<stop> it", "please halt it", True),
        ("zaskar", "мой заказ", False),
        ("refund & promise", "promised me a refund", True),
        ("refund & promise", "refund a b c d e f g promise", False),
        ("number @number", "number 55-120", True),
        ("@mail", "write to a.b@example.org", True),
        ("appeal", "apeal", True),
        ("escalate", "escelate", True),
        ("escalate!", "escelate", False),
        ("skarg", "skagra", False),
        ("skarg~", "skagra", True),
        ("manager", "mnaager", False),
        ("dont", "don't", True),
        ("f***", "you f***ing", True),
    ],
)
def test_patterns(pattern: str, text: str, *, found: bool) -> None:
    """Beginnings, whole words, gaps, alternatives, sets, both sides, marks, and what is forgiven."""
    assert _found(pattern, text, stop=("halt", "end")) is found


@pytest.mark.parametrize("pattern", ["", ".. a", "a ..", "a & b & c", "& a", "<nothing> a", "=", "a-b"])
def test_a_bad_pattern_is_refused(pattern: str) -> None:
    """With words for whoever wrote it."""
    with pytest.raises(BadPatternError):
        Patterns("en").add("it", pattern)


def test_a_bad_pattern_is_told_with_its_line(tmp_path: Path) -> None:
    """As every other fault of a file; and an unknown kind is one, too."""
    folder = tmp_path / "words"
    folder.mkdir()
    (folder / "en.yaml").write_text("topics: {}\nrecognise:\n  status:\n  - fine\n  - broken ..\n", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"en\.yaml:5: .*gap"):
        load_words(tmp_path)
    (folder / "en.yaml").write_text("topics: {}\nrecognise:\n  statsu: [fine]\n", encoding="utf-8")
    with pytest.raises(BadSettings, match=r"en\.yaml:3"):
        load_words(tmp_path)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("One. Two! Three?", 3),
        ("invoice no. 5 and art. 15 of it", 1),
        ("a wrapped\nline", 1),
        ("a paragraph\n\nand another", 2),
        ("3.50 on 1.2.2026", 1),
        ("", 0),
        ("...!?", 0),
    ],
)
def test_sentences(text: str, number: int) -> None:
    """Abbreviations, ordinals and wrapped lines end none."""
    assert len(sentences(text)) == number


def test_a_question_is_known_by_its_mark() -> None:
    """The mark belongs to its own sentence only."""
    assert [sentence.question for sentence in sentences("Where is it? Tell me.")] == [True, False]
