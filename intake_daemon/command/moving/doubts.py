"""After a restore: what may have been sent since the copy was taken, and is not sent a second time knowingly.

Nobody can know what left between the copy and its return. Two kinds of letters are in doubt.

1. Notices that the copy knows as owed, on their way or put off: they count as begun by a process that never came back
   (life/answer.py). So the one rule for every doubt holds for them too: mail goes once more under the same Message-ID,
   and programs show one; a channel that can be asked is asked; anywhere else a person decides (`intake status`).
2. Notices that do not exist yet: for contacts of that time, which a source brings once more, and for clocks that ran
   out in it. The row `restored` among the cursors says from when until when; the router holds them for a person under
   the reason `restored`, where two copies do not count as one (router/owing.py, router/deadlines.py).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from intake_daemon.memory.tables import cursors, sends
from intake_daemon.message import utc
from router.ledger.tables import notices

NOBODY = "restored"
"""Who began them."""
WINDOWS = "restored"
_SOME = 500
_BEFORE = timedelta(hours=1)
"""They began so long before the return: long enough for nobody to be at it, and far from being forgotten (upkeep)."""

Windows = tuple[tuple[datetime, datetime], ...]


def mark(connection: sa.Connection, until: datetime) -> int:
    """Every notice that may have left before that moment counts as begun; how many."""
    waits = notices.c.state.in_(("owed", "deferred")) & (notices.c.not_before <= until.timestamp())
    known = sa.select(sends.c.notice).where(sends.c.notice == notices.c.id, sends.c.receipt.is_not(None))
    query = sa.select(notices.c.id).where((notices.c.state == "released") | waits, ~known.exists())
    found = list(connection.execute(query).scalars())
    for start in range(0, len(found), _SOME):
        some = found[start : start + _SOME]
        begun = sa.select(sends.c.notice).where(sends.c.notice.in_(some))
        there = set(connection.execute(begun).scalars())
        doubt = {"holder": NOBODY, "begun_at": (until - _BEFORE).timestamp()}
        connection.execute(sa.update(sends).where(sends.c.notice.in_(sorted(there))).values(doubt))
        rows = [{**doubt, "notice": each, "attempts": 1, "doubts": 0} for each in some if each not in there]
        if rows:
            connection.execute(sa.insert(sends), rows)
    return len(found)


def remember(connection: sa.Connection, since: datetime, until: datetime) -> None:
    """One more time of which nobody knows what was sent in it."""
    place = json.dumps([[utc(one), utc(other)] for one, other in (*windows(connection), (since, until))])
    connection.execute(sa.delete(cursors).where(cursors.c.name == WINDOWS))
    connection.execute(sa.insert(cursors).values(name=WINDOWS, place=place))


def windows(connection: sa.Connection) -> Windows:
    """The times of which nobody knows what was sent in them."""
    place = connection.execute(sa.select(cursors.c.place).where(cursors.c.name == WINDOWS)).scalar_one_or_none()
    told: Sequence[Sequence[str]] = json.loads(place) if place else ()
    return tuple((datetime.fromisoformat(since), datetime.fromisoformat(until)) for since, until in told)
