"""One notice as a mail (RFC 5322), from nothing but its own values; pure, without I/O.

Rules
-----
1. Nobody writes a header into it: a CR, LF or NUL in any field is refused, not repaired.
2. Message-ID and bounce address carry the notice's token, so an answer and a bounce find their case again.
3. RFC 3834: an automatic notice says so, goes to one recipient, carries no attachment and nothing of the original.
4. The bytes are plain ASCII with lines of at most 76 (longer only where an address or a Message-ID is), unless the
   recipient's address itself is not ASCII; then the next server must offer SMTPUTF8.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.utils import format_datetime

from intake_daemon.errors import Permanent
from intake_daemon.message import Notice

_AUTO_SUBMITTED = {"replied": "auto-replied", "generated": "auto-generated"}
_BREAKS = re.compile(r"[\r\n\0]")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")
_LINE_END = re.compile(r"\r\n|\r|\n")
_ADDRESS = re.compile(r"[^\s<>()\[\]\\,;:\"@\x00-\x20\x7f]+@[^\s<>()\[\]\\,;:\"@\x00-\x20\x7f]+")
_MESSAGE_ID = re.compile(r"[!-;=?-~]{1,900}")
_NAME = re.compile(r"[A-Za-z0-9 !#$%&'*+/=?^_`{|}~-]+")
_SUBJECT_ROOM = 66
_MOST_REFERENCES = 20


@dataclass(frozen=True)
class Letter:
    """What goes out: the envelope's addresses, and the mail with CRLF. `token` names it to the next server."""

    sender: str
    recipient: str
    message_id: str
    token: str
    content: bytes

    @property
    def international(self) -> bool:
        """Whether an address needs SMTPUTF8 (RFC 6531)."""
        return not (self.sender + self.recipient).isascii()


def write(notice: Notice, *, now: datetime, bounces: str, hostname: str) -> Letter:
    """The notice as a mail. `hostname`: the Message-ID's domain when the sender's address has none.

    Raises Permanent (`bad_field`, `bad_address`): it can never be sent like this.
    """
    fields = (notice.sender_name, notice.subject, notice.token, notice.in_reply_to or "", *notice.references)
    if any(_BREAKS.search(field) for field in fields):
        raise Permanent("bad_field")
    if notice.to.kind != "email" or not _MESSAGE_ID.fullmatch(notice.token):
        raise Permanent("bad_address")
    recipient = _address(notice.to.value)
    sender = _address(notice.sender_address)
    domain = sender.rpartition("@")[2]
    message_id = f"{notice.token}@{domain if domain.isascii() else hostname}"
    encoding, body = _body(notice.text)
    lines = [
        f"Date: {format_datetime(now)}",
        f"From: {_name(notice.sender_name)}<{sender}>",
        f"To: <{recipient}>",
        f"Subject: {_words('Subject', notice.subject)}",
        f"Message-ID: <{message_id}>",
        *_thread(notice),
        *_automatic(notice),
        f"Content-Language: {notice.language}" if re.fullmatch(r"[A-Za-z0-9-]{2,35}", notice.language) else "",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8; format=fixed",
        f"Content-Transfer-Encoding: {encoding}",
    ]
    head = "\r\n".join(line for line in lines if line)
    return Letter(
        sender=f"{bounces}+{notice.token}@{domain}",
        recipient=recipient,
        message_id=message_id,
        token=notice.token,
        content=head.encode() + b"\r\n\r\n" + body,
    )


def _address(value: str) -> str:
    """Checked, its domain in ASCII (RFC 5890)."""
    if not _ADDRESS.fullmatch(value) or len(value) > 320:  # noqa: PLR2004 -- RFC 3696: 64 @ 255
        raise Permanent("bad_address")
    local, _, domain = value.rpartition("@")
    if not domain.isascii():
        try:
            domain = domain.encode("idna").decode()
        except UnicodeError:
            raise Permanent("bad_address") from None
    return f"{local}@{domain}"


def _words(header: str, value: str) -> str:
    """As it is when it is short ASCII, else as encoded words of at most 76 a line (RFC 2047)."""
    plain = _CONTROLS.sub(" ", value).strip()
    if plain.isascii() and "=?" not in plain and len(plain) <= _SUBJECT_ROOM:
        return plain
    return Header(plain, "utf-8", maxlinelen=76, header_name=header).encode(linesep="\r\n")


def _name(value: str) -> str:
    """The display name as it stands before `<address>`."""
    plain = _CONTROLS.sub(" ", value).strip()
    if not plain:
        return ""
    if _NAME.fullmatch(plain) and "=?" not in plain and len(plain) <= _SUBJECT_ROOM:
        return f"{plain} "
    if plain.isascii() and "=?" not in plain and len(plain) <= _SUBJECT_ROOM:
        quoted = plain.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{quoted}" '
    return Header(plain, "utf-8", maxlinelen=76, header_name="From").encode(linesep="\r\n") + "\r\n "


def _thread(notice: Notice) -> list[str]:
    """What it answers. A Message-ID that its sender wrote against the rules is left out: it would match nothing."""
    known = [one for one in notice.references if _MESSAGE_ID.fullmatch(one)]
    answered = notice.in_reply_to if notice.in_reply_to and _MESSAGE_ID.fullmatch(notice.in_reply_to) else None
    if answered and answered not in known:
        known.append(answered)
    if len(known) > _MOST_REFERENCES:
        known = [known[0], *known[1 - _MOST_REFERENCES :]]
    lines = [f"In-Reply-To: <{answered}>"] if answered else []
    if known:
        lines.append("References: " + "\r\n ".join(f"<{one}>" for one in known))
    return lines


def _automatic(notice: Notice) -> list[str]:
    """RFC 3834, 5: a person's own words carry neither. The second line is the same for Exchange."""
    if notice.automatic == "no":
        return []
    return [f"Auto-Submitted: {_AUTO_SUBMITTED[notice.automatic]}", "X-Auto-Response-Suppress: OOF, AutoReply"]


def _body(text: str) -> tuple[str, bytes]:
    """Quoted-printable, or base64 where that is shorter (RFC 2045)."""
    lines = _LINE_END.split(text.rstrip() + "\n")
    plain = "\n".join(lines).encode("utf-8", "replace")
    quoted = binascii.b2a_qp(plain, istext=True)
    packed = base64.encodebytes(plain.replace(b"\n", b"\r\n"))
    if len(quoted) <= len(packed):
        return "quoted-printable", quoted.replace(b"\n", b"\r\n")
    return "base64", packed.replace(b"\n", b"\r\n")
