"""The list of what was erased, outside the database: `erasures.jsonl`, a line a case, only ever appended to.

A copy that is brought back holds the words of whoever was erased after it was taken, and a mailbox that is read again
brings their mails once more. So every process with a router half writes down each erasure, from the ledger's events:
the ids of the case and of its contacts, when, and the keyed hashes under which a source's item is known. Nothing
personal stands in it. `intake restore` goes by it: those cases are erased again, and those contacts stay known.

Rules
- It lags behind an erasure by seconds, never for good: what a crash kept from it is found in the events again.
- It must lie on another disk than the database, or be carried away often (`erasures:` in intake.yaml). What is not in
  any list that is given comes back with an old copy; then the restore says so.
- The same case twice does no harm: several processes may write several lists, and all of them are given.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from intake_daemon import disk, journal
from intake_daemon.command.moving.manifest import NotWhole
from intake_daemon.errors import Temporary
from router.ledger import forgetting

if TYPE_CHECKING:
    from intake_daemon.command.house import House
    from intake_daemon.settings import Settings

NAME = "erasures.jsonl"
_LOOK = 2.0
_OVERLAP = 3600.0
"""Seconds: an event may be committed so much later than its time says."""
_MANY = 10_000
"""Lines after which those of earlier hours are let go of."""


def place(settings: Settings) -> Path:
    """Where a house's list is."""
    return settings.erasures or settings.var / NAME


async def keep(house: House) -> None:
    """Runs for ever: what is erased goes from vault and log after its commit, and is written down."""
    listing = _Listing(place(house.configuration.settings), tuple(house.configuration.brands))
    outage = journal.Outage("erasures")
    while True:
        with contextlib.suppress(Temporary):
            keys = await house.ledger.vault_erasures()
            if keys:
                await house.vault.erase(keys)
                await house.ledger.vault_erased(keys)
            await house.ledger.overwrite()
            await house.ledger.forget(house.now())
            try:
                await listing.look(house)
                outage.end(time.monotonic())
            except OSError as error:
                outage.begin(disk.temporary("erasures", error).code, time.monotonic())
        await asyncio.sleep(_LOOK)


@dataclass
class _Listing:
    """What this process knows to be in its list, of the last hours."""

    path: Path
    brands: tuple[str, ...]
    known: dict[str, float] | None = None

    async def look(self, house: House) -> None:
        """Writes down what is new. Raises Temporary, OSError."""
        now = house.now().timestamp()
        known = self.known if self.known is not None else await asyncio.to_thread(_listed, self.path, now)
        since = min(max(known.values(), default=_OVERLAP), now) - _OVERLAP
        found = await house.store.read(partial(forgetting.erased, brands=self.brands, since=since, known=known))
        await asyncio.to_thread(append, self.path, found)
        self.known = _latest({**known, **{each["case"]: _time(each) for each in found}}, now)


def append(path: Path, found: Sequence[dict[str, Any]]) -> None:
    """These lines, durably. Raises OSError."""
    if not found:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    new = not path.exists()
    content = b"".join(json.dumps(each, separators=(",", ":")).encode() + b"\n" for each in found)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        length = os.lseek(descriptor, 0, os.SEEK_END)
        if length and os.pread(descriptor, 1, length - 1) != b"\n":  # cut off: it must not take the next line along
            content = b"\n" + content
        while content:  # a disk that gets full takes a part, and refuses only what follows
            content = content[os.write(descriptor, content) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    if new:
        disk.sync(path.parent)


def _listed(path: Path, now: float) -> dict[str, float]:
    """Cases of the last hours of a list, and when they were erased. Raises OSError."""
    found: dict[str, float] = {}
    try:
        for each in lines([path]) if path.exists() else ():
            found[each["case"]] = _time(each)
            if len(found) > _MANY:
                found = _latest(found, now)
    except NotWhole as error:
        raise OSError(str(error)) from None
    return _latest(found, now)


def _latest(found: dict[str, float], now: float) -> dict[str, float]:
    """`now`: what a clock that ran ahead has written is not the measure."""
    last = min(max(found.values(), default=0.0), now) - 2 * _OVERLAP
    return {case: at for case, at in found.items() if at > last}


def _time(line: dict[str, Any]) -> float:
    return datetime.fromisoformat(line["at"]).timestamp()


def lines(paths: Iterable[Path]) -> Iterator[dict[str, Any]]:
    """Every erasure of these lists. A line that a crash cut off is left out: it was written again. Raises NotWhole."""
    for path in paths:
        try:
            with path.open("rb") as file:
                for line in file:
                    with contextlib.suppress(ValueError):
                        found = json.loads(line)
                        if isinstance(found, dict) and found.keys() >= {"case", "at", "contacts"}:
                            yield found
        except OSError as error:
            raise NotWhole(f"The list of erasures {path} cannot be read ({error.strerror}).") from None
