"""The projections made anew: the same, whatever happened to them."""

from __future__ import annotations

from functools import partial

import pytest
import sqlalchemy as sa

from intake_daemon.message import Command
from router.ledger import rebuild as rebuilding
from router.ledger import tables
from router.ledger.rebuild import Rebuilt, rebuild
from tests.desk.letters import NOON
from tests.ledger.conftest import ANN, Told


async def rebuilt(told: Told) -> Rebuilt:
    """All pieces together."""
    whole = Rebuilt()
    after: str | None = ""
    while after is not None:
        piece = await told.store.write(
            partial(rebuild, after=after, sqlite=told.store.sqlite, clocks=partial(told.desk.clocks, now=NOON))
        )
        whole.same, whole.mended = whole.same + piece.same, whole.mended + piece.mended
        whole.broken += piece.broken
        after = piece.last
    return whole


async def clocks(told: Told) -> list[tuple[object, ...]]:
    """The projection of the clocks."""
    query = sa.select(tables.clocks).order_by(*tables.clocks.primary_key)
    return await told.store.read(lambda connection: [tuple(row) for row in connection.execute(query)])


async def test_the_clocks_are_made_anew(told: Told) -> None:
    """What wakes, and when, is the same after the projection was lost."""
    before = await clocks(told)
    assert before
    await change(told, sa.delete(tables.clocks))
    await rebuilt(told)
    assert await clocks(told) == before


async def change(told: Told, statement: sa.Executable) -> None:
    """Do something to the tables that nobody should."""
    await told.store.write(lambda connection: connection.execute(statement).close())


async def test_all_the_same(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folded anew, piece by piece, every case is as it was; also after an erasure."""
    monkeypatch.setattr(rebuilding, "PIECE", 2)
    await told.meet(Command(id="e-1", reference=told.ann, command="erase", actor="margaret", at=NOON))
    assert await rebuilt(told) == Rebuilt(same=3)


async def test_mends_what_was_damaged(told: Told) -> None:
    """A wrong row, a lost row and a lost alias are as before."""
    before = await told.store.read(lambda connection: connection.execute(sa.select(tables.cases)).all())
    aliases = sa.select(tables.aliases).order_by(tables.aliases.c.reference)
    known = await told.store.read(lambda connection: connection.execute(aliases).all())
    await change(told, sa.update(tables.cases).where(tables.cases.c.id == ANN.id).values(state="closed", handler=None))
    await change(told, sa.delete(tables.cases).where(tables.cases.c.id != ANN.id))
    await change(told, sa.delete(tables.aliases))
    assert await rebuilt(told) == Rebuilt(mended=3)
    after = await told.store.read(lambda connection: connection.execute(sa.select(tables.cases)).all())
    assert sorted(map(tuple, after)) == sorted(map(tuple, before))
    assert await told.store.read(lambda connection: connection.execute(aliases).all()) == known


async def test_a_gap_is_told_and_touches_nothing(told: Told) -> None:
    """A case of which an event is missing is named, and its row stays as it is."""
    await change(told, sa.delete(tables.events).where(tables.events.c.case_id == ANN.id, tables.events.c.sequence == 2))
    row = sa.select(tables.cases).where(tables.cases.c.id == ANN.id)
    before = await told.store.read(lambda connection: connection.execute(row).one())
    assert await rebuilt(told) == Rebuilt(same=2, broken=[ANN.id])
    assert await told.store.read(lambda connection: connection.execute(row).one()) == before


async def test_postgres_rebuilds_too(told_postgres: Told) -> None:
    """The same on PostgreSQL, with rows locked: same, mended, and the same again."""
    assert await rebuilt(told_postgres) == Rebuilt(same=3)
    await change(told_postgres, sa.delete(tables.cases).where(tables.cases.c.id == ANN.id))
    assert await rebuilt(told_postgres) == Rebuilt(same=2, mended=1)
    assert await rebuilt(told_postgres) == Rebuilt(same=3)
