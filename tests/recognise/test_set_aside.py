"""Doubt counts as complaint (L-11, R-7, AT-L13): a contact that also complains is never set aside."""

from __future__ import annotations

import pytest

from router.recognise import Context
from tests.recognise.reading import LANGUAGES, heard, phrases, set_aside


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_complaint_beside_praise_order_or_thanks_keeps_it_here(language: str) -> None:
    """Every way to be set aside together with complaints, before and behind, as sentence and as clause."""
    known = phrases(language, "fitted")
    aside = [phrase.partition(": ")[2] for phrase in known["ordinary"]] + [*known["withdrawal"], *known["thanks"]]
    complaints = known["complaints"]
    for number, phrase in enumerate(aside):
        for complaint in complaints[number % 5 :: 5]:
            behind = f"{phrase.rstrip('.!')}. {complaint[0].upper()}{complaint[1:]}"
            before = f"{complaint.rstrip('.!')}, {phrase}"
            assert not set_aside(behind, language), behind
            assert not set_aside(before, language), before


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("I do not want to withdraw my complaint", "en"),
        ("If you pay me I will withdraw my complaint", "en"),
        ("I would withdraw my complaint but the kettle leaks", "en"),
        ("I want to withdraw from the contract", "en"),
        ("I withdraw my consent", "en"),
        ("Não quero retirar a queixa", "pt"),
        ("Es neatsaucu sūdzību", "lv"),
        ("Nie wycofuję skargi", "pl"),
        ("Я не отзываю жалобу", "ru"),
        ("ne otzyvayu zhalobu", "ru"),
        ("Şikayətimi geri götürmək istəmirəm", "az"),
    ],
)
def test_a_withdrawal_that_is_denied_or_bargained_is_none(text: str, language: str) -> None:
    """Also where the denial stands at the end of the sentence, and where something else is withdrawn."""
    assert not set_aside(text, language)


def test_a_question_about_withdrawing_is_not_sure() -> None:
    """Somebody who asks how has not done it yet."""
    assert [one.sure for one in heard("Can I withdraw my complaint?", "en") if one.kind == "withdrawal"] == [False]
    assert [one.sure for one in heard("I withdraw my complaint.", "en") if one.kind == "withdrawal"] == [True]


def test_another_language_in_the_same_text_counts() -> None:
    """A long English application, which may say things that we do not know, with two Russian complaints below it."""
    letter = "I am applying for the job of driver. My CV is attached. " * 4
    below = "Холодильник сломан, верните деньги"
    assert any(one.kind == "ordinary" for one in heard(letter, "en"))
    assert any(one.kind == "ordinary" for one in heard(f"{letter}\n\nЯ живу около вашего магазина, рядом", "en"))
    assert not set_aside(f"{letter}\n\n{below}", "en")


def test_a_language_without_words_sets_nothing_aside_as_ordinary() -> None:
    """Where we cannot read the text we cannot be sure."""
    text = "Please find attached our invoice no. 5512"
    assert any(one.kind == "ordinary" for one in heard(text, "en"))
    assert not any(one.kind == "ordinary" for one in heard(text, "ka"))


@pytest.mark.parametrize("context", [Context(case=True), Context(files=1)])
def test_praise_in_a_case_or_with_files_is_not_sure(context: Context) -> None:
    """A scan may say more; a case's correspondence belongs to the case."""
    findings = heard("Your support team is fantastic, keep it up", "en", context=context)
    assert [one.sure for one in findings if one.kind == "ordinary"] == [False]


def test_an_application_brings_files() -> None:
    """A CV is expected: it does not make the finding unsure."""
    findings = heard("Please find attached my CV for the position of driver.", "en", context=Context(files=2))
    assert [(one.detail, one.sure) for one in findings if one.kind == "ordinary"] == [("application", True)]


@pytest.mark.parametrize(
    ("text", "sure"),
    [
        ("Many thanks, Sarah Brown", [True]),
        ("Many thanks for the zebra", [False]),
        ("Many thanks for the zebra which came with stripes", []),
        ("Thanks, will you call me?", []),
        ("Thanks but no", []),
    ],
)
def test_thanks_is_thanks_and_nothing_else(text: str, sure: list[bool]) -> None:
    """A name below it may be unknown; two other words make it unsure; more, a question or a `but` make it none."""
    assert [one.sure for one in heard(text, "en", context=Context(case=True)) if one.kind == "thanks"] == sure
