"""What waits in the ledger, cheaply enough to be asked every few seconds at a million cases.

Everything here reads small tables, or small ends of an index: sent letters and closed cases are not counted. Only
`withheld` looks at every open case; it is asked seldom (intake_daemon/command/watch.py).
"""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa

from intake_daemon import canary
from router.ledger import tables

NEWER = "newer"
"""Under this reason waits what no person but an upgrade can help (intake_daemon/life/parked.py)."""
_STATES = ("owed", "released", "deferred", "unknown")


class Waiting(NamedTuple):
    """How many, and since when the oldest (seconds since 1970, UTC); None when nothing waits, or nobody knows."""

    many: int
    since: float | None


def waiting(connection: sa.Connection) -> dict[str, Waiting]:
    """Per step: `parked`, `newer` (for a process of a newer version), `outbox`, and the notices that are `owed`,
    `released`, `deferred` or `unknown`."""
    notices, parked, outbox = tables.notices, tables.parked, tables.outbox
    found = dict.fromkeys((f"notices_{state}" for state in _STATES), Waiting(0, None))
    states = (
        sa.select(notices.c.state, sa.func.count(), sa.func.min(notices.c.created_at))
        .where(notices.c.state.in_(_STATES), notices.c.purpose != canary.PURPOSE)
        .group_by(notices.c.state)
    )
    for state, count, since in connection.execute(states):
        found[f"notices_{state}"] = Waiting(count, since)
    for step, which in (("parked", parked.c.reason != NEWER), ("newer", parked.c.reason == NEWER)):
        query = sa.select(sa.func.count(), sa.func.min(parked.c.since)).where(which)
        found[step] = Waiting(*connection.execute(query).one())
    count = connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()
    return {**found, "outbox": Waiting(count, _oldest(connection) if count else None)}


def _oldest(connection: sa.Connection) -> float | None:
    """Of the outbox, whose rows carry no time: the event, or the notice, that its first row publishes."""
    outbox, events, notices = tables.outbox, tables.events, tables.notices
    first = sa.select(outbox.c.message_id).order_by(outbox.c.id).limit(1).scalar_subquery()
    event = sa.select(events.c.time).where(events.c.id == first).scalar_subquery()
    notice = sa.select(notices.c.created_at).where(notices.c.id == first).scalar_subquery()
    since: float | None = connection.execute(sa.select(sa.func.coalesce(notice, event))).scalar_one()
    return since


def withheld(connection: sa.Connection) -> Waiting:
    """Open cases whose acknowledgement waits for a person."""
    cases = tables.cases
    marked = cases.c.open & cases.c.body.contains('"withheld":"', autoescape=True)
    return Waiting(*connection.execute(sa.select(sa.func.count(), sa.func.min(cases.c.opened_at)).where(marked)).one())
