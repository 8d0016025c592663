"""Public holidays and moved working days, from the `holidays` library, as frozen tables of one place and year.

A place is written `PT`, `PT-11` (the district of Lisbon) or `GB-ENG`: ISO 3166-1 and 3166-2 codes. Names are English,
whatever language the machine speaks. Where a government names the days each year (Eid in Azerbaijan), the library
estimates them and says so in the name.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from types import MappingProxyType
from typing import NamedTuple

_CODE = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_LANGUAGE = "en_US"
_ESTIMATED = "estimated"
"""How the library marks a day that is not yet decided: "Eid al-Fitr (estimated)", "(observed, estimated)"."""


class PublicYear(NamedTuple):
    """One year in one place."""

    holidays: Mapping[date, str]
    """The English name of each public holiday."""
    workdays: frozenset[date]
    """Days of a weekend that are worked in exchange for another day (Latvia, Azerbaijan)."""


def estimated(name: str) -> bool:
    """Whether a holiday of this name may yet be moved."""
    return _ESTIMATED in name


def known(place: str) -> bool:
    """Whether the library knows the place, under this code and no other name."""
    if not _CODE.fullmatch(place):
        return False
    try:
        public_year(place, 2000)
    except LookupError:
        return False
    return True


@lru_cache(maxsize=512)
def public_year(place: str, year: int) -> PublicYear:
    """Holidays and worked weekend days of a year. Raises LookupError for a place that the library does not know.

    The library's own tables grow while they are asked and are read by several threads; hence this frozen copy. The
    neighbouring years are built too: a day worked in December may belong to a holiday of January.
    """
    import holidays  # 0.2 s, wanted by few verbs of the command

    country, _, region = place.partition("-")
    around = range(max(1, year - 1), min(year + 1, date.max.year) + 1)
    try:
        found = holidays.country_holidays(
            country, subdiv=region or None, years=around, expand=False, language=_LANGUAGE
        )
    except NotImplementedError:
        raise LookupError(place) from None
    named = {day: name for day, name in found.items() if day.year == year}
    return PublicYear(MappingProxyType(named), frozenset(day for day in found.weekend_workdays if day.year == year))
