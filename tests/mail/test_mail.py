"""connectors/mail over real sockets: every row of its table, kept connections, TLS."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from email import message_from_bytes
from typing import Any, ClassVar

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
from pydantic import ValidationError

from connectors.mail import Mail
from intake_daemon.errors import Permanent, Temporary, Unknown
from intake_daemon.message import Address, Notice
from tests import promises
from tests.doors import Recorder, world
from tests.mail.next_server import DROP, HANG, NextServer, next_server
from tests.mail.tls import Certificate
from tests.promises import Item, Row, Told, Way

NOTICE = Notice(
    id="0b7d6c5e-0000-5000-8000-000000000001",
    case="c",
    reference="WEL-4T7K-Q9MX-2RH0",
    brand="welzo",
    purpose="acknowledgement",
    connector="mail",
    to=Address(kind="email", value="ann@shop.example"),
    sender_name="Welzo",
    sender_address="complaints@welzo.example",
    subject="We have your complaint",
    text="Hello,\n.\n.we\n..have it.\n",
    language="en",
    token="abcdef234567",
    created_at=datetime(2026, 11, 21, tzinfo=UTC),
)


def mail(port: int, **said: Any) -> Mail:  # noqa: ANN401 -- settings
    """The connector, pointed at a port."""
    plain = {"kind": "mail", "host": "127.0.0.1", "port": port, "tls": "none"}
    return Mail("mail", Mail.Settings.model_validate(plain | said), world())


@asynccontextmanager
async def sending(**said: Any) -> AsyncIterator[tuple[NextServer, Mail]]:  # noqa: ANN401 -- settings
    """A next server and the connector that sends to it."""
    async with next_server() as server:
        connector = mail(server.port, **said)
        try:
            yield server, connector
        finally:
            connector.close()


async def until(true: Callable[[], object], what: str) -> None:
    """Wait for a condition, a minute at most."""
    end = time.monotonic() + 60
    while not true():
        assert time.monotonic() < end, what
        await asyncio.sleep(0.005)


async def test_sent() -> None:
    """The envelope has the bounce address of this notice, the mail its token; the receipt says sent."""
    async with sending() as (server, connector):
        await connector.run(Recorder())
        receipt = await connector.reply(NOTICE)
    assert (receipt.notice, receipt.outcome, receipt.code) == (NOTICE.id, "sent", "smtp_250")
    assert receipt.provider_id == "abcdef234567@welzo.example"
    (arrived,) = server.mails
    assert arrived.mail == "<bounces+abcdef234567@welzo.example>"
    assert arrived.rcpt == "<ann@shop.example>"
    letter = message_from_bytes(arrived.content)
    assert letter["Message-ID"] == "<abcdef234567@welzo.example>"
    assert letter.get_payload(decode=True) == b"Hello,\r\n.\r\n.we\r\n..have it.\r\n"


async def test_failures_are_asked_for() -> None:
    """Where DSN is offered, a failure is asked for, with the headers only (RFC 3461)."""
    async with sending() as (server, connector):
        server.offers("DSN", "8BITMIME")
        await connector.reply(NOTICE)
    (arrived,) = server.mails
    assert arrived.mail.endswith("> RET=HDRS ENVID=abcdef234567")
    assert arrived.rcpt.endswith("> NOTIFY=FAILURE")


class MailWay(Way):
    """The connector and its next server."""

    def __init__(self, server: NextServer, connector: Mail) -> None:
        self.door = Recorder()
        self.server = server
        self.connector = self.patient = connector

    async def deliver(self, item: Item) -> Told:
        """Mail only goes out here."""
        raise NotImplementedError

    def answers(self, what: str) -> None:
        """`step:what is said there`."""
        step, _, said = what.partition(":")
        self.server.says = {step: said} if what else {}
        if said == HANG:
            self.connector, self.patient = mail(self.server.port, timeout=0.5, answer_timeout=0.5), self.connector
        elif not what:
            self.connector = self.patient


class TestMail(promises.Replies):
    """Every answer, silence and lost connection at every step means what the manual's table says."""

    kind = Mail
    settings: ClassVar[dict[str, Any]] = {"kind": "mail", "host": "h", "user": "u", "password": "hush-hush"}
    secrets = ("hush-hush",)
    table = (
        Row("greeting:554 No", Temporary, "smtp_554"),
        Row("greeting:421 Busy", Temporary, "smtp_421"),
        Row(f"greeting:{DROP}", Temporary, "not_connected"),
        Row(f"greeting:{HANG}", Temporary, "timeout"),
        Row(f"EHLO:{DROP}", Temporary, "connection_lost"),
        Row(f"EHLO:{HANG}", Temporary, "timeout"),
        Row("MAIL:451 Later", Temporary, "smtp_451"),
        Row("MAIL:421 Closing", Temporary, "smtp_421"),
        Row("MAIL:550 No", Permanent, "smtp_550"),
        Row("MAIL:530 Log in", Temporary, "smtp_login"),
        Row(f"MAIL:{DROP}", Temporary, "connection_lost"),
        Row(f"MAIL:{HANG}", Temporary, "timeout"),
        Row("RCPT:450 Greylisted", Temporary, "smtp_450"),
        Row("RCPT:550 5.1.1 Unknown", Permanent, "smtp_550"),
        Row(f"RCPT:{DROP}", Temporary, "connection_lost"),
        Row(f"RCPT:{HANG}", Temporary, "timeout"),
        Row("DATA:451 Later", Temporary, "smtp_451"),
        Row("DATA:554 No", Permanent, "smtp_554"),
        Row(f"DATA:{DROP}", Temporary, "connection_lost"),
        Row(f"DATA:{HANG}", Temporary, "timeout"),
        Row("content:452 Full", Temporary, "smtp_452"),
        Row("content:421 Closing", Temporary, "smtp_421"),
        Row("content:554 Spam", Permanent, "smtp_554"),
        Row(f"content:{DROP}", Unknown, "connection_lost"),
        Row(f"content:{HANG}", Unknown, "no_answer"),
        Row("content:hello?", Unknown, "bad_answer"),
        Row("content:354 Go on", Unknown, "bad_answer"),
    )

    @pytest.fixture
    async def way(self) -> AsyncIterator[Way]:
        """A next server."""
        async with sending() as (server, connector):
            yield MailWay(server, connector)


async def test_nobody_there() -> None:
    """No server at all is Temporary: surely nothing was sent."""
    async with next_server() as server:
        port = server.port
    with pytest.raises(Temporary, match="not_connected"):
        await mail(port).reply(NOTICE)


async def test_helo_will_do() -> None:
    """A server of the old kind, without EHLO, is greeted with HELO."""
    async with sending() as (server, connector):
        server.says = {"EHLO": "500 What?"}
        assert (await connector.reply(NOTICE)).outcome == "sent"


async def test_connections_are_kept_for_a_while() -> None:
    """The next mail uses the same connection; after `idle_seconds` it is closed with QUIT."""
    async with sending(idle_seconds=0.3) as (server, connector):
        for _ in range(5):
            await connector.reply(NOTICE)
        assert (server.connections, len(server.mails)) == (1, 5)
        await until(lambda: not server.open, "the connection is closed")
        assert server.commands[-1] == "QUIT"


@pytest.mark.parametrize("said", [DROP, HANG, "421 Idle for too long"])
async def test_a_kept_connection_that_died(said: str) -> None:
    """A kept connection that the server gave up is replaced by a fresh one, and nobody hears of it."""
    async with sending(timeout=2) as (server, connector):
        await connector.reply(NOTICE)
        server.says = {"MAIL": [said]}
        assert (await connector.reply(NOTICE)).outcome == "sent"
        assert (server.connections, len(server.mails)) == (2, 2)


async def test_a_refusal_on_a_kept_connection_is_one() -> None:
    """What the server refuses on a kept connection is not tried again behind its back."""
    async with sending() as (server, connector):
        await connector.reply(NOTICE)
        server.says = {"MAIL": ["451 Slowly"]}
        with pytest.raises(Temporary, match="smtp_451"):
            await connector.reply(NOTICE)
        assert server.connections == 1


async def test_no_more_connections_than_allowed() -> None:
    """Many notices at once share the few connections that are allowed."""
    async with sending(connections=2) as (server, connector):
        receipts = await asyncio.gather(*(connector.reply(NOTICE) for _ in range(20)))
        assert {receipt.outcome for receipt in receipts} == {"sent"}
        assert server.connections <= 2
        assert len(server.mails) == 20


async def test_cancelled_while_sending() -> None:
    """A cancelled `reply` ends at once and leaves no connection behind."""
    async with sending() as (server, connector):
        server.says = {"content": HANG}
        task = asyncio.create_task(connector.reply(NOTICE))
        await until(lambda: server.mails, "the content is written")
        task.cancel()
        await asyncio.wait([task], timeout=5)
        assert task.cancelled()
        assert not connector._submission._idle if connector._submission else False


async def test_international_address() -> None:
    """A recipient beyond ASCII needs SMTPUTF8; without it the notice can never be sent, and nothing is."""
    notice = NOTICE.model_copy(update={"to": Address(kind="email", value="žanna@veikals.example")})
    async with sending() as (server, connector):
        with pytest.raises(Permanent, match="smtputf8_not_offered"):
            await connector.reply(notice)
        assert not server.mails
        server.offers("SMTPUTF8", "8BITMIME")
        await connector.reply(notice)
    (arrived,) = server.mails
    assert arrived.rcpt == "<žanna@veikals.example>"
    assert arrived.mail.endswith("> SMTPUTF8 BODY=8BITMIME")
    assert "\r\nTo: <žanna@veikals.example>\r\n".encode() in arrived.content


class Login:
    """A server that wants a login, on aiosmtpd."""

    def __init__(self) -> None:
        self.mails: list[bytes] = []

    def login(self, _server: SMTP, _session: object, _envelope: object, _mechanism: str, data: object) -> AuthResult:
        """Only ann with her password."""
        return AuthResult(success=data == LoginPassword(b"ann", b"secret"), handled=False)

    async def handle_DATA(self, _server: SMTP, _session: object, envelope: Any) -> str:  # noqa: ANN401, N802 -- its name
        """Keep it."""
        self.mails.append(envelope.content)
        return "250 OK"


@pytest.mark.parametrize(("password", "sent"), [("secret", True), ("wrong", False)])
async def test_starttls_and_login(certificate: Certificate, password: str, sent: bool) -> None:  # noqa: FBT001 -- a row
    """STARTTLS with a checked certificate, then the login; a refused login is Temporary: our settings are at fault."""
    taker = Login()
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(taker, tls_context=certificate.server(), authenticator=taker.login, auth_required=True),
        "127.0.0.1",
        0,
    )
    said = {"tls": "starttls", "ca_file": certificate.certificate, "user": "ann", "password": password, "timeout": 30}
    connector = mail(server.sockets[0].getsockname()[1], **said)
    try:
        if sent:
            assert (await connector.reply(NOTICE)).outcome == "sent"
        else:
            with pytest.raises(Temporary, match="smtp_login"):
                await connector.reply(NOTICE)
        assert len(taker.mails) == sent
    finally:
        connector.close()
        server.close()


async def test_no_tls_no_mail() -> None:
    """A server that offers no STARTTLS gets nothing when it is asked for."""
    async with sending(tls="starttls") as (server, connector):
        with pytest.raises(Temporary, match="not_connected"):
            await connector.reply(NOTICE)
        assert not server.mails


async def test_tls_from_the_first_byte(certificate: Certificate) -> None:
    """`tls: tls` speaks TLS at once, and refuses a certificate that nobody vouches for."""
    async with next_server(certificate.server()) as server:
        trusting = mail(server.port, tls="tls", ca_file=certificate.certificate, timeout=30)
        assert (await trusting.reply(NOTICE)).outcome == "sent"
        trusting.close()
        with pytest.raises(Temporary, match="not_connected"):
            await mail(server.port, tls="tls", timeout=30).reply(NOTICE)
        assert len(server.mails) == 1


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"host": "mx.example", "maildir": "outbox"},
        {"host": "mx.example", "user": "ann"},
        {"host": "mx.example", "user": "ann", "password": "secret", "tls": "none"},
    ],
)
def test_settings_that_cannot_be(said: dict[str, str]) -> None:
    """Two ways out or none, half a login, a password in clear: refused at the start."""
    with pytest.raises(ValidationError):
        Mail.Settings.model_validate({"kind": "mail"} | said)
