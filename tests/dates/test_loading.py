"""config/holidays.yaml: what it says of a day goes over the public calendar, and the shipped one is well."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from intake_daemon.errors import BadSettings
from router.calendar import WorkCalendar, load_calendars
from tests.dates.cases import SHIPPED, calendars, policies


def loaded(folder: Path) -> dict[str, WorkCalendar]:
    """The shipped calendars with the holidays.yaml of a folder."""
    return load_calendars(folder, policies().calendars, policies().documents[""])


def test_the_shipped_file_changes_nothing() -> None:
    """It explains itself; every company's own days are its own."""
    assert loaded(SHIPPED) == calendars()


def test_without_the_file_the_public_calendar_holds(tmp_path: Path) -> None:
    """It need not be there."""
    assert loaded(tmp_path) == calendars()


def test_its_example_holds(tmp_path: Path) -> None:
    """What the comment in the shipped file shows can be copied: each day then is what the example says."""
    text = (SHIPPED / "holidays.yaml").read_text()
    example = text[text.index("#   calendars:") : text.index("\ncalendars:")]
    (tmp_path / "holidays.yaml").write_text("\n".join(line[4:] for line in example.splitlines()))
    found = loaded(tmp_path)
    assert found["GB-ENG"].day(date(2027, 6, 14)) == (False, "bank holiday for the jubilee", True)
    assert found["AZ"].day(date(2027, 3, 9)) == (False, "Eid al-Fitr, decision of 2026-12-20", False)
    assert found["AZ"].is_working_day(date(2027, 3, 13))
    assert found["PT-LIS"] == calendars()["PT-LIS"]


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    """With its name and line, like every other file (the faults in single days: tests/config/bad)."""
    (tmp_path / "holidays.yaml").write_text("calendars:\n  AZ: [")
    with pytest.raises(BadSettings, match=r"holidays.yaml:2: this is no YAML"):
        loaded(tmp_path)
