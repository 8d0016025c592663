"""Keeps connectors running, and gives each its Door.

A connector that ends with an exception is started again, after 1 s, 2 s, 4 s … 60 s; said once when it goes down, once
when it has been up for a while. One that returns is content (a connector that only sends). On stop all are cancelled
and have a second to leave nothing half-accepted.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from intake_daemon import journal
from intake_daemon.contract import (
    Chats,
    Connector,
    Cursor,
    CustomerDesk,
    Door,
    Handler,
    Held,
    Memory,
    Parse,
    Raw,
    SocketHandler,
    StaffDesk,
)
from intake_daemon.errors import IntakeError, Temporary
from intake_daemon.message import Receipt
from intake_daemon.sources import Sources

LEASE = 15.0
"""Seconds after which another process may take over from one that has died."""
_LONGEST = 60.0
_STEADY = 30.0

Route = Callable[[str, Handler, Sequence[str], str], None]
SocketRoute = Callable[[str, SocketHandler, str], None]


class OurDoor:
    """The Door of one connector: what life does, with the connector's name on it."""

    def __init__(
        self,
        name: str,
        *,
        accept: Callable[[Raw, Parse], Awaitable[list[Held]]],
        park: Callable[[Raw, str], Awaitable[None]],
        report: Callable[[Receipt], Awaitable[None]],
        route: Route,
        memory: Memory,
        holder: str,
        inside: Route | None = None,
        staff: StaffDesk | None = None,
        customers: CustomerDesk | None = None,
        chats: Chats | None = None,
        socket_route: SocketRoute = lambda _path, _handler, _owner: None,
        sources: Sources | None = None,
    ) -> None:
        self.cursor: Cursor = OwnCursor(name, memory)
        self.staff = staff
        self.customers = customers
        self.chats = chats
        self._name = name
        self._accept = accept
        self._park = park
        self._report = report
        self._route = route
        self._socket_route = socket_route
        self._inside = inside
        self._memory = memory
        self._holder = holder
        self._sources = sources

    async def accept(self, raw: Raw, parse: Parse) -> list[Held]:
        """It is ours when this returns."""
        return await self._accept(raw, parse)

    async def park(self, raw: Raw, reason: str) -> None:
        """Kept for a person when this returns."""
        await self._park(raw, reason)

    async def report(self, receipt: Receipt) -> None:
        """Late news of a notice."""
        await self._report(receipt)

    def http(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """A route on the public listener."""
        self._route(path, handler, methods, self._name)

    def socket(self, path: str, handler: SocketHandler) -> None:
        """A WebSocket on the public listener."""
        self._socket_route(path, handler, self._name)

    def staff_page(self, path: str, handler: Handler, *, methods: Sequence[str] = ("GET", "POST")) -> None:
        """A route on the internal listener."""
        if self._inside is not None:
            self._inside(path, handler, methods, self._name)

    def refused(self, reason: str) -> None:
        """Counted and logged."""
        journal.refused(self._name, reason)

    @contextlib.asynccontextmanager
    async def alone(self, name: str = "") -> AsyncIterator[Callable[[], None]]:
        """One process at a time. The body is cancelled, and Temporary raised, when the lease is lost."""
        lease = f"{self._name}/{name}"
        # in the metrics by its name alone: what stands behind it may be an address
        source = self._name
        journal.leads(source, alone=False)
        if self._sources is not None:
            self._sources.asks(source)
        taken = time.monotonic()
        while not await self._memory.take(lease, self._holder, LEASE):
            await asyncio.sleep(LEASE / 5)
            taken = time.monotonic()
        journal.leads(source, alone=True)
        body = asyncio.current_task()
        lost = False

        async def keep() -> None:
            nonlocal lost
            until = taken + LEASE
            while time.monotonic() < until:
                await asyncio.sleep(LEASE / 5)
                asked = time.monotonic()
                # a database that does not answer must not keep us from seeing that our time is up
                with contextlib.suppress(Temporary, TimeoutError):
                    async with asyncio.timeout(until - asked):
                        if not await self._memory.take(lease, self._holder, LEASE):
                            break
                    until = asked + LEASE
            lost = True
            if body is not None:
                body.cancel()

        keeper = asyncio.create_task(keep(), name=f"lease {lease}")
        try:
            yield self._answered
        except asyncio.CancelledError:
            if lost and body is not None and body.uncancel() == 0:
                raise Temporary("lease_lost") from None
            raise
        finally:
            keeper.cancel()
            journal.leads(source, alone=False)
            if not lost:
                with contextlib.suppress(Temporary):
                    await self._memory.drop(lease, self._holder)

    def _answered(self) -> None:
        if self._sources is not None:
            self._sources.answered(self._name)


class OwnCursor:
    """A connector's cursors, apart from everybody else's."""

    def __init__(self, connector: str, memory: Memory) -> None:
        self._connector = connector
        self._memory = memory

    async def load(self, name: str) -> dict[str, Any] | None:
        """The saved place."""
        return await self._memory.load(f"{self._connector}/{name}")

    async def save(self, name: str, place: Mapping[str, Any], *, days: int | None = None) -> None:
        """Durable when it returns."""
        await self._memory.save(f"{self._connector}/{name}", place, days=days)

    async def claim(self, name: str, place: Mapping[str, Any], *, days: int) -> dict[str, Any]:
        """Saves it where nothing is saved; what is saved there now."""
        return await self._memory.claim(f"{self._connector}/{name}", place, days=days)


async def supervise(name: str, connector: Connector, door: Door) -> None:
    """Runs one connector for as long as the daemon lives."""
    outage = journal.Outage(f"connector {name}")
    wait = 1.0
    while True:
        began = time.monotonic()
        steady = asyncio.get_running_loop().call_later(_STEADY, lambda: outage.end(time.monotonic()))
        try:
            await connector.run(door)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                # we are stopping, and only its tidying up went wrong: it is not begun again
                raise asyncio.CancelledError from error
            if not isinstance(error, Temporary):
                journal.failed(f"connector {name}", error)
            outage.begin(error.code if isinstance(error, IntakeError) else type(error).__name__, time.monotonic())
        else:
            return
        finally:
            steady.cancel()
        if time.monotonic() - began > _STEADY:
            wait = 1.0
        await asyncio.sleep(wait)
        wait = min(wait * 2, _LONGEST)
