"""A sender's own signature is checked where no border of ours has spoken: real keys, a real name server."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import time
from pathlib import Path

import dkim
import pytest

from connectors.email.signatures import Signatures, claims
from tests.doors import Recorder
from tests.email.letters import READING, mail, read
from tests.mail.smtp_door import send
from tests.mail.smtp_door import serving as smtp_door
from tests.services.names import Names
from tests.services.names import serving as name_server

PATIENT = 60.0
BORDER = frozenset({"mx.shop.example"})


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A signing key."""
    path = tmp_path_factory.mktemp("key") / "key.pem"
    openssl("genrsa", "-traditional", "-out", path, "2048")
    return path.read_bytes()


@pytest.fixture(scope="module")
def record(key: bytes) -> bytes:
    """What stands in the DNS for it."""
    public = openssl("rsa", "-pubout", "-outform", "DER", stdin=key)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


def openssl(*arguments: str | Path, stdin: bytes = b"") -> bytes:
    """What openssl prints."""
    done = subprocess.run(["openssl", *map(str, arguments)], input=stdin, check=True, capture_output=True)
    return done.stdout


def signed(
    content: bytes, key: bytes, domain: bytes = b"mail.example", selector: bytes = b"s1", *, length: bool = False
) -> bytes:
    """The mail with its signature on top."""
    content = content.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    signature: bytes = dkim.sign(content, selector, domain, key, length=length)
    return signature + content


async def said(content: bytes, names: Names, seconds: float = PATIENT) -> dict[str, str]:
    """What a fresh judge adds to the envelope."""
    return await Signatures(seconds, names.address).envelope(content, BORDER)


async def test_a_signature_of_the_authors_domain_proves_the_author(key: bytes, record: bytes) -> None:
    """Also of a domain above it, also of a large mail; and parse believes what the door found."""
    async with name_server() as names:
        names.records = {"s1._domainkey.mail.example.": record, "s1._domainkey.example.com.": record}
        content = signed(mail("Hi"), key)
        found = await said(content, names)
        assert found == {"dkim": "mail.example"}
        assert read(content).sender.verified == "none"
        assert read(content, READING, **found).sender.verified == "dkim"
        above = signed(mail("Hi", From="a@sub.example.com"), key, b"example.com")
        assert await said(above, names) == {"dkim": "example.com"}
        large = signed(mail("word \n" * 100_000), key)
        assert await said(large, names) == {"dkim": "mail.example"}
        assert await said(large.replace(b"word", b"ward", 1), names) == {}


async def test_what_does_not_hold_proves_nobody(key: bytes, record: bytes) -> None:
    """Changed words, a foreign domain, no key, a signature over a part of the body, a second From."""
    async with name_server() as names:
        names.records = {"s1._domainkey.mail.example.": record, "s1._domainkey.evil.example.": record}
        good = signed(mail("Hi there"), key)
        foreign = signed(mail("Hi"), key, b"evil.example")
        for content in (
            good.replace(b"Hi there", b"Hi where"),
            foreign,
            signed(mail("Hi"), key, selector=b"s2"),
            signed(mail("Hi"), key, length=True) + b"and more",
            b"From: boss@mail.example\r\n" + good,
            mail("Hi"),
            mail("Hi", DKIM_Signature="v=1; d=mail.example; s=s1; b=; bh=\xff; h=from"),
        ):
            assert await said(content, names) == {}
        assert "s1._domainkey.evil.example." not in names.asked
        assert read(foreign, dkim="evil.example").sender.verified == "none"


def test_where_our_border_has_spoken_nobody_else_is_asked(key: bytes) -> None:
    """Neither by the door, nor does parse believe another word; a stranger's verdict is no word of ours."""
    good = signed(mail("Hi"), key)
    judged = b"Authentication-Results: mx.shop.example; dkim=fail header.d=mail.example\r\n" + good
    assert len(claims(good, BORDER)) == 1
    assert claims(judged, BORDER) == []
    assert read(judged, READING, dkim="mail.example").sender.verified == "none"
    assert len(claims(b"Authentication-Results: mx.evil.example; dkim=pass header.d=x\r\n" + good, BORDER)) == 1


async def test_names_that_nobody_answers_for_cost_no_complaint(key: bytes, record: bytes) -> None:
    """The mail is of nobody proven; the next one does not wait at all; keys that are known need no asking."""
    async with name_server() as names:
        names.records = {"s1._domainkey.mail.example.": record}
        judge = Signatures(0.2, names.address)
        patient = Signatures(PATIENT, names.address)
        assert await patient.envelope(signed(mail("Hi"), key), BORDER)
        names.silent = True
        assert await patient.envelope(signed(mail("Another"), key), BORDER) == {"dkim": "mail.example"}
        assert await judge.envelope(signed(mail("Hi"), key), BORDER) == {}
        asked = len(names.asked)
        before = time.monotonic()
        assert await judge.envelope(signed(mail("Hi again"), key), BORDER) == {}
        assert len(names.asked) == asked, "of this name nothing was heard a moment ago"
        for number in range(4):
            assert await judge.envelope(signed(mail("Hi"), key, selector=b"t%d" % number), BORDER) == {}
        asked = len(names.asked)
        assert await judge.envelope(signed(mail("Hi"), key, selector=b"t9"), BORDER) == {}
        assert len(names.asked) == asked, "nobody answers: nothing is asked"
        assert time.monotonic() - before < PATIENT
    nobody = Signatures(PATIENT, names.address)  # the port is closed now
    assert await asyncio.wait_for(nobody.envelope(mail("Hi"), BORDER), PATIENT) == {}
    assert await Signatures(0, names.address).envelope(signed(mail("Hi"), key), BORDER) == {}


async def test_the_smtp_door_hands_on_who_signed(key: bytes, record: bytes) -> None:
    """Through the real door, with the names that it was told to ask."""
    door = Recorder()
    async with name_server() as names:
        names.records = {"s1._domainkey.mail.example.": record}
        host, port = names.address
        async with smtp_door(door, nameserver=f"{host}:{port}", dkim_seconds=PATIENT) as (_, smtp):
            content = signed(mail("Hi"), key)
            code, _said = await asyncio.to_thread(send, smtp, "complaints@welzo.example", mail=content)
    assert code == 250
    assert door.raws[0].envelope["dkim"] == "mail.example"
