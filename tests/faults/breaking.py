"""What a trouble does to ways and processes, as long as it lasts (servers.py: to servers)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import cast

from tests.faults.process import Process
from tests.faults.proxy import Fault, Way
from tests.faults.trouble import Trouble


@contextmanager
def broken(ways: Sequence[Way], trouble: Trouble) -> Iterator[None]:
    """The ways are so, from entering to leaving."""
    for way in ways:
        way.break_(cast("Fault", trouble.what.partition(" ")[2]), trouble.direction)
    try:
        yield
    finally:
        for way in ways:
            way.heal()


@contextmanager
def suffering(process: Process, fault: str) -> Iterator[None]:
    """The process is `paused`, `stopped` or `killed`; afterwards it goes on, or may be begun again."""
    if fault == "paused":
        process.pause()
        try:
            yield
        finally:
            process.resume()
        return
    process.down = True
    if fault == "stopped":
        process.stop()
    else:
        process.kill()
    try:
        yield
    finally:
        process.down = False
