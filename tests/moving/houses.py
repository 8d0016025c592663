"""Houses with something in them, on one machine's files: cases, letters that wait, originals, places of sources."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.contract import MESSAGES, Input, Letter
from intake_daemon.message import Message
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import ROOT, Installation
from tests.walk.test_side_by_side import conversation

PIECE = 500

# the `intake` command, in small pieces, killed right after the n-th time that something was done
CHILD = """
import os, signal, sys
from intake_daemon.command import main
from intake_daemon.command.moving import ground, letters, move, tables
what, left, tables.PIECE, letters.PAGE = sys.argv.pop(1), int(sys.argv.pop(1)), int(sys.argv.pop(1)), 20_000
def counted():
    global left
    left -= 1
    if not left:
        os.kill(os.getpid(), signal.SIGKILL)
note, bring = move.HowFar.note, ground.Ground.bring
def noted(self, **changes):
    note(self, **changes)
    if what == "note":
        counted()
async def brought(self, found):
    await bring(self, found)
    if what == "bring":
        counted()
move.HowFar.note, ground.Ground.bring = noted, brought
main()
"""


def messages(found: list[Complaint]) -> list[Message]:
    """What their mails would be, each with an original that nobody else has."""
    now = datetime.now(UTC)
    times = {"received_at": now, "contact_at": now}
    return [conversation(each)[0].model_copy(update=times) for each in found]


async def fill(place: Installation, cases: int, waiting: int) -> list[Complaint]:
    """A house that never ran: so many cases with their originals, their events with a subscriber, and so many messages
    that wait. What it was filled with."""
    folder = place.daemons[0].folder
    house = await build(configuration.read(folder))
    found = complaints(cases + waiting, 71)
    told = messages(found)
    for number, message in enumerate(told):
        raw = await house.vault.put(f"original {found[number].message_id}".encode())
        told[number] = message.model_copy(update={"raw": raw})
    await house.broker.start()
    try:
        for start in range(0, cases, PIECE):
            some = told[start : min(start + PIECE, cases)]
            await house.ledger.decide([Input(each, each.received_at) for each in some], house.now())
        while rows := await house.ledger.outbox(PIECE):
            await house.broker.publish([row.letter for row in rows])
            await house.ledger.published(rows)
        await house.memory.save("imap inbox", {"uidvalidity": 7, "uid": 4711})
        for message in told[cases:]:
            key = f"{message.brand}.{message.channel}"
            await house.broker.publish([Letter(MESSAGES, key, message.to_json(), message.id)])
    finally:
        await house.close()
    return found


def command(
    folder: Path, *words: str, killed: tuple[str, int] = ("never", 0), piece: int = 25
) -> dict[str, Any] | None:
    """The `intake` command on this configuration; what it said as JSON, or None when it was killed as wanted."""
    what, left = killed
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", CHILD, what, str(left), str(piece), *words, "-c", str(folder), "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=1800,
        check=False,
    )
    if left:
        assert done.returncode == -9, done.stdout + done.stderr
        return None
    assert done.returncode == 0, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said
