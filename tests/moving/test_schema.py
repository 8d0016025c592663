"""Old and new versions on one database: the schema is only added to, one process changes it at a time, and a process
that is too old says so."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.engine.interfaces import ReflectedColumn

from intake_daemon.store import Store, revision_of, revisions, upgrade
from tests.services.nursery import Child, nursery
from tests.walk.daemon import Installation

VALUES: dict[str, Any] = {"TEXT": "x", "FLOAT": 1.0, "INTEGER": 1, "BIGINT": 1, "BOOLEAN": True, "BLOB": b"x"}


def columns(connection: sa.Connection) -> dict[str, dict[str, ReflectedColumn]]:
    """Of every table."""
    looked = sa.inspect(connection)
    return {name: {each["name"]: each for each in looked.get_columns(name)} for name in looked.get_table_names()}


def write(connection: sa.Connection, before: dict[str, dict[str, ReflectedColumn]], number: int) -> None:
    """One row into each table, as a process writes it that knows these columns and no others."""
    for name, known in before.items():
        if name not in {"alembic_version", "schema_minimum"}:
            table = sa.table(name, *(sa.column(each) for each in known))
            row = {each: VALUES[str(column["type"]).split("(")[0]] for each, column in known.items()}
            keyed = {each: f"{number}" if value == "x" else value for each, value in row.items()}
            numbered = {
                each: number if known[each].get("primary_key") and value == 1 else value
                for each, value in keyed.items()
            }
            if "position" in numbered:
                numbered["position"] = number
            connection.execute(sa.insert(table).values(**numbered))


def test_the_schema_is_only_added_to(tmp_path: Path) -> None:
    """Whatever a revision changes, a process of the one before still writes to every table that it knows, and reads
    what it knew: rolling back, or an old process beside a new one, needs nothing."""
    engine = sa.create_engine(f"sqlite:///{tmp_path / 'ledger.db'}", poolclass=sa.pool.NullPool)
    known = revisions()
    with engine.begin() as connection:
        upgrade(connection, known[0])
    for number, revision in enumerate(known[1:], 1):
        with engine.begin() as connection:
            before = columns(connection)
            write(connection, before, 2 * number)
            upgrade(connection, revision)
            assert revision_of(connection) == revision
            after = columns(connection)
            for name, was in before.items():
                assert was.keys() <= after[name].keys(), f"{revision} takes something from {name}"
                for column, how in was.items():
                    same = (str(after[name][column]["type"]), after[name][column]["nullable"])
                    assert same == (str(how["type"]), how["nullable"]), f"{revision} changes {name}.{column}"
            write(connection, before, 2 * number + 1)
            minimum = connection.execute(sa.text("SELECT max(minimum) FROM schema_minimum")).scalar_one()
            assert minimum == 1, f"{revision} shuts out who runs beside it"
    engine.dispose()


async def test_a_process_of_before_starts_on_a_later_schema(tmp_path: Path) -> None:
    """A newer process has brought the schema further: who does not know that revision goes on, and starts."""
    store = Store(f"sqlite:///{tmp_path / 'ledger.db'}")
    await store.migrate()
    await store.write(
        lambda connection: connection.execute(sa.text("UPDATE alembic_version SET version_num = '9999'")).close()
    )
    await store.migrate()
    assert await store.read(revision_of) == "9999"
    await store.close()


@pytest.mark.parametrize("times", [3])
def test_three_at_once(tmp_path: Path, database: str, times: int) -> None:
    """Three processes begin on an empty PostgreSQL at the same moment: one makes the schema, and all go on."""
    place = Installation(tmp_path, store=database)
    folders = [place.add().folder for _ in range(times)]
    lives = [_migrating(folder, tmp_path) for folder in folders]
    assert all(life.ended(120) for life in lives)
    assert [(tmp_path / f"{folder.name}.status").read_text() for folder in folders] == ["0"] * times, [
        (tmp_path / f"{folder.name}.errors").read_text()[-500:] for folder in folders
    ]
    store = Store(database)
    assert asyncio.run(store.read(revision_of)) == revisions()[-1]
    asyncio.run(store.close())


def _migrating(folder: Path, home: Path) -> Child:
    """`intake ledger migrate`, which is what every start does first."""
    log, errors, status = (home / f"{folder.name}.{name}" for name in ("log", "errors", "status"))
    typed = ["ledger", "migrate", "-c", str(folder)]
    return nursery().fork(typed, folder=folder, log=log, errors=errors, status=status)
