"""Codes: the second factor of who asks on a page how a complaint stands. Six digits, sent to an address of the case.

Rules
-----
1. Kept is a keyed hash. A code is good for `MINUTES`, once, and for `TRIES` attempts, however many codes are open.
2. Few are sent: `HOURLY` and `DAILY` per case, however often somebody asks.
3. For a case that is none the same statements run, so nobody learns from the time that it took.
"""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa

from intake_daemon.reference import mac
from router.ledger.reading import lock
from router.ledger.tables import metadata

MINUTES = 15
TRIES = 5
HOURLY = 3
DAILY = 8
_DIGITS = 6

codes = sa.Table(
    "codes",
    metadata,
    sa.Column("id", sa.Text, primary_key=True),
    sa.Column("case_id", sa.Text, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("sent_at", sa.Float, nullable=False),
    sa.Column("until", sa.Float, nullable=False),
    sa.Column("tries", sa.Integer, nullable=False),
    sa.Column("used", sa.Boolean, nullable=False),
    sa.Index("codes_case", "case_id", "sent_at"),
)


def make(connection: sa.Connection, key: bytes, case: str, now: datetime) -> str | None:
    """A new code of a case ("" for none); None where enough were sent. The same statements in both cases."""
    if connection.dialect.name != "sqlite":  # many who ask at once are counted one after another
        lock(connection, [f"codes of {case}"])
    day, hour = ((now - span).timestamp() for span in (timedelta(days=1), timedelta(hours=1)))
    connection.execute(sa.delete(codes).where(codes.c.case_id == case, codes.c.sent_at <= day))
    sent = list(connection.execute(sa.select(codes.c.sent_at).where(codes.c.case_id == case)).scalars())
    if not case or len(sent) >= DAILY or sum(each > hour for each in sent) >= HOURLY:
        return None
    code = "".join(secrets.choice("0123456789") for _ in range(_DIGITS))
    row = {
        "id": secrets.token_hex(16),
        "case_id": case,
        "digest": _digest(key, case, code),
        "sent_at": now.timestamp(),
        "until": (now + timedelta(minutes=MINUTES)).timestamp(),
        "tries": 0,
        "used": False,
    }
    connection.execute(sa.insert(codes), [row])
    return code


def spend(connection: sa.Connection, key: bytes, case: str, code: str, now: datetime) -> bool:
    """Whether this is an open code of the case; it is used up by this. A wrong one counts against every open code."""
    open_ = (codes.c.case_id == case) & ~codes.c.used & (codes.c.until > now.timestamp()) & (codes.c.tries < TRIES)
    # counted first: of many attempts at once no more than `TRIES` see a code
    tried = sa.update(codes).where(open_).values(tries=codes.c.tries + 1).returning(codes.c.id)
    mine = list(connection.execute(tried).scalars())
    right = codes.c.id.in_(mine) & (codes.c.digest == _digest(key, case, code)) & ~codes.c.used
    return connection.execute(sa.update(codes).where(right).values(used=True)).rowcount == 1


def _digest(key: bytes, case: str, code: str) -> str:
    return mac(key, "status code", f"{case}:{code}").hex()
