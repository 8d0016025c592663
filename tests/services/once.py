"""What is the same in every test's configuration and database is loaded, tried and made once in a process.

Almost every test reads the shipped policies, letters and words, and three quarters of that time goes into trying every
letter of every brand in every language. A folder with the same files (`intake.yaml` left out) as one in which no fault
was found has none either; its lists of words are the same object. Faults are looked for anew each time.

The authorities that a client of the Bot API trusts are read once, not for each client; the tree of commands is built
once, not for each command.

An empty database gets its schema by the statements that alembic said to the first one: half of the time of a ledger's
test went into asking alembic for them. SQLite's are asked for at once, so that who is forked knows them.
"""

from __future__ import annotations

import functools
import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import certifi
import sqlalchemy as sa
import typer.main


def digest(folder: Path, *, but: str = "") -> str:
    """Of all files below it, by names and contents."""
    total = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file() and path.name != but):
        content = path.read_bytes()
        total.update(f"{path.relative_to(folder)}\0{len(content)}\0".encode())
        total.update(content)
    return total.hexdigest()


def load_once() -> None:
    """From now on, in this process."""
    router: Any = import_module("router.configuration")
    load, check = router.load_words, router.check_notices
    words, well = dict[str, Any](), set[tuple[str, ...]]()

    def load_words(folder: Path) -> Any:  # noqa: ANN401 -- as the real one
        files = digest(folder / "words")
        if files not in words:
            words[files] = load(folder)
        return words[files]

    def check_notices(*given: Any, names: Any, staff: Any, folder: Path) -> Any:  # noqa: ANN401 -- as the real one
        key = (digest(folder, but="intake.yaml"), *map(str, sorted(names.items())), *sorted(staff))
        faults = [] if key in well else check(*given, names=names, staff=staff, folder=folder)
        if not faults:
            well.add(key)
        return faults

    router.load_words, router.check_notices = load_words, check_notices


def clients_once() -> None:
    """From now on, in this process."""
    proper = ssl.create_default_context
    trusting = functools.cache(lambda: proper(cafile=certifi.where()))

    def create_default_context(*purpose: Any, **given: Any) -> ssl.SSLContext:  # noqa: ANN401 -- as the real one
        plain = not purpose and given == {"cafile": certifi.where()}
        return trusting() if plain else proper(*purpose, **given)

    ssl.create_default_context = create_default_context


def commands_once() -> None:
    """From now on, in this process."""
    typer.main.get_command = functools.cache(typer.main.get_command)


def schema_once() -> None:
    """From now on, in this process."""
    store: Any = import_module("intake_daemon.store")
    upgrade = store.upgrade
    said: dict[str, list[str]] = {}

    def upgrade_once(connection: sa.Connection, to: str = "head") -> None:
        kind = connection.dialect.name
        if to != "head" or store.revision_of(connection):
            upgrade(connection, to)
        elif kind in said:
            raw: Any = connection.connection.driver_connection
            for statement in said[kind]:
                raw.execute(statement)
        else:
            with heard(connection) as statements:
                upgrade(connection, to)
            said[kind] = [*statements] if kind == "sqlite" else [";\n".join(statements)]

    store.upgrade = upgrade_once
    engine = sa.create_engine("sqlite://")
    with engine.begin() as connection:
        upgrade_once(connection)
    engine.dispose()


@contextmanager
def heard(connection: sa.Connection) -> Iterator[list[str]]:
    """What is said on it meanwhile and changes something."""
    statements: list[str] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        if statement.split(maxsplit=1)[0] not in {"SELECT", "PRAGMA"}:
            assert not parameters, "a migration that binds values cannot be said again by its words"
            statements.append(statement)

    sa.event.listen(connection, "before_cursor_execute", hear)
    yield statements
    sa.event.remove(connection, "before_cursor_execute", hear)
