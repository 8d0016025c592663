"""The source's own name of a mail: the same for every copy of it, another for every other mail.

Rules
1. What may change on the way does not count: trace fields, transfer encodings, folding, line ends, white space at the
   end of the text, how a subject is encoded.
2. What makes it this mail counts: Message-ID, From, Date, Subject and every leaf's bytes. Two mails that share a
   Message-ID are two; one mail in two mailboxes is one.
3. Ids of held contacts are kept for ever, so this file must go on giving old mails their old identity: nothing that we
   guess (charsets, quotes, text of HTML) may enter it.
"""

from __future__ import annotations

import hashlib
from email.utils import mktime_tz, parsedate_tz

from connectors.email.addresses import mailboxes
from connectors.email.header import Fields, runs
from connectors.email.structure import Part
from connectors.email.threads import message_id


def digest(root: Part) -> str:
    """SHA-256 (hex) over what makes this mail the one that it is."""
    fields = root.fields
    whole = hashlib.sha256()
    for value in (message_id(fields) or "", _from(fields), _date(fields)):
        whole.update(value.encode("utf-8", "replace") + b"\0")
    whole.update(_subject(fields) + b"\0")
    for leaf in root.leaves():
        if leaf.media_type.startswith(("text/", "message/", "multipart/")):
            content = leaf.content.replace(b"\r\n", b"\n").rstrip()
        else:
            content = leaf.content
        whole.update(len(content).to_bytes(8, "big"))
        whole.update(content)
    return whole.hexdigest()


def _from(fields: Fields) -> str:
    found = mailboxes(fields.plain("from"))
    return ",".join(mailbox.value for mailbox in found) if found else fields.words("from")


def _subject(fields: Fields) -> bytes:
    """The bytes of the subject without their encoding, white space collapsed."""
    value = fields.raw("subject")
    if b"=?" in value and value.isascii():
        value = b"".join(content for content, _ in runs(value.decode("ascii")))
    return b" ".join(value.split())


def _date(fields: Fields) -> str:
    value = fields.plain("date")
    parsed = parsedate_tz(value)
    try:
        return str(mktime_tz(parsed)) if parsed else " ".join(value.split())
    except (ValueError, OverflowError):
        return " ".join(value.split())
