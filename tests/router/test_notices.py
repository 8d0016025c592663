"""Letters: every shipped one renders for its brands, says what was promised, and nothing that a customer typed."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from jinja2.exceptions import SecurityError, UndefinedError

from router.configuration import Configuration
from router.notices import CUSTOMER, Notices
from router.notices.letters import ENVIRONMENT, Source, wrapped
from tests.config.reading import GOOD, SHIPPED, configuration

VALUES: dict[str, object] = {
    "reference": "WLZ-4T7K-Q9MX-2RH0",
    "brand": "Welzo",
    "received_at": "21 November 2026, 22:23 (London)",
    "channel": "by e-mail",
    "topic": "",
    "files": 0,
    "says": frozenset({"reference", "received_at"}),
    "missing": [],
    "optional": [],
    "due_date": "",
    "late": False,
}


@pytest.fixture(scope="module")
def shipped() -> Configuration:
    """The shipped configuration; that it loads means that every letter renders for every brand."""
    return configuration(SHIPPED)


def test_a_letter_has_a_subject_and_a_text(shipped: Configuration) -> None:
    """The subject is one line with the reference; the text has it too, no empty lines heaped, one end."""
    subject, text = shipped.notices.render("acknowledgement", "welzo", "lv", VALUES)
    assert str(VALUES["reference"]) in subject
    assert "\n" not in subject
    assert str(VALUES["reference"]) in text
    assert "\n\n\n" not in text
    assert text.endswith("\n")
    assert not text.startswith("\n")


def test_only_what_the_policy_says_is_said(shipped: Configuration) -> None:
    """`under_investigation` is Welzo's promise (W-07) and stands there only when the policy has it."""
    plain = shipped.notices.render("acknowledgement", "welzo", "en", VALUES)[1]
    promised = {**VALUES, "says": frozenset({"under_investigation"})}
    assert "investigated" not in plain
    assert "being investigated" in shipped.notices.render("acknowledgement", "welzo", "en", promised)[1]


def test_a_brands_own_wording_comes_before_the_common_one(shipped: Configuration) -> None:
    """And a language without letters is answered in English rather than not at all."""
    assert shipped.notices.which("acknowledgement", "welzo", "en") == ("en", "acknowledgement", "welzo")
    assert shipped.notices.which("assignment", "welzo", "en") == ("en", "assignment", "")
    assert shipped.notices.which("acknowledgement", "welzo", "ka") == ("en", "acknowledgement", "welzo")


def test_a_customers_letter_cannot_see_what_a_customer_typed() -> None:
    """Handed to it or not, a name that the purpose does not have is undefined to the template."""
    path = GOOD / "x.txt"
    notices = configuration(GOOD).notices
    sources = {("en", "acknowledgement", ""): Source(path, "Subject: x\n\n{{ words }}\n")}
    with pytest.raises(UndefinedError):
        Notices(sources, notices.tongues).render("acknowledgement", "shop", "en", {**VALUES, "words": "mine"})
    assert not CUSTOMER["acknowledgement"] & {"words", "sender", "name", "text", "subject"}


def test_what_a_customer_typed_is_never_run() -> None:
    """Braces in a complaint are shown to the handler as they are, not filled in."""
    notices = configuration(GOOD).notices
    values = {**VALUES, "team": "Desk", "words": "{{ 7 * 7 }} {% raw %}"}
    assert "{{ 7 * 7 }} {% raw %}" in notices.render("assignment", "shop", "en", values)[1]


def test_templates_run_in_a_sandbox() -> None:
    """A template reaches no attribute that begins with an underscore."""
    with pytest.raises(SecurityError):
        ENVIRONMENT.from_string("{{ ''.__class__.__mro__ }}").render()


@pytest.mark.parametrize(
    ("language", "tz", "said"),
    [
        ("en", "Europe/London", "21 November 2026, 22:23 (London)"),
        ("pt", "Europe/Lisbon", "21 de novembro de 2026, 22:23 (Lisboa)"),
        ("pl", "Europe/London", "21 listopada 2026, 22:23 (Londyn)"),
        ("lv", "Europe/Riga", "2026. gada 22. novembris, 00:23 (Rīga)"),
        ("ru", "Asia/Baku", "22 ноября 2026 г., 02:23 (Баку)"),
        ("az", "Asia/Baku", "22 noyabr 2026, 02:23 (Bakı)"),
        ("en", "UTC", "21 November 2026, 22:23 (UTC)"),
    ],
)
def test_moments_are_written_as_people_write_them(shipped: Configuration, language: str, tz: str, said: str) -> None:
    """In the place's own time, with the place, so that nobody wonders whose midnight it was."""
    moment = datetime(2026, 11, 21, 22, 23, tzinfo=UTC)
    assert shipped.notices.moment(moment, language, tz) == said


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Friday 4 December 2026"),
        ("pt", "sexta-feira, 4 de dezembro de 2026"),
        ("pl", "piątku 4 grudnia 2026 roku"),
        ("lv", "piektdienai, 2026. gada 4. decembrim"),
        ("ru", "пятницы, 4 декабря 2026 года"),
        ("az", "4 dekabr 2026-cı il"),
        ("de", "Freitag, 4. Dezember 2026"),
    ],
)
def test_days_stand_in_the_case_that_by_takes(shipped: Configuration, language: str, said: str) -> None:
    """*līdz*, *do*, *не позднее* take another case than the one in which Babel writes."""
    assert shipped.notices.day(date(2026, 12, 4), language) == said


@pytest.mark.parametrize(
    ("year", "ending"),
    [(2026, "2026-cı"), (2027, "2027-ci"), (2023, "2023-cü"), (2029, "2029-cu"), (2030, "2030-cu"), (2040, "2040-cı")],
)
def test_an_azerbaijani_year_ends_as_it_is_spoken(shipped: Configuration, year: int, ending: str) -> None:
    """The vowel of the ending follows the last vowel of the number's last word (altı, yeddi, üç, doqquz)."""
    assert shipped.notices.day(date(year, 1, 5), "az") == f"5 yanvar {ending} il"


def test_what_a_person_wrote_is_laid_out_in_lines() -> None:
    """Lines of at most 72; their own breaks stay; an address is never broken; a list's lines stand under each other."""
    address = "https://www.example/" + "x" * 80
    text = wrapped(f"{'word ' * 20}\n\n{address}", "- ")
    first, second, empty, link = text.splitlines()
    assert first.startswith("- word")
    assert second.startswith("  word")
    assert max(len(first), len(second)) <= 72
    assert empty == ""
    assert link.strip() == address


@pytest.mark.parametrize("last", ["w naszej", "i nie", "4 grudnia", "grudnia 2026", "15 minut", "4. decembrim"])
def test_what_belongs_together_stays_in_one_line(last: str) -> None:
    """A line never ends with a word of one letter or a number, nor a date within itself."""
    for length in range(60, 73):
        lines = wrapped(f"{'x' * length} {last} y").splitlines()
        assert any(last in line for line in lines), lines


@pytest.mark.parametrize("brand", ["welzo", "ask4", "kontakt"])
def test_the_acknowledgement_names_the_date_where_there_is_one(shipped: Configuration, brand: str) -> None:
    """The same words without it, in every language of a brand whose policy gives one (W-09 A-14 K-15)."""
    for language in shipped.brands[brand].languages:
        values = {**VALUES, "says": frozenset({"due_date"})}
        without = shipped.notices.render("acknowledgement", brand, language, values)[1]
        dated = shipped.notices.render("acknowledgement", brand, language, {**values, "due_date": "DAY"})[1]
        assert "DAY" in dated
        assert set(without.splitlines()) < set(dated.splitlines())


def test_a_late_acknowledgement_does_not_say_at_once(shipped: Configuration) -> None:
    """It says sorry instead: the holding notice of an acknowledgement is the acknowledgement (C-L1, std:ISO-03)."""
    text = shipped.notices.render("acknowledgement", "ask4", "en", {**VALUES, "late": True})[1]
    assert "sorry" in text
    assert "at once" not in text


@pytest.mark.parametrize(
    ("language", "forms"),
    [
        ("en", {0: "other", 1: "one", 2: "other"}),
        ("pt", {0: "other", 1: "one", 2: "other"}),
        ("ru", {1: "one", 2: "few", 5: "many", 21: "one"}),
        ("pl", {1: "one", 2: "few", 5: "many", 21: "many"}),
        ("lv", {0: "zero", 1: "one", 5: "other", 21: "one"}),
    ],
)
def test_plural_forms_are_the_languages_own(language: str, forms: dict[int, str]) -> None:
    """Nought files are plural in Portugal, 21 singular in Russian and Latvian, and many in Polish."""
    text = 'Subject: x\n\n{{ plural(files, zero="zero", one="one", few="few", many="many", other="other") }}\n'
    notices = Notices({(language, "acknowledgement", ""): Source(GOOD, text)}, configuration(GOOD).notices.tongues)
    for files, form in forms.items():
        assert notices.render("acknowledgement", "shop", language, {"files": files}) == ("x", f"{form}\n")


def test_words_for_codes(shipped: Configuration) -> None:
    """The language's own; English where it has none; a stand-in for an unknown language; else the code, readable."""
    say = shipped.notices.say("ru")
    assert say("topics", "billing") == "оплата и расчёты"
    assert say("languages", "sw") == "другой"
    assert shipped.notices.say("ka")("topics", "billing") == "billing and payments"
    assert say("fields", "no_such_field") == "no such field"


def test_every_brand_has_pages_in_its_languages(shipped: Configuration) -> None:
    """The form exists in each language that a brand offers, with the same strings."""
    offered = {language for brand in shipped.brands.values() for language in brand.languages}
    assert offered <= set(shipped.notices.pages())
    assert len({frozenset(page) for page in shipped.notices.pages().values()}) == 1
