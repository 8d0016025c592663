"""Routing: the shipped examples hold, the first rule that fits decides, and nobody is without a team."""

from __future__ import annotations

from dataclasses import replace

import pytest

from router.configuration import Configuration
from router.routing import Facts, facts
from router.words import flat
from tests.config.reading import SHIPPED, configuration


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    """The shipped configuration; that it loads means that its examples hold."""
    return configuration(SHIPPED)


def test_the_first_rule_that_fits_decides(shipped: Configuration) -> None:
    """A complaint about a bill and danger goes where danger goes."""
    given = Facts(brand="welzo", topic="billing")
    assert shipped.routing.team(given) == ("welzo_care", "Welzo")
    danger = shipped.routing.team(replace(given, danger=True))
    assert danger == ("welzo_products", "Welzo danger")
    assert shipped.routing.priority(danger[1]) == "high"
    assert shipped.routing.priority("Welzo") == "normal"


def test_the_root_takes_what_fits_nowhere(shipped: Configuration) -> None:
    """Also for a brand that no rule names."""
    assert shipped.routing.team(Facts(brand="nobody's")) == ("front_desk", "root")
    assert shipped.routing.topic(Facts(brand="nobody's", words=("billing",))) == ("", "")


def test_a_topic_that_the_brand_does_not_list_is_passed_over(shipped: Configuration) -> None:
    """Welzo's list has no delivery (W-05): a parcel is about the service."""
    assert "delivery" not in shipped.policies.brand("welzo").topics
    assert shipped.routing.topic(Facts(brand="welzo", words=("delivery",)))[0] == "service"
    assert shipped.routing.topic(Facts(brand="kontakt", words=("delivery",)))[0] == "delivery"


@pytest.mark.parametrize(
    ("text", "language", "topic"),
    [
        ("Ödəniş iki dəfə çıxılıb", "az", "billing"),
        ("odenis iki defe cixilib", "az", "billing"),
        ("ÖDƏNİŞ İKİ DƏFƏ ÇIXILIB", "az", "billing"),
        ("Проблема с ОПЛАТОЙ", "ru", "billing"),
        ("kuryer ne privez dostavku", "ru", "delivery"),
        ("crude oil, TICKBILL", "en", None),
        ("A fatura está errada", "pt", "billing"),
        ("A fatura está errada", "ka", "billing"),
    ],
)
def test_stems_are_found_however_they_are_typed(
    shipped: Configuration, text: str, language: str, topic: str | None
) -> None:
    """Case and diacritics do not matter, the beginning of a word does; an unknown language is looked at with all."""
    found = shipped.words.topics(text, language)
    assert (found[0] if found else None) == topic


def test_a_place_counts_once() -> None:
    """`flat` is what both sides are compared by: lower case, no diacritics, no lone dots."""
    assert flat("Ödəniş İSTƏYİRƏM, žē, ŁÓDŹ, её") == "odenis isteyirem, ze, lodz, ее"


def test_the_topic_found_most_often_comes_first(shipped: Configuration) -> None:
    """Two words about money, one about a parcel."""
    assert shipped.words.topics("invoice paid, refund? the parcel", "en")[:2] == ("billing", "delivery")


def test_a_huge_text_is_looked_at_only_in_part(shipped: Configuration) -> None:
    """What stands behind the first 20,000 characters changes nothing."""
    given = facts(
        shipped.words, brand="welzo", channel="email", language="en", kind="smtp", text="x " * 20_000 + "refund"
    )
    assert given.words == ()
    assert len(given.text) == 20_000
