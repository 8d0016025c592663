"""A PostgreSQL cluster of our own, durable as in production (fsync on), with a fresh database for each test.

Rules
- PostgreSQL refuses to run as root; then it runs as the user `postgres`, which the package made, or `nobody`.
- The session's connections are trusted: the port is on 127.0.0.1 only and the folder is private.
- `kill` is SIGKILL to all its processes; `start` recovers from the write-ahead log, on the same port.
"""

import secrets
import signal
import subprocess
from pathlib import Path

import psycopg

from tests.services.guard import Guarded
from tests.services.place import as_user, free_port, give_to, until, user_exists

ROLE = "intake"


def programs() -> Path | None:
    """The folder of the newest PostgreSQL installed, or None."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return found[-1].parent if found else None


class Postgres:
    """One cluster. `add_database` gives the URL of a new empty database."""

    def __init__(self, folder: Path) -> None:
        """Creates the cluster (initdb, a second or two); `start` runs it."""
        bin_folder = programs()
        assert bin_folder, "PostgreSQL is not installed"
        self._programs = bin_folder
        self.folder = folder
        self.port = free_port()
        self.log = folder / "postgres.log"
        self._user = "postgres" if user_exists("postgres") else "nobody"
        self._guarded: Guarded | None = None
        data, sockets = folder / "data", folder / "sockets"
        for one in (folder, data, sockets):
            one.mkdir(mode=0o700 if one is data else 0o755)
        give_to(self._user, folder)
        subprocess.run(
            as_user(
                self._user,
                [
                    *(str(bin_folder / "initdb"), "--pgdata", str(data), "--username", ROLE, "--auth", "trust"),
                    *("--encoding", "UTF8", "--locale", "C.UTF-8", "--no-sync", "--no-instructions"),
                ],
            ),
            check=True,
            capture_output=True,
            cwd="/",
        )

    def start(self) -> None:
        """Runs the cluster; returns when it answers."""
        settings = {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.folder / "sockets"),
            "max_connections": "200",
            "fsync": "on",
            "synchronous_commit": "on",
            "shared_buffers": "64MB",
            "log_min_messages": "warning",
        }
        command = [str(self._programs / "postgres"), "-D", str(self.folder / "data")]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        # SIGINT is PostgreSQL's "fast" shutdown: sessions are ended, data is written
        self._guarded = Guarded(as_user(self._user, command), log=self.log, stop_signal=signal.SIGINT)
        until(self._answers, "PostgreSQL answers", 120, self.log)

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.url("postgres"), connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False

    def stop(self) -> None:
        """A clean, fast stop."""
        if self._guarded:
            self._guarded.stop()

    def kill(self) -> None:
        """SIGKILL to all its processes, as a power cut."""
        if self._guarded:
            self._guarded.kill()

    def pause(self) -> None:
        """It stands still, as on a machine without a moment to spare; its connections stay."""
        if self._guarded:
            self._guarded.pause()

    def resume(self) -> None:
        """It goes on."""
        if self._guarded:
            self._guarded.resume()

    def url(self, database: str) -> str:
        """`postgresql://` for a database, over TCP."""
        return f"postgresql://{ROLE}@127.0.0.1:{self.port}/{database}"

    def add_database(self) -> str:
        """A new empty database; its name."""
        name = f"test_{secrets.token_hex(4)}"
        self._do(f'CREATE DATABASE "{name}"')
        return name

    def drop_database(self, name: str) -> None:
        """Deletes a database, ending whoever is still in it."""
        self._do(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _do(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())
