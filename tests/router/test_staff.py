"""Who gets a case: language before everything, then skill, presence and load; up to the root; never the accused."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.staff import Staff, choose, load_staff, named_in
from tests.config.reading import SHIPPED, settings

MONDAY = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)
NIGHT = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)
SATURDAY = datetime(2026, 11, 21, 10, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def staff() -> Staff:
    """The shipped people."""
    return load_staff(SHIPPED, settings(SHIPPED, env={}))


def _person(**other: object) -> dict[str, object]:
    plain = {
        "name": "N N", "address": "n@shop.test", "brands": ["shop"], "teams": ["desk"], "skills": [], "roles": [],
        "languages": ["en"], "language": "en", "capacity": 10, "hours": "mon-fri 09:00-18:00", "tz": "UTC",
    }  # fmt: skip
    return plain | other


def _staff(**handlers: dict[str, object]) -> Staff:
    teams = {
        "desk": {"name": "Desk", "parent": None, "manager": "boss"},
        "money": {"name": "Money", "parent": "desk", "manager": "chief"},
    }
    people = {"boss": _person(capacity=0), "chief": _person(capacity=0, teams=["money"]), **handlers}
    return Staff.model_validate({"teams": teams, "handlers": people})


def _who(
    people: Staff, now: datetime = MONDAY, *, loads: dict[str, int] | None = None, excluded: Collection[str] = ()
) -> tuple[str, str, str]:
    return choose(people, "money", "shop", "billing", "lv", loads=loads or {}, now=now, excluded=excluded)


def test_skill_and_language_together() -> None:
    """Who knows both comes before who knows one."""
    people = _staff(
        a=_person(teams=["money"], skills=["billing"]),
        b=_person(teams=["money"], skills=["billing"], languages=["lv"], language="lv"),
        c=_person(teams=["money"], languages=["lv"], language="lv"),
    )
    assert _who(people) == ("b", "money", "skill_language")


def test_who_cannot_read_it_gets_it_only_when_nobody_can() -> None:
    """The parent team's reader comes before the own team's expert; without a reader the expert has it."""
    expert = _person(teams=["money"], skills=["billing"])
    assert _who(_staff(a=expert, b=_person(languages=["lv"], language="lv"))) == ("b", "desk", "language")
    assert _who(_staff(a=expert, b=_person())) == ("a", "money", "skill")


def test_who_is_at_work_comes_first_and_at_night_the_case_still_finds_its_person() -> None:
    """On a Saturday the one who works then; at two in the morning the same as by day, not whoever is awake."""
    people = _staff(
        a=_person(teams=["money"], skills=["billing"], languages=["lv"], language="lv"),
        b=_person(teams=["money"], skills=["billing"], languages=["lv"], language="lv", hours="sat 09:00-18:00"),
        c=_person(languages=["lv"], language="lv", hours="mon-sun 00:00-24:00"),
    )
    assert _who(people, SATURDAY)[0] == "b"
    assert _who(people, MONDAY)[0] == "a"
    assert _who(people, NIGHT)[0] == "a"


def test_hours_are_local() -> None:
    """Nine in Baku is five in London."""
    people = _staff(
        a=_person(teams=["money"], tz="Europe/London", languages=["lv"], language="lv"),
        b=_person(teams=["money"], tz="Asia/Baku", languages=["lv"], language="lv"),
    )
    early = datetime(2026, 11, 23, 5, 30, tzinfo=UTC)
    assert (people.handlers["a"].present(early), people.handlers["b"].present(early)) == (False, True)
    assert _who(people, early)[0] == "b"


def test_the_least_loaded_relative_to_capacity() -> None:
    """Four of ten is less than two of four; a full one gets nothing."""
    people = _staff(
        a=_person(teams=["money"], languages=["lv"], language="lv", capacity=4),
        b=_person(teams=["money"], languages=["lv"], language="lv", capacity=10),
    )
    assert _who(people, loads={"a": 2, "b": 4})[0] == "b"
    assert _who(people, loads={"a": 2, "b": 6})[0] == "a"
    assert _who(people, loads={"a": 3, "b": 10})[0] == "a"


def test_away_means_both_ends_included() -> None:
    """On the first and on the last day away somebody else has it; before and after it is theirs."""
    absence = [{"from": "2026-11-20", "until": "2026-11-23"}]
    people = _staff(
        a=_person(teams=["money"], skills=["billing"], languages=["lv"], language="lv", absences=absence),
        b=_person(teams=["money"], languages=["lv"], language="lv"),
    )
    days = {day: _who(people, datetime(2026, 11, day, 12, 0, tzinfo=UTC))[0] for day in (19, 20, 23, 24)}
    assert days == {19: "a", 20: "b", 23: "b", 24: "a"}


def test_nobody_handles_a_complaint_about_themselves() -> None:
    """The one named is passed over, also as manager; the nearest other has it (AT-L11)."""
    people = _staff(a=_person(teams=["money"], languages=["lv"], language="lv"))
    assert _who(people, excluded={"a"}) == ("chief", "money", "manager")
    assert _who(people, excluded={"a", "chief"}) == ("boss", "desk", "manager")
    assert _who(people, excluded={"a", "chief", "boss"})[2] == "nobody_else"


def test_with_everybody_full_the_manager_has_it() -> None:
    """A full company refuses nobody (R-5)."""
    people = _staff(a=_person(teams=["money"], languages=["lv"], language="lv", capacity=1))
    assert _who(people, loads={"a": 1}) == ("chief", "money", "manager")


def test_names_are_found_without_diacritics_and_only_whole(staff: Staff) -> None:
    """`Rustem Hesenov` is Rüstəm Həsənov; half a name is nobody, and another brand's people are not meant."""
    assert named_in(staff, "kontakt", "Satıcı RUSTEM HESENOV qışqırdı") == {"rustam"}
    assert named_in(staff, "kontakt", "Həsənov, Rüstəm") == {"rustam"}
    assert named_in(staff, "kontakt", "Rüstəm mənə kobudluq etdi") == frozenset()
    assert named_in(staff, "welzo", "Rüstəm Həsənov") == frozenset()
    assert named_in(staff, "ask4", "Gareth Pugh-Ellis was rude") == {"gareth"}


def test_principals_are_handlers_and_others_alike(staff: Staff) -> None:
    """Both have brands and roles; an unknown id is nobody."""
    ilze, ops = staff.principal("ilze"), staff.principal("ops")
    assert ilze is not None
    assert ilze.brands == {"welzo"}
    assert ops is not None
    assert ops.roles == {"operator"}
    assert staff.principal("somebody") is None
    assert staff.by_address("Ilze.Ozola@Welzo.example") == "ilze"


@given(
    team=st.sampled_from(["front_desk", "welzo_care", "welzo_products", "kontakt_stores", "ask4_network"]),
    brand=st.sampled_from(["logoscon", "welzo", "ask4", "kontakt"]),
    topic=st.sampled_from(["", "billing", "product", "no such"]),
    language=st.sampled_from(["en", "lv", "ka", ""]),
    now=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 -- bounds
    full=st.booleans(),
    excluded=st.sets(st.sampled_from(["rui", "ilze", "elnur", "hannah", "margaret"])),
)
def test_there_is_always_somebody_and_never_an_excluded_one(
    staff: Staff, *, team: str, brand: str, topic: str, language: str, now: datetime, full: bool, excluded: set[str]
) -> None:
    """Whatever comes, whenever, however full: a handler of a team on the way to the root, none that may not."""
    loads = dict.fromkeys(staff.handlers, 1000) if full else {}
    choice = choose(staff, team, brand, topic, language, loads=loads, now=now, excluded=excluded)
    assert choice.handler in staff.handlers
    assert choice.handler not in excluded
    assert choice.team in staff.up(team)
