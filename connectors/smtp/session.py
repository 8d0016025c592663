"""One conversation with a mail server: aiosmtpd's, with our reading of DATA and our answers.

Rules
-----
1. A 2xx to the final dot is said only after `Reception.hold` returned: what it answers is what the sender hears.
2. A fault of ours is a 451, never a 5xx: the sender keeps the complaint and comes again.
3. We never repeat in an answer, or tell a log, what the other side wrote.
4. While a mail is being held no clock of the session runs; `hold` has its own bound.

aiosmtpd is used for commands, STARTTLS and sequence. Replaced, since they are most of its time: the reading of DATA
line by line, and the parsing of every address by the grammar of message headers.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import Any, cast

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, syntax
from aiosmtpd.smtp import Session as Peer

from connectors.smtp.content import Content
from connectors.smtp.reception import Reception

_PLAIN = re.compile(
    r"<((?:[\w!#$%&'*+/=?^`{|}~-]+(?:\.[\w!#$%&'*+/=?^`{|}~-]+)*@[a-z0-9-]+(?:\.[a-z0-9-]+)*)?)>(?:\s+(.*))?",
    re.ASCII | re.IGNORECASE,
)
"""Nearly every address that MAIL and RCPT bring; all others go the long way."""
_ALL = 1 << 30
"""`StreamReader.read` of this takes all that it holds, so what belongs to the next command can be put back in order."""
_REFUSED = {
    "no_room": "452 4.3.1 Too much mail comes at once; come again later",
    "too_large": "552 5.3.4 The mail is larger than we take",
    "line_too_long": "500 5.5.2 A line is longer than we take",
    "bare_line_end": "550 5.6.0 A line of a single dot stands beside a bare CR or LF; lines must end in CRLF",
}
_OUR_FAULT = "451 4.3.0 Something went wrong here; come again later"


class Manners:
    """aiosmtpd's hooks: what we offer, and which recipients we take. One for all sessions of a door."""

    def __init__(self, reception: Reception) -> None:
        self._reception = reception

    async def handle_EHLO(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, session: Peer, _envelope: Envelope, hostname: str, offers: list[str]
    ) -> list[str]:
        """What we can do. Commands are read one after another from one buffer, so PIPELINING (RFC 2920) holds."""
        session.host_name = hostname
        kept = [f"250-{offer[4:]}" for offer in offers if not offer[4:].startswith(("AUTH", "HELP"))]
        return [*kept, "250 PIPELINING"]

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Peer, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """Only our brands' addresses: there is no relaying, so there is no need of a login either."""
        if len(envelope.rcpt_tos) >= self._reception.limits.max_recipients:
            self._reception.refused("too_many_recipients")
            return "452 4.5.3 Too many recipients"
        if not self._reception.knows(address):
            self._reception.refused("unknown_recipient")
            return "550 5.1.1 No such address here"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"


class Session(SMTP):
    """One connection."""

    line_length_limit = 64 * 1024  # asyncio's reader holds at most twice this; commands have their own limit

    def __init__(self, reception: Reception, manners: Manners, **offered: Any) -> None:  # noqa: ANN401 -- aiosmtpd's
        limits = reception.limits
        super().__init__(
            manners,
            data_size_limit=limits.max_size,
            enable_SMTPUTF8=True,
            hostname=limits.hostname,
            ident="intake",
            timeout=limits.idle_seconds,
            loop=asyncio.get_running_loop(),
            **offered,
        )
        self._reception = reception
        self._holding = False
        self._room = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Count it; called again after STARTTLS, with the same session."""
        super().connection_made(transport)
        self._reception.came(self)

    def connection_lost(self, error: Exception | None) -> None:
        """Whatever was under way is dropped: the sender was not told that we have it, and comes again."""
        self._reception.went(self)
        if self.session is not None:  # else the connection went before STARTTLS had made a new one
            super().connection_lost(error)

    def leave(self) -> None:
        """We stop: say so and close, but let a mail that is being held have its answer first."""
        if not self._holding:
            self._close("421 4.3.2 We are stopping; come again later")

    def drop(self) -> None:
        """Close at once, whatever is under way, TLS's own farewell included."""
        for transport in (self.transport, self._original_transport):
            if transport is not None:
                _writing(transport).abort()

    def _timeout_cb(self) -> None:
        self._reception.refused("timeout")
        self._close("421 4.4.2 You took too long")

    def _close(self, last: str) -> None:
        if self.transport is None or self.transport.is_closing():
            return
        transport = _writing(self.transport)
        if transport.get_write_buffer_size():
            transport.abort()  # the other side does not read: it will not read this either
            return
        transport.write(last.encode() + b"\r\n")
        transport.close()

    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        """Read the mail in bulk, have it held, and say what came of it."""
        if await self.check_helo_needed():
            return
        envelope = self.envelope
        if envelope is None or not envelope.rcpt_tos:
            await self.push("503 5.5.1 Say RCPT first")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        await self.push("354 End data with <CR><LF>.<CR><LF>")
        try:
            content = await self._read()
            self.envelope = self._create_envelope()
            if content.fault:
                self._reception.refused(content.fault)
                answers = [_REFUSED[content.fault]] * len(envelope.rcpt_tos)
            else:
                answers = await self._hold(content.whole(), envelope)
        finally:
            self._reception.room(-self._room)
            self._room = 0
        self._reset_timeout()
        await self.push(self._one_voice(answers))
        if self._reception.leaving:
            self.leave()

    async def _read(self) -> Content:
        limits = self._reception.limits
        content = Content(max_size=limits.max_size, max_line=limits.max_line_length)
        end = self.loop.time() + limits.mail_seconds
        while True:
            self._reset_timeout(max(0.001, min(limits.block_seconds, end - self.loop.time())))
            block = await self._reader.read(_ALL)
            if not block:
                raise ConnectionResetError
            if not content.fault and not self._more_room(len(block)):
                content.refuse("no_room")
            rest = content.feed(block)
            if rest is None:
                continue
            if rest:
                self._reader.feed_data(rest)  # the reader is empty now, so this is its next
            return content

    def _more_room(self, size: int) -> bool:
        given = self._reception.room(size)
        self._room += size * given
        return given

    @staticmethod
    def _one_voice(answers: list[str]) -> str:
        """SMTP has one answer for all recipients: 250 only if each is held; who is told 451 comes again for all."""
        return next((answer for answer in answers if not answer.startswith("2")), answers[0])

    async def _hold(self, content: bytes, envelope: Envelope) -> list[str]:
        if self._timeout_handle:
            self._timeout_handle.cancel()
        peer: object = self.session.peer if self.session else None  # aiosmtpd says str; it is a tuple
        self._holding = True
        try:
            return await self._reception.hold(
                content,
                _clean(envelope.mail_from or ""),
                [_clean(address) for address in envelope.rcpt_tos],
                str(peer[0]) if isinstance(peer, tuple) else "",
            )
        except Exception:  # noqa: BLE001 -- whatever it is, it is ours, and the sender must keep the mail
            self._reception.refused("hold_failed")
            return [_OUR_FAULT] * len(envelope.rcpt_tos)
        finally:
            self._holding = False

    async def handle_exception(self, error: Exception) -> str:
        """A fault of ours: they keep the mail and come again."""
        del error
        self.envelope = self._create_envelope()
        self._reset_timeout()
        self._reception.refused("session_failed")
        return _OUR_FAULT

    @syntax("VRFY <address>")
    async def smtp_VRFY(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        """RFC 5321, 3.5.3: we tell nobody which addresses exist."""
        await self.push("252 2.5.0 Send it, then you will see" if arg else "501 5.5.4 Syntax: VRFY <address>")

    @syntax("AUTH")
    async def smtp_AUTH(self, _arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        """Nobody need log in, since nothing is relayed."""
        await self.push("502 5.5.1 There is no login here")

    @syntax("HELP")
    async def smtp_HELP(self, _arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        """Short, since aiosmtpd's own repeats what it was given."""
        await self.push("214 2.0.0 RFC 5321")

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """The address and what follows it; aiosmtpd takes None for a syntax error and `<>` for the null sender."""
        if plain := _PLAIN.fullmatch(arg):
            return plain[1] or "<>", plain[2] or ""
        try:
            address, rest = super()._getaddr(arg)
        except Exception:  # noqa: BLE001 -- the standard library's address grammar raises anything on odd input
            return None, None
        return address, rest


class LmtpSession(Session, LMTP):
    """One connection of LMTP (RFC 2033): LHLO instead of EHLO, and an answer for every recipient."""

    @staticmethod
    def _one_voice(answers: list[str]) -> str:
        """One answer per accepted RCPT, in order, duplicates included (RFC 2033, 4.2)."""
        return "\r\n".join(answers)


class Busy(asyncio.Protocol):
    """Who comes when all places are taken is told to come again."""

    def __init__(self, refused: Callable[[str], None]) -> None:
        self._refused = refused

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Say it and close."""
        self._refused("too_many_connections")
        _writing(transport).write(b"421 4.3.2 Too many connections; come again later\r\n")
        transport.close()


def _writing(transport: asyncio.BaseTransport) -> asyncio.WriteTransport:
    """What a server gets can write; uvloop's transports say so by no class."""
    return cast("asyncio.WriteTransport", transport)


def _clean(address: str) -> str:
    """Empty for the null sender; bytes that are no UTF-8 come as lone surrogates, which no JSON can hold."""
    if address == "<>":
        return ""
    return address.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
