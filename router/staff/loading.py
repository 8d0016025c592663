"""handlers.yaml read and checked: one root, no circles, nobody unreachable, every brand with somebody.

What is wrong is told with its line, all of it at once. Outside the demo an `.example` address is a fault.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from pathlib import Path

from intake_daemon.settings import Document, Loc, Settings, open_document
from intake_daemon.settings.saying import did_you_mean
from router.staff.model import Handler, Staff

_RESERVED = frozenset({"customer", "daemon"})
"""Actors of events that are nobody's id."""
_EXAMPLE = re.compile(r"\.example$", re.IGNORECASE)


def load_staff(folder: Path, settings: Settings) -> Staff:
    """`folder`/handlers.yaml. Raises BadSettings with every fault."""
    document = open_document(folder / "handlers.yaml")
    staff = document.typed(Staff)
    if staff is not None:
        _teams(document, staff, settings.brands)
        _handlers(document, staff, settings)
        _principals(document, staff, settings.brands)
    document.done()
    assert staff is not None  # noqa: S101 -- `typed` gives None only after noting a fault
    return staff


def _known(document: Document, at: Loc, word: str, known: Collection[str], what: str) -> None:
    if word not in known:
        document.fault(at, f"there is no {what} {word!r}.", did_you_mean(word, tuple(known)))


def _teams(document: Document, staff: Staff, brands: Collection[str]) -> None:
    roots = [name for name, team in staff.teams.items() if team.parent is None]
    if len(roots) != 1:
        problem = "no team is the root." if not roots else f"several teams are roots: {', '.join(roots)}."
        document.fault(("teams",), problem, "Exactly one has parent: null.")
    for name, team in staff.teams.items():
        at: Loc = ("teams", name)
        if team.parent is not None:
            _known(document, (*at, "parent"), team.parent, staff.teams, "team")
            if _circular(staff, name):
                document.fault(
                    (*at, "parent"), f"team {name!r} is above itself.", "Let one of them have the root above."
                )
        _known(document, (*at, "manager"), team.manager, staff.handlers, "handler")
        for number, brand in enumerate(team.brands):
            _known(document, (*at, "brands", number), brand, brands, "brand")


def _circular(staff: Staff, name: str) -> bool:
    here = staff.teams[name].parent
    for _ in staff.teams:
        if here is None or here not in staff.teams:
            return False
        here = staff.teams[here].parent
    return here is not None


def _handlers(document: Document, staff: Staff, settings: Settings) -> None:
    addresses: dict[str, str] = {}
    for name, handler in staff.handlers.items():
        at: Loc = ("handlers", name)
        if name in _RESERVED or name in staff.principals:
            document.fault(at, f"the id {name!r} is taken.", "Give this handler another one.")
        if (other := addresses.setdefault(handler.address, name)) != name:
            document.fault((*at, "address"), f"{other!r} has this address already.", "Each handler needs an own one.")
        if not settings.demo and _EXAMPLE.search(handler.address):
            document.fault((*at, "address"), f"{handler.address!r} is an example.", "Write their real address.")
        _handler(document, at, handler, staff.teams, settings.brands)
    for brand in settings.brands:
        if not any(brand in handler.brands for handler in staff.handlers.values()):
            document.fault(("handlers",), f"nobody works for brand {brand!r}.", "Add it to somebody's brands.")


def _handler(document: Document, at: Loc, handler: Handler, teams: Collection[str], brands: Collection[str]) -> None:
    for number, team in enumerate(handler.teams):
        _known(document, (*at, "teams", number), team, teams, "team")
    for number, brand in enumerate(handler.brands):
        _known(document, (*at, "brands", number), brand, brands, "brand")
    if handler.language not in handler.languages:
        document.fault((*at, "language"), f"{handler.language!r} is not among their languages.", "Add it there.")
    for number, absence in enumerate(handler.absences):
        if absence.until < absence.start:
            document.fault((*at, "absences", number), "this absence ends before it begins.", "Swap its dates.")


def _principals(document: Document, staff: Staff, brands: Collection[str]) -> None:
    for name, principal in staff.principals.items():
        if name in _RESERVED:
            document.fault(("principals", name), f"the id {name!r} is taken.", "Give it another one.")
        for number, brand in enumerate(principal.brands):
            _known(document, ("principals", name, "brands", number), brand, brands, "brand")
        if not principal.brands:
            document.fault(("principals", name, "brands"), "there is no brand.", "Name those whose cases they see.")
        if not principal.roles:
            document.fault(("principals", name, "roles"), "there is no role.", "Write operator, or case_system.")
