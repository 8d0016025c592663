"""What the ledger keeps beside the cases: the outbox, what is parked, policies, how far routers have read, erasures.

Each is one short unit of work of its own; nothing here meets a case.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa

from intake_daemon.contract import Parked, Progress, Waiting
from intake_daemon.errors import Temporary
from intake_daemon.store import Store
from router.ledger import erasure, outgoing, tables, ticking, upkeep

_SWEEP = timedelta(hours=1)
_PIECES = 100
"""Transactions of one kind in an hour: for more rows than an hour leaves; what a long standstill left goes later."""


class Shelves:
    """That half of the Ledger of the contract."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._overwritten = False
        """Not at the start either: the last process may have died just after an erasure."""
        self._swept: datetime | None = None

    async def wakes(self) -> datetime | None:
        """When the next clock wakes."""
        return await self.store.read(ticking.wakes)

    async def recount(self) -> None:
        """Look at every running clock anew."""
        await self.store.write(ticking.recount)

    async def progress(self, holder: str, mine: Sequence[Progress], now: datetime) -> list[Progress]:
        """Tell how far this process has read, and learn how far the others have."""
        if self.store.sqlite:
            return list(mine)
        return await self.store.write(lambda connection: ticking.progress(connection, holder, mine, now))

    async def outbox(self, limit: int, without: Collection[str] = ()) -> list[Waiting]:
        """What may be published now."""
        return await self.store.read(lambda connection: outgoing.waiting(connection, limit, without))

    async def published(self, rows: Sequence[Waiting]) -> None:
        """They are confirmed: delete them, and place their events in the feed."""
        try:
            await self.store.write(lambda connection: outgoing.published(connection, rows))
        except sa.exc.IntegrityError as error:  # another process released at the same time: it keeps its places
            raise Temporary("released_elsewhere") from error

    async def attempt(self, letter: str, more: int = 1) -> int:
        """Record one more attempt at a delivery that came again."""
        return await self.store.write(lambda connection: outgoing.attempt(connection, letter, more))

    async def park(self, parked: Sequence[Parked]) -> None:
        """Keep for a person."""
        await self.store.write(lambda connection: outgoing.park(connection, parked))

    async def parked_as(self, reason: str, after: Parked | None = None) -> list[Parked]:
        """Some of what is parked under this reason."""
        return await self.store.read(lambda connection: outgoing.parked_as(connection, reason, after))

    async def unpark(self, parked: Parked) -> None:
        """It went back."""
        await self.store.write(lambda connection: outgoing.unpark(connection, parked.id, parked.since.timestamp()))

    async def keep_policies(self, texts: Mapping[str, str], now: datetime) -> list[str]:
        """Policies by hash, each from the moment it was first seen; every text that was ever kept."""
        return await self.store.write(lambda connection: outgoing.keep_policies(connection, texts, now))

    async def policies_besides(self, known: Collection[str]) -> list[str]:
        """Texts of policies that other processes have kept."""
        query = sa.select(tables.policies.c.body).where(tables.policies.c.hash.not_in(list(known)))
        return await self.store.read(lambda connection: list(connection.execute(query).scalars()))

    async def vault_erasures(self) -> list[str]:
        """Vault objects of erased cases that are still to go."""
        return await self.store.read(erasure.to_erase)

    async def vault_erased(self, keys: Sequence[str]) -> None:
        """They are gone."""
        gone = sa.delete(tables.vault_erasures).where(tables.vault_erasures.c.vault.in_(keys))
        await self.store.write(lambda connection: connection.execute(gone).close())

    async def overwrite(self) -> None:
        """After an erasure: what was deleted is gone from the database's own log, too."""
        if not self._overwritten:
            self._overwritten = True
            self._overwritten = await self.store.overwrite() and self._overwritten

    async def forget(self, now: datetime) -> None:
        """Once an hour what is over for so long that nobody will ask of it again (upkeep.py), in small pieces."""
        if self._swept is None or now - self._swept >= _SWEEP:
            self._swept = now
            for sweep in upkeep.SWEEPS:
                await self._swept_by(sweep, now)

    async def _swept_by(self, sweep: upkeep.Sweep, now: datetime) -> None:
        for _ in range(_PIECES):
            if await self.store.write(lambda connection: sweep(connection, now)) < upkeep.AT_ONCE:
                return

    async def ping(self) -> None:
        """Raises Temporary when nothing could be written."""
        await self.store.ping()
