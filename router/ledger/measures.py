"""What is measured of the database now and then (the watch asks once a minute at most): clocks, tokens, rows, bytes.

Rows are counted of the tables of work alone, whose size is bounded by what is under way or by their upkeep
(router/ledger/upkeep.py). The record grows with the complaints, for ever; of that, `stored` tells the bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from intake_daemon.memory import metadata as memory
from router.ledger import tables
from router.ledger.codes import codes
from router.ledger.tokens import tokens

SOON = timedelta(hours=4)
"""A promise that is kept in time is kept earlier, nearly always."""
LATE = timedelta(minutes=20)
"""After so long a clock that ran out must have been declared: no letter on its way may hold it up for longer."""
_WORK = (
    *(tables.outbox, tables.parked, tables.attempts, tables.progress, tables.gatherings, tables.vault_erasures),
    *(tables.clocks, codes, tokens),
    *memory.sorted_tables,
)


class Measures(NamedTuple):
    """What was found."""

    clocks: dict[tuple[str, str], int]
    """By brand: `soon` (due within `SOON`, not yet met) and `undeclared` (ran out, and nobody has said so)."""
    tokens: dict[str, float]
    """Valid ones, and when each ends (seconds since 1970)."""
    rows: dict[str, int]
    """By table of work."""
    stored: int
    """Bytes of the database."""


def measures(connection: sa.Connection, brands: Sequence[str], now: datetime) -> Measures:
    """Everything at one moment."""
    valid = sa.select(tokens.c.id, tokens.c.expires_at).where(
        tokens.c.revoked_at.is_(None), tokens.c.expires_at > now.timestamp()
    )
    return Measures(
        clocks=_clocks(connection, brands, now),
        tokens={row.id: row.expires_at for row in connection.execute(valid)},
        rows=rows(connection),
        stored=stored(connection),
    )


def rows(connection: sa.Connection) -> dict[str, int]:
    """How many rows each table of work has."""
    counts = [sa.select(sa.func.count()).select_from(table).scalar_subquery().label(table.name) for table in _WORK]
    return {name: int(count) for name, count in connection.execute(sa.select(*counts)).one()._mapping.items()}  # noqa: SLF001 -- SQLAlchemy's public name begins so


def _clocks(connection: sa.Connection, brands: Sequence[str], now: datetime) -> dict[tuple[str, str], int]:
    """Of promises and of the law; our own targets are nobody's alarm."""
    clocks = tables.clocks
    late = clocks.c.due <= (now - LATE).timestamp()
    query = (
        sa.select(clocks.c.brand, sa.func.count(), sa.func.count().filter(late))
        .where(
            clocks.c.brand.in_(brands),  # by the index of brand and due
            clocks.c.due <= (now + SOON).timestamp(),
            clocks.c.state.in_(("running", "warned")),
            clocks.c.basis != "target",
        )
        .group_by(clocks.c.brand)
    )
    found = {(brand, state): 0 for brand in brands for state in ("soon", "undeclared")}
    for brand, soon, undeclared in connection.execute(query):
        found |= {(brand, "soon"): soon - undeclared, (brand, "undeclared"): undeclared}
    return found


def stored(connection: sa.Connection) -> int:
    """Bytes of the database."""
    if connection.dialect.name == "sqlite":
        pages = "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()"
        return int(connection.execute(sa.text(pages)).scalar_one())
    return int(connection.execute(sa.text("SELECT pg_database_size(current_database())")).scalar_one())
