"""What the time brings: clocks that begin, are warned of, run out, and are taken back; with the real ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from intake_daemon.contract import Input
from intake_daemon.events import Event
from intake_daemon.message import Message, Notice, Receipt
from intake_daemon.store import Store
from router.ledger.record import StoredLedger
from tests.desk.letters import letter
from tests.record.doing import history, leave, notices

EVE = datetime(2026, 12, 24, 18, 0, tzinfo=UTC)
"""Thursday before Christmas, in London."""


def complaint(moment: datetime = EVE, brand: str = "welzo", **changes: object) -> Message:
    """A complaint that reaches the company at this moment."""
    return letter(brand=brand).model_copy(update={"received_at": moment, "contact_at": moment, **changes})


async def arrive(ledger: StoredLedger, value: Message | Receipt, at: datetime) -> None:
    """An input, decided as it comes."""
    await ledger.decide([Input(value, at)], at)


async def pass_until(ledger: StoredLedger, moment: datetime) -> list[Notice]:
    """The time goes on, with everything before known; the letters that leave."""
    while await ledger.tick(moment, moment, 100):
        pass
    left: list[Notice] = []
    while await ledger.due(moment, 100) or not left:
        fresh = notices(await leave(ledger))
        for each in fresh:
            sent = Receipt(notice=each.id, connector=each.connector, outcome="sent", at=moment)
            await arrive(ledger, sent, moment)
        left += fresh
        if not fresh:
            break
    return left


async def told(store: Store, *kinds: str) -> list[tuple[str, str, str]]:
    """Kind, clock and time of the only case's clock events."""
    ((_, events),) = (await history(store)).items()
    return [_clock(event) for event in events if event.type.removeprefix("clock.") in kinds]


def _clock(event: Event) -> tuple[str, str, str]:
    return (event.type, event.data["clock"], f"{event.time:%Y-%m-%d %H:%M:%S}")


async def test_hours_run_over_the_holiday(ledger: StoredLedger, store: Store) -> None:
    """AT-W06: form at Thu 24 Dec 18:00, no letter leaves: warned 25 Dec 18:00, breached 26 Dec 18:00."""
    await arrive(ledger, complaint(), EVE)
    first = notices(await leave(ledger))
    assert "acknowledgement" in {each.purpose for each in first}
    for each in first:
        failed = Receipt(notice=each.id, connector="mail", outcome="failed", at=EVE, code="smtp_550")
        await arrive(ledger, failed, EVE)
    before = await pass_until(ledger, EVE + timedelta(hours=23, minutes=59))
    assert {each.purpose for each in before} == {"task"}, "the handler is to find another way"
    warned = await pass_until(ledger, EVE + timedelta(hours=24))
    assert {each.purpose for each in warned} == {"warning"}
    assert await told(store, "warned") == [("clock.warned", "ack", "2026-12-25 18:00:00")]
    late = await pass_until(ledger, EVE + timedelta(hours=48, seconds=1))
    assert await told(store, "breached") == [("clock.breached", "ack", "2026-12-26 18:00:00")]
    assert {each.purpose for each in late} >= {"breach", "acknowledgement"}, "the late letter is what the customer gets"


async def test_time_is_declared_once(ledger: StoredLedger, store: Store) -> None:
    """However often the tick looks, a warning and a breach are said once."""
    await arrive(ledger, complaint(), EVE)
    later = EVE + timedelta(days=30)
    await pass_until(ledger, later)
    before = await told(store, "started", "warned", "breached", "stopped", "moved")
    for hours in range(3):
        await pass_until(ledger, later + timedelta(hours=hours))
    assert await told(store, "started", "warned", "breached", "stopped", "moved") == before


async def test_a_letter_on_its_way_may_still_meet_its_clock(ledger: StoredLedger, store: Store) -> None:
    """While the receipt of the acknowledgement is missing, its clock is not declared run out; the receipt meets it."""
    await arrive(ledger, complaint(), EVE)
    acknowledgement = next(each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement")
    again = EVE + timedelta(hours=47, minutes=55)
    assert await ledger.due(again, 100), "without a receipt for so long it is handed over once more"
    late = EVE + timedelta(hours=48, minutes=5)
    assert await ledger.tick(late, late, 100) == 1
    assert await told(store, "breached") == []
    in_time = EVE + timedelta(hours=1)
    receipt = Receipt(notice=acknowledgement.id, connector="mail", outcome="sent", at=in_time)
    await arrive(ledger, receipt, late)
    assert ("clock.stopped", "ack", "2026-12-24 19:00:00") in await told(store, "stopped")
    assert await told(store, "breached") == []


async def test_nobody_waits_for_a_letter_for_ever(ledger: StoredLedger, store: Store) -> None:
    """A letter that left a quarter of an hour ago and has no receipt does not keep its clock from running out."""
    await arrive(ledger, complaint(), EVE)
    await leave(ledger)
    late = EVE + timedelta(hours=48, minutes=5)
    await ledger.tick(late, late, 100)
    assert [each[1] for each in await told(store, "breached")] == ["ack"]


async def test_an_earlier_fact_takes_a_breach_back(ledger: StoredLedger, store: Store) -> None:
    """A receipt that comes to light after the breach was declared, but is from before it, withdraws it."""
    await arrive(ledger, complaint(), EVE)
    acknowledgement = next(each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement")
    await arrive(ledger, Receipt(notice=acknowledgement.id, connector="mail", outcome="unknown", at=EVE), EVE)
    await pass_until(ledger, EVE + timedelta(hours=60))
    assert [each[1] for each in await told(store, "breached")] == ["ack"]
    delivered = Receipt(notice=acknowledgement.id, connector="mail", outcome="sent", at=EVE + timedelta(hours=1))
    await arrive(ledger, delivered, EVE + timedelta(hours=61))
    assert [each[1] for each in await told(store, "breach_withdrawn")] == ["ack"]


@pytest.mark.parametrize(("brand", "day"), [("welzo", "2027-01-12"), ("kontakt", "2027-01-03"), ("logoscon", "")])
async def test_the_printed_date_is_the_clocks(ledger: StoredLedger, store: Store, brand: str, day: str) -> None:
    """AT-W09 AT-W15 AT-L15: the acknowledgement prints the day that the clock has, or none; and it binds."""
    await arrive(ledger, complaint(brand=brand, fields={"language": "en"}), EVE)
    acknowledgement = next(each for each in notices(await leave(ledger)) if each.purpose == "acknowledgement")
    await arrive(ledger, Receipt(notice=acknowledgement.id, connector="mail", outcome="sent", at=EVE), EVE)
    ((_, events),) = (await history(store)).items()
    fact = next(event for event in events if event.type == "acknowledgement.sent")
    assert fact.data["printed"] == ({"result": day} if day else {})
