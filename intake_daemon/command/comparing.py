"""Reconciling for a house: by whoever asks, and once a day by itself, in one process of all that share the memory.

What the last run of the day found is kept in the shared memory (`reconciled`): every process shows it in its metrics.
A day whose hour passed while nobody ran is made up for at the next start.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from intake_daemon import journal
from intake_daemon.command.configuration import Configuration
from intake_daemon.command.reconciling import Reconciled, Reconciling, reconcile, tell
from intake_daemon.contract import ROUTER_QUEUE, Connector, Held, Memory, Now, Vault
from intake_daemon.errors import Temporary
from intake_daemon.settings import Reconcile
from intake_daemon.store import Store
from intake_daemon.supervisor import OwnCursor
from router import api

if TYPE_CHECKING:
    from intake_daemon.command.house import House

Take = Callable[[bytes, str, datetime | None], Awaitable[list[Held]]]
"""One mail as an import: content, brand ("" for the one that it is addressed to), when it first came."""
PLACE = "reconciled"
_LEASE, _SECONDS = "reconcile", 1800.0
_LOOK = 60.0
"""Seconds between two looks whether the hour has come."""
_FAILED = 3600.0
_MAIL = (
    b"From ",
    b"Received:",
    b"Return-Path:",
    b"Delivered-To:",
    b"Message-ID:",
    b"From:",
    b"Date:",
    b"MIME-Version:",
)
"""How mails begin."""


def of(house: House) -> Reconciling:
    """For a house, running or not."""
    return Reconciling(
        store=house.store,
        vault=house.vault,
        key=house.configuration.rules.key,
        connectors=connectors_of(house),
        cursor=lambda name: OwnCursor(name, house.memory),
        now=house.now,
        waiting=partial(_waiting, house),
    )


def beside(configured: Configuration, store: Store, vault: Vault, memory: Memory, now: Now) -> Reconciling:
    """Without a house: what waits in queue and spool nobody knows."""

    async def nobody_knows() -> int:
        return 0

    return Reconciling(
        store=store,
        vault=vault,
        key=configured.rules.key,
        connectors=_built(configured, now),
        cursor=lambda name: OwnCursor(name, memory),
        now=now,
        waiting=nobody_knows,
    )


def connectors_of(house: House) -> dict[str, Connector]:
    """Those of a house, also of one that was never started."""
    return house.connectors or _built(house.configuration, house.now)


def _built(configured: Configuration, now: Now) -> dict[str, Connector]:
    world = configured.world(now)
    return {
        name: kind(name, configured.settings.connectors[name], world) for name, kind in configured.connectors.items()
    }


async def _waiting(house: House) -> int:
    found = house.spool.waiting()
    with contextlib.suppress(Temporary, KeyError):
        depth = await house.broker.depth(ROUTER_QUEUE)
        found += depth.ready + depth.unsettled
    return found


async def answer(own: Reconciling, door: str | None, since: datetime) -> dict[str, Any]:
    """For the API. Raises Refusal."""
    if door is not None and door not in own.connectors:
        known = ", ".join(sorted(own.connectors)) or "none"
        raise api.Refusal(404, "no_such_door", f"intake.yaml has no connector {door[:40]!r}. It has: {known}.")
    return (await reconcile(own, since, door)).plain()


async def bring(house: House, take: Take, vaulted: str, brand: str) -> list[Held]:
    """An original of the vault that belongs to nobody, as an import. Raises Refusal."""
    try:
        content = await house.vault.get(vaulted)
    except KeyError:
        raise api.Refusal(410, "gone", "The vault has nothing of this hash.") from None
    if not content.startswith(_MAIL):
        detail = "This is no mail but a file of one, or what another channel brought; nothing can be made of it alone."
        raise api.Refusal(422, "no_mail", detail)
    return await take(content, brand, None)


# --- every day --------------------------------------------------------------------------------------------------------


def due(settings: Reconcile, last: str | None, now: datetime) -> str | None:
    """The day that is to be compared now, None for none. `last`: the day of the last run, None before the first."""
    here = now.astimezone(ZoneInfo(settings.tz))
    passed = f"{here:%H:%M}" >= settings.at
    day = here.date() if passed else here.date() - timedelta(days=1)
    return day.isoformat() if last is None or day.isoformat() > last else None


async def keep(house: House, settings: Reconcile) -> None:
    """Runs for ever. A fault of ours in here stops nothing else."""
    outage = journal.Outage("reconcile")
    while True:
        rest = _LOOK
        await asyncio.sleep(rest)
        try:
            await look(house, settings)
            outage.end(time.monotonic())
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
        except Exception as error:  # noqa: BLE001 -- of whatever kind
            journal.failed("reconcile", error)
            await asyncio.sleep(_FAILED)


async def look(house: House, settings: Reconcile) -> Reconciled | None:
    """Compare if the hour has come and nobody else does; else show what was found last. Raises Temporary."""
    kept = await house.memory.load(PLACE)
    now = house.now()
    day = due(settings, (kept or {}).get("day"), now)
    if kept is None and day is not None:  # the first start: there is nothing to look back on
        await house.memory.save(PLACE, {"day": day, "at": now.timestamp(), "missing": []})
        return None
    if kept is not None and day is None:
        journal.show_reconciled(missing_of(kept), float(kept["at"]))
    if day is None or not await house.memory.take(_LEASE, house.holder, _SECONDS):
        return None
    try:
        found = await reconcile(of(house), now - timedelta(days=settings.days))
        tell(found, now)
        missing = [[door, side, count] for (door, side), count in sorted(found.counts.items())]
        await house.memory.save(PLACE, {"day": day, "at": now.timestamp(), "missing": missing})
    finally:
        with contextlib.suppress(Temporary):
            await house.memory.drop(_LEASE, house.holder)
    return found


def missing_of(kept: Mapping[str, Any]) -> dict[tuple[str, str], int]:
    """What the last run found, as it was kept."""
    return {(str(door), str(side)): int(count) for door, side, count in kept["missing"]}


async def last(house: House) -> dict[str, Any] | None:
    """What the last run of the day found, for `intake status`; None before the first."""
    try:
        kept = await house.memory.load(PLACE)
    except Temporary:
        return None
    if kept is None:
        return None
    return {"day": kept["day"], "missing": sum(missing_of(kept).values())}
