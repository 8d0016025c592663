"""A real Postfix before us, by SMTP and LMTP, and behind us, as the next mail server."""

from __future__ import annotations

import asyncio
import re
import secrets
import time
from collections.abc import Callable
from email import message_from_bytes
from typing import Literal

import pytest

from connectors.mail import Mail
from intake_daemon.errors import Permanent
from intake_daemon.message import Address
from tests.doors import Recorder, world
from tests.mail.smtp_door import serving
from tests.mail.test_mail import NOTICE
from tests.services.postfix import Postfix

pytestmark = pytest.mark.needs_root


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.05)


def a_mail(number: int) -> bytes:
    """A complaint with lines that need the transport's dots."""
    return (
        f"From: Ann <ann@shop.example>\r\nTo: complaints@welzo.example\r\nSubject: Complaint {number}\r\n"
        f"Message-ID: <{number}@shop.example>\r\n\r\n.\r\n..two\r\n.{number}\r\n"
    ).encode()


@pytest.mark.parametrize("protocol", ["smtp", "lmtp"])
async def test_relayed_to_us(postfix: Postfix, protocol: Literal["smtp", "lmtp"]) -> None:
    """Postfix brings its whole queue, comes again while we say 451, and each mail is held once, byte for byte."""
    door = Recorder()
    door.away = True
    async with serving(door, protocol=protocol) as (_, port):
        for domain in ("welzo.example", "kontakt.example"):
            await asyncio.to_thread(postfix.relay, domain, port, protocol)
        for number in range(20):
            to = ("complaints@welzo.example", "complaints@kontakt.example")
            await asyncio.to_thread(postfix.send, a_mail(number), "ann@shop.example", *to[: 1 + number % 2])
        await asyncio.to_thread(postfix.flush)
        await until(lambda: postfix.queued() == 20, "all wait in its queue")
        door.away = False
        await until(lambda: len(door.held) == 30, "all are held")
        await until(lambda: postfix.queued() == 0, "its queue is empty")
    bodies = {raw.content.partition(b"\r\n\r\n")[2] for raw in door.raws}
    assert bodies == {b".\r\n..two\r\n.%d\r\n" % number for number in range(20)}
    assert {raw.envelope["mail_from"] for raw in door.raws} == {"ann@shop.example"}


async def test_unknown_is_bounced_by_postfix(postfix: Postfix) -> None:
    """A mail to an address that is none of ours comes back to its sender from Postfix, with our word."""
    sender = f"s{secrets.token_hex(4)}@customers.example"
    async with serving(Recorder()) as (_, port):
        await asyncio.to_thread(postfix.relay, "welzo.example", port, "smtp")
        await asyncio.to_thread(postfix.send, a_mail(1), sender, "nobody@welzo.example")
        await until(lambda: postfix.letters(sender), "the bounce is there")
    assert b"550 5.1.1 No such address here" in postfix.letters(sender)[0]


async def test_sent_through_postfix_and_bounced_to_us(postfix: Postfix) -> None:
    """A notice reaches its mailbox; one that bounces comes back to our bounce address, with the token and the brand."""
    customer = f"c{secrets.token_hex(4)}@customers.example"
    settings = Mail.Settings.model_validate({"kind": "mail", "host": "127.0.0.1", "port": postfix.port, "tls": "none"})
    connector = Mail("mail", settings, world())
    door = Recorder()
    try:
        receipt = await connector.reply(NOTICE.model_copy(update={"to": Address(kind="email", value=customer)}))
        assert receipt.outcome == "sent"
        await until(lambda: postfix.letters(customer), "the letter is there")
        letter = message_from_bytes(postfix.letters(customer)[0])
        assert letter["Return-Path"] == "<bounces+abcdef234567@welzo.example>"
        assert letter["Auto-Submitted"] == "auto-replied"

        await asyncio.to_thread(postfix.bounce, "gone.example")
        async with serving(door) as (_, port):
            await asyncio.to_thread(postfix.relay, "welzo.example", port, "smtp")
            gone = Address(kind="email", value="ann@gone.example")
            await connector.reply(NOTICE.model_copy(update={"to": gone}))
            await until(lambda: door.held, "the bounce came")
        (raw,) = door.raws
        assert (raw.brand, raw.envelope["mail_from"]) == ("welzo", "")
        assert raw.envelope["rcpt_to"] == "bounces+abcdef234567@welzo.example"
        assert re.search(rb"Original-Envelope-Id: abcdef234567", raw.content)
        (held,) = door.held.values()
        assert held.message.automatic.kind == "bounce"

        await asyncio.to_thread(postfix.refuse, "refused.example")
        connector.close()  # its smtpd has read its tables when the connection was made
        with pytest.raises(Permanent, match="smtp_550"):
            await connector.reply(NOTICE.model_copy(update={"to": Address(kind="email", value="ann@refused.example")}))
    finally:
        connector.close()
        await asyncio.to_thread(postfix.deliver, "gone.example")
        await asyncio.to_thread(postfix.deliver, "refused.example")
