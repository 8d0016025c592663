"""Mail that servers deliver to us: SMTP (RFC 5321) or LMTP (RFC 2033).

What it confirms, and when
--------------------------
`250` to the final dot is said only after `Door.accept` returned: the mail is in the broker, its original durable. When
that is not possible now the answer is `451 4.3.0`, and the sender comes again; a repeat is found by its identity. One
mail for two brands is two contacts. SMTP has one answer for both: 250 only if both are held. LMTP answers for every
recipient, in order, duplicates included.

    250 2.0.0   held; with our reference, so that the sending server's log has it
    421         too many connections, too slow, or we are stopping; nothing was taken
    451 4.3.0   not held; come again
    452 4.3.1   too much comes at once; come again
    452 4.5.3   too many recipients; send the others a mail of their own
    500 552     a line or the mail is too long
    550 5.1.1   not an address of any brand; there is no relaying
    550 5.6.0   a line with a single dot and a bare CR or LF beside it (SMTP smuggling)

Who may connect: the network that you let. No login, as nothing is relayed: put it behind an MTA that judges spam and
writes `Authentication-Results` (name it in `authserv_ids`), or on a trusted network.

Addresses: those of the brands (`brands:` in intake.yaml), also with a plus (`complaints+anything@`), and the bounce
addresses `bounces+<token>@` on the brands' domains. Two brands on one domain: bounces go to the first of them; the
token says whose they are.

Tried with Postfix and with plain clients that break every rule, never with a large provider's servers on the line.
"""

from __future__ import annotations

import asyncio
import errno
import ssl
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, model_validator

from connectors.email import Reading, SpamMark, parse, spam_mark
from connectors.email.signatures import Signatures
from connectors.smtp.knocking import deliver
from connectors.smtp.reception import Guest, Limits
from connectors.smtp.recipients import Recipients
from connectors.smtp.session import Busy, LmtpSession, Manners, Session
from intake_daemon.contract import Can, Canary, ConnectorSettings, Door, Raw, World
from intake_daemon.errors import Permanent, Temporary
from intake_daemon.message import Notice, Receipt
from intake_daemon.settings import Listen

_RELAY_PORT = 25
_PORTS_TO_TRY = 100
_LAST_WORDS = 0.7
"""Seconds that mails which are being held have for their answer when we stop."""


class Smtp:
    """One listening port."""

    class Settings(ConnectorSettings):
        """A door for mail servers."""

        listen: Listen
        """`host:port`; the port is 25 where strangers' servers deliver, any other behind an MTA."""
        next_port: bool = False
        """When the port is taken, try the following ones (the demo)."""
        protocol: Literal["smtp", "lmtp"] = "smtp"
        """`lmtp` when an MTA hands over directly; never on port 25."""
        hostname: str = "localhost"
        """The name we greet with."""
        tls_certificate: Path | None = None
        """A PEM file with the certificate and its chain; with it STARTTLS is offered."""
        tls_key: Path | None = None
        """A PEM file with the certificate's key."""
        require_tls: bool = False
        """Take nothing before STARTTLS."""
        max_size: int = Field(default=50_000_000, ge=1000)
        """The largest mail, in bytes."""
        max_memory: int = Field(default=500_000_000, ge=1000)
        """Bytes of mails that may be received at one time, over all connections; what comes above it is told 452."""
        max_recipients: int = Field(default=100, ge=1)
        """Recipients per mail; RFC 5321 asks for at least 100."""
        max_line_length: int = Field(default=65_536, ge=1000)
        """The longest line, in bytes with its end. RFC 5321 allows 1,000; real mail does not keep to it."""
        max_connections: int = Field(default=200, ge=1)
        """Connections at one time; the next one is told 421."""
        idle_seconds: float = Field(default=300, gt=0)
        """The longest wait for a command (RFC 5321, 4.5.3.2.7)."""
        block_seconds: float = Field(default=180, gt=0)
        """The longest wait for the next bytes of a mail."""
        mail_seconds: float = Field(default=1800, gt=0)
        """The longest time for the whole of a mail's content."""
        authserv_ids: tuple[str, ...] = ()
        """Names under which our own MTA writes `Authentication-Results`; nobody else's are believed (RFC 8601). That
        MTA must delete what strangers write under its name."""
        own_list_ids: tuple[str, ...] = ()
        """List-Ids of our own group addresses; mail with another List-Id comes from a foreign list."""
        spam_marks: tuple[SpamMark, ...] = ()
        """What a filter of ours that we trust writes on spam, such as `X-Spam-Flag: YES`: such a mail is laid aside,
        listed, and turned back by one command. None: nothing is."""
        dkim_seconds: float = Field(default=2, ge=0)
        """The longest that checking a sender's signature may take where no MTA of ours has said; 0 checks none."""
        nameserver: Listen | None = None
        """Where signing keys are asked for, `host:port`; by default the machine's own resolver."""
        bounces: str = "bounces"
        """The local part of the bounce addresses, as the `mail` connector writes it."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if self.protocol == "lmtp" and self.listen.port == _RELAY_PORT:
                raise ValueError("LMTP must not run on port 25 (RFC 2033, 5). Choose another port, such as 24.")
            if (self.tls_certificate is None) != (self.tls_key is None):
                raise ValueError("tls_certificate and tls_key belong together. Give both, or neither.")
            if self.require_tls and (self.tls_key is None or self.protocol == "lmtp"):
                raise ValueError("require_tls needs tls_certificate and tls_key, and protocol smtp.")
            return self

    can: ClassVar[frozenset[Can]] = frozenset((Can.SOURCE_RETRIES, Can.ATTACHMENTS, Can.THREADS))

    def __init__(self, name: str, settings: Settings, world: World) -> None:
        self.name = name
        self.bound: tuple[str, int] | None = None
        """Where it listens, while it does."""
        self.leaving = False
        self.limits = Limits(
            hostname=settings.hostname,
            max_size=settings.max_size,
            max_recipients=settings.max_recipients,
            max_line_length=settings.max_line_length,
            idle_seconds=settings.idle_seconds,
            block_seconds=settings.block_seconds,
            mail_seconds=settings.mail_seconds,
        )
        self._settings = settings
        self._world = world
        self._taken = 0
        self._reading = _reading(settings, world)
        self._parse = partial(parse, reading=self._reading)
        self._signatures = Signatures(settings.dkim_seconds, settings.nameserver)
        self._recipients = Recipients(world.brands, settings.bounces)
        self._sessions: set[Guest] = set()
        self._empty = asyncio.Event()
        self._door: Door | None = None

    async def run(self, door: Door) -> None:
        """Listen until cancelled. Mails that are then being held have a moment for their answer."""
        self._door = door
        self.leaving = False
        server = await self._listen(_offers(self._settings))
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.leaving = True
            self.bound = None
            server.close()
            await self._see_out()

    async def reply(self, notice: Notice) -> Receipt:
        """Mail is sent by the `mail` connector."""
        del notice
        raise Permanent("smtp_cannot_send")

    hears_back = False
    leaves_traces = False

    def tried_for(self) -> Sequence[str]:
        """Brands with an address."""
        return [brand.id for brand in self._world.brands.values() if brand.addresses]

    async def bring(self, canary: Canary) -> None:
        """By our own listener."""
        if self.bound is None:
            raise Temporary("not_connected")
        to = self._world.brands[canary.brand].addresses[0]
        lmtp = self._settings.protocol == "lmtp"
        await asyncio.to_thread(deliver, canary, self.bound, to, lmtp=lmtp, tls=self._settings.require_tls)

    # --- what sessions ask (session.Reception) ---

    def knows(self, address: str) -> bool:
        """Whether mail to this address is for one of our brands."""
        return self._recipients.brand(address) is not None

    async def hold(self, content: bytes, mail_from: str, rcpt_to: list[str], peer: str) -> list[str]:
        """One contact per brand, side by side; then an answer for every recipient, in order."""
        said = await self._signatures.envelope(content, self._reading.authserv_ids)
        said |= {"mail_from": mail_from, "peer": peer}
        brands: dict[str, list[str]] = {}
        for address in rcpt_to:
            brands.setdefault(self._recipients.brand(address) or "", []).append(address)
        answers = await asyncio.gather(
            *(
                self._accept(
                    Raw(
                        content=content,
                        brand=brand,
                        media_type="message/rfc822",
                        envelope=said | {"rcpt_to": " ".join(dict.fromkeys(addresses))},
                    )
                )
                for brand, addresses in brands.items()
            )
        )
        heard = dict(zip(brands, answers, strict=True))
        return [heard[self._recipients.brand(address) or ""] for address in rcpt_to]

    def room(self, size: int) -> bool:
        """Memory for so many bytes more, or back for less than 0."""
        if size > 0 and self._taken + size > self._settings.max_memory:
            return False
        self._taken += size
        return True

    def refused(self, reason: str) -> None:
        """Counted and logged, as a code."""
        if self._door:
            self._door.refused(reason)

    def came(self, guest: Guest) -> None:
        """A connection was opened."""
        self._sessions.add(guest)
        self._empty.clear()

    def went(self, guest: Guest) -> None:
        """A connection was closed."""
        self._sessions.discard(guest)
        if not self._sessions:
            self._empty.set()

    # --- inside ---

    async def _accept(self, raw: Raw) -> str:
        if self._door is None:
            return "451 4.3.0 Not ready; come again later"
        try:
            held = await self._door.accept(raw, self._parse)
        except Temporary:
            return "451 4.3.0 We cannot keep it safely just now; come again later"
        return f"250 2.0.0 Held{' as ' + held[0].reference if held else ''}"

    async def _listen(self, offers: dict[str, Any]) -> asyncio.Server:
        manners = Manners(self)
        kind = LmtpSession if self._settings.protocol == "lmtp" else Session

        def answer() -> asyncio.Protocol:
            if len(self._sessions) >= self._settings.max_connections:
                return Busy(self.refused)
            return kind(self, manners, **offers)

        host, port = self._settings.listen
        last = min(port + _PORTS_TO_TRY, 65535) if self._settings.next_port else port
        while True:
            try:
                server = await asyncio.get_running_loop().create_server(answer, host, port, backlog=512)
            except OSError as error:
                if error.errno != errno.EADDRINUSE or port == last:
                    raise
                port += 1
                continue
            self.bound = server.sockets[0].getsockname()[:2]
            return server

    async def _see_out(self) -> None:
        for session in list(self._sessions):
            session.leave()
        await self._all_gone(_LAST_WORDS)
        for session in list(self._sessions):
            session.drop()
        await self._all_gone(_LAST_WORDS / 4)

    async def _all_gone(self, seconds: float) -> None:
        if self._sessions:
            # not `asyncio.timeout`: we are being cancelled, and before Python 3.11.3 it ends what we do then
            gone = asyncio.ensure_future(self._empty.wait())
            try:
                await asyncio.wait([gone], timeout=seconds)
            finally:
                gone.cancel()


def _reading(settings: Smtp.Settings, world: World) -> Reading:
    return Reading(
        authserv_ids=frozenset(name.lower() for name in settings.authserv_ids),
        staff_domains={brand.id: brand.staff_domains for brand in world.brands.values()},
        own_domains=frozenset(
            address.rpartition("@")[2] for brand in world.brands.values() for address in brand.addresses
        ),
        own_list_ids=frozenset(name.lower().strip("<>") for name in settings.own_list_ids),
        spam_marks=tuple(map(spam_mark, settings.spam_marks)),
    )


def _offers(settings: Smtp.Settings) -> dict[str, Any]:
    if settings.tls_certificate is None:
        return {}
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(settings.tls_certificate, settings.tls_key)
    return {"tls_context": context, "require_starttls": settings.require_tls}
