"""`intake run --demo`: what it says, what it leaves, what it does after a kill. As a user starts it, from an installed
wheel: tests/test_packaging.py."""

from __future__ import annotations

import json
import os
import random
import re
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from intake_daemon.command.configuration import shipped
from tests.services.nursery import Child, Ended, nursery
from tests.services.place import until

BOUND = 240
"""Seconds that a whole demo may take on a very slow machine."""
BALANCE = "balance: 18 contacts in = 15 cases + 1 joined + 2 machine + 0 aside + 0 parked + 0 unaccounted"


def demo(folder: Path, *arguments: str, **environment: str) -> str:
    """What a whole run prints."""
    done = forked(folder, *arguments, **environment)
    assert (done.status, done.errors) == (0, ""), done.out[-600:] + done.errors[-3000:]
    return done.out


def forked(folder: Path, *arguments: str, **environment: str) -> Ended:
    """A run of a process that had everything imported."""
    words = ["run", "--demo", *arguments]
    return nursery().run(words, folder=folder, config=shipped("config"), env={**os.environ, **environment})


def letters(folder: Path) -> list[str]:
    """Message-ID of every acknowledgement in the outbox. What staff get depends on the day of the year: holidays may
    ask for an extension (C-K2)."""
    found = sorted((folder / "var" / "demo" / "outbox" / "new").iterdir())
    mails = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in found]
    return [str(mail["Message-ID"]) for mail in mails if mail["Auto-Submitted"] == "auto-replied"]


def begun(folder: Path) -> Child:
    """A demo that runs until it is stopped; what it prints is in `said`."""
    config = shipped("config")
    return nursery().fork(
        ["run", "--demo"], folder=folder, config=config, log=folder / "said", errors=folder / "errors"
    )


def lines(folder: Path) -> list[str]:
    """What it has printed so far."""
    return (folder / "said").read_text().splitlines() if (folder / "said").exists() else []


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of one whole run, only ever copied, and what the run printed."""
    folder = tmp_path_factory.mktemp("demo")
    return folder, demo(folder, "--once")


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, str]]:
    """The folder of a demo that runs, and the line in which it said where it listens."""
    folder = tmp_path_factory.mktemp("running")
    life = begun(folder)
    until(lambda: len(lines(folder)) > 1, "it says where it listens", BOUND)
    yield folder, lines(folder)[1]
    life.stop()


def test_whole_way_in_sixty_lines(shown: tuple[Path, str]) -> None:
    """Doors, eighteen lives, the balance, one letter, one event, what next: in at most sixty lines."""
    _, said = shown
    lines = said.splitlines()
    assert len(lines) <= 60
    assert lines[1].startswith("listening: mail smtp://127.0.0.1:")
    lives = [line for line in lines if re.match(r"\d\d:\d\d:\d\d ", line)]
    assert len(lives) == 18
    assert [line for line in lives if "(3x)" in line]
    languages = {match[1] for line in lives if (match := re.search(r"acknowledged in (\w\w) \d+ ms", line))}
    assert languages == {"en", "pt", "lv", "pl", "ru", "az"}
    assert BALANCE in lines
    assert "  Subject: We have received your complaint: WLZ-" in said
    event = json.loads(next(line for line in lines if line.startswith("  {")))
    assert event["type"] == "complaint.received.v1"


def test_second_start_repeats_nothing(shown: tuple[Path, str], tmp_path: Path) -> None:
    """A second start sends nothing again and says what is open."""
    shutil.copytree(shown[0], tmp_path, dirs_exist_ok=True)
    first = letters(tmp_path)
    said = demo(tmp_path, "--once")
    assert "nothing is sent again; 15 cases are open" in said
    assert BALANCE in said
    assert letters(tmp_path) == first
    assert len(set(first)) == len(first) == 15


@pytest.mark.parametrize("seed", [1, *(pytest.param(seed, marks=pytest.mark.proof) for seed in range(2, 11))])
def test_killed_and_started_again(tmp_path: Path, seed: int) -> None:
    """Kill -9 at any moment, twice; then it goes on where it was: the same balance, nobody answered twice."""
    moments = random.Random(seed)  # noqa: S311 -- a fixed disorder
    for _ in range(2):
        enough = len(lines(tmp_path)) + moments.randrange(3, 12)
        life = begun(tmp_path)
        until(lambda enough=enough: len(lines(tmp_path)) >= enough, "it has said so much", BOUND)  # type: ignore[misc]
        time.sleep(moments.random() * 0.05)  # into the middle of a life
        life.kill()
    assert BALANCE in demo(tmp_path, "--once")
    sent = letters(tmp_path)
    # a letter whose sending was cut off is sent once more under its Message-ID: two copies are one letter
    assert len(set(sent)) == 15


def test_taken_port_is_passed_over(running: tuple[Path, str], tmp_path: Path) -> None:
    """While one demo runs, another takes the next ports and says which."""
    life = begun(tmp_path)
    until(lambda: len(lines(tmp_path)) > 1, "it says where it listens", BOUND)
    life.stop()
    taken, said = running[1], lines(tmp_path)[1]
    ports = [re.findall(r":(\d+)", line) for line in (taken, said)]
    assert len(ports[0]) == len(ports[1]) == 3
    assert not set(ports[0]) & set(ports[1])


def test_one_folder_belongs_to_one_process(running: tuple[Path, str]) -> None:
    """A second process on the same folder refuses to start and says what to do."""
    refused = forked(running[0])
    assert refused.status == 1
    assert "another intake-daemon runs on this folder. Stop it first" in refused.errors


def test_through_rabbitmq(tmp_path: Path, virtual_host: str) -> None:
    """`BROKER=amqp://…` shows the same through RabbitMQ, and the subscriber's queue holds every event."""
    said = demo(tmp_path, "--once", BROKER=virtual_host)
    assert "RabbitMQ" in said.splitlines()[0]
    assert BALANCE in said
    with closing(sqlite3.connect(tmp_path / "var" / "demo" / "ledger.db")) as ledger:
        assert ledger.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_broker_that_is_no_address_is_refused(tmp_path: Path) -> None:
    """A BROKER that is no broker's address stops the start and says what to write."""
    refused = forked(tmp_path, BROKER="rabbit")
    assert refused.status == 1
    assert "Write BROKER=amqp://" in refused.errors
