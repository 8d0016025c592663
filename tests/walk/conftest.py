"""What the walks stand on: a fresh installation on one machine, or on RabbitMQ and PostgreSQL."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pytest

from tests.services.postgres import Postgres
from tests.services.rabbit import Rabbit
from tests.walk.account import Counts, Letter, events_of_file, events_of_queue, letters_in, maildir, read_ledger, reckon
from tests.walk.complaints import Complaint
from tests.walk.daemon import Installation
from tests.walk.doors import Told
from tests.walk.search import journals_with

Kind = Literal["alone", "shared"]


@dataclass
class Ground:
    """An installation, and how its queues are read."""

    place: Installation
    rabbit: Rabbit | None = None

    def events(self) -> list[dict[str, Any]]:
        """What the case system's queue got. On the embedded broker every daemon must be stopped."""
        if self.rabbit is None:
            return events_of_file(self.place)
        return events_of_queue(self.rabbit, self.place.broker)

    def reckon(self, complaints: list[Complaint], told: Told) -> Counts:
        """The reckoning of tests/walk/account.py, with letters from the Maildir; and no journal said a word of it."""
        assert journals_with(self.place, complaints) == []
        return reckon(complaints, told, read_ledger(self.place), self.events(), self.letters())

    def letters(self) -> list[Letter]:
        """What landed in the Maildir."""
        return letters_in(maildir(self.place.outbox))


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Ground]:
    """Embedded broker and SQLite: one process."""
    place = Installation(tmp_path)
    yield Ground(place)
    place.end()


@pytest.fixture
def shared(tmp_path: Path, virtual_host: str, database: str, rabbitmq: Rabbit, postgres: Postgres) -> Iterator[Ground]:
    """RabbitMQ and PostgreSQL: any number of processes."""
    place = Installation(tmp_path, broker=virtual_host, store=database, vault="database")
    yield Ground(place, rabbitmq)
    place.end()


@pytest.fixture
def chance() -> random.Random:
    """Random moments. The seed is printed when a test fails; WALK_SEED=n repeats it."""
    seed = int(os.environ.get("WALK_SEED", random.SystemRandom().randrange(1_000_000)))
    print(f"WALK_SEED={seed}")  # noqa: T201 -- shown when the test fails
    return random.Random(seed)  # noqa: S311 -- moments, no secrets
