"""What the watch looks at in a house: its queues, its ledger, its parts."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

from intake_daemon import journal
from intake_daemon.broker import notices_queue
from intake_daemon.command import parts, renewing
from intake_daemon.command.ground import Ground
from intake_daemon.command.piles import Piles
from intake_daemon.command.watch import Watch
from intake_daemon.contract import COMMANDS, PARKED, RECEIPTS, ROUTER_QUEUE
from router.ledger import balance, gauges
from router.ledger.measures import Measures, measures

if TYPE_CHECKING:
    from intake_daemon.command.house import House


def over(house: House) -> Watch:
    """The watch of a house; one without router half does not ask the ledger."""
    routing = house.half != "intake"
    return Watch(
        broker=house.broker,
        spool=house.spool,
        queues=(
            *(ROUTER_QUEUE, RECEIPTS, COMMANDS, PARKED),  # also without router half: somebody must see that none runs
            *map(notices_queue, parts.senders(house.configuration)),
            *house.configuration.settings.subscribers,
        ),
        now=house.now,
        ping=house.ledger.ping,
        waiting=partial(house.store.read, gauges.waiting) if routing else None,
        withheld=partial(house.store.read, gauges.withheld) if routing else None,
        balance=partial(_today, house) if routing else None,
        measured=partial(_measured, house) if routing else None,
        ground=Ground(house.configuration.settings.var, parts.certificates(house.configuration.settings)),
        parts=partial(_parts, house),
        reviews=lambda: {name: policy.review_by for name, policy in house.desk.rules.policies.brands.items()},
        besides=partial(_besides, house),
        answered=house.sources.seen,
        piles=Piles({name: each.max_length for name, each in house.configuration.settings.subscribers.items()}),
    )


async def _besides(house: House) -> None:
    await renewing.refresh(house)
    await house.sources.look()


async def _today(house: House) -> list[dict[str, Any]]:
    today = house.now().date()
    return await house.store.read(lambda connection: balance.lines(connection, (today,)))


async def _measured(house: House) -> Measures:
    brands = tuple(house.desk.rules.brands)
    return await house.store.read(lambda connection: measures(connection, brands, house.now()))


def _parts(house: House) -> Mapping[str, str | None]:
    """Those that are always told, and whatever else is down just now (the scanner, a loop)."""
    return {**house.parts(), **journal.outages()}
