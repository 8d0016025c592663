"""PostgreSQL as we connect to it: nothing waits for ever, on either side, for somebody who is gone.

The system's own signs of life (keepalive, TCP_USER_TIMEOUT) tell of a machine that vanished. They do not tell of a
server, a proxy or a firewall between us that takes what we say and never answers, for its system goes on confirming.
So

- here: a connection on which we have waited for the server for `SILENCE` is shut down, and one that is taken out of
  the pool after `GREETING`; whoever waited gets an error like that of any lost connection. (psycopg knows no such
  bound. Its `wait` is the one place through which all waiting goes.)
- there: a session of ours that stands idle within a transaction for `IDLE` is ended, and one that waits for a lock for
  `LOCK` gives up, so that those that we cannot reach any more free what they hold, and do not inherit it from each
  other. Said with SET, since a pooler between us may refuse start-up options.
- from here, for whom both forget (a session that waits for the rest of what it was told counts as idle to nobody, and
  one of those kept its locks for as long as we looked): whoever asks whether the database is well ends sessions of ours
  that have waited within a transaction for their process for `ABANDONED`. Ours: of our name, role and database.

Imported only where the store is PostgreSQL.
"""

from __future__ import annotations

import contextlib
import math
import os
import socket
import threading
import time
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

SILENCE = 30.0
"""Seconds; longer than `IDLE`, so that who asks again for a lock of somebody gone gets it."""
GREETING = 5.0
"""Seconds for an answer to the question whether a connection still lives."""
IDLE = 10
"""Seconds. A unit of work is at most so long between two statements, and mostly milliseconds."""
LOCK = 10
"""Seconds. Who does not get a lock in that time tries again (`Temporary`)."""
RACES: tuple[type[Exception], ...] = (psycopg.errors.SerializationFailure, psycopg.errors.DeadlockDetected)
ABANDONED = 30.0
"""Seconds."""
_NAME = "intake-daemon"
_LOOK = 1.0
_CONNECTING: dict[str, Any] = {
    "fallback_application_name": _NAME,
    "connect_timeout": 5,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
"""A server that vanishes without a word is noticed within half a minute, not after the system's quarter of an hour."""


class Watched(psycopg.Connection[Any]):
    """A connection that does not wait for the server for longer than `limit` (seconds)."""

    limit = GREETING

    def wait(self, *arguments: Any, **more: Any) -> Any:  # noqa: ANN401 -- whatever psycopg passes itself
        """As psycopg's; see the module's manual."""
        _WAITING[self] = time.monotonic()
        try:
            return super().wait(*arguments, **more)
        finally:
            _WAITING.pop(self, None)


_WAITING: dict[Watched, float] = {}
"""Who waits for the server, and since when."""


def engine(url: str) -> sa.Engine:
    """For `postgresql+psycopg://…`."""
    made = sa.create_engine(
        url, pool_size=8, max_overflow=2, pool_pre_ping=True, connect_args=_CONNECTING, hide_parameters=True
    )

    @event.listens_for(made, "do_connect")
    def connect(_dialect: Any, _record: Any, arguments: Any, more: Any) -> Watched:  # noqa: ANN401 -- SQLAlchemy's
        connection = Watched.connect(*arguments, **more)
        connection.execute(f"SET idle_in_transaction_session_timeout = '{IDLE}s'".encode())
        connection.execute(f"SET lock_timeout = '{LOCK}s'".encode())
        connection.commit()
        return connection

    @event.listens_for(made, "checkout")
    def taken(raw: Watched, _record: Any, _proxy: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        raw.limit = SILENCE

    @event.listens_for(made, "checkin")
    def put_back(raw: Watched | None, _record: Any) -> None:  # noqa: ANN401 -- SQLAlchemy's
        if raw is not None:  # it was found dead
            raw.limit = GREETING

    _watch()
    return made


def patient(connection: sa.Connection) -> None:
    """It may wait for the server as long as that takes: for what is long in earnest, such as a change of the schema."""
    raw = connection.connection.driver_connection
    if isinstance(raw, Watched):
        raw.limit = math.inf
        raw.execute("SET LOCAL idle_in_transaction_session_timeout = 0")
        raw.execute("SET LOCAL lock_timeout = 0")
        raw.execute(f"SET LOCAL application_name = '{_NAME} (patient)'".encode())


def end_abandoned(connection: sa.Connection) -> None:
    """See the module's manual."""
    ours = (
        "datname = current_database() AND usename = current_user AND pid <> pg_backend_pid() "
        "AND application_name = current_setting('application_name')"
    )
    waits = (
        "wait_event = 'ClientRead' AND state <> 'idle' AND state_change < clock_timestamp() - :long * interval '1 s'"
    )
    ending = f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {ours} AND {waits}"  # noqa: S608 -- no input
    connection.execute(sa.text(ending), {"long": ABANDONED}).close()


_STARTING = threading.Lock()
_watcher: threading.Thread | None = None


def _watch() -> None:
    """One thread of the process looks at who waits; it ends with it."""
    global _watcher  # noqa: PLW0603 -- one a process, also after a fork
    with _STARTING:
        if _watcher is None or not _watcher.is_alive():
            _watcher = threading.Thread(target=_look, name="silence", daemon=True)
            _watcher.start()


def _look() -> None:
    while True:
        time.sleep(_LOOK)
        for connection, since in list(_WAITING.items()):
            if time.monotonic() - since > connection.limit and connection in _WAITING:
                _shut(connection)


def _shut(connection: Watched) -> None:
    """Whoever waits sees its end. Its number may be anybody's as soon as it is closed, so a copy of it is shut."""
    with contextlib.suppress(OSError, psycopg.Error), socket.socket(fileno=os.dup(connection.fileno())) as line:
        line.shutdown(socket.SHUT_RDWR)
