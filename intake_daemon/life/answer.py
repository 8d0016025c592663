"""4 answer: a notice goes to its recipient, once, and reports what became of it."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from functools import partial
from typing import Literal

from pydantic import ValidationError

from intake_daemon import canary, journal
from intake_daemon.broker import notices_queue
from intake_daemon.contract import PARKED, RECEIPTS, Can, Connector, Delivery, Letter, TakesCanaries
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.life.completing import IntakeHalf, Source
from intake_daemon.life.finish import finish
from intake_daemon.life.verdict import verdict
from intake_daemon.life.waiting import Patience, WayOut
from intake_daemon.message import Notice, Receipt, is_newer, message_id

_AT_ONCE = 20
"""Notices that one connector sends at a time."""
_UNREADABLE = {"intake-reason": "unreadable"}
_UPGRADED = timedelta(seconds=60)
"""After which a notice of a newer form is offered again."""
_AGAIN = 0.5
"""Seconds until the memory is asked once more."""


async def answer(intake: IntakeHalf, source: Source, connector: Connector) -> None:
    """Runs for ever: the notices for one connector go to their recipients, each once.

    `memory.begin` is durable before the connector is called, `memory.done` before the receipt travels, the receipt is
    confirmed before the delivery is settled. No memory, no sending. Cancelled, it lets the letters that are just being
    handed over finish: one that is cut in the middle is in doubt.
    """
    patience = Patience(f"answer {source.name}", intake.memory.ping)
    way = WayOut(source.name)
    while True:
        await patience.until_well()
        deliveries = intake.broker.consume(notices_queue(source.name), batch=_AT_ONCE)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                try:
                    await finish(_send_batch(intake, source, connector, way, batch))
                    patience.worked()
                    await way.rest()
                except Temporary as error:
                    patience.failed(error)
                    break


async def _send_batch(
    intake: IntakeHalf, source: Source, connector: Connector, way: WayOut, batch: Sequence[Delivery]
) -> None:
    """What was sent is settled, what could not begin is given back; raises Temporary when there was any of that."""
    sending = (_send(intake, source, connector, way, item) for item in batch)
    results = await asyncio.gather(*sending, return_exceptions=True)
    sent = [(item, found) for item, found in zip(batch, results, strict=True) if isinstance(found, Receipt)]
    try:
        await intake.broker.publish([_receipt_letter(receipt) for _, receipt in sent])
        await intake.broker.settle([item for item, _ in sent])
    except Temporary:
        # Nothing is lost: what was sent is remembered, and its receipt is published when it comes again.
        with contextlib.suppress(Temporary):
            await intake.broker.give_back(batch)
        raise
    if failed := [error for error in results if isinstance(error, BaseException)]:
        with contextlib.suppress(Temporary):
            await intake.broker.give_back([item for item in batch if item not in [done for done, _ in sent]])
        raise next((error for error in failed if not isinstance(error, Temporary)), failed[0])


async def _send(intake: IntakeHalf, source: Source, connector: Connector, way: WayOut, delivery: Delivery) -> Receipt:
    """One notice: its receipt, new or remembered. Raises Temporary when our own memory is away before it began."""
    try:
        notice = Notice.model_validate_json(delivery.letter.body)
    except ValidationError:
        if is_newer(delivery.letter.body):  # until a process of that version takes it
            return _receipt(intake, source, delivery.letter.message_id, "deferred", "newer", _UPGRADED)
        await _keep_unreadable(intake, source, delivery)
        return _receipt(intake, source, delivery.letter.message_id, "failed", "unreadable")
    begun = await intake.memory.begin(notice.id)
    if begun.receipt is not None:
        return begun.receipt
    if begun.state == "young":
        # Another process is at it this moment. If it has died, we learn so when this comes back.
        return _receipt(intake, source, notice.id, "deferred", "begun_elsewhere", timedelta(seconds=30))
    doubts = begun.doubts
    try:
        if begun.state == "old":
            raise Unknown("never_came_back")  # noqa: TRY301 -- one path for every doubt
        doubtful = begun.doubts > 0 and Can.LOOKUP in source.can
        asked = notice.model_copy(update={"in_doubt": True}) if doubtful else notice
        receipt = await _reply(intake, source, connector, way, asked)
    except (Temporary, Permanent, Unknown) as error:
        decided = verdict(error, begun.attempts, doubts=doubts, can=source.can)
        if decided.outcome == "deferred":
            await _written(partial(intake.memory.forget, notice.id, doubt=isinstance(error, Unknown)))
            journal.notice(notice.id, source.name, "deferred", error.code, quiet=way.shut)
            return _receipt(intake, source, notice.id, "deferred", error.code, decided.wait)
        receipt = _receipt(intake, source, notice.id, decided.outcome, error.code)
    except Exception as error:  # noqa: BLE001 -- a fault of ours in the connector: perhaps it was sent
        journal.failed(f"reply {source.kind}", error)
        receipt = _receipt(intake, source, notice.id, "unknown", "connector_failed")
    if receipt.outcome == "deferred":
        await _written(partial(intake.memory.forget, notice.id))
    else:
        await _written(partial(intake.memory.done, notice.id, receipt))
    # a canary's that ended before the wire was sent by nobody: this way out has proved nothing
    told = canary.PURPOSE if receipt.code == canary.PURPOSE else receipt.outcome
    journal.notice(notice.id, source.name, told, receipt.code)
    return receipt


async def _keep_unreadable(intake: IntakeHalf, source: Source, delivery: Delivery) -> None:
    """What is no notice goes to a person, whole. Raises Temporary."""
    queue, letter = notices_queue(source.name), delivery.letter
    kept = Letter(PARKED, queue, letter.body, letter.message_id, letter.content_type, headers=_UNREADABLE)
    await intake.broker.publish([kept])
    journal.parked(queue, "unreadable", 1, letter.message_id)


async def _reply(intake: IntakeHalf, source: Source, connector: Connector, way: WayOut, notice: Notice) -> Receipt:
    """Handed over; a canary's letter that nobody waits for ends here, before the wire."""
    nowhere = notice.to.kind != "email" or notice.to.value == canary.NOWHERE
    heard = isinstance(connector, TakesCanaries) and connector.hears_back
    if notice.purpose == canary.PURPOSE and nowhere and not heard:
        return _receipt(intake, source, notice.id, "sent", canary.PURPOSE)
    try:
        receipt = await connector.reply(notice)
    except Temporary as error:
        way.put_off(notice.id, error.code)
        raise
    except Permanent:
        way.answers()
        raise
    if receipt.outcome == "sent":
        way.answers()
    return receipt


async def _written(work: Callable[[], Awaitable[None]]) -> None:
    """What became of a letter is known to nobody but us: without a database we wait for it, or there would be two."""
    while True:
        try:
            await work()
        except Temporary:
            await asyncio.sleep(_AGAIN)
        else:
            return


def _receipt(
    intake: IntakeHalf,
    source: Source,
    notice: str,
    outcome: Literal["sent", "failed", "unknown", "deferred"],
    code: str,
    wait: timedelta | None = None,
) -> Receipt:
    now = intake.now()
    return Receipt(
        notice=notice, connector=source.name, outcome=outcome, at=now, until=now + wait if wait else None, code=code
    )


def _receipt_letter(receipt: Receipt) -> Letter:
    """Each receipt is an input of its own: its id names the notice, what became of it, and when."""
    identity = f"receipt:{receipt.notice}:{receipt.outcome}:{receipt.at.isoformat()}"
    return Letter(RECEIPTS, receipt.connector, receipt.to_json(), message_id(identity))


async def report(intake: IntakeHalf, receipt: Receipt) -> None:
    """Late news of a notice, such as a delivery callback. Durable when it returns; raises Temporary."""
    await intake.broker.publish([_receipt_letter(receipt)])
