"""examples/subscriber.py: in order, each once, and a gap is seen and mended."""

from __future__ import annotations

import importlib.util
import json
import os
import shlex
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

from tests.command.conftest import ANN, PT, Shop
from tests.services.guard import Guarded
from tests.services.place import until
from tests.services.rabbit import Rabbit
from tests.walk.daemon import ROOT, Installation

SCRIPT = ROOT / "examples" / "subscriber.py"


@pytest.fixture(scope="module")
def script() -> ModuleType:
    """The example as a module."""
    spec = importlib.util.spec_from_file_location("subscriber", SCRIPT)
    assert spec
    assert spec.loader
    found = importlib.util.module_from_spec(spec)
    sys.modules["subscriber"] = found
    spec.loader.exec_module(found)
    return found


def test_order_repeats_and_gaps(script: ModuleType, tmp_path: Path) -> None:
    """A repeat is passed over, what comes too early waits, and comes in order when the gap is closed; on disk too."""
    reader = script.Reader(tmp_path / "state.json")

    def event(number: int) -> dict[str, str]:
        return {"subject": "WLZ-1", "sequence": f"{number:010d}"}

    assert reader.take(event(1)) == [event(1)]
    assert reader.take(event(1)) == []
    assert reader.take(event(4)) == []
    assert reader.take(event(3)) == []
    assert reader.gaps() == ["WLZ-1"]
    reader.save()
    again = script.Reader(tmp_path / "state.json")
    again.load()
    assert again.take(event(2)) == [event(2), event(3), event(4)]
    assert again.gaps() == []


def test_gap_on_rabbitmq_is_mended_by_replay(tmp_path: Path, virtual_host: str, rabbitmq: Rabbit) -> None:
    """A queue that dropped its oldest events: the example asks for a replay, and has every event once, in order."""
    place = Installation(tmp_path, broker=virtual_host)
    daemon = place.add()
    shop = Shop(place, daemon)
    try:
        daemon.start()
        assert shop.ask("send", ANN, PT).status == 0
        shop.settled(2)
        lost = subprocess.run(
            [sys.executable, "-c", _TAKE_TWO, virtual_host], capture_output=True, text=True, check=True, timeout=60
        )
        assert lost.stdout == "2\n"
        replay = [sys.executable, "-m", "intake_daemon", "events", "replay", "--to", "crm", "-c", str(daemon.folder)]
        state = tmp_path / "state.json"
        environment = {"AMQP_URL": virtual_host, "QUEUE": "crm", "STATE": str(state), "REPLAY": shlex.join(replay)}
        reading = Guarded(
            [sys.executable, str(SCRIPT)],
            log=tmp_path / "subscriber.log",
            env={**os.environ, **environment, "PYTHONPATH": str(ROOT)},
            cwd=tmp_path,
        )
        total = {each["reference"]: each["sequence"] for each in shop.ask("cases", "--json").json}
        try:
            until(
                lambda: state.exists() and json.loads(state.read_text())["seen"] == total,
                "every event was read",
                60,
                tmp_path / "subscriber.log",
            )
        finally:
            reading.kill()
        told = (tmp_path / "subscriber.log").read_text()
        assert "gap: " in told
        seen = [tuple(line.split()[:2]) for line in told.splitlines() if "-" in line.split()[0] and ".v1" in line]
        assert len(seen) == len(set(seen)) == sum(total.values())
        for reference in total:
            mine = [number for case, number in seen if case == reference]
            assert mine == sorted(mine)
    finally:
        place.end()


_TAKE_TWO = """
import asyncio, sys, aio_pika

async def main():
    async with await aio_pika.connect(sys.argv[1]) as connection:
        queue = await (await connection.channel()).get_queue("crm")
        for _ in range(2):
            await (await queue.get(timeout=10)).ack()
    print(2)

asyncio.run(main())
"""
