"""What a running house takes in anew: its files on a signal, and what other processes have kept meanwhile.

`intake.yaml` is not among them: connectors, queues and addresses are those that run. A policy is kept in the ledger
before a case can name it, and every earlier one stays known.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from intake_daemon import journal
from intake_daemon.command import configuration
from intake_daemon.errors import BadSettings, Fault, Temporary
from intake_daemon.store import ServerClock

if TYPE_CHECKING:
    from intake_daemon.command.house import House


async def refresh(house: House) -> None:
    """The server's time, and policies that another process has kept: its cases may come to us."""
    if isinstance(house.now, ServerClock):
        await house.now.set()
    kept = await house.ledger.policies_besides(house.desk.rules.policies.kept)
    if kept:
        rules = house.desk.rules
        house.desk.rules = replace(rules, policies=rules.policies.remember(kept))


async def reload(house: House) -> list[Fault]:
    """SIGHUP: policies, handlers, routing and texts are read again; with a fault the old ones stay."""
    async with house.renewing:
        running = house.configuration
        try:
            fresh = await asyncio.to_thread(configuration.read, running.folder, settings=running.settings)
        except BadSettings as bad:
            journal.reloaded("configuration", len(bad.faults))
            return bad.faults
        kept = await house.ledger.keep_policies(fresh.rules.policies.texts(), house.now())
        restored = house.desk.rules.restored
        rules = replace(fresh.rules, policies=fresh.rules.policies.remember(kept), restored=restored)
        moved = rules.calendars != house.desk.rules.calendars
        house.desk.rules = rules
        if moved:  # a changed holiday moves open deadlines, and the next tick says so
            await house.ledger.recount()
        house.configuration = replace(running, rules=rules, warnings=fresh.warnings)
        journal.reloaded("configuration", 0)
        return []


async def reload_on_signal(house: House) -> None:
    """While the database is away the old ones stay, and the signal must be sent again."""
    try:
        await reload(house)
    except Temporary as error:
        journal.not_reloaded(error.code)
    except Exception as error:  # noqa: BLE001 -- what cannot be read is no reason to stop what runs
        journal.failed("reload", error)
