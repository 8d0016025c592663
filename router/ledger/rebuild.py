"""The projections made anew from the record: every case folded from its events, with its clocks, every alias from its
contact.

A piece of cases at a time, each piece in one transaction with its rows locked, so it may run beside the routers. What
was different is written; how many were the same is told. After an erasure it still gives the same state, since a case
holds nothing that an erasure takes away.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from intake_daemon.errors import Newer
from intake_daemon.events import Event
from router.case import Case, fold, known
from router.ledger import tables
from router.ledger.rows import case_row, clock_row, insert_new
from router.turn import ClockRow

PIECE = 500
"""Cases of one transaction."""


@dataclass
class Rebuilt:
    """What one piece gave. `broken`: ids of cases whose events have a gap; nothing of theirs was touched."""

    same: int = 0
    mended: int = 0
    broken: list[str] = field(default_factory=list)
    last: str | None = None
    """Where the next piece begins; None after the last one."""


Clocks = Callable[[Case], Sequence[ClockRow]]
"""The clocks of a case that something will happen to, as the desk sees them now."""


def rebuild(connection: sa.Connection, after: str, *, sqlite: bool, clocks: Clocks) -> Rebuilt:
    """One piece: the cases with ids above `after`."""
    events = tables.events
    query = sa.select(events.c.case_id).where(events.c.case_id > after).distinct().order_by(events.c.case_id)
    ids = list(connection.execute(query.limit(PIECE)).scalars())
    rows = sa.select(tables.cases).where(tables.cases.c.id.in_(ids)).order_by(tables.cases.c.id)
    kept = {row.id: row._asdict() for row in connection.execute(rows if sqlite else rows.with_for_update())}
    result = Rebuilt(last=ids[-1] if len(ids) == PIECE else None)
    histories: dict[str, list[Event]] = {case_id: [] for case_id in ids}
    every = sa.select(events.c.case_id, events.c.body).where(events.c.case_id.in_(ids))
    for row in connection.execute(every.order_by(events.c.case_id, events.c.sequence)):
        histories[row.case_id].append(Event.model_validate_json(row.body))
    for case_id, happened in histories.items():
        if _of_a_newer_version(kept.get(case_id)):
            result.same += 1  # as far as this version can tell
            continue
        try:
            case = fold(happened)
        except ValueError:
            result.broken.append(case_id)
            continue
        _keep(connection, result, kept.get(case_id), case_row(case))
        _clocks(connection, case, clocks(case))
    _aliases(connection, ids)
    return result


def _of_a_newer_version(row: dict[str, object] | None) -> bool:
    """Whether only that may write it: folded here, what it added would be missing."""
    try:
        known(str(row["body"])) if row else None
    except Newer:
        return True
    except ValueError:  # damaged: made anew
        return False
    return False


def _keep(connection: sa.Connection, result: Rebuilt, before: dict[str, object] | None, row: dict[str, object]) -> None:
    if before == row:
        result.same += 1
        return
    result.mended += 1
    if before is None:
        connection.execute(sa.insert(tables.cases), [row])
    else:
        connection.execute(sa.update(tables.cases).where(tables.cases.c.id == row["id"]).values(row))


def _clocks(connection: sa.Connection, case: Case, rows: Sequence[ClockRow]) -> None:
    connection.execute(sa.delete(tables.clocks).where(tables.clocks.c.case_id == case.id))
    if rows:
        connection.execute(sa.insert(tables.clocks), [clock_row(case, row) for row in rows])


def _aliases(connection: sa.Connection, cases: list[str]) -> None:
    contacts = tables.contacts
    ours = contacts.c.case_id.in_(cases) & contacts.c.disposition.in_(("case", "joined"))
    query = sa.select(contacts.c.reference, contacts.c.case_id).where(ours, contacts.c.reason != "staff")
    insert_new(connection, tables.aliases, [row._asdict() for row in connection.execute(query)])
