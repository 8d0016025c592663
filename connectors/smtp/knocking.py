"""A canary by mail: through our own listener, as a mail server delivers it. Blocks; called in a thread."""

from __future__ import annotations

import smtplib
import ssl
from datetime import UTC, datetime

from connectors.email.canary import letter
from intake_daemon.contract import Canary
from intake_daemon.errors import Temporary

_ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104 -- where a listener on all addresses is reached


def deliver(canary: Canary, bound: tuple[str, int], to: str, *, lmtp: bool, tls: bool) -> None:
    """Returns when it was answered with 250. Raises Temporary: `smtp_<code>`, `not_connected`."""
    host, port = _ANYWHERE.get(bound[0], bound[0]), bound[1]
    try:
        client = (smtplib.LMTP if lmtp else smtplib.SMTP)(host, port, timeout=canary.seconds)
        with client as smtp:
            smtp.ehlo_or_helo_if_needed()
            if tls:
                smtp.starttls(context=_unchecked())
            smtp.sendmail(canary.address, [to], letter(canary, to, datetime.now(UTC)))
    except smtplib.SMTPResponseException as refused:
        raise Temporary(f"smtp_{refused.smtp_code}") from None
    except smtplib.SMTPRecipientsRefused as refused:
        raise Temporary(f"smtp_{next(iter(refused.recipients.values()))[0]}") from None
    except (OSError, smtplib.SMTPException):
        raise Temporary("not_connected") from None


def _unchecked() -> ssl.SSLContext:
    """Our certificate names the host that strangers know, not this address."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
