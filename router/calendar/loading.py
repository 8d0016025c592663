"""Calendars from the settings of common.yaml and from config/holidays.yaml, which changes single days.

Rules
-----
1. holidays.yaml need not be there; what it says of a day goes over the library's table, with its reason.
2. Faults are told with file and line: a calendar that nobody has, a day said twice, a place that the library does not
   know, a week without a working day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Annotated, Protocol

from pydantic import Field

from intake_daemon.errors import BadSettings, Fault
from intake_daemon.settings import Document, Strict, open_document
from intake_daemon.settings.saying import did_you_mean
from router.calendar.days import WEEKDAYS, Change, WorkCalendar
from router.calendar.public import known

FILE = "holidays.yaml"


class Setting(Protocol):
    """What is written of one calendar in common.yaml."""

    @property
    def tz(self) -> str:
        """The time zone."""

    @property
    def weekend(self) -> Sequence[str]:
        """The days of the weekend: `sat`, `sun`."""

    @property
    def holidays(self) -> Sequence[str]:
        """Places of the public holidays."""


class ChangedDay(Strict):
    """One day that is not what the calendar's table says."""

    date: date
    working: bool
    """Whether work is done on it."""
    why: Annotated[str, Field(min_length=1)]
    """The reason, shown wherever the day is passed over."""
    provisional: bool = False
    """It may yet change; dates that rest on it say so."""


class Holidays(Strict):
    """holidays.yaml."""

    calendars: Mapping[str, tuple[ChangedDay, ...]] = Field(default_factory=dict)


def load_calendars(folder: Path, settings: Mapping[str, Setting], common: Document) -> dict[str, WorkCalendar]:
    """Every calendar of common.yaml with the changes of `folder`/holidays.yaml. Raises BadSettings with every fault.

    `common`: the document in which `settings` stand under `calendars`; its faults so far are not told again.
    """
    before = len(common.faults)
    _check(settings, common)
    faults: list[Fault] = list(common.faults[before:])
    changes: dict[str, dict[date, Change]] = {}
    if (folder / FILE).exists():
        document = open_document(folder / FILE)
        changes = _changes(document, tuple(settings))
        faults += document.faults
    if faults:
        raise BadSettings(sorted(faults, key=lambda fault: (fault.file, fault.line)))
    return work_calendars(settings, changes)


def work_calendars(
    settings: Mapping[str, Setting], changes: Mapping[str, Mapping[date, Change]]
) -> dict[str, WorkCalendar]:
    """The calendars of these settings, with the changed days of each."""
    return {
        name: WorkCalendar(
            tz=setting.tz,
            weekend=frozenset(setting.weekend),
            places=tuple(setting.holidays),
            changes=dict(changes.get(name, {})),
        )
        for name, setting in settings.items()
    }


def _check(settings: Mapping[str, Setting], common: Document) -> None:
    for name, setting in settings.items():
        if not set(WEEKDAYS) - set(setting.weekend):
            common.fault(
                ("calendars", name, "weekend"), "every day is weekend.", "Name only the days on which no work is done."
            )
        for number, place in enumerate(setting.holidays):
            if not known(place):
                at = ("calendars", name, "holidays", number)
                remedy = "Write a country, or a country with its region: PT, PT-11, GB-ENG."
                common.fault(at, f"no public holidays are known for {place!r}.", remedy)


def _changes(document: Document, names: Sequence[str]) -> dict[str, dict[date, Change]]:
    written = document.typed(Holidays)
    found: dict[str, dict[date, Change]] = {}
    for name, days in written.calendars.items() if written else ():
        if name not in names:
            document.fault(("calendars", name), f"common.yaml has no calendar {name!r}.", did_you_mean(name, names))
        changed = found.setdefault(name, {})
        for number, day in enumerate(days):
            if day.date in changed:
                at = ("calendars", name, number, "date")
                document.fault(at, f"{day.date} stands here twice.", "Keep one of them.")
            changed[day.date] = Change(day.working, day.why, day.provisional)
    return found
