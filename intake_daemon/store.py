"""The store: one database for ledger and memory, and the threads that may touch it.

A unit of work is a plain function `fn(connection) -> result`; it runs whole, in one transaction, in a thread of ours:
a cancelled task never cuts a commit. SQLite: one writer thread (BEGIN IMMEDIATE, WAL, synchronous=FULL) and a few
readers. PostgreSQL: eight threads, psycopg (postgres.py); a unit that lost a race (serialisation, deadlock) is run
again.

Errors: a database that is away, read-only or full is `Temporary`; anything else comes out as it is, since then the
unit of work itself is wrong (and its input perhaps poison). No error's text holds the values of its statement.

The schema has one alembic history (`migrations/`) for ledger and memory. It is brought up to date at start, under
a lock, so that three routers may start at once. Within a major version it is only added to; a process that is older
than the schema's `minimum` refuses to start.
"""

from __future__ import annotations

import asyncio
import sqlite3
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import command as alembic
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import event, exc

from intake_daemon.errors import BadSettings, Fault, Temporary

T = TypeVar("T")
Work = Callable[[sa.Connection], T]

SCHEMA = 1
"""What this process knows; compared with the schema's `minimum`."""
_RETRIES = 6
_PROMPT = 1.0
"""Seconds within which a server's answer tells its time well enough."""
_SQLITE_AWAY = frozenset(
    (
        sqlite3.SQLITE_PERM,
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_INTERRUPT,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PROTOCOL,
        sqlite3.SQLITE_NOTADB,
    )
)
_POSTGRES_AWAY = frozenset("08 25 28 3D 40 42 53 55 57 58 F0 XX".split())
"""Classes of SQLSTATE: connection, read-only, login, no such database, races, no such table or right, resources, locks,
an operator's stop, the system, its files. Not 54 (a limit), 22 (the value), 23 (a rule): those are the input's."""
_LOCK = 0x696E74616B65  # "intake": the advisory lock under which PostgreSQL's schema is changed


class Store:
    """Built from `sqlite:///path` or `postgresql://…`; see the module's manual."""

    def __init__(self, url: str) -> None:
        self.sqlite = url.startswith("sqlite")
        self._url = url if self.sqlite else url.replace("postgresql://", "postgresql+psycopg://", 1)
        if self.sqlite:
            Path(url.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
            self._engine = _sqlite(self._url, "BEGIN IMMEDIATE")
            self._reading = _sqlite(self._url, "BEGIN")
            self._writers = ThreadPoolExecutor(1, "ledger-writer")
            self._readers = ThreadPoolExecutor(2, "ledger-reader")
            self._races: tuple[type[Exception], ...] = ()
        else:
            from intake_daemon import postgres  # who keeps a ledger in SQLite starts without it

            self._races = postgres.RACES
            self._engine = self._reading = postgres.engine(self._url)
            self._writers = self._readers = ThreadPoolExecutor(8, "ledger")

    async def write(self, work: Work[T]) -> T:
        """Run in one transaction, durable when it returns. Raises Temporary when the database is away."""
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._run, self._engine, work)

    async def read(self, work: Work[T]) -> T:
        """Run in one read transaction, beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._run, self._reading, work)

    def _run(self, engine: sa.Engine, work: Work[T]) -> T:
        for attempt in range(_RETRIES):
            try:
                with engine.begin() as connection:
                    return work(connection)
            except exc.DBAPIError as error:
                if attempt + 1 < _RETRIES and isinstance(error.orig, self._races):
                    time.sleep(0.01 * 2**attempt)
                    continue
                if _away(error):
                    raise Temporary("database_away") from error
                raise
            except exc.TimeoutError as error:
                raise Temporary("database_busy") from error
        raise Temporary("database_races")

    async def migrate(self) -> None:
        """Bring the schema up to date, under a lock. Raises BadSettings when it is newer than this process may use."""
        await asyncio.get_running_loop().run_in_executor(self._writers, self._migrate)

    def _migrate(self) -> None:
        try:
            with self._engine.begin() as connection:
                if not self.sqlite:
                    from intake_daemon import postgres

                    postgres.patient(connection)  # others may hold the lock for long, and a change may take long
                    connection.execute(sa.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
                there = revision_of(connection)
                if not there or there in revisions():  # else a newer process has been here: it is only added to
                    upgrade(connection)
                minimum = connection.execute(sa.text("SELECT max(minimum) FROM schema_minimum")).scalar_one()
        except (exc.OperationalError, exc.InterfaceError) as error:
            raise Temporary("database_away") from error
        if minimum > SCHEMA:
            raise BadSettings(
                [
                    Fault(
                        "database",
                        0,
                        f"its schema needs a process of schema {minimum} or newer, this one knows {SCHEMA}.",
                        "Install the newer intake-daemon.",
                    )
                ]
            )

    async def ping(self) -> None:
        """Raises Temporary when nothing can be written: away, read-only, or full."""
        same = "UPDATE schema_minimum SET minimum = minimum"
        if not self.sqlite:
            # every process asks this all the time: whoever finds another at it must not queue behind that one, who may
            # be gone (25 of them once stood in such a row for minutes, and everything else behind them)
            same += " WHERE minimum IN (SELECT minimum FROM schema_minimum FOR UPDATE SKIP LOCKED)"
        await self.write(lambda connection: connection.execute(sa.text(same)).close())
        if not self.sqlite:
            from intake_daemon import postgres

            await self.read(postgres.end_abandoned)

    async def now(self) -> datetime:
        """The database server's clock (PostgreSQL), or this machine's (SQLite)."""
        if self.sqlite:
            return datetime.now(UTC)
        return await self.read(lambda connection: connection.execute(sa.text("SELECT clock_timestamp()")).scalar_one())

    async def overwrite(self) -> bool:
        """Empty SQLite's write-ahead log, in which deleted words still stand. False: a reader was in the way."""
        if not self.sqlite:
            return True  # PostgreSQL's vacuum is its own and its operator's business
        return await asyncio.get_running_loop().run_in_executor(self._writers, self._empty_log)

    def _empty_log(self) -> bool:
        try:
            with self._engine.connect() as connection:
                raw: Any = connection.connection.driver_connection
                return bool(raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0)
        except (exc.OperationalError, sqlite3.Error) as error:
            raise Temporary("database_away") from error

    async def close(self) -> None:
        """Units under way finish; then connections close."""
        for pool in {self._writers, self._readers}:
            await asyncio.to_thread(pool.shutdown)
        self._engine.dispose()
        self._reading.dispose()


class ServerClock:
    """The database server's clock for every process that shares it: the one injected `now` on PostgreSQL.

    Asked now and then (`set`), and kept going in between by this machine's monotonic clock, so that neither a wrong
    time zone nor a jump of this machine's own clock moves a date that is promised to somebody.
    """

    def __init__(self, ask: Callable[[], Awaitable[datetime]]) -> None:
        self._ask = ask
        self._told: tuple[datetime, float] | None = None

    async def set(self) -> None:
        """Ask; an answer that took long says little, and counts only when there is none yet. Raises Temporary."""
        began = time.monotonic()
        told = await self._ask()
        ended = time.monotonic()
        if self._told is None or ended - began < _PROMPT:
            self._told = told.astimezone(UTC), (began + ended) / 2

    def __call__(self) -> datetime:
        """This moment. `set` must have been called."""
        if self._told is None:
            raise AssertionError("the clock was never set")
        told, at = self._told
        return told + timedelta(seconds=time.monotonic() - at)


def _away(error: exc.DBAPIError) -> bool:
    """Whether the database is away (or wrongly set up) whatever it is asked, rather than refuses this one value.

    It matters: what is away is waited for, for ever; what is refused is poison, and parked.
    """
    if isinstance(error.orig, sqlite3.Error):
        code = getattr(error.orig, "sqlite_errorcode", None)
        return code is not None and code & 0xFF in _SQLITE_AWAY
    state = getattr(error.orig, "sqlstate", None)
    if state is None:  # the driver's own: no connection
        return isinstance(error, (exc.OperationalError, exc.InterfaceError, exc.InternalError))
    return state[:2] in _POSTGRES_AWAY


def revision_of(connection: sa.Connection) -> str:
    """Of the schema that is there; nothing where there is none."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return ""
    return str(connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar_one_or_none() or "")


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def revisions() -> list[str]:
    """Every revision of the schema that this process knows, the first one first."""
    return [each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions()][::-1]


def upgrade(connection: sa.Connection, to: str = "head") -> None:
    """Run the alembic history on this connection, inside its transaction, up to a revision."""
    config = _config()
    config.attributes["connection"] = connection
    with _ALEMBIC:  # alembic keeps its context in module globals
        alembic.upgrade(config, to)


_ALEMBIC = threading.Lock()


def _sqlite(url: str, begin: str) -> sa.Engine:
    """One connection per thread; we say BEGIN ourselves, since sqlite3 would begin too late to lock."""
    engine = sa.create_engine(
        url, poolclass=sa.pool.SingletonThreadPool, pool_size=4, connect_args={"timeout": 30}, hide_parameters=True
    )

    @event.listens_for(engine, "connect")
    def connected(raw: Any, _record: Any) -> None:  # noqa: ANN401 -- the driver's own objects
        raw.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON"):
            raw.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begun(connection: sa.Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine
