"""Accept, whatever a parser or a customer's client may hand to it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import pytest

from intake_daemon import life
from intake_daemon.broker import LARGEST
from intake_daemon.contract import PARKED, ROUTER_QUEUE, Draft, File, Letter, Raw
from intake_daemon.message import Address, Message, Person
from tests.life.conftest import FORM, MAIL, Machine
from tests.life.doing import parse, raw, taken


async def test_half_a_pair_is_held(machine: Machine) -> None:
    """Half a surrogate pair (a form's JSON may hold one) and a NUL become U+FFFD; the complaint is held, and every
    offset stays where it was."""

    def odd(delivered: Raw) -> list[Draft]:
        return [
            replace(
                parse(delivered)[0],
                text="a\ud83d\x00b",
                new_text=((0, 4),),
                subject="\udc00",
                fields={"topic\ud800": ["x\ud800", {"y": "\ud800"}]},
                sender=Person(name="A\ud800", addresses=(Address(kind="email", value="a@b.example"),)),
                files=(File("\ud800.txt", "text/plain", b"1"),),
            )
        ]

    (held,) = await life.accept(machine.intake, FORM, raw(), odd)
    (letter,) = await taken(machine, ROUTER_QUEUE)
    message = Message.model_validate_json(letter.body)
    assert message == held.message
    assert message.new_words == "a\ufffd\ufffdb"
    assert message.fields == {"topic\ufffd": ["x\ufffd", {"y": "\ufffd"}]}
    assert (message.sender.name, message.attachments[0].name) == ("A\ufffd", "\ufffd.txt")


async def test_a_draft_that_cannot_travel_is_parked(machine: Machine) -> None:
    """A fault of a parser that shows only when the message is written down costs nobody their complaint."""

    def wrong(delivered: Raw) -> list[Draft]:
        return [replace(parse(delivered)[0], fields={"x": object()})]

    assert await life.accept(machine.intake, MAIL, raw(), wrong) == []
    (letter,) = await taken(machine, PARKED)
    assert letter.headers["intake-reason"] == "unreadable"


async def test_what_no_broker_carries_is_never_spooled(machine: Machine) -> None:
    """With the broker away, a form that no broker would take later is not spooled as it is, to be tried for ever: its
    original is kept, and what is spooled tells a person of it."""
    await machine.broker.close()

    def large(delivered: Raw) -> list[Draft]:
        return [replace(parse(delivered)[0], fields={"x": "x" * LARGEST})]

    assert await life.accept(machine.intake, FORM, raw(), large) == []
    assert machine.spool.waiting() == 1
    await machine.broker.start()
    machine.keep(machine.spool.drain(machine.broker.publish))
    (letter,) = await taken(machine, PARKED)
    assert letter.headers["intake-reason"] == "too_large"


@pytest.mark.parametrize("turns", range(6))
async def test_a_stop_is_heard_also_when_it_comes_with_the_confirm(machine: Machine, turns: int) -> None:
    """Whoever accepts in a loop (a list that is read again) and is cancelled at the very moment of the confirm, ends: a
    cancellation that was swallowed left the loop running in a house that was closed, and the process never ended."""
    confirmed = asyncio.Event()

    async def publish(_letters: Sequence[Letter]) -> None:
        reached.set()
        await confirmed.wait()

    reached = asyncio.Event()
    machine.broker.publish = publish  # type: ignore[method-assign, assignment]
    accepting = asyncio.ensure_future(life.accept(machine.intake, FORM, raw(), parse))
    await reached.wait()
    confirmed.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    cancelled = accepting.cancel()
    await asyncio.wait([accepting], timeout=30)
    assert accepting.cancelled() == cancelled
