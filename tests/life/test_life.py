"""Accept, route, release and answer: what each promises, also when something is away or breaks."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from intake_daemon import life
from intake_daemon.broker import notices_queue
from intake_daemon.contract import (
    COMMANDS,
    MESSAGES,
    PARKED,
    ROUTER_QUEUE,
    Can,
    Draft,
    File,
    Forwarded,
    Letter,
    Raw,
)
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown
from intake_daemon.message import Address, Automatic, Command, Message, Notice, Person
from router.ledger import lives, tables
from tests.desk.letters import NOON, letter
from tests.life.conftest import FORM, MAIL, OUT, Machine, until
from tests.life.doing import ANN, Way, a_notice, hand_over, parse, raw, receipts, taken

STAFF = Person(name="Bo", addresses=(Address(kind="email", value="bo@welzo.example"),), verified="dkim")


# --- accept ----------------------------------------------------------------------------------------------------------


async def test_held_means_published_with_its_original(machine: Machine) -> None:
    """When accept returns, the message is in the queue with its original, reference and times."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    (published,) = await taken(machine, ROUTER_QUEUE)
    message = Message.model_validate_json(published.body)
    assert held.message == message
    assert held.reference.startswith("WLZ-")
    assert message.original_bytes() == b"Wrong invoice"
    assert (message.received_at, message.contact_at) == (NOON, NOON)


async def test_large_original_is_vaulted_first(machine: Machine) -> None:
    """An original of over 64 KiB is in the vault when accept returns, and travels by id."""
    (held,) = await life.accept(machine.intake, MAIL, raw(b"x" * 70_000), parse)
    assert held.message.original is None
    assert await machine.vault.get(held.message.raw) == b"x" * 70_000


async def test_unreadable_is_parked_with_its_original(machine: Machine) -> None:
    """What our parser cannot read is ours all the same: parked, the original in the vault."""

    def broken(_raw: Raw) -> list[Draft]:
        raise ZeroDivisionError

    assert await life.accept(machine.intake, MAIL, raw(b"odd"), broken) == []
    machine.keep(life.keep_parked(machine.router))
    balance = await until(lambda: machine.store.read(lives.balance))
    row = await until(
        lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).one_or_none())
    )
    assert row.reason == "unreadable"
    assert await machine.vault.get(json.loads(json.loads(row.letter)["body"])["raw"]) == b"odd"
    balance = await machine.store.read(lives.balance)
    assert (balance["in"], balance["parked"], balance["unaccounted"]) == (1, 1, 0)


async def test_files_of_what_is_unreadable_are_kept_too(machine: Machine) -> None:
    """A form that cannot be read is parked with its uploads; the same answers with another file are another letter."""

    def broken(_raw: Raw) -> list[Draft]:
        raise ZeroDivisionError

    for content in (b"a picture", b"another"):
        upload = File("photo.png", "image/png", content)
        assert await life.accept(machine.intake, FORM, replace(raw(b"odd"), files=(upload,)), broken) == []
    letters = await taken(machine, PARKED)
    assert len({letter.message_id for letter in letters}) == 2
    (kept,) = json.loads(letters[0].body)["files"]
    assert (kept["name"], kept["media_type"]) == ("photo.png", "image/png")
    assert await machine.vault.get(kept["id"]) == b"a picture"


async def test_broker_away_asks_mail_servers_to_come_back(machine: Machine) -> None:
    """With the broker away a source that retries hears Temporary, and nothing is kept."""
    await machine.broker.close()
    with pytest.raises(Temporary):
        await life.accept(machine.intake, MAIL, raw(), parse)
    assert machine.spool.waiting() == 0


async def test_broker_away_spools_a_form(machine: Machine) -> None:
    """With the broker away a form is spooled and its sender told so; it arrives once the broker is back."""
    await machine.broker.close()
    (held,) = await life.accept(machine.intake, FORM, raw(), parse)
    assert held.spooled
    assert machine.spool.waiting() == 1
    await machine.broker.start()
    machine.keep(machine.spool.drain(machine.broker.publish))
    (published,) = await taken(machine, ROUTER_QUEUE)
    assert published.message_id == held.id


@pytest.mark.parametrize(("verified", "complainant"), [("dkim", "ann"), ("none", "bo")])
async def test_forward_counts_only_from_verified_staff(machine: Machine, verified: str, complainant: str) -> None:
    """The original sender becomes the complainant only when verified staff forwarded; since their first contact."""
    day = NOON - timedelta(days=2)
    forward = Forwarded(ANN, day, "Wrong", ((0, 5),), reply_address=ANN.addresses[0])

    def forwarded(delivered: Raw) -> list[Draft]:
        sender = STAFF.model_copy(update={"verified": verified})
        return [replace(parse(delivered)[0], sender=sender, reply_address=STAFF.addresses[0], forwarded=forward)]

    (held,) = await life.accept(machine.intake, MAIL, raw(), forwarded)
    address = held.message.sender.address("email") or ""
    assert address.startswith(complainant)
    assert held.message.contact_at == (day if complainant == "ann" else NOON)
    assert (held.message.forwarded_by is not None) == (complainant == "ann")


async def test_a_colleagues_machine_passes_nothing_on(machine: Machine) -> None:
    """An out-of-office note of staff that quotes a customer's mail makes no complainant of the customer."""
    forward = Forwarded(ANN, NOON, "Wrong", ((0, 5),), reply_address=ANN.addresses[0])

    def away(delivered: Raw) -> list[Draft]:
        sender = STAFF.model_copy(update={"verified": "dkim"})
        machine = Automatic(kind="auto_reply", evidence=("auto_submitted_auto_replied",))
        return [replace(parse(delivered)[0], sender=sender, forwarded=forward, automatic=machine)]

    (held,) = await life.accept(machine.intake, MAIL, raw(), away)
    assert held.message.automatic.kind == "auto_reply"
    assert held.message.forwarded_by is None


async def test_contact_is_never_later_than_our_receipt(machine: Machine) -> None:
    """A source's time in the future counts as our receipt."""
    late = replace(raw(), contact_at=NOON + timedelta(days=400))
    (held,) = await life.accept(machine.intake, MAIL, late, parse)
    assert held.message.contact_at == NOON


# --- route -----------------------------------------------------------------------------------------------------------


async def test_poison_parks_and_delays_nobody(machine: Machine) -> None:
    """A message that always fails is parked after five attempts; its neighbours become cases meanwhile (AT-X14)."""
    poison = letter("poison").model_copy(update={"brand": "no_such_brand"})
    neighbours = [letter(f"Complaint {n}", message=f"{n}@x", sender=f"{n}@x.example") for n in range(5)]
    messages = [*neighbours[:2], poison, *neighbours[2:]]
    await machine.broker.publish([Letter(MESSAGES, "welzo.email", each.to_json(), each.id) for each in messages])
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def settled() -> bool:
        balance = await machine.store.read(lives.balance)
        return (balance["cases"], balance["parked"]) == (5, 1)

    await until(settled)
    row = await machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).one())
    assert (row.id, row.reason, row.attempts) == (poison.id, "failed_repeatedly", life.ATTEMPTS)
    assert (await machine.broker.depth(ROUTER_QUEUE)).ready == 0


async def test_what_cannot_be_read_is_parked_at_once(machine: Machine) -> None:
    """Letters that are no message, or of a newer version, are parked under their reason."""
    newer = json.dumps({"schema": "intake.message/2"}).encode()
    await machine.broker.publish(
        [Letter(MESSAGES, "welzo.email", b"\xff not json", "odd"), Letter(MESSAGES, "welzo.email", newer, "newer")]
    )
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def reasons() -> dict[str, str] | None:
        rows = await machine.store.read(lambda connection: connection.execute(sa.select(tables.parked)).all())
        return {row.id: row.reason for row in rows} if len(rows) == 2 else None

    assert await until(reasons) == {"odd": "unreadable", "newer": "newer"}


async def test_original_is_vaulted_before_the_delivery_is_settled(machine: Machine) -> None:
    """A small original that travelled inside the message is in the vault once it is routed."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))

    async def empty() -> bool:
        depth = await machine.broker.depth(ROUTER_QUEUE)
        return depth.ready + depth.unsettled == 0

    await until(empty)
    assert await machine.vault.get(held.message.raw) == b"Wrong invoice"


# --- answer ----------------------------------------------------------------------------------------------------------


async def test_notice_is_sent_once_however_often_it_is_delivered(machine: Machine) -> None:
    """A notice that is delivered again gets its stored receipt published again, and is not sent again."""
    way = Way(machine)
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await hand_over(machine, a_notice())
    first = await receipts(machine, 1)
    await hand_over(machine, a_notice())
    assert first == await receipts(machine, 1)
    assert len(way.sent) == 1


async def test_temporary_is_deferred_as_late_as_asked(machine: Machine) -> None:
    """Surely-not-sent comes back as `deferred` until the time that the other side asked for; then it is sent."""
    way = Way(machine, [Temporary("throttled", after=120)])
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await hand_over(machine, a_notice())
    (deferred,) = await receipts(machine, 1)
    assert (deferred.outcome, deferred.until) == ("deferred", NOON + timedelta(seconds=120))
    await hand_over(machine, a_notice())
    assert [each.outcome for each in await receipts(machine, 1)] == ["sent"]


async def test_unknown_mail_is_sent_once_more_and_no_oftener(machine: Machine) -> None:
    """Perhaps-sent mail is sent once more under its Message-ID; a second doubt leaves it to a person."""
    way = Way(machine, [Unknown("lost"), Unknown("lost")])
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    outcomes = []
    for _ in range(3):
        await hand_over(machine, a_notice())
        outcomes += [each.outcome for each in await receipts(machine, 1)]
    assert outcomes == ["deferred", "unknown", "unknown"]
    assert way.sent == []


async def test_permanent_has_failed(machine: Machine) -> None:
    """Refused for ever is `failed`, and not tried again."""
    way = Way(machine, [Permanent("smtp_550")])
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    for _ in range(2):
        await hand_over(machine, a_notice())
        assert [(each.outcome, each.code) for each in await receipts(machine, 1)] == [("failed", "smtp_550")]
    assert way.sent == []


async def test_begun_by_a_process_that_died_is_in_doubt(machine: Machine) -> None:
    """A notice that an earlier process began and never finished is Unknown: for mail, one more copy."""
    other = replace(machine.intake, memory=type(machine.memory)(machine.store, "earlier-process", machine.clock))
    assert (await other.memory.begin(a_notice().id)).state == "new"
    way = Way(machine)
    machine.keep(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await hand_over(machine, a_notice())
    assert [each.outcome for each in await receipts(machine, 1)] == ["deferred"]
    await hand_over(machine, a_notice())
    assert [each.outcome for each in await receipts(machine, 1)] == ["sent"]
    assert len(way.sent) == 1


@pytest.mark.parametrize("looks", [True, False])
async def test_who_can_look_is_told_to(machine: Machine, *, looks: bool) -> None:
    """A connector that can look whether a notice was sent hears that this one is in doubt; no other one does."""
    way = Way(machine, [Unknown("lost")])
    able = replace(OUT, can=OUT.can | {Can.LOOKUP}) if looks else OUT
    machine.keep(life.answer(machine.intake, able, way))  # type: ignore[arg-type]
    for _ in range(2):
        await hand_over(machine, a_notice())
        await receipts(machine, 1)
    assert way.doubted == [False, looks]


async def test_no_memory_no_sending(machine: Machine) -> None:
    """Without the database nothing is sent; the notice stays in its queue."""
    way = Way(machine)
    await machine.store.close()
    task = asyncio.ensure_future(life.answer(machine.intake, OUT, way))  # type: ignore[arg-type]
    await hand_over(machine, a_notice())

    async def given_back() -> bool:
        return (await machine.broker.depth(notices_queue("mail"))).ready == 1 and not way.sent

    await until(given_back)
    task.cancel()
    await asyncio.wait([task])


# --- verdict ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("error", "attempts", "doubts", "can", "outcome"),
    [
        (Temporary("x"), 0, 0, OUT.can, "deferred"),
        (Temporary("x"), life.GIVE_UP, 0, OUT.can, "failed"),
        (Permanent("x"), 0, 0, OUT.can, "failed"),
        (Unknown("x"), 0, 0, OUT.can, "deferred"),
        (Unknown("x"), 3, 1, OUT.can, "unknown"),
        (Unknown("x"), 0, 0, frozenset({Can.REPLY}), "unknown"),
        (Unknown("x"), 3, 3, frozenset({Can.REPLY, Can.LOOKUP}), "deferred"),
        (Unknown("x"), life.GIVE_UP, 3, frozenset({Can.REPLY, Can.LOOKUP}), "unknown"),
    ],
)
def test_verdict(error: IntakeError, attempts: int, doubts: int, can: frozenset[Can], outcome: str) -> None:
    """What follows when a notice could not be delivered, row by row."""
    assert life.verdict(error, attempts, doubts=doubts, can=can).outcome == outcome


def test_waits_grow_to_an_hour() -> None:
    """15 s, 30 s, a minute … an hour, and never more."""
    waits = [life.verdict(Temporary("x"), n, doubts=0, can=OUT.can).wait for n in (0, 1, 2, 30)]
    assert waits == [timedelta(seconds=15), timedelta(seconds=30), timedelta(minutes=1), timedelta(hours=1)]


async def test_released_until_confirmed(machine: Machine) -> None:
    """What was decided leaves by itself, events in order, and the outbox is empty afterwards."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    machine.keep(life.release(machine.router))
    published = await taken(machine, notices_queue("mail"))
    while len(published) < 2:
        published += await taken(machine, notices_queue("mail"))
    purposes = {Notice.model_validate_json(each.body).purpose for each in published}
    assert purposes == {"acknowledgement", "assignment"}
    assert held.reference in published[0].body.decode()
    assert (await machine.broker.depth(PARKED)).ready == 0


async def test_command_by_queue_acts_as_whom_the_broker_vouches_for(machine: Machine) -> None:
    """A command's `actor` is never believed: without a user that the broker vouches for it is refused."""
    (held,) = await life.accept(machine.intake, MAIL, raw(), parse)
    machine.keep(life.route(machine.router, ROUTER_QUEUE))
    machine.keep(life.route(machine.router, COMMANDS))
    forged = Command(id="f1", reference=held.reference, command="erase", actor="ops")
    await until(
        lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.cases)).one_or_none())
    )
    await machine.broker.publish([Letter(COMMANDS, "welzo.erase", forged.model_dump_json().encode(), "f1")])
    row = await until(
        lambda: machine.store.read(lambda connection: connection.execute(sa.select(tables.commands)).one_or_none())
    )
    assert json.loads(row.outcome)["reason"] == "not_allowed"
