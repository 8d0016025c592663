"""Rows of one database into another: which tables, in pieces, counted and hashed.

Rules
- Every table of the schema is carried, but for those that only say who works at this moment (`leases`, `progress`);
  the vault's objects go by themselves (vaulted.py). A test compares with the schema, so no table is forgotten.
- A piece is one transaction. A row that is already there is left alone, so a piece may be brought twice.
- The hash of a table is the sum of its rows' hashes: the same in whatever order a database gives them.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from intake_daemon.memory import metadata as memory
from intake_daemon.vault import vault
from router.ledger import codes, tables, tokens

PIECE = 1000
"""Rows of one transaction."""
OF_THE_MOMENT = frozenset({"leases", "progress"})
BESIDE = frozenset({"alembic_version", "schema_minimum", vault.name})
"""Made by the migrations, or carried in another way."""
_WORD = 1 << 256

Row = dict[str, Any]


@dataclass(frozen=True)
class Tally:
    """How many rows, and their hash."""

    rows: int
    digest: str


def carried() -> dict[str, sa.Table]:
    """Every table that is carried, by name."""
    known = (codes.codes.metadata, tokens.tokens.metadata, tables.metadata, memory)
    found = {table.name: table for each in known for table in each.sorted_tables}
    return {name: found[name] for name in sorted(found) if name not in OF_THE_MOMENT}


def pieces(connection: sa.Connection, table: sa.Table, after: Sequence[Any] | None = None) -> Iterator[list[Row]]:
    """The table's rows behind that key, in the order of the key, in pieces. Only from SQLite, which orders texts as
    they are; the connection may commit in between."""
    keys = list(table.primary_key.columns)
    while True:
        query = sa.select(table).order_by(*keys).limit(PIECE)
        if after is not None:
            last = (sa.literal(value, key.type) for key, value in zip(keys, after, strict=True))
            query = query.where(sa.tuple_(*keys) > sa.tuple_(*last))
        found = [dict(row) for row in connection.execute(query).mappings()]
        if found:
            yield found
        if len(found) < PIECE:
            return
        after = key_of(table, found[-1])


def stream(connection: sa.Connection, table: sa.Table) -> Iterator[list[Row]]:
    """The table's rows in whatever order, in pieces, from one snapshot; memory holds a piece."""
    found = connection.execute(sa.select(table).execution_options(yield_per=PIECE)).mappings()
    for piece in found.partitions():
        yield [dict(row) for row in piece]


def key_of(table: sa.Table, row: Mapping[str, Any]) -> list[Any]:
    """The values of its primary key."""
    return [row[column.name] for column in table.primary_key.columns]


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """The rows that are not there yet."""
    insert = sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)
    connection.execute(insert.on_conflict_do_nothing(), list(rows))


def count_on(connection: sa.Connection) -> None:
    """Numbers that PostgreSQL gives by itself go on behind those that were brought."""
    if connection.dialect.name == "sqlite":
        return
    for table in carried().values():
        number = table.autoincrement_column
        if number is not None and len(table.primary_key.columns) == 1:
            last = sa.select(sa.func.max(number)).scalar_subquery()
            sequence = sa.func.pg_get_serial_sequence(table.name, number.name)
            connection.execute(sa.select(sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))))


def tally(connection: sa.Connection, table: sa.Table, *, without: str = "") -> Tally:
    """How many rows, and their hash. `without`: the name of a row that does not count."""
    count = total = 0
    for found in stream(connection, table):
        piece = [row for row in found if not without or row.get("name") != without]
        count += len(piece)
        total = (total + sum(map(_number, piece))) % _WORD
    return Tally(count, f"{total:064x}")


def clear(connection: sa.Connection) -> None:
    """Every row goes: only of a house that is being filled."""
    for table in (*carried().values(), *(memory.tables[name] for name in ("leases",)), tables.progress, vault):
        connection.execute(sa.delete(table))


def holding(connection: sa.Connection) -> list[str]:
    """Tables that hold rows, but for the policies that every start keeps."""
    found = (*carried().values(), vault)
    return [
        each.name for each in found if connection.execute(sa.select(sa.literal(1)).select_from(each).limit(1)).first()
    ]


def _number(row: Row) -> int:
    plain = json.dumps(list(row.values()), ensure_ascii=False, default=bytes.hex, separators=(",", ":"))
    return int.from_bytes(hashlib.sha256(plain.encode("utf-8", "surrogatepass")).digest(), "big")
