"""connectors/smtp over real sockets: limits of size, number and time, smuggling, and how it stops."""

from __future__ import annotations

import asyncio
import contextlib
import time

import pytest

from tests.doors import Recorder
from tests.mail.smtp_door import MAIL, envelope, send, serving, talk, until


async def test_too_large_is_552() -> None:
    """Announced or not, what passes the limit is 552 and nothing of it is held; the session goes on."""
    door = Recorder()
    async with serving(door, max_size=1000) as (_, port):
        announced = await talk(port, b"EHLO x\r\n", b"MAIL FROM:<a@b.example> SIZE=1001\r\n", b"QUIT\r\n")
        large = envelope("complaints@welzo.example") + MAIL * 20 + b".\r\n"
        lines = await talk(port, large + envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n")
    assert announced[-2][:3] == b"552"
    codes = [line[:3] for line in lines]
    assert codes.index(b"552") < len(codes) - 2
    assert codes[-2:] == [b"250", b"221"]
    assert len(door.raws) == 1
    assert door.refusals["too_large"] == 1


async def test_limits_on_recipients_and_lines() -> None:
    """One recipient too many is 452; a line too long is 500."""
    door = Recorder()
    async with serving(door, max_recipients=2, max_line_length=1000) as (_, port):
        many = await talk(port, envelope(*(["complaints@welzo.example"] * 3)) + MAIL + b".\r\nQUIT\r\n")
        long = await talk(port, envelope("complaints@welzo.example") + b"x" * 1001 + b"\r\n.\r\nQUIT\r\n")
    assert b"452" in [line[:3] for line in many]
    assert long[-2][:3] == b"500"
    assert door.refusals == {"too_many_recipients": 1, "line_too_long": 1}


async def test_memory_is_limited_over_all_connections() -> None:
    """What comes above the limit of all connections together is told to come again; afterwards there is room again."""
    door = Recorder()
    door.gate = asyncio.Event()
    large = b"Subject: large\r\n\r\n" + (b"x" * 76 + b"\r\n") * 1000
    async with serving(door, max_memory=100_000) as (connector, port):
        first = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "the first is being held")
        second = await talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n")
        assert second[-2].startswith(b"452 4.3.1")
        door.gate.set()
        assert (await first)[-2].startswith(b"250")
        third = await talk(port, envelope("complaints@welzo.example") + large + b".\r\nQUIT\r\n")
        assert third[-2].startswith(b"250")
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example") + large)
        await until(lambda: connector._taken, "some of it is there")
        writer.close()
        await until(lambda: not connector._taken, "it is given back")
        del reader


@pytest.mark.parametrize("probe", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n"], ids=repr)
async def test_smuggling(probe: bytes) -> None:
    """The commands behind a false end stay part of the first mail, which is refused with a clear word."""
    door = Recorder()
    inner = b"MAIL FROM:<boss@welzo.example>\r\nRCPT TO:<complaints@welzo.example>\r\nDATA\r\n" + MAIL
    async with serving(door) as (_, port):
        lines = await talk(port, envelope("complaints@welzo.example") + MAIL[:-2] + probe + inner + b".\r\nQUIT\r\n")
    assert lines[-2].startswith(b"550 5.6.0 ")
    assert b"CRLF" in lines[-2]
    assert not door.raws


async def test_a_hundred_sessions_at_once() -> None:
    """A hundred senders at once are all served, each mail held once."""
    door = Recorder()
    async with serving(door) as (_, port):

        async def one(number: int) -> bytes:
            mail = MAIL.replace(b"<1@", b"<%d@" % number) + b"x" * 20_000 + b"\r\n"
            lines = await talk(port, envelope("complaints@welzo.example"), mail + b".\r\n", b"QUIT\r\n")
            return next(line for line in lines if line.startswith(b"250 2.0.0 Held as"))

        said = await asyncio.gather(*(one(number) for number in range(100)))
    assert len(set(said)) == len(door.held) == 100


async def test_too_many_connections() -> None:
    """The one too many is told 421 and to come again; when a place is free it is served."""
    door = Recorder()
    async with serving(door, max_connections=2) as (connector, port):
        first = await asyncio.open_connection("127.0.0.1", port)
        second = await asyncio.open_connection("127.0.0.1", port)
        await first[0].readline()
        await second[0].readline()
        assert (await talk(port))[0].startswith(b"421 4.3.2")
        first[1].close()
        await until(lambda: len(connector._sessions) == 1, "the place is free")
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250
        second[1].close()
    assert door.refusals["too_many_connections"] == 1


@pytest.mark.parametrize(
    "before", [b"", b"EHLO x\r\n", envelope("complaints@welzo.example"), envelope("complaints@welzo.example") + b"Sub"]
)
async def test_who_is_too_slow_is_told_so(before: bytes) -> None:
    """Silence, before the greeting or in the middle of a mail, ends the connection with a 421."""
    door = Recorder()
    async with serving(door, idle_seconds=0.2, block_seconds=0.2) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(before)
        said = await asyncio.wait_for(reader.read(), 30)
        writer.close()
    assert said.splitlines()[-1].startswith(b"421 4.4.2")
    assert not door.raws


async def test_drop_by_drop_is_limited_too() -> None:
    """A mail that comes a byte at a time has a limit for the whole of it."""
    door = Recorder()
    async with serving(door, mail_seconds=0.3) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example"))
        said = asyncio.ensure_future(_heard(reader))
        while not said.done():
            writer.write(b"x")
            await asyncio.sleep(0.02)
        writer.close()
    assert said.result().splitlines()[-1].startswith(b"421 4.4.2")


async def _heard(reader: asyncio.StreamReader) -> bytes:
    """All that was said; who goes on talking after a farewell may find the connection reset."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while block := await reader.read(1000):
            said += block
    return said


async def test_no_clock_runs_while_a_mail_is_held() -> None:
    """However short the session's own limits are, a mail that is being held gets its answer."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door, idle_seconds=0.1, block_seconds=0.1) as (_, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "it is being held")
        await asyncio.sleep(0.4)  # four times the limit: nothing may happen
        door.gate.set()
        assert (await answer)[-2].startswith(b"250 2.0.0 Held")


async def test_stopped_while_the_mail_comes() -> None:
    """Cancelled in the middle of DATA: closed within a second with 421, nothing held, nothing half."""
    door = Recorder()
    async with serving(door) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(envelope("complaints@welzo.example") + MAIL)
        await until(lambda: b"354" in bytes(reader._buffer), "it reads the mail")  # type: ignore[attr-defined]
        began = time.monotonic()
    assert time.monotonic() - began < 20  # a second, on a machine of its own
    said = await asyncio.wait_for(reader.read(), 30)
    writer.close()
    assert said.splitlines()[-1].startswith(b"421 4.3.2")
    assert not door.raws


async def test_stopped_while_a_mail_is_held() -> None:
    """Cancelled while `accept` is under way: it may end, and then its sender hears 250 before the connection closes."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door) as (connector, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\n"))
        await until(lambda: door.waiting, "it is being held")
        asyncio.get_running_loop().call_later(0.2, door.gate.set)
        idle = await asyncio.open_connection("127.0.0.1", port)
        await idle[0].readline()
        assert len(connector._sessions) == 2
    assert (await idle[0].read()).startswith(b"421 4.3.2")
    idle[1].close()
    lines = await answer
    assert [line[:3] for line in lines[-2:]] == [b"250", b"421"]
    assert len(door.held) == 1


async def test_stopped_while_a_mail_cannot_be_held() -> None:
    """Cancelled while `accept` hangs: within a second the connection is dropped, and nobody heard 250."""
    door = Recorder()
    door.gate = asyncio.Event()
    async with serving(door) as (_, port):
        answer = asyncio.ensure_future(talk(port, envelope("complaints@welzo.example") + MAIL + b".\r\nQUIT\r\n"))
        await until(lambda: door.waiting, "it is being held")
        began = time.monotonic()
    assert time.monotonic() - began < 20  # a second, on a machine of its own
    lines = await answer
    assert lines[-1].startswith(b"354")
    assert not door.held
    await until(lambda: not door.waiting, "the session has let go")
