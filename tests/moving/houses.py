"""Houses with something in them, on one machine's files: cases, letters that wait, originals, places of sources."""

from __future__ import annotations

import itertools
import json
import os
import signal
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from intake_daemon.command import configuration
from intake_daemon.command.building import build
from intake_daemon.command.moving import ground, letters, move, tables
from intake_daemon.contract import MESSAGES, Delivery, Input, Letter
from intake_daemon.message import Message
from tests.services.nursery import nursery
from tests.walk.complaints import Complaint, complaints
from tests.walk.daemon import Installation
from tests.walk.test_side_by_side import conversation

PIECE = 500
LEFT = 2000
"""Events and notices that have left for their queues; of a large house the others are in the outbox still."""


def killing(what: str, left: int, piece: int) -> None:
    """Before a move, in its process: it works in small pieces, and is killed right after the n-th time that it noted
    how far it came (`note`), brought letters (`bring`), or marked the new one as unfinished (`begin`)."""
    tables.PIECE, letters.PAGE = piece, 20_000
    note, bring, begin, times = move.HowFar.note, ground.Ground.bring, ground.Ground.begin, itertools.count(1)

    def counted() -> None:
        if next(times) == left:
            os.kill(os.getpid(), signal.SIGKILL)

    def noted(self: move.HowFar, **changes: Any) -> None:  # noqa: ANN401 -- JSON
        note(self, **changes)
        if what == "note":
            counted()

    async def brought(self: ground.Ground, found: Sequence[Delivery]) -> None:
        await bring(self, found)
        if what == "bring":
            counted()

    async def began(self: ground.Ground, said: dict[str, Any], **how: Any) -> bool:  # noqa: ANN401 -- as the real one
        known = await begin(self, said, **how)
        if what == "begin":
            counted()
        return known

    move.HowFar.note, ground.Ground.bring = noted, brought  # type: ignore[assignment, method-assign]
    ground.Ground.begin = began  # type: ignore[assignment, method-assign]


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
        left = 0
        while left < LEFT and (rows := await house.ledger.outbox(PIECE)):
            await house.broker.publish([row.letter for row in rows])
            await house.ledger.published(rows)
            left += len(rows)
        await house.memory.save("imap inbox", {"uidvalidity": 7, "uid": 4711})
        for message in told[cases:]:
            key = f"{message.brand}.{message.channel}"
            await house.broker.publish([Letter(MESSAGES, key, message.to_json(), message.id)])
    finally:
        await house.close()
    return found


def moving(folder: Path, to: Path, *, killed: tuple[str, int] = ("never", 0), piece: int = 25) -> dict[str, Any] | None:
    """`intake move`; what it said as JSON, or None when it was killed as wanted."""
    what, left = killed
    with tempfile.TemporaryDirectory() as place:
        out, errors, status = (Path(place) / name for name in ("out", "errors", "status"))
        life = nursery().fork(
            ["move", "--to", str(to), "-c", str(folder), "--json"],
            folder=folder,
            log=out,
            errors=errors,
            status=status,
            before=[("tests.moving.houses:killing", {"what": what, "left": left, "piece": piece})],
        )
        assert life.ended(3600), "it does not end"
        if left:
            assert not status.exists(), "it was to be killed"
            return None
        assert status.read_text() == "0", errors.read_text()
        said: dict[str, Any] = json.loads(out.read_text())
        return said
