"""Connectors are kept running; a source is held by one process at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from intake_daemon import journal, supervisor
from intake_daemon.contract import Handler, Held, Parse, Raw
from intake_daemon.errors import Temporary
from intake_daemon.message import Receipt
from intake_daemon.supervisor import OurDoor, supervise


class Leases:
    """A memory of leases only, which can be told to take one away."""

    def __init__(self) -> None:
        self.held: dict[str, str] = {}
        self.stolen = False

    async def take(self, lease: str, holder: str, seconds: float) -> bool:
        """First come, first served; never again once it is stolen."""
        assert seconds > 0
        return not self.stolen and self.held.setdefault(lease, holder) == holder

    async def drop(self, lease: str, holder: str) -> None:
        """Give it back."""
        if self.held.get(lease) == holder:
            del self.held[lease]


async def _accept(_raw: Raw, _parse: Parse) -> list[Held]:
    return []


async def _park(_raw: Raw, _reason: str) -> None:
    return


async def _report(_receipt: Receipt) -> None:
    return


def _route(_path: str, _handler: Handler, _methods: Sequence[str], _owner: str) -> None:
    return


def door(leases: Leases, holder: str) -> OurDoor:
    """A connector's door in the process `holder`."""
    memory: Any = leases
    return OurDoor("inbox", accept=_accept, park=_park, report=_report, route=_route, memory=memory, holder=holder)


async def test_one_process_reads_a_source(monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process waits until the first has ended, then takes over."""
    monkeypatch.setattr(supervisor, "LEASE", 2.0)  # seconds; a shorter one runs out while a busy machine stands still
    leases, order = Leases(), []

    async def read(holder: str) -> None:
        async with door(leases, holder).alone():
            order.append(f"{holder} begins")
            assert journal.REGISTRY.get_sample_value("intake_leads", {"source": "inbox"}) == 1
            await asyncio.sleep(0.05)
            order.append(f"{holder} ends")

    await asyncio.gather(read("a"), read("b"))
    assert order in (["a begins", "a ends", "b begins", "b ends"], ["b begins", "b ends", "a begins", "a ends"])
    assert journal.REGISTRY.get_sample_value("intake_leads", {"source": "inbox"}) == 0


async def test_lost_lease_cancels_the_reader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who loses the lease is cancelled and hears Temporary; nobody reads beside the next holder."""
    monkeypatch.setattr(supervisor, "LEASE", 0.1)
    leases = Leases()

    async def read() -> None:
        async with door(leases, "a").alone():
            leases.stolen = True
            await asyncio.sleep(30)

    with pytest.raises(Temporary, match="lease_lost"):
        await read()


async def test_a_database_that_says_nothing_costs_the_lease(monkeypatch: pytest.MonkeyPatch) -> None:
    """While the database does not answer at all, the time of our lease runs out all the same: we stop in time, since
    somebody else may have it now."""
    monkeypatch.setattr(supervisor, "LEASE", 0.2)
    leases = Leases()

    async def read() -> None:
        async with door(leases, "a").alone():

            async def silent(*_asked: object) -> bool:
                await asyncio.sleep(60)
                return True

            leases.take = silent  # type: ignore[method-assign, assignment]
            await asyncio.sleep(60)

    with pytest.raises(Temporary, match="lease_lost"):
        await asyncio.wait_for(read(), 30)


async def test_failing_connector_is_started_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A connector that fails is run again; one that returns is content."""
    monkeypatch.setattr(supervisor, "_LONGEST", 0.01)
    runs = 0

    class Fragile:
        async def run(self, _door: OurDoor) -> None:
            nonlocal runs
            runs += 1
            if runs < 3:
                raise ConnectionError("the provider said something about a customer")

    fragile: Any = Fragile()
    await asyncio.wait_for(supervise("fragile", fragile, door(Leases(), "a")), 30)
    assert runs == 3


async def test_who_is_told_to_stop_is_not_begun_again() -> None:
    """A connector whose tidying up fails while it stops (its database is closed already) ends all the same."""
    began = asyncio.Event()

    class Untidy:
        async def run(self, _door: OurDoor) -> None:
            began.set()
            try:
                await asyncio.sleep(60)
            finally:
                raise RuntimeError("cannot schedule new futures after shutdown")

    untidy: Any = Untidy()
    running = asyncio.ensure_future(supervise("untidy", untidy, door(Leases(), "a")))
    await began.wait()
    running.cancel()
    await asyncio.wait([running], timeout=30)
    assert running.cancelled()
