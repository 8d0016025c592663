"""Reports that issue themselves: once, by one process, also late; and nobody is told twice or forgotten."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from intake_daemon.command import issuing
from intake_daemon.command.issuing import Issued, Issuing, issued, settle
from intake_daemon.errors import Temporary
from intake_daemon.memory import StoredMemory
from intake_daemon.store import Store
from router.reports import Month, Report, due
from tests.desk.letters import rules
from tests.reports.histories import BAKU, LONDON, NOVEMBER, History, keep, on


@dataclass
class House:
    """Processes that share a ledger, with one clock that a test moves."""

    store: Store
    var: Path
    now: datetime
    told: list[str] = field(default_factory=list)

    def process(self, name: str = "one") -> Issuing:
        """What a process of this name works with."""

        def now() -> datetime:
            return self.now

        memory = StoredMemory(self.store, name, now)
        return Issuing(self.store, memory, rules, now, self.var / "reports", name)

    async def look(self, name: str = "one") -> list[Issued]:
        """One look of a process, which tells of everything."""
        process = self.process(name)
        async with issued(process) as found:
            for each in found:
                self.told.append(f"{each.report.brand} {each.report.month}")
                await settle(process, each)
        return found


@pytest.fixture
async def house(store: Store, tmp_path: Path) -> House:
    """Welzo has one complaint of November; it is the last day of it."""
    await store.write(lambda connection: keep(connection, [History(1).received(on(3))]))
    return House(store, tmp_path, on(30, 23, 59))


async def test_report_is_written_once_after_the_months_end(house: House) -> None:
    """AT-L03: not on the last evening nor at midnight, but an hour later, once; for a brand without cases none."""
    assert await house.look() == []
    house.now = on(1, 0, 59, month=12)
    assert await house.look() == []
    house.now = on(1, 1, 0, month=12)
    (found,) = await house.look()
    assert [file.name for file in found.files] == [f"welzo-2026-11.{kind}" for kind in ("json", "csv", "html")]
    assert all(file.read_bytes() for file in found.files)
    assert Report.model_validate_json(found.files[0].read_text(encoding="utf-8")) == found.report
    assert found.report.complete
    assert found.report.figures.flow.received == 1
    assert sorted(path.name for path in (house.var / "reports").iterdir()) == sorted(file.name for file in found.files)
    house.now += timedelta(days=10)
    assert await house.look() == []
    assert house.told == ["welzo 2026-11"]


async def test_who_was_down_makes_up_for_it(house: House) -> None:
    """Down from December to March: every month is written at the next start, the oldest first."""
    house.now = on(2, month=12)
    await house.look()
    house.now = datetime(2027, 3, 5, tzinfo=LONDON)
    assert [each.report.month for each in await house.look()] == ["2026-12", "2027-01", "2027-02"]
    assert (house.var / "reports" / "welzo-2027-02.html").exists()


async def test_one_of_two_processes_writes(house: House) -> None:
    """While one is at it another finds nothing; after it, nothing is left."""
    house.now = on(1, 2, month=12)
    async with issued(house.process("one")) as mine:
        assert len(mine) == 1
        await settle(house.process("one"), mine[0])
    assert await house.look("two") == []


async def test_lease_keeps_the_second_process_away(postgres_store: Store, tmp_path: Path) -> None:
    """On a database that several share the second one gets nothing while the first tells, though nothing is settled."""
    await postgres_store.write(lambda connection: keep(connection, [History(1).received(on(3))]))
    house = House(postgres_store, tmp_path, on(1, 2, month=12))
    async with issued(house.process("one")) as mine:
        assert len(mine) == 1
        assert await house.look("two") == []
    assert len(await house.look("two")) == 1


async def test_nobody_is_forgotten(house: House) -> None:
    """Written and not told, as after a crash: it comes again from its file, as it was written, and then no more."""
    house.now = on(1, 2, month=12)
    async with issued(house.process("one")) as first:
        pass
    await house.store.write(lambda connection: keep(connection, [History(2).received(on(4))]))
    (again,) = await house.look("two")
    assert again.report == first[0].report
    assert await house.look("two") == []


async def test_another_machine_tells_without_the_file(house: House, tmp_path: Path) -> None:
    """The file lies elsewhere: what is told of is counted from the ledger."""
    house.now = on(1, 2, month=12)
    async with issued(house.process("one")):
        pass
    house.var = tmp_path / "elsewhere"
    (again,) = await house.look("two")
    assert again.files == ()
    assert again.report.figures.flow.received == 1


async def test_disk_that_is_away_is_temporary(house: House) -> None:
    """Nothing is marked as issued, and the next look writes it."""
    house.now = on(1, 2, month=12)
    (house.var / "reports").write_text("in the way")
    with pytest.raises(Temporary, match="reports_away"):
        await house.look()
    (house.var / "reports").unlink()
    assert len(await house.look()) == 1


async def test_what_fails_is_tried_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """The managers' mail cannot be written, then fails of itself: the loop goes on, and they are told in the end."""
    house.now = on(1, 2, month=12)
    monkeypatch.setattr(issuing, "_LOOK", 0.0)
    monkeypatch.setattr(issuing, "_FAILED", 0.0)
    troubles: list[Exception] = [Temporary("mail_away"), RuntimeError("a fault of ours")]

    async def tell(found: Issued) -> None:
        if troubles:
            raise troubles.pop(0)
        house.told.append(found.report.month)

    process = house.process()
    loop = asyncio.create_task(issuing.keep(process, tell))
    async with asyncio.timeout(60):
        while (await process.memory.load("report welzo") or {}).get("told") != "2026-11":  # noqa: ASYNC110 -- only the ledger knows
            await asyncio.sleep(0.01)
    loop.cancel()
    await asyncio.gather(loop, return_exceptions=True)
    assert house.told == ["2026-11"]
    assert await house.look() == []


@pytest.mark.parametrize(
    ("last", "zone", "now", "months"),
    [
        (None, LONDON, on(15, month=12), [NOVEMBER]),
        (NOVEMBER, LONDON, on(15, month=12), []),
        (Month(2026, 8), LONDON, on(15, month=12), [Month(2026, 9), Month(2026, 10), NOVEMBER]),
        (Month(2027, 1), LONDON, on(15, month=12), []),  # a clock that was wrong once
        (Month(2026, 10), BAKU, on(30, 21, 5), [NOVEMBER]),  # 01:05 in Baku
        (Month(2026, 10), LONDON, on(30, 21, 5), []),
    ],
)
def test_what_is_due(last: Month | None, zone: ZoneInfo, now: datetime, months: list[Month]) -> None:
    """Every month that is over at the brand's place since the last one issued, the oldest first; at first only one."""
    assert due(last, zone, now) == months


def test_a_year_is_made_up_for_at_most() -> None:
    """After years of absence the last twelve months are issued."""
    assert len(due(Month(2020, 1), LONDON, on(15, month=12))) == 12
