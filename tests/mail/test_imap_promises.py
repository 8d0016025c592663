"""connectors/imap keeps what every connector promises (tests/promises), on a real Dovecot."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, ClassVar

import pytest

from connectors.email import parse
from connectors.imap import Imap
from intake_daemon.contract import Draft, Raw
from tests import promises
from tests.doors import Recorder
from tests.mail.mailboxes import imap, reading
from tests.mail.test_smtp_promises import a_mail
from tests.promises import Item, Told, Way, until
from tests.services.dovecot import Dovecot


class ImapWay(Way):
    """A mailbox into which mail comes. `\\Seen` is the confirmation."""

    planted = ("ann.a@shop.example",)

    def __init__(self, dovecot: Dovecot, user: str, door: Recorder) -> None:
        self.dovecot = dovecot
        self.user = user
        self.door = door
        self.mails: list[bytes] = []

    async def deliver(self, item: Item) -> Told:
        """A mail that is there already, and was not read, is not put there once more: it comes again by itself."""
        mail = a_mail(item)
        unread = [number for number, seen in self._seen().items() if not seen]
        if not any(self.mails[number - 1] == mail for number in unread):
            self.dovecot.append(self.user, mail, at=item.at.strftime("%d-%b-%Y %H:%M:%S +0000"))
            self.mails.append(mail)
        number = len(self.mails)
        before = self.door.turned_away
        while not self._seen().get(number):
            if self.running.done() or self.door.turned_away > before:
                return "again"
            await asyncio.sleep(0.02)
        return "held"

    def _seen(self) -> dict[int, bool]:
        return {number: r"\Seen" in flags for number, flags in self.dovecot.flags(self.user).items()}


class TestImap(promises.Brings, promises.Files):
    """Mail that is fetched."""

    kind = Imap
    settings: ClassVar[dict[str, Any]] = {
        "kind": "imap",
        "host": "mail.example",
        "user": "complaints",
        "password": "hush-hush",
        "brand": "welzo",
        "from": "all",
    }
    secrets = ("hush-hush",)
    media_type = "message/rfc822"
    provider_time = True

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self, dovecot: Dovecot) -> AsyncIterator[Way]:
        """A mailbox of its own."""
        found = ImapWay(dovecot, dovecot.add_user(), Recorder())
        connector = imap(dovecot, found.user)
        async with reading(connector, found.door) as found.running:
            await until(lambda: found.door.cursors.places, "it reads", found.running)
            yield found
