"""What is away for a while costs nobody their place: nothing is lost, parked, or given back again and again."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from collections.abc import Sequence

import pytest
import sqlalchemy as sa

from intake_daemon import life
from intake_daemon.broker import notices_queue
from intake_daemon.contract import RECEIPTS, ROUTER_QUEUE, Begun, Delivery
from intake_daemon.errors import Temporary
from router.ledger import lives, tables
from tests.life.conftest import MAIL, OUT, FailingStore, Machine, returns, until
from tests.life.doing import Way, a_notice, hand_over, parse, raw, receipts


async def tried(store: FailingStore, times: int) -> None:
    """Wait until so many units of work were refused."""

    async def enough() -> bool:
        return store.refused >= times

    await until(enough)


@pytest.mark.parametrize("how", ["away", "full"])
async def test_letters_wait_while_there_is_no_memory(machine: Machine, how: str) -> None:
    """While the database is away, or full, notices stay in their queue and are not given back again and again: that
    would use up the delivery limit, and letters to customers would be parked."""
    await hand_over(machine, a_notice())
    setattr(machine.store, how, True)
    way = Way(machine)
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await tried(machine.store, 5)
    assert await returns(machine) <= 1
    setattr(machine.store, how, False)
    assert [each.outcome for each in await receipts(machine, 1)] == ["sent"]


@pytest.mark.parametrize("how", ["away", "full"])
async def test_messages_wait_while_there_is_no_ledger(machine: Machine, how: str) -> None:
    """While the ledger is away, or full, messages stay in their queue; afterwards each is a case, none was parked."""
    await life.accept(machine.intake, MAIL, raw(), parse)
    setattr(machine.store, how, True)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    await tried(machine.store, 5)
    assert await returns(machine) <= 1
    setattr(machine.store, how, False)

    async def routed() -> bool:
        return (await machine.store.read(lives.balance))["cases"] == 1

    await until(routed)


async def test_messages_wait_while_there_is_no_vault(machine: Machine) -> None:
    """While the vault is away an original is not settled, not parked, and in the vault afterwards (design 5)."""
    folder = machine.vault._folder
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    shutil.rmtree(folder, ignore_errors=True)
    folder.write_text("in the way")
    tries: list[object] = []
    ping = machine.vault.ping

    async def counted() -> None:
        tries.append(None)
        await ping()

    machine.vault.ping = counted  # type: ignore[method-assign]
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def tried_often() -> bool:
        return len(tries) >= 5

    await until(tried_often)
    assert await returns(machine) <= 1
    folder.unlink()

    async def empty() -> bool:
        depth = await machine.broker.depth(ROUTER_QUEUE)
        return depth.ready + depth.unsettled == 0

    await until(empty)
    assert await machine.vault.get(held.message.raw) == b"Wrong invoice"
    parked = await machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).all())
    assert parked == []


async def test_outages_are_no_attempts(machine: Machine) -> None:
    """A letter that came again during one outage after another is no poison: the attempts that an outage cut short
    are not counted."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    decide = machine.ledger.decide
    outages = life.ATTEMPTS + 2

    async def cut_short(*given: object) -> object:
        nonlocal outages
        outages -= 1
        if outages >= 0:
            raise Temporary("database_away")
        return await decide(*given)  # type: ignore[arg-type]

    attempt = machine.ledger.attempt

    async def not_in_an_outage(letter: str, more: int = 1) -> int:
        if more < 0 and outages % 2:
            raise Temporary("database_away")  # every other outage lasts until the attempt would be taken back
        return await attempt(letter, more)

    machine.ledger.decide = cut_short  # type: ignore[method-assign, assignment]
    machine.ledger.attempt = not_in_an_outage  # type: ignore[method-assign]
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def settled() -> dict[str, int] | None:
        balance = await machine.store.read(lives.balance)
        return balance if balance["in"] else None

    balance = await until(settled)
    assert (balance["cases"], balance["parked"]) == (1, 0), held.id


async def test_what_works_begins_anew(machine: Machine) -> None:
    """A source that brings the same item at every start, whose process dies before it settles it each time: every copy
    is decided, so none of them is poison, however often that happens."""
    for _ in range(life.ATTEMPTS + 2):
        await life.accept(machine.intake, MAIL, raw(), parse)
        async with contextlib.aclosing(machine.broker.consume(ROUTER_QUEUE)) as deliveries:
            await machine.broker.give_back(await anext(deliveries))
        routing = asyncio.ensure_future(life.route(machine.router, ROUTER_QUEUE))

        async def empty() -> bool:
            depth = await machine.broker.depth(ROUTER_QUEUE)
            return depth.ready + depth.unsettled == 0

        await until(empty)
        routing.cancel()
        await asyncio.wait([routing])
    balance = await machine.store.read(lives.balance)
    assert (balance["cases"], balance["parked"]) == (1, 0)
    assert await machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).all()) == []
    assert await machine.store.read(lambda connection: connection.execute(sa.select(tables.attempts)).all()) == []


async def test_one_notice_in_trouble_holds_up_no_other(machine: Machine) -> None:
    """When our memory fails for one notice of a batch, the others are sent and settled; only that one comes again."""
    begin, failures = machine.memory.begin, 1

    async def not_for_two(notice: str) -> Begun:
        nonlocal failures
        if notice == a_notice(2).id and failures:
            failures -= 1
            raise Temporary("database_away")
        return await begin(notice)

    machine.memory.begin = not_for_two  # type: ignore[method-assign]
    returned: list[str] = []
    give_back = machine.broker.give_back

    async def noted(deliveries: Sequence[Delivery]) -> None:
        returned.extend(each.letter.message_id for each in deliveries)
        await give_back(deliveries)

    machine.broker.give_back = noted  # type: ignore[method-assign]
    way = Way(machine)
    await hand_over(machine, a_notice(1), a_notice(2), a_notice(3))
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    assert {each.outcome for each in await receipts(machine, 3)} == {"sent"}
    assert sorted(way.sent) == [a_notice(n).id for n in (1, 2, 3)]
    assert returned == [a_notice(2).id]


async def test_what_was_sent_is_remembered_once_there_is_a_database(machine: Machine) -> None:
    """When the database goes away while a letter is being sent, what became of it is written down as soon as it is
    back: nobody else knows, and the letter would be sent twice."""
    go = asyncio.Event()
    way = Way(machine, [go])
    await hand_over(machine, a_notice())
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await way.begun.wait()
    machine.store.away = True
    go.set()
    await tried(machine.store, 1)
    machine.store.away = False
    assert [each.outcome for each in await receipts(machine, 1)] == ["sent"]
    assert len(way.sent) == 1


async def test_a_stop_lets_a_letter_finish(machine: Machine) -> None:
    """On a clean stop a letter that is just being handed over is finished and remembered: cut in the middle it would
    be in doubt, and sent twice."""
    go = asyncio.Event()
    way = Way(machine, [go])
    await hand_over(machine, a_notice())
    task = asyncio.ensure_future(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await way.begun.wait()
    task.cancel()
    asyncio.get_running_loop().call_later(0.05, go.set)
    await asyncio.wait([task])
    assert task.cancelled()
    assert (await machine.memory.begin(a_notice().id)).state == "done"
    assert (await machine.broker.depth(RECEIPTS)).ready == 1
    assert (await machine.broker.depth(notices_queue("mail"))).ready == 0
