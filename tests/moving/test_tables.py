"""Rows of one database into another: no table is forgotten, what differs is seen, what is there stays."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa

from intake_daemon.command.moving import tables
from intake_daemon.memory.tables import cursors
from intake_daemon.store import Store


async def engine(url: str) -> sa.Engine:
    """An empty database with its schema."""
    store = Store(url)
    await store.migrate()
    await store.close()
    return sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://", 1), poolclass=sa.pool.NullPool)


async def test_no_table_is_forgotten(tmp_path: Path) -> None:
    """Whatever the migrations make is carried, or named as that which is not, with all its columns."""
    one = await engine(f"sqlite:///{tmp_path / 'one.db'}")
    looked = sa.inspect(one)
    names = set(looked.get_table_names())
    assert names == tables.carried().keys() | tables.OF_THE_MOMENT | tables.BESIDE
    for name, table in tables.carried().items():
        assert {each["name"] for each in looked.get_columns(name)} == set(table.columns.keys()), name


async def test_both_databases_give_the_same_hash(tmp_path: Path, database: str) -> None:
    """Rows brought from SQLite to PostgreSQL, twice, in pieces, from a key on: the same number, the same hash; one
    letter more in one of them is seen. Numbers that PostgreSQL gives go on behind those that came."""
    one, other = await engine(f"sqlite:///{tmp_path / 'one.db'}"), await engine(database)
    places = tables.carried()["cursors"]
    reads = tables.carried()["reads"]
    with one.begin() as here:
        here.execute(sa.insert(places), [{"name": f"n{n:04}", "place": f'{{"ü": {n}}}'} for n in range(2500)])
        here.execute(sa.insert(reads), [{"at": n / 7, "who": "ilze", "case_id": "c", "what": "x"} for n in range(3)])
    with one.connect() as here, other.begin() as there:
        for after in (None, ["n0999"]):
            for piece in tables.pieces(here, places, after):
                tables.put(there, places, piece)
        for piece in tables.pieces(here, reads):
            tables.put(there, reads, piece)
        tables.count_on(there)
        for table in (places, reads):
            assert tables.tally(here, table) == tables.tally(there, table)
        assert tables.tally(here, places).rows == 2500
        there.execute(sa.insert(reads).values(at=1.0, who="ilze", case_id="c", what="x"))
        assert there.execute(sa.select(sa.func.max(reads.c.id))).scalar_one() == 4
        there.execute(sa.update(cursors).where(cursors.c.name == "n1234").values(place="{}"))
        assert tables.tally(here, places) != tables.tally(there, places)
