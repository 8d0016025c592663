"""connectors/smtp keeps what every connector promises (tests/promises), over a real socket."""

from __future__ import annotations

import asyncio
import smtplib
from collections.abc import AsyncIterator
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from typing import Any, ClassVar

import pytest

from connectors.email import parse
from connectors.smtp import Smtp
from intake_daemon.contract import Draft, Raw
from tests import promises
from tests.doors import Recorder
from tests.mail.smtp_door import send, serving
from tests.promises import Item, Told, Way


def a_mail(item: Item) -> bytes:
    """The item as a mail program writes it."""
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = f"Ann Wombat <ann.{item.conversation}@shop.example>"
    mail["To"] = "complaints@welzo.example"
    mail["Subject"] = f"Complaint {item.name}"
    mail["Date"] = item.at
    mail["Message-ID"] = f"<{item.name}@shop.example>"
    mail.set_content(item.text, cte=None if item.text.isascii() else "base64")
    for file in item.files:
        maintype, _, subtype = file.media_type.partition("/")
        mail.add_attachment(file.content, maintype=maintype, subtype=subtype, filename=file.name)
    return mail.as_bytes()


class SmtpWay(Way):
    """Another mail server, that delivers to us."""

    planted = ("ann.a@shop.example",)

    def __init__(self, door: Recorder, connector: Smtp, port: int) -> None:
        self.door = door
        self.connector = connector
        self.port = port

    async def deliver(self, item: Item) -> Told:
        """250 is held, 4xx is again, 5xx is refused; so says RFC 5321."""
        try:
            code, _ = await asyncio.to_thread(
                send, self.port, "complaints@welzo.example", mail=a_mail(item), mail_from="ann.a@shop.example"
            )
        except (OSError, smtplib.SMTPException):
            return "again"
        return "held" if code == 250 else "again" if code == 451 else "refused"


class TestSmtp(promises.Brings, promises.Files):
    """Mail that servers deliver."""

    kind = Smtp
    settings: ClassVar[dict[str, Any]] = {"kind": "smtp", "listen": "127.0.0.1:0"}
    media_type = "message/rfc822"

    def reads(self, raw: Raw) -> list[Draft]:
        """As it reads them."""
        return parse(raw)

    @pytest.fixture
    async def way(self) -> AsyncIterator[Way]:
        """The door, open."""
        door = Recorder()
        async with serving(door) as (connector, port):
            found = SmtpWay(door, connector, port)
            (found.running,) = (task for task in asyncio.all_tasks() if task.get_name() == "smtp-in")
            yield found
