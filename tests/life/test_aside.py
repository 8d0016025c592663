"""Large mails are read in a process with limits; what cannot be read there is still a contact."""

from __future__ import annotations

import asyncio
import os
import pickle
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import replace
from functools import partial

import pytest

from connectors.email import Reading, parse
from intake_daemon import life
from intake_daemon.aside import Aside, Failed, Lost
from intake_daemon.command import mails
from intake_daemon.contract import Draft, Parse, Raw
from intake_daemon.life.accept import ASIDE
from tests.email.letters import mail
from tests.life.conftest import MAIL, Machine

PATIENT = 100.0


@pytest.fixture
async def aside() -> AsyncIterator[Aside]:
    """At most one process beside this one."""
    made = Aside(at_once=1)
    yield made
    made.close()


async def test_one_process_does_one_after_another_and_is_not_this_one(aside: Aside) -> None:
    """It is kept while tasks are small, and disposed of after a large one."""
    first = await aside.do(os.getpid, size=0, seconds=PATIENT)
    assert first != os.getpid()
    assert await aside.do(os.getpid, size=0, seconds=PATIENT) == first
    assert await aside.do(os.getpid, size=100_000_000, seconds=PATIENT) == first
    assert await aside.do(os.getpid, size=0, seconds=PATIENT) != first


async def test_what_takes_too_long_too_much_or_the_process_with_it_is_lost(aside: Aside) -> None:
    """And the next one is done all the same."""
    with pytest.raises(Lost):
        await aside.do(time.sleep, 1000.0, size=0, seconds=0.5)
    with pytest.raises(Lost):
        await aside.do(os.abort, size=0, seconds=PATIENT)
    with pytest.raises(Failed, match="MemoryError"):
        await aside.do(bytes, 8 * 1024**3, size=0, seconds=PATIENT)
    with pytest.raises(Failed, match="ValueError"):
        await aside.do(int, "x", size=0, seconds=PATIENT)
    assert await aside.do(int, "7", size=0, seconds=PATIENT) == 7


async def test_a_process_that_ended_while_nobody_needed_it_costs_nothing(aside: Aside) -> None:
    """The kernel may take it at any time."""
    process = await aside.do(os.getpid, size=0, seconds=PATIENT)
    os.kill(process, signal.SIGKILL)
    assert await aside.do(int, "7", size=0, seconds=PATIENT) == 7


def reads_for_ever(raw: Raw) -> list[Draft]:
    """A parser that some mail defeats."""
    if len(raw.content) > ASIDE:
        time.sleep(1000)
    return parse(raw)


def dies(raw: Raw) -> list[Draft]:
    """A parser with a library in C."""
    if len(raw.content) > ASIDE:
        os.abort()
    return parse(raw)


LARGE = mail("My words.\n" + "word " * 100_000)


async def test_a_large_mail_is_read_aside_and_is_the_same_message(machine: Machine, aside: Aside) -> None:
    """As it would have been read here."""
    raw = Raw(LARGE, "welzo", "message/rfc822", envelope={"mail_from": "anna@mail.example"})
    read = partial(parse, reading=Reading())
    [here] = await life.accept(machine.intake, MAIL, raw, read)
    [there] = await life.accept(replace(machine.intake, aside=aside), MAIL, raw, read)
    assert there.message == here.message


async def test_a_parser_that_no_other_process_knows_reads_here(machine: Machine, aside: Aside) -> None:
    """It is no reason to lose a word."""
    raw = Raw(LARGE, "welzo", "message/rfc822", envelope={"mail_from": "anna@mail.example"})

    def of_this_test_only(given: Raw) -> list[Draft]:
        return parse(given)

    [held] = await life.accept(replace(machine.intake, aside=aside), MAIL, raw, of_this_test_only)
    assert held.message.text.count("word ") == 100_000
    assert held.message.remarks == ()


def test_an_imported_mail_can_be_read_in_another_process() -> None:
    """Its parser is told to it by name."""
    read = partial(mails._marked, partial(parse, reading=Reading()))
    there = pickle.loads(pickle.dumps(read))  # noqa: S301 -- our own
    assert there(Raw(LARGE, "welzo", "message/rfc822"))[0].remarks == ("imported",)


@pytest.mark.parametrize("defeated", [reads_for_ever, dies])
async def test_a_mail_that_nobody_can_read_is_a_contact_all_the_same(machine: Machine, defeated: Parse) -> None:
    """Its beginning is read, the remark says so, the original is whole, and a repeat is the same contact."""
    aside = Aside(longest=1.0)
    raw = Raw(LARGE, "welzo", "message/rfc822", envelope={"mail_from": "anna@mail.example"})
    intake = replace(machine.intake, aside=aside)
    [held] = await life.accept(intake, MAIL, raw, defeated)
    assert held.message.remarks == ("limit_time",)
    assert held.message.sender.address("email") == "anna@mail.example"
    assert held.message.text.startswith("My words.")
    assert await machine.vault.get(held.message.raw) == LARGE
    [again] = await life.accept(intake, MAIL, raw, defeated)
    assert again.id == held.id
    aside.close()


def test_the_process_ends_with_whoever_started_it() -> None:
    """A pipe that nobody holds any more is its end."""

    async def start() -> int:
        made = Aside()
        process = await made.do(os.getpid, size=0, seconds=PATIENT)
        made.close()
        return process

    process = asyncio.run(start())
    with pytest.raises(ProcessLookupError):
        os.kill(process, 0)
