"""The requirement: escalation, rights request and status found in nine of ten phrases, however they are typed.

Both halves must hold on their own: the one that the stems were fitted to, and the one that they never saw.
"""

from __future__ import annotations

import random

import pytest

from tests.recognise.reading import LANGUAGES, TYPED, heard, is_found, mistyped, phrases, set_aside

_CHIEF = ("escalation", "rights_request", "status")
_OTHERS = (
    "appeal withdrawal answer thanks dissatisfaction data_protection abuse danger cannot_write ordinary complaints"
).split()
_HALVES = ("fitted", "held_out")


@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_phrases(language: str) -> None:
    """At least 40 of each chief kind, 20 of each other one, 60 complaints, none of them twice."""
    for kind in (*_CHIEF, *_OTHERS):
        listed = [phrase for half in _HALVES for phrase in phrases(language, half)[kind]]
        least = 40 if kind in _CHIEF else 60 if kind == "complaints" else 20
        assert len(set(listed)) == len(listed) >= least, kind


@pytest.mark.parametrize("half", _HALVES)
@pytest.mark.parametrize("kind", _CHIEF)
@pytest.mark.parametrize("language", LANGUAGES)
def test_nine_of_ten_are_found(language: str, kind: str, half: str) -> None:
    """Escalation, rights request and status, as they were written: misspelt, flat and romanised ones among them."""
    missed = [phrase for phrase in phrases(language, half)[kind] if not is_found(kind, phrase, language)]
    assert len(missed) <= len(phrases(language, half)[kind]) / 10, missed if half == "fitted" else len(missed)


@pytest.mark.parametrize("half", _HALVES)
@pytest.mark.parametrize(
    ("language", "typed"), [(language, typed) for language in LANGUAGES for typed in TYPED[language]]
)
def test_nine_of_ten_are_found_from_another_keyboard(language: str, typed: str, half: str) -> None:
    """Without diacritics, in capitals, in Latin letters after four customs."""
    for kind in _CHIEF:
        listed = [TYPED[language][typed](phrase) for phrase in phrases(language, half)[kind]]
        found = sum(is_found(kind, phrase, language) for phrase in listed)
        assert found >= len(listed) * 0.9, (kind, found, len(listed))


@pytest.mark.parametrize("language", LANGUAGES)
def test_most_are_found_with_a_third_of_the_words_mistyped(language: str) -> None:
    """Eight of ten of each chief kind, over both halves: far worse than people type."""
    chance = random.Random(7)  # noqa: S311 -- the same slips every time
    for kind in _CHIEF:
        listed = [mistyped(phrase, chance) for half in _HALVES for phrase in phrases(language, half)[kind]]
        found = sum(is_found(kind, phrase, language) for phrase in listed)
        assert found >= len(listed) * 0.8, (kind, found, len(listed))


@pytest.mark.parametrize("kind", [kind for kind in _OTHERS if kind != "complaints"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_other_kinds_are_mostly_found(language: str, kind: str) -> None:
    """Eight of ten over both halves; what is missed is treated as a complaint or an addition, which loses nothing."""
    listed = [phrase for half in _HALVES for phrase in phrases(language, half)[kind]]
    found = sum(is_found(kind, phrase, language) for phrase in listed)
    assert found >= len(listed) * 0.8, (found, len(listed))


@pytest.mark.parametrize("half", _HALVES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_complaint_is_set_aside(language: str, half: str) -> None:
    """Nor taken for a withdrawal or mere thanks, surely or unsurely, however it is typed."""
    chance = random.Random(11)  # noqa: S311 -- the same slips every time
    for complaint in phrases(language, half)["complaints"]:
        ways = [complaint, mistyped(complaint, chance), *(typed(complaint) for typed in TYPED[language].values())]
        for way in ways:
            assert not set_aside(way, language), way


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complaint_is_seldom_taken_for_something_else(language: str) -> None:
    """At most one in twenty is surely a status enquiry, an escalation, an appeal or a rights request."""
    listed = [phrase for half in _HALVES for phrase in phrases(language, half)["complaints"]]
    wrong = [
        phrase for phrase in listed for one in heard(phrase, language) if one.sure and one.kind in {*_CHIEF, "appeal"}
    ]
    assert len(wrong) <= len(listed) / 20, wrong
