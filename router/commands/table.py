"""Every command by its name on the wire: its data, who may, in which states, what it does."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, get_args

from router.case import State
from router.commands import ending, notes
from router.commands.data import Comment, Data
from router.commands.doing import Doing
from router.turn import Effects

_LEADERS = frozenset({"operator", "manager", "customer_service_manager", "department_head"})
_STAFF = _LEADERS | {"handler", "legal"}
_ALL = _STAFF | {"case_system"}
_ANY: frozenset[str] = frozenset(get_args(State))
_OPEN = frozenset({"received", "investigating", "answered", "escalated", "reviewing", "external"})


@dataclass(frozen=True)
class Ability:
    """One command."""

    name: str
    says: str
    """What it does, in a sentence."""
    takes: type[Data]
    """Its data."""
    do: Callable[[Doing, Any], Effects]
    may: frozenset[str] = _ALL
    """The roles that may; within their brands, and never who is named in the complaint."""
    when: frozenset[str] = _OPEN
    """The states of the case in which it is possible."""
    reviews: bool = False
    """Whether it is the answer's: then who dealt with the first stage may not in the second (W-20 A-16)."""
    lacks: str = "missing"
    """The code of a refusal for what is missing."""
    place: tuple[str, ...] = ()
    """The place in the policy whose clause asks for it."""


_EVERY = (
    Ability("note", "Leaves a note.", notes.Note, notes.note, _STAFF, _ANY, lacks="text_missing"),
    Ability(
        "erase",
        "Erases words, names and files of the case; events and dates stay.",
        Comment,
        ending.erase,
        frozenset({"operator", "manager"}),
        _ANY,
    ),
)
TABLE: Mapping[str, Ability] = MappingProxyType({each.name: each for each in _EVERY})
"""Every command, by name."""
