"""A case system's end of the line: reads its queue in order, sees gaps, asks for what is missing.

    pip install aio-pika
    AMQP_URL=amqp://… QUEUE=crm python examples/subscriber.py

The queue is declared by the daemon (`subscribers:` in intake.yaml). What has been read is kept in STATE, so it may be
stopped at any moment: an event is acknowledged to the broker only after it is on disk.

A `sequence` that jumps means that the queue dropped its oldest events, or that we came later. What came too early waits
in STATE; the ledger is asked for everything again (REPLAY, a command on the daemon's machine), and what we have already
seen is passed over: a replayed event has its first id and its first sequence.
"""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aio_pika


@dataclass
class Reader:
    """How far each case was read; `early` are events that came before their turn."""

    path: Path
    seen: dict[str, int] = field(default_factory=dict)
    early: dict[str, dict[int, dict[str, Any]]] = field(default_factory=dict)

    def load(self) -> None:
        """What an earlier life has read."""
        if self.path.exists():
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            self.seen = kept["seen"]
            self.early = {case: {int(n): event for n, event in each.items()} for case, each in kept["early"].items()}

    def save(self) -> None:
        """Whole or not at all."""
        new = self.path.with_suffix(".new")
        with new.open("w", encoding="utf-8") as file:
            json.dump({"seen": self.seen, "early": self.early}, file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(self.path)

    def take(self, event: dict[str, Any]) -> list[dict[str, Any]]:
        """The events that are now in turn: none for a repeat, none after a gap, several when a gap is closed."""
        case, number = event["subject"], int(event["sequence"])
        if number <= self.seen.get(case, 0):
            return []
        waiting = self.early.setdefault(case, {})
        waiting[number] = event
        ready = []
        while (following := self.seen.get(case, 0) + 1) in waiting:
            ready.append(waiting.pop(following))
            self.seen[case] = following
        if not waiting:
            del self.early[case]
        return ready

    def gaps(self) -> list[str]:
        """Cases of which something is missing."""
        return sorted(self.early)


def handle(event: dict[str, Any]) -> None:
    """What a case system does with an event; words and names are fetched from `dataref`, by who may read them."""
    print(f"{event['subject']} {event['sequence']} {event['type']} {json.dumps(event['data'])}", flush=True)


async def ask_again(command: str, missing: list[str]) -> None:
    """Have everything published again."""
    print(f"gap: {', '.join(missing)}; asking for a replay", flush=True)
    process = await asyncio.create_subprocess_exec(*shlex.split(command))
    if await process.wait() != 0:
        print(f"the replay failed; run it where the daemon is: {command}", flush=True)


async def main() -> None:
    """Reads until it is stopped."""
    queue = os.environ.get("QUEUE", "crm")
    replay = os.environ.get("REPLAY", f"intake events replay --to {queue}")
    reader = Reader(Path(os.environ.get("STATE", f"{queue}.json")))
    reader.load()
    asked: list[str] = []
    connection = await aio_pika.connect_robust(os.environ["AMQP_URL"])
    async with connection, connection.channel() as channel:
        await channel.set_qos(prefetch_count=100)
        source = await channel.get_queue(queue)  # ours to read, not to declare
        async with source.iterator() as letters:
            async for letter in letters:
                ready = reader.take(json.loads(letter.body))
                for event in ready:
                    handle(event)
                reader.save()
                await letter.ack()
                missing = reader.gaps()
                if missing and missing != asked:
                    asked = missing
                    await ask_again(replay, missing)


if __name__ == "__main__":
    asyncio.run(main())
