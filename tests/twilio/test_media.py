"""Files behind a link: where our credentials go, where Twilio may send us on to, and what is never asked."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest

from connectors.links import Outside, is_public
from connectors.twilio.account import Access, Account
from connectors.twilio.media import Media, MediaLimits
from intake_daemon.contract import File
from tests.fakes.twilio import FakeAccount
from tests.mail.tls import Certificate, make
from tests.promises import PNG


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    """A certificate for 127.0.0.1."""
    return make(tmp_path_factory.mktemp("tls"))


@dataclass
class Depot:
    """Where the files lie: another host, by https. Keeps what it was asked, head by head."""

    port: int = 0
    asked: list[str] = field(default_factory=list)
    answer: bytes = b""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One request."""
        self.asked.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(self.answer)
        await writer.drain()
        writer.close()


def served(content: bytes, media_type: str = "image/png", status: str = "200 OK", more: str = "") -> bytes:
    """An answer."""
    head = f"HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {len(content)}\r\n{more}"
    return f"{head}connection: close\r\n\r\n".encode() + content


@asynccontextmanager
async def depot(certificate: Certificate) -> AsyncIterator[Depot]:
    """It runs for the length of the block."""
    found = Depot(answer=served(PNG))
    server = await asyncio.start_server(found.serve, "127.0.0.1", 0, ssl=certificate.server())
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()


def media(account: FakeAccount, certificate: Certificate, *, public: bool = True) -> Media:
    """As the connectors have it; `127.0.0.1` stands for Twilio's depot, and counts as public, or does not."""
    access = Access(account.sid, account.sid, account.token, account.twilio.url)
    limits = MediaLimits(file_bytes=10_000, files=10, seconds=20, hosts=("127.0.0.1", "twiliocdn.com"))
    sure = (lambda _: True) if public else is_public
    outside = Outside(limits.hosts, public=sure, trust=certificate.client())
    return Media(Account(access), limits, outside=outside)


async def fetched(account: FakeAccount, certificate: Certificate, to: str, *, public: bool = True) -> File | str:
    """What becomes of a file for which Twilio sends us on."""
    link = account.keep("Messages/SM1/Media/ME1", PNG, "image/png")
    account.fail("ME1", {"redirect": to})
    files, missing = await media(account, certificate, public=public).fetch([(link, "SM1-1")])
    return files[0] if files else missing[0]


async def test_sent_on_to_the_depot(account: FakeAccount, certificate: Certificate) -> None:
    """Twilio's own depots are followed to, without credentials, at the very address that was looked at."""
    async with depot(certificate) as there:
        found = await fetched(account, certificate, f"https://127.0.0.1:{there.port}/a/b?signed=1")
        assert found == File("SM1-1.png", "image/png", PNG)
        (head,) = there.asked
        assert head.startswith("GET /a/b?signed=1 ")
        assert "authorization" not in head.lower()


@pytest.mark.parametrize(
    ("to", "remark"),
    [
        ("https://elsewhere.example/1", "file_foreign"),
        ("https://twiliocdn.com.elsewhere.example/1", "file_foreign"),
        ("https://eviltwiliocdn.com/1", "file_foreign"),
        ("https://twiliocdn.com@elsewhere.example/1", "file_foreign"),
        ("https://user@127.0.0.1:{port}/1", "file_foreign"),
        ("http://127.0.0.1:{port}/1", "file_foreign"),
        ("file:///etc/passwd", "file_foreign"),
        ("https://[::1/", "file_foreign"),
        ("//169.254.169.254/latest/meta-data", "file_foreign"),
    ],
)
async def test_nowhere_else(account: FakeAccount, certificate: Certificate, to: str, remark: str) -> None:
    """Only https, only to the listed hosts, without a user in it; nobody else is even asked."""
    async with depot(certificate) as there:
        assert await fetched(account, certificate, to.replace("{port}", str(there.port))) == remark
        assert not there.asked


async def test_a_listed_host_with_an_inner_address(account: FakeAccount, certificate: Certificate) -> None:
    """A name that leads inside is not followed to, however it is called."""
    async with depot(certificate) as there:
        found = await fetched(account, certificate, f"https://127.0.0.1:{there.port}/1", public=False)
        assert found == "file_private"
        assert not there.asked


async def test_sent_on_twice(account: FakeAccount, certificate: Certificate) -> None:
    """Once is what Twilio does; a depot that sends on again is not followed."""
    async with depot(certificate) as there:
        there.answer = served(b"", status="302 Found", more="location: https://elsewhere.example/\r\n")
        assert await fetched(account, certificate, f"https://127.0.0.1:{there.port}/1") == "file_foreign"


async def test_too_large_without_saying_so(account: FakeAccount, certificate: Certificate) -> None:
    """Bytes are counted as they come, not as they are announced."""
    async with depot(certificate) as there:
        there.answer = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\nconnection: close\r\n\r\n" + b"x" * 20_000
        assert await fetched(account, certificate, f"https://127.0.0.1:{there.port}/1") == "file_too_large"


@pytest.mark.parametrize(
    ("media_type", "taken"),
    [
        ("image/jpeg", True),
        ("audio/ogg; codecs=opus", True),
        ("application/pdf", True),
        ("text/vcard", True),
        ("image/svg+xml", False),
        ("text/html", False),
        ("application/x-msdownload", False),
        ("", False),
    ],
)
async def test_types(account: FakeAccount, certificate: Certificate, media_type: str, taken: bool) -> None:  # noqa: FBT001 -- a row
    """What people have as evidence; nothing that a browser renders or a computer runs."""
    link = account.keep("Messages/SM1/Media/ME1", PNG, media_type)
    files, missing = await media(account, certificate).fetch([(link, "SM1-1")])
    assert bool(files) is taken
    assert missing == (() if taken else ("file_type",))


@pytest.mark.parametrize("content", [b"MZ\x90\0", b"\x7fELF", b"#!/bin/sh"])
async def test_a_program_is_not_taken(account: FakeAccount, certificate: Certificate, content: bytes) -> None:
    """Whatever its type is said to be (OW-02)."""
    link = account.keep("Messages/SM1/Media/ME1", content, "application/pdf")
    assert await media(account, certificate).fetch([(link, "SM1-1")]) == ((), ("file_type",))


async def test_credentials_stay_at_home(account: FakeAccount, certificate: Certificate) -> None:
    """Only the account's own addresses are asked; another account's, another host's, a way around are not."""
    here, root = account.twilio.url, f"{account.twilio.url}/2010-04-01/Accounts"
    links = [
        f"{root}/AC99/Messages/SM1/Media/ME1",
        f"{root}/{account.sid}/../AC99/Messages.json",
        f"{root}/{account.sid}x/Messages.json",
        f"{root}/{account.sid}/Messages.json?x=1",
        here.replace("127.0.0.1", "localhost") + f"/2010-04-01/Accounts/{account.sid}/Messages/SM1/Media/ME1",
        f"http://127.0.0.1@elsewhere.example/2010-04-01/Accounts/{account.sid}/x",
        "https://[::1/",
        "",
    ]
    for link in links:
        assert await media(account, certificate).fetch([(link, "x")]) == ((), ("file_foreign",))
    assert not account.seen()["asked"]


async def test_more_files_than_are_taken(account: FakeAccount, certificate: Certificate) -> None:
    """The first ones are, and the remark says that there were more."""
    links = [(account.keep(f"Messages/SM1/Media/ME{each}", PNG, "image/png"), f"f{each}") for each in range(12)]
    files, missing = await media(account, certificate).fetch(links)
    assert [file.name for file in files] == [f"f{each}.png" for each in range(10)]
    assert missing == ("file_too_many",)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("52.216.1.1", True),
        ("2600:1f18::1", True),
        ("2002:7f00:1::", False),
        ("64:ff9b::a9fe:a9fe", False),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104 -- an address to refuse
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:10.0.0.1", False),
        ("nonsense", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:  # noqa: FBT001 -- a row
    """Nothing of this machine, of a house's inside, of a cloud's own service."""
    assert is_public(address) is public
