"""connectors/smtp with STARTTLS, and on the event loop that the daemon runs on."""

from __future__ import annotations

import asyncio
import io
import smtplib
from collections.abc import Coroutine
from typing import Any

import pytest
import uvloop
from pydantic import ValidationError

from connectors.smtp import Smtp
from tests.doors import Recorder
from tests.mail import test_smtp_limits as limits
from tests.mail.smtp_door import MAIL, send, serving, talk, until
from tests.mail.tls import Certificate


def starttls(port: int, certificate: Certificate) -> list[int]:
    """What is answered to a mail before STARTTLS, to STARTTLS, and to the mail after it."""
    with smtplib.SMTP("127.0.0.1", port, timeout=60) as client:
        client.ehlo("x")
        before = client.mail("ann@shop.example")[0]
        client.rset()
        begun = client.starttls(context=certificate.client())[0]
        client.ehlo("x")
        assert not client.has_extn("auth")
        assert not client.has_extn("starttls")
        client.mail("ann@shop.example")
        client.rcpt("complaints@welzo.example")
        return [before, begun, client.data(MAIL * 3000)[0]]


async def test_starttls(certificate: Certificate) -> None:
    """With a certificate STARTTLS is offered, and a mail goes through it whole."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (_, port):
        assert await asyncio.to_thread(starttls, port, certificate) == [250, 220, 250]
        assert door.raws[0].content == MAIL * 3000


async def test_starttls_can_be_required(certificate: Certificate) -> None:
    """With `require_tls` nothing is taken before STARTTLS."""
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key, "require_tls": True}
    async with serving(Recorder(), **tls) as (_, port):
        assert await asyncio.to_thread(starttls, port, certificate) == [530, 220, 250]


async def test_words_before_tls_do_not_count(certificate: Certificate) -> None:
    """What was sent in clear behind STARTTLS is thrown away (RFC 3207, 4.2), and the session needs a new EHLO."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (_, port):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        await reader.readline()
        writer.write(b"EHLO x\r\n")
        while (await reader.readline())[3:4] == b"-":
            pass
        writer.write(b"STARTTLS\r\nNOOP\r\n")
        assert (await reader.readline()).startswith(b"220")
        await writer.start_tls(certificate.client(), server_hostname="127.0.0.1")
        writer.write(b"MAIL FROM:<a@b.example>\r\n")
        assert (await reader.readline()).startswith(b"503")
        writer.close()


async def test_a_client_that_breaks_off_tls_harms_nobody(certificate: Certificate) -> None:
    """A handshake that is none, or is left in the middle, ends that connection only."""
    door = Recorder()
    tls = {"tls_certificate": certificate.certificate, "tls_key": certificate.key}
    async with serving(door, **tls) as (connector, port):
        await talk(port, b"EHLO x\r\n", b"STARTTLS\r\n", b"this is no handshake\r\nQUIT\r\n")
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"EHLO x\r\nSTARTTLS\r\n")
        await writer.drain()
        writer.transport.abort()
        await until(lambda: not connector._sessions, "both are gone")
        assert (await asyncio.to_thread(send, port, "complaints@welzo.example"))[0] == 250


def test_tls_settings_belong_together(certificate: Certificate) -> None:
    """A certificate without its key, and `require_tls` without either, are refused at the start."""
    plain = {"kind": "smtp", "listen": "127.0.0.1:0"}
    with pytest.raises(ValidationError, match="belong together"):
        Smtp.Settings.model_validate(plain | {"tls_certificate": certificate.certificate})
    with pytest.raises(ValidationError, match="require_tls needs"):
        Smtp.Settings.model_validate(plain | {"require_tls": True})


def test_under_uvloop(certificate: Certificate) -> None:
    """The daemon runs on uvloop, whose transports differ: leaving, dropping and time-outs work there too."""
    for fact in (
        limits.test_a_hundred_sessions_at_once,
        limits.test_too_many_connections,
        limits.test_drop_by_drop_is_limited_too,
        limits.test_stopped_while_a_mail_is_held,
        limits.test_stopped_while_a_mail_cannot_be_held,
    ):
        uvloop.run(bounded(fact()))
    uvloop.run(bounded(test_starttls(certificate)))


async def bounded(fact: Coroutine[Any, Any, None]) -> None:
    """Two minutes for it, then it is said who waits for what: pytest's own time-out is not heard under uvloop."""
    task = asyncio.ensure_future(fact)
    if not (await asyncio.wait([task], timeout=120))[0]:
        waits = io.StringIO()
        for each in asyncio.all_tasks():
            each.print_stack(file=waits)
        raise AssertionError(waits.getvalue())
    task.result()
