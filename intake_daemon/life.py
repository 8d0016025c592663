"""The life of a complaint. Read this first; docs/flow.md tells the same with the same headings.

     people ─▶ connectors/* ─▶ 1 accept ─▶ [messages] ─▶ 2 route ─▶ (ledger) ─▶ 3 release ─▶ [events] ─▶ case systems
                                                             ▲                      │
     people ◀─ connectors/* ◀─ 4 answer ◀──────────────── [notices] ◀──────────────┘
                                  └──────▶ [receipts] ───────┘

    1 accept    make it durable, read it, publish it, wait for the confirm; only then may the sender hear "received"
    2 route     an input (message, receipt, command) meets its case, in one transaction; only then it is settled
    3 release   what was decided leaves the ledger: events in order, notices when they are due
    4 answer    a notice goes to its recipient, once, and reports what became of it
    5 verdict   what follows when something did not work: decided here, and nowhere else

Each step takes over from the one before it only when its own record is durable, and every step may be repeated: ids are
derived, so whatever crashes in between comes again and changes nothing the second time. What cannot go on without a
person is parked, whole; nothing is dropped.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from pydantic import ValidationError

from intake_daemon import journal
from intake_daemon.broker import notices_queue
from intake_daemon.contract import (
    COMMANDS,
    MESSAGES,
    PARKED,
    RECEIPTS,
    REPLIES,
    ROUTER_QUEUE,
    BrandFacts,
    Broker,
    Can,
    Connector,
    Delivery,
    Draft,
    Held,
    Input,
    Ledger,
    Letter,
    Memory,
    Now,
    Outcome,
    Parked,
    Parse,
    Raw,
    Spool,
    Vault,
    Waiting,
)
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown
from intake_daemon.message import (
    INLINE_LIMIT,
    Attachment,
    Command,
    Message,
    Notice,
    Receipt,
    ReplyTo,
    message_id,
    reference,
)

PATIENCE = {"smtp": 60.0, "imap": 60.0, "meta": 15.0, "telegram": 15.0}
"""Seconds that a source waits for `accept`; 8 for those that have a person or a short time-out behind them."""
OFF_LOOP = 16 * 1024
"""Bytes: what is larger is parsed in a thread, so that no mail delays another session."""
TEXT_LIMIT = 2_000_000
"""Characters of text that travel in a message; the original has all of it."""
ATTEMPTS = 5
"""After so many attempts an input is parked."""


# --- 1 accept ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class IntakeHalf:
    """What the intake half works with; built by the composition root."""

    broker: Broker
    vault: Vault
    spool: Spool
    memory: Memory
    brands: dict[str, BrandFacts]
    key: bytes
    now: Now


@dataclass(frozen=True)
class Source:
    """A connector as accept sees it."""

    name: str
    kind: str
    can: frozenset[Can]

    @property
    def patience(self) -> float:
        """Seconds that this source waits for an answer."""
        return PATIENCE.get(self.kind, 8.0)


async def accept(intake: IntakeHalf, source: Source, raw: Raw, parse: Parse) -> list[Held]:
    """Make it ours. When this returns, the connector says 250, 200, `\\Seen`, next offset; when it raises, it does not.

    Raises Temporary: the sender is asked to come back. A source that would not come back by itself, while the broker is
    away, is spooled instead. What our own parser cannot read is ours too: parked, with its original.
    """
    began = time.monotonic()
    deadline = asyncio.timeout(source.patience)
    try:
        async with deadline:
            received_at = intake.now()
            original = await _keep_original(intake, raw)
            try:
                drafts = await _read(raw, parse)
            except Exception as error:  # noqa: BLE001 -- any fault of a parser; the mail must not pay for it
                journal.failed(f"parse {source.kind}", error)
                await park_raw(intake, source, raw, "unreadable")
                return []
            messages = [await _complete(intake, source, raw, draft, received_at, original) for draft in drafts]
            letters = [
                Letter(MESSAGES, f"{message.brand}.{message.channel}", message.to_json(), message.id)
                for message in messages
            ]
            spooled = await _publish_or_spool(intake, source, letters, deadline)
    except TimeoutError as error:
        journal.not_held(source.name, "too_slow")
        raise Temporary("too_slow") from error
    except Temporary as error:
        journal.not_held(source.name, error.code)
        raise
    for message in messages:
        journal.held(source.name, message.brand, message.id, (time.monotonic() - began) * 1000, spooled=spooled)
    return [Held(message.id, message.reference, message, spooled) for message in messages]


async def _keep_original(intake: IntakeHalf, raw: Raw) -> str:
    """The original's vault id. A small one travels inside the message and is put there by the router, in batches."""
    if len(raw.content) > INLINE_LIMIT:
        return await intake.vault.put(raw.content)
    return hashlib.sha256(raw.content).hexdigest()


async def _read(raw: Raw, parse: Parse) -> list[Draft]:
    if len(raw.content) <= OFF_LOOP:
        return parse(raw)
    return await asyncio.to_thread(parse, raw)


async def _complete(
    intake: IntakeHalf, source: Source, raw: Raw, draft: Draft, received_at: datetime, original: str
) -> Message:
    """A Draft with what only accept knows: id, reference, brand, connector, times, vault ids, and whose words count."""
    brand = intake.brands[raw.brand]
    identity = message_id(draft.identity)
    contact_at = min(raw.contact_at or received_at, received_at)
    sender, forwarded_by = draft.sender, None
    reply_address, new_text, automatic = draft.reply_address, draft.new_text, draft.automatic
    if draft.forwarded and _is_staff(draft, brand):
        # A colleague passed on what a customer wrote to them: the customer complains, since the day they did.
        forwarded = draft.forwarded
        sender, forwarded_by = forwarded.sender, draft.sender
        reply_address, new_text, automatic = forwarded.reply_address, forwarded.new_text, forwarded.automatic
        contact_at = min(forwarded.sent_at or contact_at, contact_at)
    text, remarks = draft.text, draft.remarks
    if len(text) > TEXT_LIMIT:
        text, remarks = text[:TEXT_LIMIT], (*remarks, "text_cut")
        new_text = tuple((start, min(end, TEXT_LIMIT)) for start, end in new_text if start < TEXT_LIMIT)
    return Message(
        id=identity,
        reference=reference(brand.prefix, intake.key, identity),
        brand=brand.id,
        connector=source.name,
        kind=source.kind,
        channel=draft.channel,
        external_id=draft.external_id,
        received_at=received_at,
        sent_at=draft.sent_at,
        contact_at=contact_at,
        sender=sender,
        forwarded_by=forwarded_by,
        recipients=draft.recipients,
        subject=draft.subject,
        text=text,
        new_text=new_text,
        fields=dict(draft.fields),
        language=draft.language,
        transcript=draft.transcript,
        attachments=tuple(await _keep_files(intake, draft)),
        automatic=automatic,
        thread=draft.thread,
        part_of=draft.part_of,
        revision_of=draft.revision_of,
        reply_to=ReplyTo(
            connector=source.name, address=reply_address, thread=draft.reply_thread, until=draft.reply_until
        ),
        remarks=remarks,
        raw=original,
        original=base64.b64encode(raw.content).decode() if len(raw.content) <= INLINE_LIMIT else None,
    )


async def _keep_files(intake: IntakeHalf, draft: Draft) -> list[Attachment]:
    return [
        Attachment(
            id=await intake.vault.put(file.content),
            name=file.name,
            media_type=file.media_type,
            size=len(file.content),
            inline=file.inline,
        )
        for file in draft.files
    ]


def _is_staff(draft: Draft, brand: BrandFacts) -> bool:
    """Verified staff of the brand: else anybody who writes our domain into From could choose whom we write to."""
    address = draft.sender.address("email") or ""
    return draft.sender.verified != "none" and address.rpartition("@")[2] in brand.staff_domains


async def _publish_or_spool(
    intake: IntakeHalf, source: Source, letters: Sequence[Letter], deadline: asyncio.Timeout
) -> bool:
    """Confirmed by the broker, or fsynced in the spool (True) where the sender would not come back by itself."""
    if Can.SOURCE_RETRIES in source.can:
        await intake.broker.publish(letters)
        return False
    try:
        if intake.broker.well() is not None:
            raise Temporary("broker_away")
        left = (deadline.when() or 0.0) - asyncio.get_running_loop().time()
        await asyncio.wait_for(intake.broker.publish(letters), max(0.5, left / 2))
    except (Temporary, TimeoutError):
        # Perhaps only the confirm was lost: then it comes twice, with one id, and is one contact.
        await intake.spool.hold(letters)
        return True
    return False


async def park_raw(intake: IntakeHalf, source: Source, raw: Raw, reason: str) -> None:
    """Keep what could be neither read nor refused, whole. Durable when it returns; raises Temporary."""
    digest = await intake.vault.put(raw.content)
    body = {
        "connector": source.name,
        "kind": source.kind,
        "brand": raw.brand,
        "media_type": raw.media_type,
        "reason": reason,
        "raw": digest,
        "envelope": dict(raw.envelope),
    }
    letter = Letter(PARKED, source.name, json.dumps(body).encode(), message_id(f"unread:{source.name}:{digest}"))
    await intake.broker.publish([Letter(**{**letter.__dict__, "headers": {"intake-reason": reason}})])
    journal.parked(source.name, reason, 1, letter.message_id)


# --- 2 route -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class RouterHalf:
    """What the router half works with; built by the composition root."""

    broker: Broker
    vault: Vault
    ledger: Ledger
    memory: Memory
    now: Now
    holder: str
    """This process and no other."""
    decided: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when something may have to be released."""


async def route(router: RouterHalf, queue: str) -> None:
    """Runs for ever: batches from `queue` (messages, receipts or commands) meet their cases.

    While ledger or vault is away nothing is consumed: what was taken is given back once, and it goes on when both are
    well. (Consuming and giving back in a circle would use up the queue's delivery limit and park innocents.)
    """
    outage = journal.Outage(f"route {queue}")
    while True:
        await _until_well(router, outage)
        deliveries = router.broker.consume(queue)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                try:
                    await _settle_batch(router, queue, batch)
                except Temporary as error:
                    outage.begin(error.code, time.monotonic())
                    break


async def _until_well(router: RouterHalf, outage: journal.Outage) -> None:
    wait = 0.1
    while True:
        try:
            await router.ledger.ping()
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
            await asyncio.sleep(wait)
            wait = min(wait * 2, 5.0)
        else:
            outage.end(time.monotonic())
            return


async def _settle_batch(router: RouterHalf, queue: str, batch: Sequence[Delivery]) -> None:
    """Decide all of it as one; what came again, or failed in company, is taken alone, its attempt recorded first."""
    try:
        again = [delivery for delivery in batch if delivery.redelivered]
        fresh = [delivery for delivery in batch if not delivery.redelivered]
        try:
            await _decide(router, queue, fresh)
        except Temporary:
            raise
        except Exception as error:  # noqa: BLE001 -- one of them is poison: find out which
            journal.failed(f"batch {queue}", error)
            again = fresh + again
            fresh = []
        for delivery in again:
            await _decide_alone(router, queue, delivery)
    except Temporary:
        with contextlib.suppress(Temporary):
            await router.broker.give_back(batch)
        raise
    if fresh:
        await router.broker.settle(fresh)


async def _decide_alone(router: RouterHalf, queue: str, delivery: Delivery) -> None:
    attempt = await router.ledger.attempt(delivery.letter.message_id)
    if attempt <= ATTEMPTS:
        try:
            await _decide(router, queue, [delivery])
        except Temporary:
            raise
        except Exception as error:  # noqa: BLE001 -- poison of any kind must not stop the queue
            journal.failed(f"input {queue}", error)
            if attempt < ATTEMPTS:
                await router.broker.give_back([delivery])
                return
        else:
            await router.broker.settle([delivery])
            return
    await _park(router, queue, delivery, "failed_repeatedly", attempt)
    await router.broker.settle([delivery])


async def _decide(router: RouterHalf, queue: str, deliveries: Sequence[Delivery]) -> None:
    """One transaction for all that can be read; what cannot be read at all is parked."""
    readable: list[tuple[Delivery, Input]] = []
    for delivery in deliveries:
        try:
            readable.append((delivery, _input(queue, delivery)))
        except ValidationError:
            await _park(router, queue, delivery, _why_unreadable(delivery), 1)
    if not readable:
        return
    outcomes = await router.ledger.decide([item for _, item in readable], router.now())
    router.decided.set()
    for (delivery, item), outcome in zip(readable, outcomes, strict=True):
        if isinstance(item.value, Message):
            await _vault_original(router, item.value, outcome)
        if delivery.letter.reply_to:
            await _tell(router, delivery, outcome)
        journal.routed(
            outcome.reference or "",
            outcome.disposition,
            reason=outcome.reason,
            topic=outcome.topic,
            team=outcome.team,
            handler=outcome.handler,
        )


def _input(queue: str, delivery: Delivery) -> Input:
    kinds: dict[str, type[Message | Receipt | Command]] = {
        ROUTER_QUEUE: Message,
        RECEIPTS: Receipt,
        COMMANDS: Command,
    }
    value = kinds[queue].model_validate_json(delivery.letter.body)
    return Input(value, delivery.published_at, delivery.user)


def _why_unreadable(delivery: Delivery) -> str:
    """`newer`: of a version that this process does not know; goes back when one that knows it starts."""
    try:
        schema = json.loads(delivery.letter.body).get("schema", "")
    except (ValueError, AttributeError):
        return "unreadable"
    return "newer" if str(schema).startswith("intake.message/") and schema != "intake.message/1" else "unreadable"


async def _vault_original(router: RouterHalf, message: Message, outcome: Outcome) -> None:
    """Before the delivery is settled; a repeat puts the same bytes at the same place, an erased contact puts nothing."""
    original = message.original_bytes()
    if original is not None and outcome.reason != "erased":
        await router.vault.put(original)


async def _tell(router: RouterHalf, delivery: Delivery, outcome: Outcome) -> None:
    """The answer to a command, to the queue that asked; nobody listening any more is no failure."""
    answer = Letter(
        REPLIES,
        delivery.letter.reply_to or "",
        json.dumps(outcome.__dict__).encode(),
        delivery.letter.message_id,
        mandatory=False,
        correlation_id=delivery.letter.correlation_id,
    )
    await router.broker.publish([answer])


async def _park(router: RouterHalf, queue: str, delivery: Delivery, reason: str, attempts: int) -> None:
    letter = delivery.letter
    await router.ledger.park([Parked(letter.message_id, queue, reason, letter, attempts, router.now())])
    journal.parked(queue, reason, attempts, letter.message_id)


async def keep_parked(router: RouterHalf) -> None:
    """Runs for ever: `intake.parked` is only the way in; each letter moves into the ledger, where it can be listed."""
    outage = journal.Outage("route parked")
    while True:
        await _until_well(router, outage)
        deliveries = router.broker.consume(PARKED)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                rows = [
                    Parked(
                        delivery.letter.message_id,
                        delivery.letter.key,
                        delivery.letter.headers.get("intake-reason", "returned_too_often"),
                        delivery.letter,
                        ATTEMPTS,
                        router.now(),
                    )
                    for delivery in batch
                ]
                try:
                    await router.ledger.park(rows)
                    await router.broker.settle(batch)
                except Temporary as error:
                    outage.begin(error.code, time.monotonic())
                    with contextlib.suppress(Temporary):
                        await router.broker.give_back(batch)
                    break


# --- 3 release -----------------------------------------------------------------------------------------------------

_RELEASE_LEASE = 10.0
_OUTBOX = 1000
_DUE = 200


async def release(router: RouterHalf) -> None:
    """Runs for ever, in one process at a time: what was decided leaves the ledger.

    Of one case never more than one event is unconfirmed, so a later `sequence` never comes first. Rows are deleted after
    the confirm; a crash in between publishes again, with the same id.
    """
    outage = journal.Outage("release")
    while True:
        router.decided.clear()
        left = 0
        try:
            if await router.memory.take("release", router.holder, _RELEASE_LEASE):
                left = await router.ledger.due(router.now(), _DUE)
                left += await _publish_outbox(router)
            outage.end(time.monotonic())
        except Temporary as error:
            outage.begin(error.code, time.monotonic())
            await asyncio.sleep(0.5)
        if not left:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(router.decided.wait(), 0.25)


async def _publish_outbox(router: RouterHalf) -> int:
    rows = await router.ledger.outbox(_OUTBOX)
    if not rows:
        return 0
    try:
        await router.broker.publish([row.letter for row in rows])
        confirmed: Sequence[Waiting] = rows
    except Temporary as error:
        # Perhaps one of them has no queue (a connector that was taken out): it must not hold up the others.
        results = await asyncio.gather(*(router.broker.publish([row.letter]) for row in rows), return_exceptions=True)
        confirmed = [row for row, result in zip(rows, results, strict=True) if not isinstance(result, BaseException)]
        if not confirmed:
            raise
        journal.waiting(f"outbox {error.code}", len(rows) - len(confirmed))
        await asyncio.sleep(0.5)
    await router.ledger.published(confirmed)
    return len(confirmed)


# --- 4 answer ------------------------------------------------------------------------------------------------------

_AT_ONCE = 20
"""Notices that one connector sends at a time."""


async def answer(intake: IntakeHalf, source: Source, connector: Connector) -> None:
    """Runs for ever: the notices for one connector go to their recipients, each once.

    `memory.begin` is durable before the connector is called, `memory.done` before the receipt travels, the receipt is
    confirmed before the delivery is settled. No memory, no sending.
    """
    outage = journal.Outage(f"answer {source.name}")
    while True:
        deliveries = intake.broker.consume(notices_queue(source.name), batch=_AT_ONCE)
        async with contextlib.aclosing(deliveries):
            async for batch in deliveries:
                try:
                    receipts = await asyncio.gather(*(_send(intake, source, connector, item) for item in batch))
                    await intake.broker.publish([_receipt_letter(receipt) for receipt in receipts])
                    await intake.broker.settle(batch)
                    outage.end(time.monotonic())
                except Temporary as error:
                    # Nothing is lost: what was sent is remembered, and its receipt is published when it comes again.
                    outage.begin(error.code, time.monotonic())
                    with contextlib.suppress(Temporary):
                        await intake.broker.give_back(batch)
                    break
        await asyncio.sleep(1.0)


async def _send(intake: IntakeHalf, source: Source, connector: Connector, delivery: Delivery) -> Receipt:
    """One notice: its receipt, new or remembered. Raises Temporary when our own memory is away."""
    try:
        notice = Notice.model_validate_json(delivery.letter.body)
    except ValidationError:
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
        receipt = await connector.reply(notice)
    except (Temporary, Permanent, Unknown) as error:
        decided = verdict(error, begun.attempts, doubts=doubts, can=source.can)
        if decided.outcome == "deferred":
            await intake.memory.forget(notice.id, doubt=isinstance(error, Unknown))
            journal.notice(notice.id, source.name, "deferred", error.code)
            return _receipt(intake, source, notice.id, "deferred", error.code, decided.wait)
        receipt = _receipt(intake, source, notice.id, decided.outcome, error.code)
    except Exception as error:  # noqa: BLE001 -- a fault of ours in the connector: perhaps it was sent
        journal.failed(f"reply {source.kind}", error)
        receipt = _receipt(intake, source, notice.id, "unknown", "connector_failed")
    if receipt.outcome == "deferred":
        await intake.memory.forget(notice.id)
    else:
        await intake.memory.done(notice.id, receipt)
    journal.notice(notice.id, source.name, receipt.outcome, receipt.code)
    return receipt


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


# --- 5 verdict -----------------------------------------------------------------------------------------------------

GIVE_UP = 60
"""Attempts after which a notice that always meets Temporary has failed: some two days and a half."""
_LONGEST = 3600.0


@dataclass(frozen=True)
class Verdict:
    """What follows: `deferred` (try again after `wait`), `failed`, or `unknown` (a person decides)."""

    outcome: Literal["deferred", "failed", "unknown"]
    wait: timedelta | None = None


def verdict(error: IntakeError, attempts: int, *, doubts: int, can: frozenset[Can]) -> Verdict:
    """What follows when a notice could not be delivered. `attempts`: how often it was begun before this one.

    Temporary: again, as late as the other side asks, else after 15 s, 30 s, 1 min … 1 h. Unknown: where copies count as
    one (mail, by its Message-ID) once more after a minute, once; anywhere else never two knowingly.
    """
    if isinstance(error, Temporary):
        if attempts >= GIVE_UP:
            return Verdict("failed")
        wait = error.after if error.after is not None else min(15.0 * 2 ** min(attempts, 10), _LONGEST)
        return Verdict("deferred", timedelta(seconds=wait))
    if isinstance(error, Unknown):
        if Can.COPIES_ARE_ONE in can and doubts == 0:
            return Verdict("deferred", timedelta(seconds=5))
        return Verdict("unknown")
    return Verdict("failed")
