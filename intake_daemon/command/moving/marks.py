"""An installation that has moved away, or is not finished, does not start by mistake.

    var/moved.json                  of an installation that has moved: where to, when
    var/unfinished.json             of one that is being filled (restore, move); gone when it is whole
    cursors, row `installation`     the same in its database, for processes on other machines

Rules
- What moved away is marked before what it became is opened: never can both start.
- Whoever starts looks at all three, and says in words what to do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from intake_daemon import disk
from intake_daemon.errors import BadSettings, Fault
from intake_daemon.memory.tables import cursors
from intake_daemon.store import Store

MOVED = "moved.json"
UNFINISHED = "unfinished.json"
ROW = "installation"


def refuse(var: Path) -> None:
    """Raises BadSettings when this installation has moved away, or is not finished."""
    refuse_moved(var)
    if unfinished := read(var / UNFINISHED):
        raise BadSettings([_unfinished(str(var), unfinished)])


def refuse_moved(var: Path) -> None:
    """Raises BadSettings when this installation has moved away."""
    if moved := read(var / MOVED):
        to = moved.get("to")
        problem = f"this installation moved to {to} on {moved.get('at')}; what lies here is a copy of what it was."
        remedy = f"Start it there: intake run -c {to}. Keep the copy until you are content, then delete it."
        raise BadSettings([Fault(str(var), 0, problem, remedy)])


async def refuse_unfinished(store: Store) -> None:
    """Raises BadSettings when another machine is still filling this database."""
    place = await store.read(in_database)
    if place:
        raise BadSettings([_unfinished("database", place)])


def in_database(connection: sa.Connection) -> dict[str, Any] | None:
    """What the database says of itself."""
    place = connection.execute(sa.select(cursors.c.place).where(cursors.c.name == ROW)).scalar_one_or_none()
    return None if place is None else json.loads(place)


def put_in_database(connection: sa.Connection, said: Mapping[str, Any]) -> None:
    """It is not finished."""
    take_from_database(connection)
    connection.execute(sa.insert(cursors).values(name=ROW, place=json.dumps(dict(said))))


def take_from_database(connection: sa.Connection) -> None:
    """It is finished."""
    connection.execute(sa.delete(cursors).where(cursors.c.name == ROW))


def read(path: Path) -> dict[str, Any] | None:
    """A mark, or None."""
    try:
        found = json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
    return found if isinstance(found, dict) else {}


def put(path: Path, said: Mapping[str, Any]) -> None:
    """Whole or not at all; durable when it returns."""
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    path.parent.mkdir(parents=True, exist_ok=True)
    disk.write(new, json.dumps(dict(said), indent=1).encode() + b"\n")
    new.replace(path)
    disk.sync(path.parent)


def take(path: Path) -> None:
    """Gone, durably."""
    path.unlink(missing_ok=True)
    disk.sync(path.parent)


def _unfinished(where: str, said: Mapping[str, Any]) -> Fault:
    what = said.get("what", "restore")
    again = "intake move --to DIR" if what == "move" else "intake restore --from DIR"
    problem = f"a {what} into this installation was not finished."
    return Fault(where, 0, problem, f"Call it again until it says that all is here: {again}")
