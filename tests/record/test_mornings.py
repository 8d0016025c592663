"""The morning lists on both databases: made once, by however many processes at the same time."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

from intake_daemon.contract import Input
from intake_daemon.message import Receipt
from intake_daemon.store import Store
from router.ledger.record import StoredLedger
from tests.desk.letters import letter
from tests.record.conftest import ledger_on
from tests.record.doing import leave, notices

FRIDAY = datetime(2026, 11, 20, 10, 0, tzinfo=UTC)
MONDAY = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


async def test_two_routers_make_one_list(ledger: StoredLedger, store: Store, url: str) -> None:
    """What was set aside on Friday is told on Monday, in one mail to each who leads, though two routers make it at the
    same time; its receipt ends it, and it is not handed over again."""
    praise = letter("I want to thank your colleague Priya, she was so helpful")
    await ledger.decide([Input(praise, FRIDAY)], FRIDAY)
    other = Store(url)
    routers = (ledger, ledger_on(store), ledger_on(other))
    assert all(router.dawns(MONDAY) for router in routers)
    made = await asyncio.gather(*(router.mornings(MONDAY, MONDAY) for router in routers))
    await other.close()
    left = notices(await leave(ledger))
    assert len(left) == len({each.to.value for each in left}) == sum(made) > 0
    assert {each.purpose for each in left} == {"morning_list"}
    assert not any(router.dawns(MONDAY) for router in routers), "asked once a minute"
    sent = [Receipt(notice=each.id, connector=each.connector, outcome="sent", at=MONDAY) for each in left]
    await ledger.decide([Input(each, MONDAY) for each in sent], MONDAY)
    assert await ledger.due(MONDAY.replace(hour=12), 100) == 0
