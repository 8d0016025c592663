"""The source's own name of a mail: the same for every copy of it, another for every other mail.

Rules
1. What may change on the way does not count: trace fields, transfer encodings, folding, line ends, white space at the
   end of the text, how a subject is encoded.
2. What makes it this mail counts: Message-ID, From, Date, Subject and every leaf's bytes. Two mails that share a
   Message-ID are two; one mail in two mailboxes is one.
3. Ids of held contacts are kept for ever, so this file must go on giving old mails their old identity: nothing that we
   guess (charsets, quotes, text of HTML) may enter it, and the limits of `structure` belong to it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from email.utils import mktime_tz, parsedate_tz

from connectors.email.addresses import mailboxes
from connectors.email.header import Fields, runs
from connectors.email.structure import Part
from connectors.email.threads import message_id

_CHUNK = 1024 * 1024


def digest(root: Part) -> str:
    """SHA-256 (hex) over what makes this mail the one that it is."""
    fields = root.fields
    whole = hashlib.sha256()
    for value in (message_id(fields) or "", _from(fields), _date(fields)):
        whole.update(value.encode("utf-8", "replace") + b"\0")
    whole.update(_subject(fields) + b"\0")
    for leaf in root.leaves():
        size = 0
        for chunk in _normalised(leaf):
            whole.update(chunk)
            size += len(chunk)
        whole.update(size.to_bytes(8, "big"))
    return whole.hexdigest()


def _normalised(leaf: Part) -> Iterator[bytes]:
    """The bytes of a leaf, of texts with plain newlines and without white space at the end."""
    content = leaf.content
    text = leaf.media_type.startswith(("text/", "message/", "multipart/"))
    if text:
        content = content.rstrip()
    place = 0
    while place < len(content):  # in chunks, so that other threads get their turn
        end = min(place + _CHUNK, len(content))
        end += content[end - 1 : end + 1] == b"\r\n"
        chunk = content[place:end]
        yield chunk.replace(b"\r\n", b"\n") if text else chunk
        place = end


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
