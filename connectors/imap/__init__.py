"""Mail that is fetched from a mailbox: IMAP4rev1 (RFC 3501).

What it confirms, and when
--------------------------
A mail is flagged or moved, and the cursor passes it, only after `Door.accept` returned: it is in the broker, its
original durable. When it cannot be held now it stays as it is and is fetched again. A crash in between fetches some
mails once more; their identity makes them the same contacts.

    held                                    flag it, move it or leave it (`after`), then move the cursor on
    cannot be held now                      wait 1 s, 2 s, 4 s … 60 s, then read on from the cursor
    too large, or the server cannot give it parked with its first 64 KiB (`imap_too_large`, `imap_no_body`,
                                            `imap_breaks`); it stays in the mailbox, untouched, and blocks nothing
    fails in our own hands                  parked whole (`imap_failed`)
    deleted under us                        nothing to do
    connection lost                         connect again, if it had worked; else Temporary, so that the
                                            supervisor waits and tells: `imap_not_connected`, `imap_login`,
                                            `imap_token`, `imap_refused` (no such folder), `imap_connection_lost`

Oldest first, in bundles, a mailbox of any length; one process at a time reads a mailbox. `contact_at` is the server's
INTERNALDATE, never the Date header. Waiting is IDLE (RFC 2177) where the server has it, and a look every `poll_seconds`
all the same. The cursor is UIDVALIDITY and UID (place.py); `from` has no default, so that nobody answers a whole old
mailbox by accident. It means the INTERNALDATE; changed later, reading begins again at what it says then.

`intake reconcile` asks for what lies there (asking.py), over a connection of its own, and changes nothing.

The envelope: `mail_from` is the Return-Path, `rcpt_to` the Delivered-To that the delivering server wrote on top.
Tried against Dovecot, never against a provider's mailboxes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import ClassVar, Literal, Self

from pydantic import Field, model_validator

from connectors.email import Reading, SpamMark, parse, spam_mark
from connectors.email.signatures import Signatures
from connectors.imap.asking import offered
from connectors.imap.canary import put
from connectors.imap.mailbox import Account
from connectors.imap.place import From
from connectors.imap.visit import Rules, Troubles, Visit
from intake_daemon.contract import Can, Canary, ConnectorSettings, Cursor, Door, Offered, World
from intake_daemon.errors import Permanent
from intake_daemon.message import Notice, Receipt
from intake_daemon.settings import Listen

_BREATH = 0.5
"""Seconds between a connection that was lost and the next one."""
_PORTS = {"tls": 993, "starttls": 143, "none": 143}


class Imap:
    """One mailbox."""

    class Settings(ConnectorSettings):
        """A mailbox that is read."""

        host: str
        """The IMAP server."""
        port: int | None = Field(default=None, ge=1, le=65535)
        """Its port; without it 993 for `tls`, else 143."""
        tls: Literal["tls", "starttls", "none"] = "tls"
        """`tls` from the first byte, `starttls`, or `none` on a trusted network only: the password goes in clear."""
        ca_file: Path | None = None
        """A PEM file with the authority that signed the server's certificate, when it is your own."""
        user: str
        """The account."""
        password: str | None = Field(default=None, repr=False)
        """Its password; write `${ENV}` or `${file:…}`."""
        oauth2_command: tuple[str, ...] = ()
        """Instead of a password: a command that prints an access token (XOAUTH2); run at every login."""
        oauth2_file: Path | None = None
        """Instead of a password: a file with an access token, kept fresh by somebody else; read at every login."""
        mailbox: str = "INBOX"
        """The folder."""
        brand: str
        """Whose mailbox it is."""
        start: From = Field(alias="from")
        """What of the mailbox counts: `all`, `now` (what comes after the first start), or all that came on a day or
        later, such as `2026-01-31` (UTC). No default."""
        after: Literal["flag", "move", "leave"] = "flag"
        """What becomes of a mail that is held. `leave` opens the mailbox for reading only."""
        flag: str = "\\Seen"
        """The flag that `after: flag` sets; a keyword such as `$Held` where the server allows it."""
        move_to: str | None = None
        """The folder for `after: move`; made if it is not there."""
        poll_seconds: float = Field(default=60, gt=0)
        """How often to look, beside what the server tells by itself."""
        max_size: int = Field(default=50_000_000, ge=1000)
        """The largest mail that is fetched, in bytes; a larger one is parked with its beginning."""
        timeout: float = Field(default=60, gt=0)
        """The longest wait, in seconds, for a connection and for an answer."""
        authserv_ids: tuple[str, ...] = ()
        """Names under which the mailbox's own server writes `Authentication-Results`; nobody else's are believed
        (RFC 8601)."""
        own_list_ids: tuple[str, ...] = ()
        """List-Ids of our own group addresses; mail with another List-Id comes from a foreign list."""
        spam_marks: tuple[SpamMark, ...] = ()
        """What a filter of ours that we trust writes on spam, such as `X-Spam-Flag: YES`: such a mail is laid aside,
        listed, and turned back by one command. None: nothing is."""

        dkim_seconds: float = Field(default=2, ge=0)
        """The longest that checking a sender's signature may take, where no server of ours has said; 0 checks none."""
        nameserver: Listen | None = None
        """Where signing keys are asked for, `host:port`; by default the machine's own resolver."""

        @model_validator(mode="after")
        def _fits(self) -> Self:
            if sum((self.password is not None, bool(self.oauth2_command), self.oauth2_file is not None)) != 1:
                raise ValueError("A mailbox needs one login. Give password, oauth2_command or oauth2_file.")
            if (self.after == "move") != (self.move_to is not None):
                raise ValueError("after: move and move_to belong together. Give both, or neither.")
            return self

    can: ClassVar[frozenset[Can]] = frozenset((Can.SOURCE_RETRIES, Can.ATTACHMENTS, Can.THREADS))
    remedy = (
        "Set `from:` of this connector to the day on which it came, and start the daemon anew: the mailbox is read "
        "from there, and what is held is known."
    )

    def __init__(self, name: str, settings: Settings, world: World) -> None:
        self.name = name
        self._account = _account(settings)
        reading = _reading(settings, world)
        signatures = Signatures(settings.dkim_seconds, settings.nameserver)
        self._rules = Rules(
            source=f"{settings.user}@{settings.host}/{settings.mailbox}",
            brand=settings.brand,
            start=settings.start,
            after=settings.after,
            flag=settings.flag,
            move_to=settings.move_to or "",
            poll_seconds=settings.poll_seconds,
            max_size=settings.max_size,
            parse=partial(parse, reading=reading),
            signed=partial(signatures.envelope, authserv_ids=reading.authserv_ids),
            now=world.now,
        )
        self._troubles = Troubles()
        self._world = world
        self._canary: str | None = None

    async def run(self, door: Door) -> None:
        """Read for as long as this process holds the mailbox."""
        async with door.alone(self._rules.source) as answered:
            while True:
                await Visit(self._account, self._rules, self._troubles, door, answered).stay()
                await asyncio.sleep(_BREATH)

    async def reply(self, notice: Notice) -> Receipt:
        """Mail is sent by the `mail` connector."""
        del notice
        raise Permanent("imap_cannot_send")

    hears_back = False
    leaves_traces = True

    def tried_for(self) -> Sequence[str]:
        """Its brand."""
        return [self._rules.brand]

    async def bring(self, canary: Canary) -> None:
        """Into the mailbox, from where it is read."""
        to = next(iter(self._world.brands[canary.brand].addresses), f"complaints@{canary.brand}.invalid")
        now, before = self._world.now(), self._canary
        self._canary = canary.id
        await asyncio.to_thread(put, self._account, canary, to, now, before, self._rules.move_to)

    def offered(self, since: datetime, cursor: Cursor) -> AsyncGenerator[Sequence[Offered], None]:
        """What lies in the mailbox (asking.py)."""
        return offered(self._account, self._rules, since, cursor)


def _account(settings: Imap.Settings) -> Account:
    return Account(
        host=settings.host,
        port=settings.port or _PORTS[settings.tls],
        tls=settings.tls,
        ca_file=settings.ca_file,
        user=settings.user,
        password=settings.password,
        oauth2_command=settings.oauth2_command,
        oauth2_file=settings.oauth2_file,
        folder=settings.mailbox,
        changes=settings.after != "leave",
        move_to=settings.move_to,
        timeout=settings.timeout,
    )


def _reading(settings: Imap.Settings, world: World) -> Reading:
    return Reading(
        authserv_ids=frozenset(name.lower() for name in settings.authserv_ids),
        staff_domains={brand.id: brand.staff_domains for brand in world.brands.values()},
        own_domains=frozenset(
            address.rpartition("@")[2] for brand in world.brands.values() for address in brand.addresses
        ),
        own_list_ids=frozenset(name.lower().strip("<>") for name in settings.own_list_ids),
        spam_marks=tuple(map(spam_mark, settings.spam_marks)),
    )
