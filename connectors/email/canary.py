"""The mail that a canary is, for the doors that bring it in."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from intake_daemon.contract import Canary


def letter(canary: Canary, to: str, now: datetime) -> bytes:
    """A plain mail to one of our addresses, as the delivering server leaves it."""
    mail = EmailMessage()
    mail["Return-Path"] = f"<{canary.address}>"
    mail["From"], mail["To"], mail["Subject"] = canary.address, to, canary.subject
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = message_id(canary.id)
    mail.set_content(canary.text)
    return mail.as_bytes()


def message_id(canary: str) -> str:
    """Of the mail; nobody else can know it beforehand."""
    return f"<{canary}@canary.invalid>"
