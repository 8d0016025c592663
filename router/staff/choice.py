"""Who gets a case. Pure: people, loads and the moment in, one name and the reason out.

Rules
-----
1. Somebody who cannot read the complaint gets it only when nobody who can is free.
2. Going up from the team to the root, the first team with a candidate decides: somebody of the brand, of the team, not
   away today, with free capacity, not excluded.
3. Among them: who knows the topic, then who knows the language, then who is at work now, then the least loaded relative
   to capacity, then the file's order. At night everybody is at home; the case still gets the right person.
4. With nobody free the nearest manager gets it, whatever their load. Nobody handles a complaint about themselves
   (L-09 A-07 K-22), unless the company has nobody else: then the reason says so.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import datetime
from typing import Literal, NamedTuple

from router.staff.model import Handler, Staff
from router.staff.named import staff_named

Reason = Literal["skill_language", "skill", "language", "free", "manager", "nobody_else"]
"""Why this one: knows topic and language, one of them, is free, is the manager, or is the only one there is."""


class Choice(NamedTuple):
    """Who gets the case, in which team, and why."""

    handler: str
    team: str
    reason: Reason


def choose(
    staff: Staff,
    team: str,
    brand: str,
    topic: str,
    language: str,
    *,
    loads: Mapping[str, int],
    now: datetime,
    excluded: Collection[str] = (),
) -> Choice:
    """Choose a handler. `loads`: open cases per handler; `excluded`: ids that may not get it. Always gives somebody."""
    path = staff.up(team)
    for must_read in (True, False):
        for here in path:
            free = [
                (name, handler)
                for name, handler in staff.handlers.items()
                if here in handler.teams
                and brand in handler.brands
                and name not in excluded
                and loads.get(name, 0) < handler.capacity
                and not handler.away(now)
                and (not must_read or language in handler.languages)
            ]
            if free:
                name, handler = min(free, key=lambda each: _rank(each, topic, language, loads, now))
                return Choice(name, here, _reason(handler, topic, language))
    return _without_anybody_free(staff, path, brand, excluded, now)


def named_in(staff: Staff, brand: str, text: str) -> frozenset[str]:
    """Handlers of the brand whom a text surely names, however their names are written or declined."""
    return frozenset(named.handler for named in staff_named(staff, brand, text) if named.sure)


def _rank(
    each: tuple[str, Handler], topic: str, language: str, loads: Mapping[str, int], now: datetime
) -> tuple[bool, bool, bool, float]:
    name, handler = each
    return (
        topic not in handler.skills,
        language not in handler.languages,
        not handler.present(now),
        loads.get(name, 0) / handler.capacity,
    )


def _reason(handler: Handler, topic: str, language: str) -> Reason:
    if topic in handler.skills:
        return "skill_language" if language in handler.languages else "skill"
    return "language" if language in handler.languages else "free"


def _without_anybody_free(
    staff: Staff, path: list[str], brand: str, excluded: Collection[str], now: datetime
) -> Choice:
    managers = [Choice(staff.teams[here].manager, here, "manager") for here in path]
    for choice in sorted(managers, key=lambda choice: staff.handlers[choice.handler].away(now)):
        if choice.handler not in excluded:
            return choice
    for name in _others(staff, brand):
        if name not in excluded:
            return Choice(name, path[-1], "nobody_else")
    return Choice(staff.teams[path[-1]].manager, path[-1], "nobody_else")


def _others(staff: Staff, brand: str) -> Iterator[str]:
    yield from (name for name, handler in staff.handlers.items() if brand in handler.brands)
    yield from staff.handlers
