"""Whom of the staff a complaint names (AT-L11, AT-A07, AT-K10)."""

from __future__ import annotations

import pytest

from router.staff import Staff, named_in, staff_named
from tests.config.reading import SHIPPED, configuration


@pytest.fixture(scope="module")
def staff() -> Staff:
    """The shipped handlers."""
    return configuration(SHIPPED).staff


@pytest.mark.parametrize(
    ("brand", "text", "who"),
    [
        ("kontakt", "Сотрудник Рустама Гасанова накричал", "rustam"),
        ("kontakt", "Rustam Hasanov qisqirdi", "rustam"),
        ("kontakt", "жалоба на Лейлу Мамедли", "leyla"),
        ("kontakt", "я говорил с Гулиевой Айсель", "aysel"),
        ("kontakt", "Nikolay Berejnoy kobud idi", "nikolay"),
        ("kontakt", "с Николаем Бережным", "nikolay"),
        ("kontakt", "Elnur Səfərovun davranışı", "elnur"),
        ("kontakt", "Həsənov, Rüstəm", "rustam"),
        ("welzo", "Jūsu darbiniecei Ilzei Ozolai", "ilze"),
        ("welzo", "par Ilzi Ozolu", "ilze"),
        ("welzo", "Илзе Озола", "ilze"),
        ("welzo", "Kristapam Lejniekam", "kristaps"),
        ("welzo", "dacei kalninai", "dace"),
        ("welzo", "priya raman's attitude", "priya"),
        ("ask4", "rozmawiałem z Zofią Bielak", "zofia"),
        ("ask4", "Calum Ridsdale shouted", "callum"),
        ("ask4", "GARETH PUGH-ELLIS", "gareth"),
        ("logoscon", "a Carolina Nogueira foi rude", "carolina"),
    ],
)
def test_a_whole_name_is_surely_named(staff: Staff, brand: str, text: str, who: str) -> None:
    """In another alphabet, declined, misspelt, turned round."""
    assert [(one.handler, one.reason, one.sure) for one in staff_named(staff, brand, text)] == [
        (who, "whole name", True)
    ]
    assert named_in(staff, brand, text) == {who}


def test_a_part_of_a_name_is_only_perhaps_somebody(staff: Staff) -> None:
    """The case keeps its handler on this evidence; a person may see it."""
    assert [(one.handler, one.sure) for one in staff_named(staff, "ask4", "Hannah was rude")] == [("hannah", False)]
    assert named_in(staff, "ask4", "Hannah was rude") == frozenset()


def test_a_part_is_enough_where_the_form_asked_for_the_name(staff: Staff) -> None:
    """The field says whom they mean, if one person bears the name."""
    assert staff_named(staff, "kontakt", "", stated="Рустам")[0][1:] == ("stated", True)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "The oven is broken",
        "Rüstəm and later, after very many other words, Həsənov",
        "Həsən came",
        "Rüstəm, Rüstəm!",
        "🙂" * 50,
    ],
)
def test_nobody_is_surely_named_by_chance(staff: Staff, text: str) -> None:
    """Parts far apart, similar words, none."""
    assert named_in(staff, "kontakt", text) == frozenset()


def test_another_brands_people_are_not_meant(staff: Staff) -> None:
    """Welzo has no Rüstəm."""
    assert staff_named(staff, "welzo", "Rüstəm Həsənov") == ()


def test_a_common_given_name_with_anothers_family_name_names_nobody_surely(staff: Staff) -> None:
    """Two people's parts are no whole name."""
    assert named_in(staff, "kontakt", "Leyla Quliyeva") == frozenset()
