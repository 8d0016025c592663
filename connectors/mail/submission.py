"""Mails to the next mail server, over a few connections that are kept for a while; says exactly what came of each.

Rules
-----
1. Which answer means what stands in one table, in the manual of `connectors.mail`.
2. We know whether the content was written: DATA and content are sent apart. Until then a lost connection is
   Temporary, after it Unknown.
3. A kept connection that turns out to be dead before MAIL was accepted is replaced by a fresh one, once, unnoticed.
4. What a server wrote is never passed on; only its code is.
"""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import aiosmtplib

from connectors.mail.letter import Letter
from intake_daemon.errors import IntakeError, Permanent, Temporary, Unknown

_LOGIN_WANTED = frozenset((530, 534, 535, 538))
"""Codes of RFC 4954 and RFC 3207: our settings are at fault, not the mail."""
_STALE = frozenset(("connection_lost", "timeout", "smtp_421"))
"""What a kept connection says at MAIL when the server has given it up meanwhile."""
_GO_ON = 354


@dataclass(frozen=True)
class Server:
    """The next mail server; see `Mail.Settings`."""

    host: str
    port: int
    tls: Literal["none", "starttls", "tls"]
    ca_file: Path | None
    user: str | None
    password: str | None
    hostname: str
    timeout: float
    answer_timeout: float
    connections: int
    idle_seconds: float


class Submission:
    """A few connections to one server."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._places = asyncio.Semaphore(server.connections)
        self._idle: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}

    async def send(self, letter: Letter) -> int:
        """Hand it over; the server's code. Raises Temporary, Permanent, Unknown."""
        async with self._places:
            line = await self._begin(letter)
            try:
                await self._recipient(line, letter)
                code = await self._content(line, letter)
            except BaseException:
                line.close()
                raise
            self._keep(line)
            return code

    def close(self) -> None:
        """Close what is kept."""
        for line in list(self._idle):
            self._part(line)

    async def _begin(self, letter: Letter) -> aiosmtplib.SMTP:
        """A connection that has accepted MAIL: a kept one, or a fresh one when there is none or it has died."""
        kept = self._kept()
        if kept:
            try:
                await self._mail(kept, letter)
            except Temporary as error:
                if error.code not in _STALE:
                    raise
            else:
                return kept
        fresh = await self._connect()
        await self._mail(fresh, letter)
        return fresh

    def _kept(self) -> aiosmtplib.SMTP | None:
        while self._idle:
            line, timer = self._idle.popitem()
            timer.cancel()
            if line.is_connected:
                return line
        return None

    async def _connect(self) -> aiosmtplib.SMTP:
        server = self._server
        line = aiosmtplib.SMTP(
            hostname=server.host,
            port=server.port,
            local_hostname=server.hostname,
            timeout=server.timeout,
            use_tls=server.tls == "tls",
            start_tls=server.tls == "starttls",
            cert_bundle=str(server.ca_file) if server.ca_file else None,
            username=server.user,
            password=server.password,
        )
        try:
            await line.connect()
            if line.is_ehlo_or_helo_needed:
                try:
                    await line.ehlo()
                except aiosmtplib.SMTPHeloError:
                    await line.helo()
        except aiosmtplib.SMTPAuthenticationError:
            line.close()
            raise Temporary("smtp_login") from None
        except aiosmtplib.SMTPResponseException as error:
            line.close()
            raise Temporary(_code(error.code)) from None
        except (aiosmtplib.SMTPException, OSError) as error:
            line.close()
            raise _lost(error) from None
        except BaseException:
            line.close()
            raise
        return line

    async def _mail(self, line: aiosmtplib.SMTP, letter: Letter) -> None:
        """MAIL; closes the connection when it is not accepted."""
        options = ["RET=HDRS", f"ENVID={letter.token}"] if line.supports_extension("dsn") else []
        if letter.international:
            options += ["SMTPUTF8", "BODY=8BITMIME"]
            if not line.supports_extension("smtputf8"):
                line.close()
                raise Permanent("smtputf8_not_offered")
        try:
            await line.mail(letter.sender, options=options, encoding="utf-8")
        except aiosmtplib.SMTPSenderRefused as refused:
            line.close()
            raise _refusal(refused.code) from None
        except aiosmtplib.SMTPException as error:
            line.close()
            raise _lost(error) from None
        except BaseException:
            line.close()
            raise

    async def _recipient(self, line: aiosmtplib.SMTP, letter: Letter) -> None:
        options = ["NOTIFY=FAILURE"] if line.supports_extension("dsn") else []
        try:
            await line.rcpt(letter.recipient, options=options, encoding="utf-8")
        except aiosmtplib.SMTPRecipientRefused as refused:
            raise _refusal(refused.code) from None
        except aiosmtplib.SMTPException as error:
            raise _lost(error) from None

    async def _content(self, line: aiosmtplib.SMTP, letter: Letter) -> int:
        protocol = line.protocol
        if protocol is None:
            raise Temporary("connection_lost")
        try:
            ready = await line.execute_command(b"DATA")
        except aiosmtplib.SMTPException as error:
            raise _lost(error) from None
        if ready.code != _GO_ON:
            raise _refusal(ready.code)
        stuffed = letter.content.replace(b"\r\n.", b"\r\n..") + b".\r\n"
        try:
            protocol.write(stuffed)
        except aiosmtplib.SMTPServerDisconnected:
            raise Temporary("connection_lost") from None
        try:
            answer = await protocol.read_response(timeout=self._server.answer_timeout)
        except aiosmtplib.SMTPTimeoutError:
            raise Unknown("no_answer") from None
        except aiosmtplib.SMTPServerDisconnected:
            raise Unknown("connection_lost") from None
        except aiosmtplib.SMTPException:
            raise Unknown("bad_answer") from None
        if answer.code // 100 == 2:  # noqa: PLR2004 -- RFC 5321, 4.2.1
            return answer.code
        if answer.code // 100 in {4, 5}:
            raise _refusal(answer.code)
        raise Unknown("bad_answer")

    def _keep(self, line: aiosmtplib.SMTP) -> None:
        if line.is_connected:
            loop = asyncio.get_running_loop()
            self._idle[line] = loop.call_later(self._server.idle_seconds, self._part, line)

    def _part(self, line: aiosmtplib.SMTP) -> None:
        if timer := self._idle.pop(line, None):
            timer.cancel()
        if line.protocol:
            with contextlib.suppress(aiosmtplib.SMTPServerDisconnected):
                line.protocol.write(b"QUIT\r\n")
        line.close()


def _refusal(code: int) -> IntakeError:
    """What a refusal before or instead of the content's acceptance means."""
    if code // 100 == 5 and code not in _LOGIN_WANTED:  # noqa: PLR2004 -- RFC 5321, 4.2.1
        return Permanent(_code(code))
    return Temporary("smtp_login" if code in _LOGIN_WANTED else _code(code))


def _lost(error: Exception) -> IntakeError:
    """What no answer, before the content was written, means."""
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return Temporary(_code(error.code))
    if isinstance(error, aiosmtplib.SMTPTimeoutError):
        return Temporary("timeout")
    if isinstance(error, aiosmtplib.SMTPServerDisconnected):
        return Temporary("connection_lost")
    return Temporary("not_connected")


def _code(code: int) -> str:
    return f"smtp_{code}" if code > 0 else "bad_answer"
