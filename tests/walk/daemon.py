"""One installation in a temporary folder, and its daemons: real processes, with the words that an operator types.

Rules
- A daemon is forked from a process that has everything imported (tests/services/nursery.py), under a guard, so that
  nothing is left when pytest is killed. That an interpreter starts one is shown by tests/demo and test_packaging.py.
- Ready means: `/health/ready` says 200 and, where it takes mail, the SMTP door greets. Waiting is for that, with a
  generous bound, never for a time.
- The configuration is the shipped one with other places: brands, letters, policies and handlers are the real ones.
- Every start appends to one journal, at debug level; it can be searched for what must never stand in it.
"""

from __future__ import annotations

import http.client
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

import intake_daemon
from intake_daemon.settings import yaml12
from tests.services.nursery import Before, Child, nursery
from tests.services.place import free_port, until

ROOT = Path(intake_daemon.__file__ or "").parent.parent
KEY = "walk-walk-walk-walk-walk-walk-walk-walk"
"""The installation's key: every process of an installation has the same."""
CRM = "crm"
"""The bound queue of a case system, with every event of every brand."""
BRAKE = 1_000_000
START = 180.0
"""Seconds for a start on a busy machine."""

Half = Literal["both", "intake", "router"]


@dataclass
class Daemon:
    """One process. `only` half of the house, or both."""

    folder: Path
    """Its configuration."""
    log: Path
    smtp: int
    public: int
    internal: int
    only: Half = "both"
    life: Child | None = None
    before: Sequence[Before] = ()
    """What is done in the process before it runs."""

    def start(self) -> None:
        """Runs it; returns when it is ready."""
        self.launch()
        self.until_ready()

    def launch(self) -> None:
        """Runs it; returns at once."""
        with self.log.open("ab") as log:
            log.write(b"\n")  # kill -9 may have cut the last line
        self.life = nursery().fork(self._words(), folder=self.folder, log=self.log, before=self.before)

    def refused(self) -> tuple[int, str]:
        """Runs one that must not start; its exit status, and what it said."""
        command = [sys.executable, "-W", "error", "-m", "intake_daemon", *self._words()]
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "LC_ALL": "C.UTF-8"}
        done = subprocess.run(
            command, env=environment, cwd=self.folder, capture_output=True, timeout=START, check=False
        )
        return done.returncode, (done.stdout + done.stderr).decode(errors="replace")

    def ask(self, *words: str) -> str:
        """The `intake` command on this configuration, as an operator types it; what it said."""
        said = nursery().run([*words, "-c", str(self.folder)], folder=self.folder)
        assert said.status == 0, f"intake {' '.join(words)}: {said.errors}"
        return said.out

    def _words(self) -> list[str]:
        return ["run", "-c", str(self.folder), *([] if self.only == "both" else ["--only", self.only])]

    def until_ready(self) -> None:
        """Its doors are open and its parts well."""
        until(self._ready, f"the daemon is ready (port {self.internal})", START, self.log)

    def until_open(self) -> None:
        """Its doors are open, although not all of its parts are well."""
        until(lambda: self._alive() and greets(self.smtp) and self.health()[0] > 0, "its doors open", START, self.log)

    def _ready(self) -> bool:
        return self._alive() and self.health()[0] == http.client.OK and (self.only == "router" or greets(self.smtp))

    def _alive(self) -> bool:
        if self.life is None or not self.life.alive:
            raise AssertionError(f"the daemon ended:\n{self.log.read_text(errors='replace')[-3000:]}")
        return True

    def health(self) -> tuple[int, Any]:
        """Status and body of `/health/ready`; 0 while nobody listens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.internal, timeout=10)
        try:
            connection.request("GET", "/health/ready")
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        except (OSError, http.client.HTTPException, ValueError):
            return 0, {}
        finally:
            connection.close()

    def kill(self) -> None:
        """SIGKILL, as a power cut; returns when it is gone."""
        if self.life is not None:
            self.life.kill()

    def stop(self) -> None:
        """SIGTERM; returns when it is gone, by itself. Nothing but the journal may have been said, and no fault."""
        if self.life is None:
            return
        before = self.journal("stopped")
        assert self.life.stop(), "it had to be killed"
        assert self.journal("stopped") == before + 1, f"no clean stop:\n{self.log.read_text()[-3000:]}"
        assert [entry for entry in self.entries() if entry.get("event") == "failed"] == []
        assert [line for line in self.log.read_text().splitlines() if line and not line.startswith("{")] == []

    def pid(self) -> int:
        """The process's own id, as it told at its last start."""
        return int([entry["pid"] for entry in self.entries() if entry.get("event") == "started"][-1])

    def journal(self, event: str) -> int:
        """How often an event stands in the journal."""
        return sum(entry.get("event") == event for entry in self.entries())

    def entries(self) -> list[dict[str, Any]]:
        """The journal so far."""
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        return [json.loads(line) for line in lines if line.startswith("{") and line.endswith("}")]


@dataclass
class Installation:
    """A folder with configuration, `var`, and outgoing letters; `store` and `broker` as in intake.yaml."""

    home: Path
    broker: str = "embedded"
    store: str = "sqlite"
    vault: Literal["folder", "database"] = "folder"
    next_mta: int | None = None
    """The port of a real next mail server; without it letters go into a Maildir."""
    connectors: Mapping[str, Any] = field(default_factory=dict)
    """Sources beside SMTP and the form."""
    daemons: list[Daemon] = field(default_factory=list)

    @property
    def var(self) -> Path:
        """What the daemons keep on disk."""
        return self.home / "var"

    @property
    def outbox(self) -> Path:
        """The Maildir of outgoing letters."""
        return self.home / "outbox"

    @property
    def database(self) -> str:
        """The ledger's address, as SQLAlchemy writes it."""
        if self.store == "sqlite":
            return f"sqlite:///{self.var / 'ledger.db'}"
        return self.store.replace("postgresql://", "postgresql+psycopg://", 1)

    def add(self, only: Half = "both") -> Daemon:
        """One more daemon, not started yet. Several share the installation, each with its own ports."""
        name = f"daemon{len(self.daemons) + 1}"
        folder = self.home / name
        shutil.copytree(ROOT / "config", folder)
        daemon = Daemon(folder, self.home / f"{name}.log", free_port(), free_port(), free_port(), only)
        self._write(daemon)
        self.daemons.append(daemon)
        return daemon

    def reading(self) -> sa.Engine:
        """To look into the ledger beside a running daemon."""
        return sa.create_engine(self.database, poolclass=sa.pool.NullPool)

    def end_leases(self) -> None:
        """As if they had run out: for who was killed, and left nobody behind. The wait itself is in the full counts."""
        with self.reading().begin() as connection:
            connection.execute(sa.text("UPDATE leases SET until = 0"))

    def hasten(self, killed: float) -> None:
        """As if 90 seconds had passed since somebody was killed at `killed` (seconds since 1970), while sending."""
        with self.reading().begin() as connection:
            young = (  # not longer ago: the daemon's upkeep deletes what was sent months ago
                "UPDATE sends SET begun_at = :killed - 90 "
                "WHERE receipt IS NULL AND begun_at > :killed - 90 AND begun_at < :killed"
            )
            connection.execute(sa.text(young), {"killed": killed})
            put_off = (
                "SELECT id FROM notices WHERE (state = 'deferred' AND not_before > 0) "
                "OR (state = 'owed' AND not_before > :killed + 30)"  # not those that wait for somebody's next line
            )
            if self.store != "sqlite":
                put_off += " FOR UPDATE SKIP LOCKED"  # beside the daemon, which locks in an order of its own
            for notice in connection.execute(sa.text(put_off), {"killed": killed}).scalars().all():
                connection.execute(sa.text("UPDATE notices SET not_before = 0 WHERE id = :id"), {"id": notice})

    def _write(self, daemon: Daemon) -> None:
        said = yaml12.load(daemon.folder / "intake.yaml")
        mail: dict[str, Any] = {"kind": "mail", "maildir": str(self.outbox)}
        if self.next_mta is not None:
            mail = {"kind": "mail", "host": "127.0.0.1", "port": self.next_mta, "tls": "none"}
        said |= {
            "installation": {"name": "walk", "key": KEY},
            "broker": self.broker,
            "store": self.store,
            "var": str(self.var if daemon.only == "both" else self.home / f"var-{daemon.folder.name}"),
            "vault": self.vault,
            "web": {"public": f"127.0.0.1:{daemon.public}", "internal": f"127.0.0.1:{daemon.internal}"},
            "journal": {"form": "json", "level": "debug"},
            "subscribers": {CRM: {"bind": ["#"], "max_length": 1_000_000}},
            "connectors": {
                "smtp-in": {"kind": "smtp", "listen": f"127.0.0.1:{daemon.smtp}"},
                "form": {"kind": "web_form"},
                "mail": mail,
                **self.connectors,
            },
        }
        for brand in said["brands"].values():
            brand["brake"] = BRAKE
            brand["pause"] = {"silence": 0.2}  # who writes line by line is answered soon
        with (daemon.folder / "intake.yaml").open("w", encoding="utf-8") as written:
            json.dump(said, written, default=str)

    def end(self) -> None:
        """Ends whatever still runs."""
        for daemon in self.daemons:
            daemon.kill()


def greets(port: int) -> bool:
    """Whether a mail server says 220 there."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as line:
            return line.recv(4) == b"220 "
    except OSError:
        return False
