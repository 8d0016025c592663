"""`intake move`: from one machine's files to RabbitMQ and PostgreSQL, killed on the way and called again."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake_daemon.command import configuration, parts
from intake_daemon.command.building import build
from intake_daemon.command.moving import marks
from intake_daemon.command.moving.manifest import NotWhole
from intake_daemon.command.moving.move import move
from intake_daemon.errors import BadSettings
from router.ledger import lives, tables
from tests.moving.houses import fill, moving
from tests.services.place import until
from tests.services.rabbit import Rabbit
from tests.walk.account import events_of_queue, folds, in_order, read_ledger, until_settled
from tests.walk.daemon import Installation

MANY = 1000


def moved(tmp_path: Path, broker: str, store: str, rabbit: Rabbit, cases: int, waiting: int, piece: int) -> None:
    """So many cases and waiting messages, killed among the rows and among the letters; in the end both sides are
    equal, the old one starts no more, and the new one routes what waited, once."""
    old, new = Installation(tmp_path / "old"), Installation(tmp_path / "new", broker, store, "database")
    for place in (old, new):
        place.home.mkdir()
        place.add()
    here, there = old.daemons[0].folder, new.daemons[0].folder
    asyncio.run(fill(old, cases, waiting))
    with old.reading().connect() as connection:
        before = lives.balance(connection)
        rows = {name: _count(connection, name) for name in ("contacts", "cases", "events", "content", "notices")}
    assert (before["cases"], before["unaccounted"]) == (cases, 0)
    _refused_while_it_runs(old, new)
    began = time.monotonic()
    assert moving(here, there, killed=("begin", 1), piece=piece) is None
    assert moving(here, there, killed=("note", 9), piece=piece) is None
    _ran_in_between(old, new)
    assert moving(here, there, killed=("bring", 2), piece=piece) is None
    with pytest.raises(BadSettings, match="not finished"):
        asyncio.run(build(configuration.read(there)))
    said = moving(here, there, piece=piece)
    assert said is not None
    assert said["equal"]
    assert said["balance"] == before
    assert {name: said["tables"][name]["rows"] for name in rows} == rows
    assert said["letters"]["intake.router"] == waiting
    took = time.monotonic() - began
    with new.reading().connect() as connection:
        assert lives.balance(connection) == before
        assert {name: _count(connection, name) for name in rows} == rows
        assert connection.execute(sa.text("SELECT count(*) FROM vault")).scalar_one() == cases + waiting
        (place_of_source,) = connection.execute(
            sa.text("SELECT place FROM cursors WHERE name = 'imap inbox'")
        ).scalars()
    assert "4711" in place_of_source
    with pytest.raises(BadSettings, match="moved to"):
        asyncio.run(build(configuration.read(here)))
    _between_the_marks(old, new)
    _goes_on(new, rabbit, cases + waiting)
    print(f"{cases} cases and {waiting} waiting messages moved in {took:.1f} s, killed three times")  # noqa: T201 -- the figure


def _ran_in_between(old: Installation, new: Installation) -> None:
    """The old one was started again after an attempt that was cut off, and wrote over what had been brought: that is
    told, and the next attempt brings everything anew."""
    first = "UPDATE aliases SET case_id = case_id || 'x' WHERE reference = (SELECT min(reference) FROM aliases)"
    with old.reading().begin() as connection:
        connection.execute(sa.text(first))
    here, there = (configuration.read(place.daemons[0].folder) for place in (old, new))
    with pytest.raises(NotWhole, match="call it again"):
        asyncio.run(move(here, there, lambda _more: None))
    with old.reading().begin() as connection:
        connection.execute(sa.text("UPDATE aliases SET case_id = rtrim(case_id, 'x')"))


def _refused_while_it_runs(old: Installation, new: Installation) -> None:
    """Whoever has the lock runs."""
    here, there = (configuration.read(place.daemons[0].folder) for place in (old, new))
    with parts.lock(old.var), pytest.raises(BadSettings, match="another intake-daemon runs"):
        asyncio.run(move(here, there, lambda _more: None))


def _goes_on(new: Installation, rabbit: Rabbit, contacts: int) -> None:
    """The new one decides what waited; each once, and its events come in order. Many letters are not sent here."""
    few = contacts < MANY
    daemon = new.daemons[0] if few else new.add("router")
    daemon.start()
    if few:
        until_settled(new, contacts)
    else:
        until(lambda: _balance(new)["in"] >= contacts, "what waited is decided", 1200, daemon.log)
    daemon.stop()
    ledger = read_ledger(new)
    told = {name: ledger.balance[name] for name in ("in", "cases", "unaccounted")}
    assert told == {"in": contacts, "cases": contacts, "unaccounted": 0}
    folds(ledger)
    if few:
        assert in_order(ledger, events_of_queue(rabbit, new.broker)) == 0


def _balance(place: Installation) -> dict[str, int]:
    with place.reading().connect() as connection:
        return lives.balance(connection)


def _between_the_marks(old: Installation, new: Installation) -> None:
    """Killed when the old one was marked and the new one not yet opened: called once more, it opens it."""
    mark = marks.read(old.var / marks.MOVED)
    assert mark is not None
    with new.reading().begin() as connection:
        marks.put_in_database(connection, {"what": "move", "id": mark["id"]})
    here, there = (configuration.read(place.daemons[0].folder) for place in (old, new))
    with pytest.raises(BadSettings, match="not finished"):
        asyncio.run(build(there))
    assert asyncio.run(move(here, there, lambda _more: None)) is None
    with new.reading().connect() as connection:
        assert marks.in_database(connection) is None


def _count(connection: sa.Connection, name: str) -> int:
    table = tables.metadata.tables[name]
    return int(connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one())


def test_twenty_cases(tmp_path: Path, virtual_host: str, database: str, rabbitmq: Rabbit) -> None:
    """20 cases and 10 waiting messages: all there, none twice, and they go on where they were."""
    moved(tmp_path, virtual_host, database, rabbitmq, 20, 10, 10)


@pytest.mark.proof
@pytest.mark.timeout(7200)
def test_ten_thousand_cases(tmp_path: Path, virtual_host: str, database: str, rabbitmq: Rabbit) -> None:
    """10,000 cases and 1,000 waiting messages."""
    moved(tmp_path, virtual_host, database, rabbitmq, 10_000, 1000, 1000)
