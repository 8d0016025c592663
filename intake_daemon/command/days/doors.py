"""By which door each step of a life comes in: the SMTP door, the hosted form, the API of the command line.

A mail answers the last letter that its sender got about the case, as people do; who answers for us writes from their
own address, and the border vouches for it (Authentication-Results), as it does for colleagues.
"""

from __future__ import annotations

import smtplib
from dataclasses import dataclass, field
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from email.utils import format_datetime, formataddr
from pathlib import Path
from typing import Any

from intake_daemon.command import samples
from intake_daemon.command.asking import Refused, asking
from intake_daemon.command.days.calm import Clock
from intake_daemon.command.days.lives import Life, Step
from intake_daemon.settings import Settings
from router.rules import Rules

_SECONDS = 60.0
_BORDER = "mx.demo.example"
"""Who vouches in the shipped configuration (`authserv_ids`)."""


@dataclass
class Doors:
    """Of the running house. Everything here blocks: call it in a thread."""

    config: Path
    settings: Settings
    rules: Rules
    clock: Clock
    mail: tuple[str, int]
    web: str
    _written: int = field(default=0)

    def bring(self, life: Life, step: Step, who: str, reference: str) -> str:
        """The step, through its door; what a refused command was told, else nothing. Raises OSError."""
        if step.door == "command":
            return self._command(step, who, reference)
        if step.door == "form":
            answers = {"brand": life.brand, "language": step.language, "fields": dict(step.form)}
            samples.answered(answers, self.config, self.web, f"{life.brand} {step.at:%Y%m%d%H%M}")
            return ""
        self._mail(life, step, who, reference)
        return ""

    def _command(self, step: Step, who: str, reference: str) -> str:
        with asking(self.config, who=who, only_running=True) as asked:
            data = dict(step.data)
            try:
                asked.post(f"/cases/{reference}/commands", {"command": step.command, "data": data})
            except Refused as refused:
                return refused.detail
        return ""

    def _mail(self, life: Life, step: Step, who: str, reference: str) -> None:
        ours = self.settings.brands[life.brand].addresses.email[0]
        staff = self.rules.staff.handlers.get(who)
        name, address = (staff.name, staff.address) if staff else (life.customer.name, life.customer.address)
        last = self._last(address, reference) if reference else None
        self._written += 1
        domain = address.partition("@")[2]
        mail = EmailMessage(policy=policy.SMTP)
        if staff:
            mail["Authentication-Results"] = f"{_BORDER}; dkim=pass header.d={domain}"
        mail["From"] = formataddr((name, address))
        mail["To"] = ours
        mail["Date"] = format_datetime(self.clock())
        mail["Message-ID"] = f"<{self.clock():%Y%m%d%H%M}.{self._written}@{domain}>"
        mail["Subject"] = step.subject or (f"Re: {last['Subject']}" if last else "")
        if last is not None:
            mail["In-Reply-To"] = mail["References"] = str(last["Message-ID"])
        mail.set_content(step.mail)
        with smtplib.SMTP(*self.mail, timeout=_SECONDS) as server:
            server.sendmail(address, [ours], mail.as_bytes())

    def _last(self, address: str, reference: str) -> Any:  # noqa: ANN401 -- email's own
        """The last letter about the case that went there."""
        folder = self.settings.var / "outbox" / "new"
        parser = BytesParser(policy=policy.default)
        for path in sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True):
            letter = parser.parsebytes(path.read_bytes())
            if address in str(letter["To"]) and reference in str(letter["Subject"]):
                return letter
        return None
