"""The servers under several processes: a RabbitMQ and a PostgreSQL of the rig's own, or those of a staging set-up.

    Servers   where they are; a fresh virtual host and database for each installation
    strike    what can be done to them, each with what ends it again

Own servers are killed, paused, starved and filled up. A staging set-up's are left alone: it gives one empty virtual
host and one empty database, used by one installation, and only daemons and ways are broken.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import aio_pika
import psycopg

from tests.faults.proxy import place_of
from tests.services import postgres as postgres_
from tests.services import rabbit as rabbit_
from tests.services.cluster import Cluster
from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit

_LOCKED = ("notices", "cases", "sends", "outbox", "leases")


class Servers:
    """One broker and one database server."""

    def __init__(
        self, rabbit: Rabbit | Cluster | None, postgres: Postgres | None, given: tuple[str, str] = ("", "")
    ) -> None:
        self.rabbit = rabbit
        self.postgres = postgres
        self._given = given
        self._lives = 0
        self._lock = threading.Lock()
        """One blow to a server at a time."""

    @property
    def own(self) -> bool:
        """Whether they are the rig's, to be broken."""
        return self.rabbit is not None and self.postgres is not None

    def ground(self) -> tuple[str, str]:
        """The addresses of an empty virtual host and an empty database."""
        if self.rabbit is None or self.postgres is None:
            return self._given
        self.rabbit.well()
        self._lives = self.rabbit.lives
        return self.rabbit.url(self.rabbit.add_virtual_host()), self.postgres.url(self.postgres.add_database())

    def brokers(self, broker: str) -> list[tuple[str, int]]:
        """Where its nodes listen."""
        if isinstance(self.rabbit, Cluster):
            return [("127.0.0.1", port) for port in self.rabbit.ports]
        return [place_of(broker, 5672)]

    def forget(self, broker: str, store: str) -> None:
        """An installation is through with them. A virtual host in which a node was started anew stays as it is
        (`Rabbit.drop_virtual_host`)."""
        if self.rabbit is not None and self.postgres is not None:
            if self.rabbit.lives == self._lives:
                self.rabbit.drop_virtual_host(_name(broker))
            self.postgres.drop_database(_name(store))

    def queued(self, broker: str, without: set[str]) -> int:
        """How many letters wait in its queues; 0 where nobody can be asked but the daemons. Raises OSError."""
        if self.rabbit is None:
            return 0
        return sum(count for name, count in self.rabbit.queues(_name(broker)).items() if name not in without)

    @contextmanager
    def strike(self, what: str, broker: str, store: str) -> Iterator[None]:
        """From entering to leaving it is so; afterwards the server is well again."""
        if self.rabbit is None or self.postgres is None:
            raise AssertionError("only servers of our own are struck")
        with self._lock, contextlib.ExitStack() as stack:
            struck = STRUCK_CLUSTER if isinstance(self.rabbit, Cluster) else STRUCK
            stack.enter_context(struck[what](self.rabbit, self.postgres, broker, store))
            yield


@contextmanager
def _during(end: Callable[[], None], begin: Callable[[], None]) -> Iterator[None]:
    end()
    try:
        yield
    finally:
        begin()


@contextmanager
def starved(rabbit: Rabbit, what: str, low: str, usual: str) -> Iterator[None]:
    """The alarm that makes it stop reading from who publishes (`connection.blocked`)."""
    rabbit.ctl(f"set_{what}", low)
    try:
        yield
    finally:
        rabbit.ctl(f"set_{what}", usual)


@contextmanager
def _full(rabbit: Rabbit | Cluster, virtual_host: str) -> Iterator[None]:
    """The queues of messages, notices and receipts take one letter each; they refuse what is over (their arguments)."""
    policy = f"/api/policies/{virtual_host}/full"
    definition = {"max-length": 1}
    pattern = r"^intake\.(router|receipts|notices\..*)$"
    rabbit.api("PUT", policy, {"pattern": pattern, "definition": definition, "apply-to": "queues"})
    try:
        yield
    finally:
        rabbit.api("DELETE", policy)


@contextmanager
def _read_only(postgres: Postgres, database: str) -> Iterator[None]:
    """For sessions that begin from now on; those that are there are ended, as after a failover to a standby."""
    with _administering(postgres) as connection:
        connection.execute(f'ALTER DATABASE "{database}" SET default_transaction_read_only = on'.encode())
        _end_sessions(connection, database, 1.0)
        try:
            yield
        finally:
            connection.execute(f'ALTER DATABASE "{database}" RESET default_transaction_read_only'.encode())
            _end_sessions(connection, database, 1.0)


@contextmanager
def _ending(postgres: Postgres, database: str) -> Iterator[None]:
    """Now and then a third of all sessions is ended, whatever they were at."""
    over = threading.Event()

    def end_some() -> None:
        with _administering(postgres) as connection:
            while not over.wait(0.4):
                _end_sessions(connection, database, 0.3)

    ending = threading.Thread(target=end_some, name="ends sessions")
    ending.start()
    try:
        yield
    finally:
        over.set()
        ending.join()


@contextmanager
def _locked(store: str) -> Iterator[None]:
    """Somebody else's transaction has the tables for itself."""
    with psycopg.connect(store) as connection:
        connection.execute("SET lock_timeout = '20s'")
        with contextlib.suppress(psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected):
            for table in _LOCKED:
                connection.execute(f"LOCK TABLE {table} IN SHARE MODE".encode())
        try:
            yield
        finally:
            connection.rollback()


@contextmanager
def _administering(postgres: Postgres) -> Iterator[psycopg.Connection[Any]]:
    with psycopg.connect(postgres.url("postgres"), autocommit=True) as connection:
        yield connection


def _end_sessions(connection: psycopg.Connection[Any], database: str, share: float) -> None:
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND random() < %s"
    connection.execute(query, (database, share))


def _name(url: str) -> str:
    return unquote(urlsplit(url).path[1:])


def taken(broker: str, queue: str) -> list[dict[str, Any]]:
    """Everything that waits in a queue, in order; it is empty afterwards."""

    async def take() -> list[dict[str, Any]]:
        found = []
        async with await aio_pika.connect(broker) as connection, connection.channel() as channel:
            waiting = await channel.declare_queue(queue, passive=True)
            told = waiting.declaration_result.message_count or 0
            while (letter := await waiting.get(fail=False, no_ack=True)) is not None:
                found.append(json.loads(letter.body))
        assert len(found) == told, f"{queue} gave {len(found)} of the {told} that it has"
        return found

    return asyncio.run(take())


Blow = Callable[[Any, Postgres, str, str], contextlib.AbstractContextManager[None]]
"""To a broker (`Rabbit` or `Cluster`) or a database server; the addresses of virtual host and database."""
_ANY: dict[str, Blow] = {
    "queue full": lambda rabbit, _, broker, __: _full(rabbit, _name(broker)),
    "database killed": lambda _, postgres, *__: _during(postgres.kill, postgres.start),
    "database restarted": lambda _, postgres, *__: _during(postgres.stop, postgres.start),
    "database paused": lambda _, postgres, *__: _during(postgres.pause, postgres.resume),
    "database read-only": lambda _, postgres, __, store: _read_only(postgres, _name(store)),
    "database ends sessions": lambda _, postgres, __, store: _ending(postgres, _name(store)),
    "database locked": lambda _, __, ___, store: _locked(store),
}
STRUCK: dict[str, Blow] = _ANY | {
    "broker killed": lambda rabbit, *_: _during(rabbit.kill, rabbit.start),
    "broker paused": lambda rabbit, *_: _during(rabbit.pause, rabbit.resume),
    "broker memory": lambda rabbit, *_: starved(rabbit, "vm_memory_high_watermark", "0", "0.4"),
    "broker disk": lambda rabbit, *_: starved(rabbit, "disk_free_limit", "100000GB", "50MB"),
}
"""What can be done to servers, with one broker. Paused, it stands still with all its connections."""


STRUCK_CLUSTER: dict[str, Blow] = _ANY | {
    "leader moved": lambda cluster, *_: cluster.moved(),
    "node down": lambda cluster, *_: cluster.down(1),
    "two nodes down": lambda cluster, *_: cluster.down(2),
    "partition": lambda cluster, *_: cluster.parted(),
}
"""The same, with a cluster of three."""


def missing() -> str:
    """The first of them that is not installed."""
    if not (rabbit_.PROGRAMS / "rabbitmq-server").exists():
        return "rabbitmq-server"
    return "" if postgres_.programs() else "postgresql"


@contextmanager
def own(folder: Path, *, cluster: bool = False) -> Iterator[Servers]:
    """A RabbitMQ, or a cluster of three nodes, and a PostgreSQL of our own, running."""
    for each in (folder, *folder.parents[:1]):
        each.chmod(0o755)  # PostgreSQL runs as a user of its own
    rabbit = Cluster(folder / "cluster") if cluster else Rabbit(folder / "rabbit")
    postgres = Postgres(folder / "postgres")
    try:
        postgres.start()
        rabbit.start()
        yield Servers(rabbit, postgres)
    finally:
        rabbit.kill()
        postgres.kill()
