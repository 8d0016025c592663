"""`intake run --demo`, started as a user starts it: what it says, what it leaves, what it does after a kill."""

from __future__ import annotations

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from email import message_from_bytes, policy
from pathlib import Path

import pytest

DEMO = (sys.executable, "-m", "intake_daemon", "run", "--demo")
BOUND = 90
"""Seconds that a whole demo may take on a very slow machine."""
BALANCE = "balance: 18 contacts in = 15 cases + 1 joined + 2 machine + 0 aside + 0 parked + 0 unaccounted"


def demo(folder: Path, *arguments: str, **environment: str) -> str:
    """What a whole run prints."""
    done = subprocess.run(
        [*DEMO, *arguments],
        cwd=folder,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, ""), done.stdout[-600:] + done.stderr[-3000:]
    return done.stdout


def letters(folder: Path) -> list[str]:
    """Message-ID of every letter in the outbox."""
    found = sorted((folder / "var" / "demo" / "outbox" / "new").iterdir())
    return [str(message_from_bytes(path.read_bytes(), policy=policy.default)["Message-ID"]) for path in found]


def test_whole_way_in_sixty_lines(tmp_path: Path) -> None:
    """Doors, eighteen lives, the balance, one letter, one event, what next: in at most sixty lines."""
    said = demo(tmp_path, "--once")
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


def test_second_start_repeats_nothing(tmp_path: Path) -> None:
    """A second start sends nothing again and says what is open."""
    demo(tmp_path, "--once")
    first = letters(tmp_path)
    said = demo(tmp_path, "--once")
    assert "nothing is sent again; 15 cases are open" in said
    assert BALANCE in said
    assert letters(tmp_path) == first
    assert len(set(first)) == len(first) == 31


@pytest.mark.parametrize("seed", [1, 2])
def test_killed_and_started_again(tmp_path: Path, seed: int) -> None:
    """Kill -9 at any moment, twice; then it goes on where it was: the same balance, nobody answered twice."""
    moments = random.Random(seed)  # noqa: S311 -- a fixed disorder
    for _ in range(2):
        running = subprocess.Popen(DEMO, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        with running:
            assert running.stdout is not None
            for _ in range(moments.randrange(3, 12)):
                running.stdout.readline()
            time.sleep(moments.random() * 0.05)  # into the middle of a life
            running.send_signal(signal.SIGKILL)
    assert BALANCE in demo(tmp_path, "--once")
    sent = letters(tmp_path)
    # a letter whose sending was cut off is sent once more under its Message-ID: two copies are one letter
    assert len(set(sent)) == 31


def test_taken_port_is_passed_over(tmp_path: Path) -> None:
    """While one demo runs, another takes the next ports and says which."""
    running = subprocess.Popen(DEMO, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with running:
        assert running.stdout is not None
        running.stdout.readline()
        taken = running.stdout.readline()
        other = tmp_path / "other"
        other.mkdir()
        said = demo(other, "--once").splitlines()[1]
        running.send_signal(signal.SIGTERM)
    ports = [re.findall(r":(\d+)", line) for line in (taken, said)]
    assert len(ports[0]) == len(ports[1]) == 3
    assert not set(ports[0]) & set(ports[1])


def test_one_folder_belongs_to_one_process(tmp_path: Path) -> None:
    """A second process on the same folder refuses to start and says what to do."""
    running = subprocess.Popen(DEMO, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    with running:
        assert running.stdout is not None
        running.stdout.readline()
        refused = subprocess.run(DEMO, cwd=tmp_path, capture_output=True, text=True, timeout=BOUND, check=False)
        running.send_signal(signal.SIGTERM)
    assert refused.returncode == 1
    assert "another intake-daemon runs on this folder. Stop it first" in refused.stderr


def test_through_rabbitmq(tmp_path: Path, virtual_host: str) -> None:
    """`BROKER=amqp://…` shows the same through RabbitMQ, and the subscriber's queue holds every event."""
    said = demo(tmp_path, "--once", BROKER=virtual_host)
    assert "RabbitMQ" in said.splitlines()[0]
    assert BALANCE in said
    with closing(sqlite3.connect(tmp_path / "var" / "demo" / "ledger.db")) as ledger:
        assert ledger.execute("SELECT count(*) FROM outbox").fetchone() == (0,)


def test_broker_that_is_no_address_is_refused(tmp_path: Path) -> None:
    """A BROKER that is no broker's address stops the start and says what to write."""
    refused = subprocess.run(
        DEMO,
        cwd=tmp_path,
        env={**os.environ, "BROKER": "rabbit"},
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert refused.returncode == 1
    assert "Write BROKER=amqp://" in refused.stderr
