"""Mail that we send: to the next mail server (submission, RFC 6409, or a relay), or into a Maildir folder.

A mail is plain text in UTF-8 to one recipient, with the headers of RFC 3834. Its Message-ID is `<token@domain>`, its
envelope sender `bounces+<token>@domain`: the `smtp` or `imap` connector must receive that address, so that an answer
and a bounce find their case. Failures are asked for (`NOTIFY=FAILURE`) where the server offers DSN: the acknowledgement
is a promise, so we want to know that it did not arrive (RFC 3834, 3.3 recommends NEVER to who does not).

What each answer means
----------------------
    no connection, no TLS, greeting or EHLO refused       Temporary  `not_connected`, `timeout`, `smtp_<code>`
    login refused, or wanted (530 534 535 538)            Temporary  `smtp_login`: the settings are at fault
    4xx to MAIL, RCPT, DATA or the content                Temporary  `smtp_<code>`
    5xx to MAIL, RCPT, DATA or the content                Permanent  `smtp_<code>`
    connection lost, time-out, before the content         Temporary  `connection_lost`, `timeout`
    connection lost, time-out, nonsense, after it         Unknown    `connection_lost`, `no_answer`, `bad_answer`
    2xx to the content                                    sent       `smtp_<code>`
    an address of letters beyond ASCII, no SMTPUTF8       Permanent  `smtputf8_not_offered`
    a line end in a field, an address that is none        Permanent  `bad_field`, `bad_address`

Into a Maildir: `sent` when the file is on disk; Temporary `disk` when that fails.
Tried against Postfix and servers of our own that answer in every way above, never against a provider's submission.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from connectors.mail.letter import write
from connectors.mail.maildir import deliver
from connectors.mail.submission import Server, Submission
from intake_daemon.contract import Can, ConnectorSettings, Door, World
from intake_daemon.errors import Temporary
from intake_daemon.message import Notice, Receipt

_PORTS = {"none": 25, "starttls": 587, "tls": 465}


class Mail:
    """One way out for mail."""

    class Settings(ConnectorSettings):
        """Where outgoing mail goes: `host`, or `maildir`."""

        maildir: Path | None = None
        """A folder; mails are put there instead of being sent."""
        host: str | None = None
        """The next mail server."""
        port: int | None = Field(default=None, ge=1, le=65535)
        """Its port; without it 465 for `tls`, 587 for `starttls`, 25 for `none`."""
        tls: Literal["none", "starttls", "tls"] = "starttls"
        """`starttls`: upgrade or do not send; `tls`: from the first byte; `none`: only on a trusted network."""
        ca_file: Path | None = None
        """A PEM file with the authority that signed the server's certificate, when it is your own."""
        user: str | None = None
        """Login, if the server wants one."""
        password: str | None = Field(default=None, repr=False)
        """Its password; write `${ENV}` or `${file:…}`."""
        hostname: str = "localhost"
        """The name we say at EHLO; also the Message-ID's domain where the sender's address has none."""
        bounces: str = "bounces"
        """The local part of the bounce addresses, as the `smtp` connector takes them."""
        timeout: float = Field(default=60, gt=0)
        """The longest wait, in seconds, for a connection and for the answer to a command."""
        answer_timeout: float = Field(default=300, gt=0)
        """The longest wait, in seconds, for the answer to a mail's content. After it we do not know whether it was
        sent; RFC 5321, 4.5.3.2.6 gives servers ten minutes."""
        connections: int = Field(default=4, ge=1)
        """Connections at one time."""
        idle_seconds: float = Field(default=10, gt=0)
        """How long a connection is kept for the next mail."""

        @model_validator(mode="after")
        def _one_way(self) -> Self:
            if (self.maildir is None) == (self.host is None):
                raise ValueError("Outgoing mail needs one way out. Give either host or maildir.")
            if (self.user is None) != (self.password is None):
                raise ValueError("user and password belong together. Give both, or neither.")
            if self.user is not None and self.tls == "none":
                raise ValueError("A password must not travel in clear. Set tls to starttls or tls.")
            return self

    can: ClassVar[frozenset[Can]] = frozenset((Can.SEND, Can.LATE_RECEIPTS, Can.THREADS, Can.COPIES_ARE_ONE))

    def __init__(self, name: str, settings: Settings, world: World) -> None:
        self.name = name
        self._settings = settings
        self._world = world
        self._submission = None if settings.host is None else Submission(_server(settings.host, settings))

    async def run(self, door: Door) -> None:
        """It only sends; bounces come back through the door of `smtp` or `imap`."""

    async def reply(self, notice: Notice) -> Receipt:
        """Deliver one notice; see the table above."""
        now = self._world.now()
        letter = write(notice, now=now, bounces=self._settings.bounces, hostname=self._settings.hostname)
        if self._submission:
            code = f"smtp_{await self._submission.send(letter)}"
        else:
            code = "maildir"
            folder = self._settings.maildir or Path()
            try:
                await asyncio.to_thread(deliver, folder, letter, notice=notice.id, now=now)
            except OSError:
                raise Temporary("disk") from None
        return Receipt(
            notice=notice.id,
            connector=self.name,
            outcome="sent",
            at=self._world.now(),
            provider_id=letter.message_id,
            code=code,
        )

    def close(self) -> None:
        """Close the connections that are kept; they would close by themselves after `idle_seconds`."""
        if self._submission:
            self._submission.close()


def _server(host: str, settings: Mail.Settings) -> Server:
    return Server(
        host=host,
        port=settings.port or _PORTS[settings.tls],
        tls=settings.tls,
        ca_file=settings.ca_file,
        user=settings.user,
        password=settings.password,
        hostname=settings.hostname,
        timeout=settings.timeout,
        answer_timeout=settings.answer_timeout,
        connections=settings.connections,
        idle_seconds=settings.idle_seconds,
    )
