"""`intake send FILE…`, `intake import PATH`: push mails and forms in, through the front door or as an archive.

send     a mail through the SMTP door, a form's answers (.yaml, as in samples/form) through the web form
import   mails that the company already has: each opens its case, every acknowledgement waits for a person
"""

from __future__ import annotations

import hashlib
import smtplib
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from intake_daemon.command.options import Config, Demo, Mistyped

if TYPE_CHECKING:
    from intake_daemon.settings import Settings

_SECONDS = 60.0


def send(
    files: Annotated[list[Path], typer.Argument(help="Mails, mbox files, or forms' answers (.yaml).")],
    config: Config = None,
    *,
    to: Annotated[list[str] | None, typer.Option(help="Envelope recipient; by default whom the mail names.")] = None,
    sender: Annotated[str | None, typer.Option("--from", help='Envelope sender; "" is the null sender.')] = None,
    demo: Demo = False,
) -> None:
    """Send files through the front doors of the running daemon, as a mail server or a browser would."""
    from intake_daemon.command.archive import found
    from intake_daemon.command.asking import asking, place
    from intake_daemon.command.configuration import kinds, settings_class
    from intake_daemon.settings import load_settings

    settings = load_settings(place(config, demo=demo), settings_class, kinds())
    with asking(config, demo=demo, only_running=True) as asked:
        doors = asked.get("/status")["listening"]
    failed = 0
    for path in files:
        try:
            if path.suffix in {".yaml", ".yml"}:
                print(f"{path}  {_post(path, doors, settings)}")
                continue
            for mail in found(path):
                print(f"{mail.name}  {_mail(mail.content, doors, settings, to, sender)}")
        except (OSError, smtplib.SMTPException) as error:
            failed += 1
            print(f"{path}  not taken: {_why(error)}", file=sys.stderr)
    raise typer.Exit(1 if failed else 0)


def _why(error: Exception) -> str:
    """What the door said."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        return "; ".join(
            f"{to}: {code} {said.decode('utf-8', 'replace')}" for to, (code, said) in error.recipients.items()
        )
    if isinstance(error, smtplib.SMTPResponseException):
        said = error.smtp_error
        return f"{error.smtp_code} {said.decode('utf-8', 'replace') if isinstance(said, bytes) else said}"
    return str(error)


def _post(path: Path, doors: dict[str, Any], settings: Settings) -> str:
    from intake_daemon.command.samples import post

    if not any(each.kind == "web_form" for each in settings.connectors.values()) or "web public" not in doors:
        raise Mistyped("There is no web form. Add a connector of kind web_form to intake.yaml.")
    key = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
    return f"201 {post(path, doors['web public']['at'], key)}"


def _mail(
    content: bytes, doors: dict[str, Any], settings: Settings, to: Sequence[str] | None, sender: str | None
) -> str:
    """The door's answer. Raises OSError, SMTPException."""
    from intake_daemon.command.mails import addressed

    name = next((name for name, each in settings.connectors.items() if each.kind == "smtp"), None)
    door = doors.get(name or "", {}).get("at")
    if not door:
        raise Mistyped("There is no open mail door. Add a connector of kind smtp to intake.yaml, or use intake import.")
    served = {address for brand in settings.brands.values() for address in brand.addresses.email}
    recipients = list(to or dict.fromkeys(address for address in addressed(content) if address in served))
    if not recipients:
        raise OSError("it is addressed to none of our addresses; say --to ADDRESS")
    host, _, port = str(door).rpartition(":")
    protocol = getattr(settings.connectors[str(name)], "protocol", "smtp")
    client = smtplib.LMTP if protocol == "lmtp" else smtplib.SMTP
    with client(host.strip("[]"), int(port)) as smtp:
        smtp.timeout = _SECONDS
        smtp.ehlo_or_helo_if_needed()
        if getattr(settings.connectors[str(name)], "require_tls", False):
            smtp.starttls()
        code, said = _transaction(smtp, _sender(content) if sender is None else sender, recipients, content)
    return f"{code} {said}"


def _transaction(smtp: smtplib.SMTP, sender: str, recipients: Sequence[str], content: bytes) -> tuple[int, str]:
    """As smtplib's sendmail, but it gives back what the door said in the end."""
    code, said = smtp.mail(sender, ["SMTPUTF8"] if not sender.isascii() else [])
    if code != 250:  # noqa: PLR2004 -- RFC 5321
        raise smtplib.SMTPSenderRefused(code, said, sender)
    refused = {}
    for recipient in recipients:
        code, said = smtp.rcpt(recipient)
        if code not in {250, 251}:
            refused[recipient] = (code, said)
    if len(refused) == len(recipients):
        raise smtplib.SMTPRecipientsRefused(refused)
    code, said = smtp.data(content)
    if code != 250:  # noqa: PLR2004 -- RFC 5321
        raise smtplib.SMTPDataError(code, said)
    return code, said.decode("utf-8", "replace")


def _sender(content: bytes) -> str:
    from email.parser import BytesHeaderParser
    from email.utils import parseaddr

    head = BytesHeaderParser().parsebytes(content[: 256 * 1024])
    returned = head.get("return-path")
    return parseaddr(str(returned if returned is not None else head.get("from", "")))[1]


def import_(
    path: Annotated[Path, typer.Argument(help="A mail, an mbox, a Maildir, or a folder of any of these.", exists=True)],
    config: Config = None,
    *,
    brand: Annotated[str, typer.Option(help="For which brand; by default the one that each is addressed to.")] = "",
    demo: Demo = False,
) -> None:
    """Bring in mails that the company already has; every acknowledgement waits for a person."""
    from intake_daemon.command.archive import found
    from intake_daemon.command.asking import Refused, asking
    from intake_daemon.command.progress import counting

    held, failed = 0, 0
    with asking(config, demo=demo, changes=True) as asked, counting("mails") as count:
        for mail in found(path):
            headers = {"intake-brand": brand, "content-type": "message/rfc822"}
            if mail.came:
                headers["intake-contact-at"] = mail.came.isoformat()
            try:
                asked.post("/contacts", mail.content, headers=headers)
                held += 1
            except Refused as refused:
                failed += 1
                print(f"{mail.name}  not held: {refused.detail}", file=sys.stderr)
            count(1)
        running = asked.running
    later = "" if running else "; they become cases when the daemon runs"
    print(f"{held} held, {failed} not{later}; acknowledgements wait for a person")
    raise typer.Exit(1 if failed else 0)
