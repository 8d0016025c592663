"""Commands, and whatever strangers may put into a queue."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from intake_daemon.contract import Letter, Parked
from intake_daemon.errors import Temporary
from intake_daemon.message import Command
from intake_daemon.store import Store
from router.ledger import tables
from router.ledger.record import StoredLedger
from tests.desk.letters import NOON, letter
from tests.record.doing import route, types


async def test_ids_belong_to_who_acts(ledger: StoredLedger, store: Store) -> None:
    """Two case systems may number their commands alike: one is not taken for the other's repeat, nor hears of it."""
    (case,) = await route(ledger, letter())
    assert case.reference is not None
    note = Command(id="1", reference=case.reference, command="note", actor="ops", data={"text": "called"})
    stranger = note.model_copy(update={"actor": "stranger"})
    outcomes = await route(ledger, note, stranger, note)
    assert [each.disposition for each in outcomes] == ["done", "refused", "done"]
    assert (await types(store, case)).count("note.added") == 1


async def test_an_id_may_be_anything(ledger: StoredLedger, store: Store) -> None:
    """The id of a command may be long, odd, or equal to that of a message; its words may hold a NUL or half a pair."""
    first = letter()
    (case,) = await route(ledger, first)
    assert case.reference is not None
    for number, name in enumerate((first.id, "x" * 10_000, "a\x00b")):
        text = {"text": f"called \x00 {number} \ud83d"}
        note = Command(id=name, reference=case.reference, command="note", actor="ops", data=text)
        assert [each.disposition for each in await route(ledger, note)] == ["done"]
    query = sa.select(tables.content.c.body).where(tables.content.c.kind == "note")
    bodies = await store.read(lambda connection: list(connection.execute(query).scalars()))
    assert sorted(bodies) == [f"called \ufffd {number} \ufffd" for number in range(3)]


async def test_parked_under_one_id_are_two(ledger: StoredLedger, store: Store) -> None:
    """A stranger's letters may share an id: each is kept. The very same letter twice is one."""
    letters = [Letter("intake.commands", "welzo.note", body, "same") for body in (b"one", b"two", b"one", b"\x00\xff")]
    await ledger.park([Parked("same", "intake.commands", "unreadable", each, 1, NOON) for each in letters])
    rows = await store.read(lambda connection: connection.execute(sa.select(tables.parked)).all())
    assert len(rows) == 3


async def test_a_bad_value_is_not_an_outage(store: Store) -> None:
    """What the database refuses because of the value is an error of the input, not Temporary: it must be parked, and
    not sent round for ever."""
    from sqlalchemy.exc import DBAPIError

    deep = sa.text("SELECT " + " + ".join(["1"] * 5_000))
    wide = sa.insert(tables.aliases).values(reference="x" * 10_000_000, case_id="y")
    nul = sa.insert(tables.aliases).values(reference="a\x00b" if not store.sqlite else 2**70, case_id="y")
    works = [
        lambda connection: connection.execute(nul).close(),
        (lambda connection: connection.execute(deep).close())
        if store.sqlite
        else (lambda connection: connection.execute(wide).close()),
    ]
    for work in works:
        with pytest.raises((DBAPIError, OverflowError)) as found:
            await store.write(work)
        assert not isinstance(found.value, Temporary)


async def test_an_error_names_no_values(store: Store) -> None:
    """The text of a database error does not hold what was written: it ends in logs and terminals."""
    rows = [{"reference": "r", "case_id": "xylophone"}] * 2
    with pytest.raises(sa.exc.IntegrityError) as found:
        await store.write(lambda connection: connection.execute(sa.insert(tables.aliases), rows).close())
    assert "xylophone" not in str(found.value)
