"""Reports that issue themselves: when a month ends, each brand's is written to `<var>/reports/`, once.

    <var>/reports/<brand>-<month>.json  .csv  .html

Rules
-----
1. Which are due, and an hour of grace after midnight: router/reports/due.py. Whoever was down then makes up for it at
   the next start, also for several months.
2. Of several processes one writes and tells: it holds the lease `reports`, and `report <brand>` in the shared memory
   says which month was issued last. A crash in between only writes the same file again; a file is there whole or not at
   all.
3. What is issued stays as it was then: nothing writes it anew. `intake report` counts what is known today.
4. The managers are told afterwards (`Tell`), and only then is a report settled: what was issued and nobody was told of
   comes again, also after a crash.
5. A brand whose first case came after a month's end has no report of that month.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from intake_daemon import disk, journal
from intake_daemon.contract import Memory, Now
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from router.api.reports import wanted, zone_of
from router.ledger.lookup import monthly
from router.reports import Month, Report, due, page, sheet
from router.rules import Rules

_LEASE = "reports"
_SECONDS = 900.0
"""For which the lease is held; longer than all reports of a large installation take."""
_LOOK = 60.0
"""Seconds between two looks whether a month has ended."""
_FAILED = 3600.0
"""Seconds until what failed for a reason of its own is tried again."""


@dataclass(frozen=True)
class Issuing:
    """What issuing works with."""

    store: Store
    memory: Memory
    rules: Callable[[], Rules]
    now: Now
    folder: Path
    """`<var>/reports`"""
    holder: str


@dataclass(frozen=True)
class Issued:
    """A report that was issued."""

    report: Report
    files: tuple[Path, ...]
    """On this machine; empty when another one wrote it."""


Tell = Callable[[Issued], Awaitable[None]]
"""Tells the managers of the brand. Raises Temporary when they must be told later."""


async def nobody(_issued: Issued) -> None:
    """Tells nobody."""


async def keep(issuing: Issuing, tell: Tell = nobody) -> None:
    """Look now and then, as long as the house stands. A report that cannot be made stops no complaint: it is told in
    the journal, and tried again later."""
    outage = journal.Outage("reports")
    while True:
        rest = _LOOK
        try:
            async with issued(issuing) as found:
                for each in found:
                    await tell(each)
                    await settle(issuing, each)
            outage.end(time.monotonic())
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
        except Exception as error:  # noqa: BLE001 -- of whatever kind
            journal.failed("reports", error)
            rest = _FAILED
        await asyncio.sleep(rest)


@asynccontextmanager
async def issued(issuing: Issuing) -> AsyncIterator[list[Issued]]:
    """Write what is due: all that was issued and is not settled, the oldest first, for this process alone while it
    lasts; nothing while another one has it. Raises Temporary when the database or the disk is away."""
    waits = [await _open(issuing, brand) for brand in issuing.rules().brands]
    if not any(waits) or not await issuing.memory.take(_LEASE, issuing.holder, _SECONDS):
        yield []
        return
    try:
        found = [each for brand in issuing.rules().brands for each in await _brand(issuing, brand)]
        yield sorted(found, key=lambda each: (each.report.month, each.report.brand))
    finally:
        with contextlib.suppress(Temporary):  # else it ends by itself
            await issuing.memory.drop(_LEASE, issuing.holder)


async def settle(issuing: Issuing, done: Issued) -> None:
    """The managers of the brand were told of it."""
    brand, month = done.report.brand, Month.parse(done.report.month)
    place = await _place(issuing, brand)
    if place.told is None or place.told < month:
        await _save(issuing, brand, _Place(place.issued, month))


@dataclass(frozen=True)
class _Place:
    """The last months of a brand that were issued and told."""

    issued: Month | None
    told: Month | None


async def _place(issuing: Issuing, brand: str) -> _Place:
    kept = await issuing.memory.load(f"report {brand}") or {}
    issued, told = (Month.parse(kept[key]) if kept.get(key) else None for key in ("issued", "told"))
    return _Place(issued, told)


async def _save(issuing: Issuing, brand: str, place: _Place) -> None:
    kept = {"issued": str(place.issued or ""), "told": str(place.told or "")}
    await issuing.memory.save(f"report {brand}", kept)


async def _open(issuing: Issuing, brand: str) -> bool:
    """Whether there is something to do for this brand."""
    place = await _place(issuing, brand)
    return place.told != place.issued or bool(due(place.issued, zone_of(issuing.rules(), brand), issuing.now()))


async def _brand(issuing: Issuing, brand: str) -> list[Issued]:
    rules, now = issuing.rules(), issuing.now()
    zone = zone_of(rules, brand)
    place = await _place(issuing, brand)
    found: list[Issued] = []
    if place.issued and place.told != place.issued:
        found += [await _again(issuing, brand, month) for month in _untold(place)]
    for month in due(place.issued, zone, now):
        end = month.end(zone)
        if await issuing.store.read(lambda connection, end=end: monthly.anything(connection, brand, end)):  # type: ignore[misc]
            report = await _counted(issuing, brand, month)
            found.append(Issued(report, await asyncio.to_thread(_write, issuing.folder, report)))
            journal.report_issued(brand, str(month))
            place = _Place(month, place.told)
        else:
            place = _Place(month, month)
        await _save(issuing, brand, place)
    return found


def _untold(place: _Place) -> list[Month]:
    """Those after the last one that was told."""
    months: list[Month] = []
    month = place.issued
    while month is not None and (place.told is None or month > place.told):
        months.insert(0, month)
        month = month.before if place.told is not None else None
    return months


async def _again(issuing: Issuing, brand: str, month: Month) -> Issued:
    """One that was issued: from its file, or counted anew where another machine has it."""
    files = _files(issuing.folder, brand, month)
    try:
        written = await asyncio.to_thread(files[0].read_text, encoding="utf-8")
    except OSError:
        return Issued(await _counted(issuing, brand, month), ())
    return Issued(Report.model_validate_json(written), files)


async def _counted(issuing: Issuing, brand: str, month: Month) -> Report:
    asked, now = wanted(issuing.rules(), brand, month), issuing.now()
    return await issuing.store.read(lambda connection: monthly.monthly(connection, asked, now))


def _files(folder: Path, brand: str, month: Month) -> tuple[Path, ...]:
    return tuple(folder / f"{brand}-{month}.{kind}" for kind in ("json", "csv", "html"))


def _write(folder: Path, report: Report) -> tuple[Path, ...]:
    """The three files, each whole or not at all."""
    files = _files(folder, report.brand, Month.parse(report.month))
    texts = (report.to_json(), sheet(report), page(report))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for file, text in zip(files, texts, strict=True):
            beside = file.with_suffix(f"{file.suffix}.new")
            beside.unlink(missing_ok=True)
            disk.write(beside, text.encode())
            beside.replace(file)
        disk.sync(folder)
    except OSError as error:
        raise disk.temporary("reports", error) from error
    return files
