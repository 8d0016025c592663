"""connectors/imap: logging in, losing the connection, sharing a mailbox."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from pydantic import ValidationError

from connectors.imap import Imap
from intake_daemon.errors import Temporary
from tests.doors import Cursors, Recorder
from tests.mail.mailboxes import WORLD, a_mail, imap, reading, subjects, until
from tests.mail.tls import Certificate
from tests.services.dovecot import Dovecot


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Carry bytes one way until there are no more."""
    with contextlib.suppress(OSError):
        while block := await reader.read(65536):
            writer.write(block)
            await writer.drain()
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


@asynccontextmanager
async def listening(
    talk: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[object]], tls: ssl.SSLContext | None = None
) -> AsyncIterator[int]:
    """A server's port; at the end all its conversations are over."""
    open_now: set[asyncio.StreamWriter] = set()

    async def one(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        open_now.add(writer)
        try:
            await talk(reader, writer)
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            open_now.discard(writer)

    server = await asyncio.start_server(one, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await until(lambda: not open_now, "all conversations are over")


async def test_tls(dovecot: Dovecot, certificate: Certificate) -> None:
    """TLS from the first byte, with a checked certificate: read, told by IDLE, and left within a second."""

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner = await asyncio.open_connection(dovecot.host, dovecot.port)
        await asyncio.gather(pump(reader, inner[1]), pump(inner[0], writer))

    user = dovecot.add_user()
    door = Recorder()
    async with listening(carry, certificate.server()) as port:
        settings = {"port": port, "tls": "tls", "ca_file": str(certificate.certificate), "poll_seconds": 3600}
        async with reading(imap(dovecot, user, **settings), door) as task:
            for number in range(1, 4):
                await asyncio.to_thread(dovecot.append, user, a_mail(number))
                await until(lambda: len(door.held) == number, "it is held", task)  # noqa: B023 -- waited for at once
        with pytest.raises(Temporary, match="imap_not_connected"):
            await imap(dovecot, user, port=port, tls="tls").run(door)


async def test_xoauth2() -> None:
    """Instead of a password the command's token is shown, in the form that XOAUTH2 has."""
    shown: list[bytes] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"* OK [CAPABILITY IMAP4rev1 AUTH=XOAUTH2] ready\r\n")
        while line := await reader.readline():
            tag, command, *_ = line.split()
            if command == b"AUTHENTICATE":
                writer.write(b"+ \r\n")
                shown.append(base64.b64decode(await reader.readline()))
                writer.write(tag + b" NO expired\r\n")
            else:
                writer.write(b"* CAPABILITY IMAP4rev1 AUTH=XOAUTH2\r\n" + tag + b" OK done\r\n")

    async with listening(talk) as port:
        settings = {"kind": "imap", "host": "127.0.0.1", "port": port, "tls": "none", "user": "ann"}
        settings |= {"oauth2_command": ["/bin/echo", "the-token"], "brand": "welzo", "from": "all"}
        with pytest.raises(Temporary, match="imap_login"):
            await Imap("mailbox", Imap.Settings.model_validate(settings), WORLD).run(Recorder())
    assert shown == [b"user=ann\x01auth=Bearer the-token\x01\x01"]


async def test_cancelled_while_connecting() -> None:
    """Cancelled while a server takes the connection and says nothing: gone within a second."""
    taken, over = asyncio.Event(), asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        taken.set()
        await over.wait()

    async with listening(silent) as port:
        settings = {"kind": "imap", "host": "127.0.0.1", "port": port, "tls": "none", "user": "ann", "password": "x"}
        connector = Imap("mailbox", Imap.Settings.model_validate(settings | {"brand": "welzo", "from": "all"}), WORLD)
        async with reading(connector, Recorder()):
            await taken.wait()
        over.set()


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"password": "wrong"}, "imap_login"),
        ({"mailbox": "No such"}, "imap_refused"),
        ({"password": None, "oauth2_command": ["/bin/false"]}, "imap_token"),
        ({"password": None, "oauth2_file": "/no/such/file"}, "imap_token"),
        ({"password": None, "oauth2_command": ["/bin/echo", "token"]}, "imap_login"),
        ({"port": 1}, "imap_not_connected"),
        ({"tls": "starttls"}, "imap_refused"),
    ],
)
async def test_what_cannot_be_opened(dovecot: Dovecot, said: dict[str, Any], code: str) -> None:
    """A mailbox that cannot be opened says which of the settings is at fault, and nothing of its values."""
    with pytest.raises(Temporary, match=f"^{code}$"):
        await asyncio.wait_for(imap(dovecot, dovecot.add_user(), **said).run(Recorder()), 60)


@pytest.mark.parametrize(
    "said",
    [
        {"from": None},
        {"from": "yesterday"},
        {"from": "all", "password": None},
        {"from": "all", "oauth2_file": "token"},
        {"from": "all", "after": "move"},
        {"from": "all", "move_to": "Held"},
    ],
)
def test_settings_that_cannot_be(said: dict[str, Any]) -> None:
    """Without `from`, without a login or with two, with half a move: refused at the start."""
    plain: dict[str, Any] = {"kind": "imap", "host": "x", "user": "ann", "password": "secret", "brand": "welzo"}
    with pytest.raises(ValidationError):
        Imap.Settings.model_validate({key: value for key, value in (plain | said).items() if value is not None})


async def test_the_server_goes_and_comes(dovecot: Dovecot) -> None:
    """The server is killed and started: `run` says Temporary while it is away; afterwards nothing is missing."""
    user = dovecot.add_user()
    dovecot.append(user, a_mail(1))
    door = Recorder()
    connector = imap(dovecot, user)
    async with reading(connector, door) as task:
        await until(lambda: door.held, "the first", task)
        dovecot.kill()
        try:
            await until(task.done, "it gives up")
            with pytest.raises(Temporary, match=r"imap_not_connected|imap_connection_lost"):
                await task
        finally:
            dovecot.start()
    dovecot.append(user, a_mail(2))
    async with reading(connector, door) as task:
        await until(lambda: len(door.held) == 2, "the second", task)


async def test_a_lost_connection_is_made_again(dovecot: Dovecot) -> None:
    """A connection that worked and is lost is made again, without a word."""
    user = dovecot.add_user()
    door = Recorder()
    async with reading(imap(dovecot, user, poll_seconds=3600), door) as task:
        await until(lambda: door.cursors.places, "it waits", task)
        dovecot._doveadm("kick", user)
        dovecot.append(user, a_mail(1))
        await until(lambda: door.held, "it is back", task)


async def test_one_process_reads(dovecot: Dovecot) -> None:
    """Two that read one mailbox share it by the lease: only one reads; when it stops the other goes on."""
    user = dovecot.add_user()
    cursors = Cursors()
    first, second = Recorder(cursors=cursors), Recorder(cursors=cursors)
    second.lease = first.lease
    async with reading(imap(dovecot, user), first) as one:
        await until(lambda: cursors.places, "the first reads", one)
        async with reading(imap(dovecot, user), second) as other:
            dovecot.append(user, a_mail(1))
            await until(lambda: [kept["uid"] for kept in cursors.places.values()] == [1], "the first has it", one)
            assert first.held
            assert not second.raws
            one.cancel()
            await asyncio.wait([one])
            dovecot.append(user, a_mail(2))
            await until(lambda: second.held, "the second goes on", other)
    assert subjects(second) == ["Complaint 2"]
